"""Rows of the crash matrix with many commands on one data folder, whose holder is killed.

    python tests/money/crash_matrix.py --crowds 60

Each command has a wish of its own. Whoever has the library is killed, interrupted or closed, once
or several times in a row; so are some that only wait for it. Shown at the end: each wish was paid
once, saved once under its own name and as the service made just this one, and each command ended
with its own exit code.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash_matrix import RESUMES, ROOT, Service
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

from kling_desktop.motion.job import Job, JobState
from kling_desktop.store.journal import Journal, JournalError
from kling_desktop.store.paths import DataPaths

LIMIT_S = 2 * PATIENCE_S  # of a command among twenty
LOOK_EVERY_S = 0.01
LIFE_S, MORE_S = (
    2.0,
    0.5,
)  # about how long a crowd lives, and longer for each; random moments lie within
KILL, INT, TERM = signal.SIGKILL, signal.SIGINT, signal.SIGTERM
CLOSE = TERM  # of a window
ENDS = (KILL, INT, TERM)


@dataclass(frozen=True)
class Blow:
    """One signal: to whom, and when."""

    whom: str  # "holder", "client"
    at: JobState | None = None  # of the holder's own wish, or of anyone's; None: at random
    numbers: tuple[signal.Signals, ...] = ENDS  # one of these, in turn


@dataclass(frozen=True)
class Scene:
    """Commands that start together, and what befalls them."""

    name: str
    size: int
    blows: tuple[Blow, ...]
    resume: bool = False  # a job is left by an earlier run, and ``resume`` is one of the commands
    window: bool = False  # a window has the library first


_NOT_HERE = (JobState.ASKING, JobState.FAILED, JobState.UNSAVED)  # nothing goes wrong but the kill
_STATES = tuple(s for s in JobState if s not in _NOT_HERE)
_SEEN = _STATES[: _STATES.index(JobState.DONE) + 1]  # queued to done
SHORT = [
    Scene("four, two holders in a row", 4, (Blow("holder", JobState.GENERATING, (INT,)),) * 2),
    Scene(
        "a window that is closed", 2, (Blow("holder", JobState.UPLOADING, (CLOSE,)),), False, True
    ),
]
LONG = [
    *(Scene(f"two to four, holder {s.value}", 0, (Blow("holder", s),)) for s in _SEEN),
    Scene("four, two holders in a row", 4, (Blow("holder"), Blow("holder"))),
    Scene("twenty, five holders in a row", 20, (Blow("holder"),) * 5),
    Scene("twenty, holders and clients", 20, (Blow("holder"), Blow("client")) * 3),
    Scene("a client", 3, (Blow("client"),)),
    Scene("a resume beside", 3, (Blow("holder"), Blow("holder")), resume=True),
    Scene("a window closed", 3, (Blow("holder", JobState.UPLOADING, (CLOSE, INT)),), window=True),
    Scene("a window killed", 3, (Blow("holder", JobState.GENERATING, (KILL,)),), window=True),
    Scene("a window, then its heir", 4, (Blow("holder"), Blow("holder")), window=True),
]


@dataclass
class Wish:
    """One command, and what it wished for."""

    prompt: str  # empty: ``resume``
    process: subprocess.Popen[bytes]
    hit: signal.Signals | None = None
    out: bytes = b""
    err: bytes = b""

    @property
    def code(self) -> int | None:
        return self.process.poll()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Ended:
    """What became of one wish."""

    scene: str
    accepted: int
    verdict: str


@dataclass
class Crowd:
    """One scene in a data folder of its own."""

    service: Service
    folder: Path
    inputs: tuple[Path, Path]
    scene: Scene
    chance: random.Random
    round: int = 0  # signals take turns
    kills: int = 0
    wishes: list[Wish] = field(default_factory=list)
    window: Wish | None = None
    log: list[str] = field(default_factory=list)

    def run(self) -> list[Ended]:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = json.dumps({"write_recipe": False})  # to compare byte by byte
        (self.folder / "settings.json").write_text(settings, encoding="ascii")
        try:
            self._begin()
            for blow in self.scene.blows:
                self._strike(blow)
            self._until(lambda: all(wish.code is not None for wish in self.wishes), LIMIT_S)
        finally:
            self._end_all()
        for _ in range(RESUMES):
            if all(job.ended or self._never_sent(job) for job in self._jobs()):
                break
            self._wait_for(self._command("resume"))
        return [self._judge(wish) for wish in self.wishes]

    # -- what happens

    def _begin(self) -> None:
        if self.scene.resume:
            left = self._generate()
            self._until(lambda: self.service.accepted(left.prompt) != [], LIMIT_S)
            self._hit(left, KILL)
            self.wishes.append(left)
        if self.scene.window:
            self.window = self._command("")
            self._until(lambda: self._holder() is not None, LIMIT_S)
        size = self.scene.size or 2 + self.round % 3
        self.wishes += [self._generate() for _ in range(size)]
        if self.scene.resume:
            self.wishes.append(self._command("resume"))

    def _strike(self, blow: Blow) -> None:
        """Where everyone has ended before, there is nobody left to strike."""
        begun = time.monotonic()
        after_s = self.chance.uniform(0, LIFE_S + MORE_S * len(self.wishes))

        def right() -> bool:
            if all(wish.code is not None for wish in self.wishes):
                return True
            holder = self._holder()
            if holder is None or holder.hit is not None:
                return False
            return self._is_at(blow.at, holder) if blow.at else time.monotonic() - begun > after_s

        self._until(right, LIMIT_S)
        holder = self._holder()
        others = [w for w in self.wishes if w.code is None and w is not holder and w.hit is None]
        victim = holder if blow.whom == "holder" else (self.chance.choice(others or [None]))
        if victim is not None and victim.code is None:
            self._hit(victim, blow.numbers[(self.round + self.kills) % len(blow.numbers)])

    def _is_at(self, state: JobState, holder: Wish) -> bool:
        """A step may be over before it was seen: then the next moment is as good."""
        order = list(JobState)
        seen = [j for j in self._jobs() if holder.prompt in ("", j.request.prompt)]
        return any(order.index(job.state) >= order.index(state) for job in seen)

    def _hit(self, wish: Wish, number: signal.Signals) -> None:
        wish.hit = number
        self.kills += 1
        who = "window" if wish is self.window else wish.prompt[:6] or "resume"
        self.log.append(f"{number.name} to {who} {wish.process.pid}")
        wish.process.send_signal(number)

    def _end_all(self) -> None:
        window = [self.window] if self.window is not None else []
        for wish in window:
            if wish.code is None:
                wish.process.terminate()
        for wish in (*window, *self.wishes):
            self._wait_for(wish)

    def _wait_for(self, wish: Wish) -> None:
        """Its end, and all that it said."""
        try:
            wish.out, wish.err = wish.process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.log.append(f"did not end: {wish.prompt or 'resume'}")
            wish.process.kill()
            wish.out, wish.err = wish.process.communicate()

    def _until(self, right: Callable[[], bool], within_s: float) -> None:
        end = time.monotonic() + within_s
        while not right() and time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)

    # -- the commands

    def _generate(self) -> Wish:
        image, video = map(str, self.inputs)
        prompt = uuid.uuid4().hex
        given = "--image", image, "--video", video, "--prompt", prompt
        return self._command("generate", *given, prompt=prompt)

    def _command(self, *arguments: str, prompt: str = "") -> Wish:
        given = [a for a in arguments if a] + (["--json"] if arguments[0] else [])
        process = subprocess.Popen(
            [sys.executable, "-m", "kling_desktop", *given, "--data-dir", str(self.folder)],
            cwd=ROOT,
            env={
                **os.environ,
                **self.service.environ,
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
                "QT_QPA_PLATFORM": OFFSCREEN,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return Wish(prompt, process)

    # -- what there is

    def _holder(self) -> Wish | None:
        """Who has the library, by what it wrote beside the lock."""
        file = DataPaths.at(self.folder).profile("account").folder / "lock.json"
        try:
            pid = json.loads(file.read_bytes())["pid"]
        except (OSError, ValueError):
            return None
        there = [*self.wishes, *([self.window] if self.window else [])]
        return next((w for w in there if w.process.pid == pid and w.code is None), None)

    def _jobs(self) -> list[Job]:
        try:
            return Journal.read_only(DataPaths.at(self.folder).profile("account").journal_file)
        except JournalError:
            return []  # just being made

    def _never_sent(self, job: Job) -> bool:
        """Killed between its intent and its request: nobody can tell, and it stays unknown."""
        return job.state is JobState.UNKNOWN and not self.service.accepted(job.request.prompt)

    # -- what became of it

    def _judge(self, wish: Wish) -> Ended:
        accepted = self.service.accepted(wish.prompt) if wish.prompt else []
        verdict = self._verdict(wish, accepted) if wish.prompt else self._end_of(wish)
        if verdict not in GOOD:
            self.log.append(f"{verdict}: {wish.prompt} {wish.hit} {wish.code}")
            self.log.append(wish.out.decode() + wish.err.decode())
        return Ended(self.scene.name, len(accepted), verdict)

    def _verdict(self, wish: Wish, accepted: list[str]) -> str:
        jobs = [job for job in self._jobs() if job.request.prompt == wish.prompt]
        if len(accepted) > 1 or len(jobs) > 1:
            return "PAID TWICE"
        (job,) = jobs or [None]
        if accepted and not self._is_saved(job, accepted[0]):
            return "LOST"
        if not accepted and job is not None and job.state is not JobState.UNKNOWN:
            return "STUCK"
        if wish.hit is None and wish.code == 0:
            (told,) = wish.objects or [{}]
            own = job is not None and told.get("path") == job.result_path and accepted
            return "saved" if own else "A NEIGHBOUR'S"
        ended = self._end_of(wish, "saved" if accepted else "never sent")
        return ended if wish.hit or (wish.code == 4 and not accepted) else "WRONG CODE"

    def _is_saved(self, job: Job | None, task_id: str) -> bool:
        """Under a name of its own, byte for byte."""
        if job is None or job.state is not JobState.DONE or job.result_path is None:
            return False
        others = [j.result_path for j in self._jobs() if j.job_id != job.job_id]
        made = self.service.result(task_id)
        return job.result_path not in others and Path(job.result_path).read_bytes() == made

    def _end_of(self, wish: Wish, good: str = "ended") -> str:
        """Whoever was hit ends by that, unless it was at its end already."""
        early = wish.hit is not None and not wish.out and wish.code == -wish.hit
        right = {None: (0, 4), KILL: (-KILL, 0)}.get(wish.hit, (130, 0))
        return good if early or wish.code in right else "WRONG CODE"


GOOD = ("saved", "never sent", "ended")
BAD = ("PAID TWICE", "LOST", "STUCK", "A NEIGHBOUR'S", "WRONG CODE")


@dataclass
class Outcomes:
    """Of many crowds."""

    ended: list[Ended] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def bad(self) -> list[Ended]:
        return [each for each in self.ended if each.verdict not in GOOD]

    def table(self) -> str:
        """A line for each scene, and the sums."""
        verdicts = (*GOOD, *BAD)
        head = f"{'commands side by side':32}{'kills':>7}{'accepted':>10}"
        lines = [head + "".join(f"{v:>15}" for v in verdicts)]
        for name in [*dict.fromkeys(e.scene for e in self.ended), "all"]:
            rows = [e for e in self.ended if name in (e.scene, "all")]
            counts = Counter(e.verdict for e in rows)
            kills = sum(self.kills.values()) if name == "all" else self.kills[name]
            line = f"{name:32}{kills:>7}{sum(e.accepted for e in rows):>10}"
            lines.append(line + "".join(f"{counts[v]:>15}" for v in verdicts))
        return "\n".join(lines)


def crash_crowds(
    scenes: Sequence[Scene],
    inputs: tuple[Path, Path],
    *,
    kills: int,
    folder: Path,
    seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> Outcomes:
    """Scene after scene until there were so many kills."""
    service = Service(folder / "service")
    outcomes, number = Outcomes(), 0
    try:
        while outcomes.kills.total() < kills:
            scene, home = scenes[number % len(scenes)], folder / f"crowd-{number}"
            chance, turn = random.Random(f"{seed} {number}"), number // len(scenes)
            crowd = Crowd(service, home, inputs, scene, chance, round=turn)
            outcomes.ended += crowd.run()
            outcomes.kills[scene.name] += crowd.kills
            tell(f"{scene.name}: {crowd.kills} kills\n" + "\n".join(crowd.log))
            number += 1
    finally:
        service.stop()
    return outcomes
