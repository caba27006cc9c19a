"""The crash matrix: the real program, killed with SIGKILL at every step of a job.

    python tests/money/crash_matrix.py --kills 200            the command line
    python tests/money/crash_matrix.py --kills 50 --window    the window, without a screen
    python tests/money/crash_matrix.py --kills 60 --crowds    commands side by side (crash_crowd)

The service is the sandbox in another process, which counts what it accepts. After each kill
``resume`` is run until the job is settled. Shown at the end, for each step: nothing was paid
twice, and every job that was accepted ended as a file equal to the service's, byte by byte.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "engine")]

from engine_world import make_clip, make_picture  # noqa: E402  # found by the path above
from support.screens import OFFSCREEN  # noqa: E402  # the same
from support.waiting import PATIENCE_S  # noqa: E402  # the same

from kling_desktop.motion.job import Job, JobState  # noqa: E402  # the same
from kling_desktop.store.journal import Journal, JournalError  # noqa: E402  # the same
from kling_desktop.store.paths import DataPaths  # noqa: E402  # the same

LOOK_EVERY_S = 0.002  # how closely the journal is watched for the moment to kill
LIFE_S = 3.0  # about how long an undisturbed run takes; random moments lie within
RESUMES = 6  # runs of ``resume`` until a job counts as stuck
AGAIN = 0.3  # share of resumes that are killed, too
LOOKS = 2  # an unsent job has been looked for this often: it stays unknown


@dataclass(frozen=True)
class Moment:
    """When to kill: at a state in the journal, once the service accepted, or at random."""

    name: str
    state: JobState | None = None
    accepted: bool = False
    words: str = ""  # what the sandbox does to this job
    after_s: float = 0.0  # at most so long after it, at random


SHORT = [
    Moment("uploading", JobState.UPLOADING),
    Moment("accepted, no answer", accepted=True, words="[no answer]"),
    Moment("accepted, cut connection", accepted=True, words="[cut connection]"),
    Moment("generating", JobState.GENERATING),
    Moment("downloading", JobState.DOWNLOADING),
    Moment("queued", JobState.QUEUED),
]
LONG = [
    *SHORT,
    Moment("preparing", JobState.PREPARING, after_s=0.2),
    Moment("uploading, later", JobState.UPLOADING, after_s=0.05),
    Moment("submitting", JobState.SUBMITTING),
    Moment("submitting, later", JobState.SUBMITTING, after_s=0.01),
    Moment("submitting, never accepted", JobState.SUBMITTING, words="[cut before]"),
    Moment("submitting, late answer", accepted=True, words="[late answer]", after_s=1.0),
    Moment("accepted, error page", accepted=True, words="[html 502]", after_s=1.0),
    Moment("generating, later", JobState.GENERATING, after_s=2.0),
    Moment("downloading, cut", JobState.DOWNLOADING, words="[cut download]", after_s=1.0),
    Moment("paid, not saved yet", JobState.UNSAVED, words="[cut download]"),
    Moment("paid, not saved yet, later", JobState.UNSAVED, words="[wrong length]", after_s=1.5),
    Moment("done", JobState.DONE),
    *[Moment("at random", after_s=LIFE_S)] * 8,
]


@dataclass
class Outcome:
    """What became of one press of Generate."""

    moment: str
    kills: int
    accepted: int
    state: str  # of the job in the end; "none" where it was never written down
    identical: bool

    @property
    def verdict(self) -> str:
        if self.accepted > 1:
            return "PAID TWICE"
        if self.accepted == 1:
            return "saved" if self.state == JobState.DONE and self.identical else "LOST"
        return "never sent" if self.state in ("none", JobState.UNKNOWN) else "STUCK"


class Service:
    """``kling-desktop sandbox`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._sandbox = DataPaths.at(folder).profile("sandbox").sandbox_folder
        command = [sys.executable, "-m", "kling_desktop", "sandbox", "--data-dir", str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        lines = (self._process.stdout.readline().strip() for _ in range(4))
        self.environ = dict(line.split("=", 1) for line in lines)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._control("balance", {"credits": 1e6})  # the account's own would last for 44 videos
        self._over = threading.Event()
        self._hurry = threading.Thread(target=self._finish_all, daemon=True)
        self._hurry.start()

    def _finish_all(self) -> None:
        """Videos are ready as soon as they are rendered."""
        while not self._over.wait(0.3):
            self._control("finish", {})

    def _control(self, what: str, values: dict[str, object]) -> None:
        """The sandbox's own interface for tests."""
        address = f"{self.environ['ACEDATACLOUD_API_BASE_URL']}/sandbox/{what}"
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(address, json.dumps(values).encode(), headers)
        self._opener.open(asked, timeout=PATIENCE_S).close()

    def accepted(self, prompt: str) -> list[str]:
        """The ids of the tasks that one press led to."""
        found = []
        for path in (self._sandbox / "tasks").glob("*.json"):
            task = json.loads(path.read_text(encoding="utf-8"))
            if task["request"].get("prompt") == prompt:
                found.append(str(task["id"]))
        return found

    def result(self, task_id: str) -> bytes:
        return (self._sandbox / "results" / f"{task_id}.mp4").read_bytes()

    def stop(self) -> None:
        self._over.set()
        self._hurry.join()
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class Press:
    """One press of Generate in a data folder of its own, killed and resumed until settled."""

    service: Service
    folder: Path
    inputs: tuple[Path, Path]
    moment: Moment
    chance: random.Random
    kill_again: bool
    in_window: bool = False
    kills: int = 0
    prompt: str = field(init=False)

    def __post_init__(self) -> None:
        self.prompt = f"{uuid.uuid4().hex} {self.moment.words}".strip()

    def run(self) -> Outcome:
        image, video = map(str, self.inputs)
        generate = "generate", "--image", image, "--video", video, "--prompt", self.prompt
        if self.in_window:
            self._kill_window(generate)
        else:
            self._kill_at(self._start(*generate), self.moment)
        for _ in range(RESUMES):
            if self._is_settled():
                break
            process = self._start() if self.in_window else self._start("resume")
            if self.kill_again and self.chance.random() < AGAIN:
                self._kill_at(process, Moment("again", after_s=LIFE_S))
            else:
                self._wait(process, self._is_settled)
        return self._outcome()

    def _kill_window(self, generate: Sequence[str]) -> None:
        """A window does the job that a command hands to it; both are gone at the moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = json.dumps({"write_recipe": False})  # to compare byte by byte
        (self.folder / "settings.json").write_text(settings, encoding="ascii")
        window = self._start()
        door = DataPaths.at(self.folder).profile("account").folder / "lock.json"
        self._wait(window, door.exists, leave=True)
        command = self._start(*generate)
        self._wait(window, lambda: self._job() is not None, leave=True)
        if self.moment.state is not None or self.moment.accepted:
            self._wait(window, lambda: self._is_at(self.moment), leave=True)
        time.sleep(self.chance.uniform(0, self.moment.after_s))
        for process in (command, window):  # the command first: else it would go on by itself
            process.kill()
            process.wait()
        self.kills += 1

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "kling_desktop", *arguments, "--data-dir", str(self.folder)],
            cwd=ROOT,
            env={
                **os.environ,
                **self.service.environ,
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
                "QT_QPA_PLATFORM": OFFSCREEN,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _kill_at(self, process: subprocess.Popen[bytes], moment: Moment) -> None:
        if moment.state is not None or moment.accepted:
            self._wait(process, lambda: self._is_at(moment), leave=True)
        time.sleep(self.chance.uniform(0, moment.after_s))
        if process.poll() is None:
            process.kill()
            self.kills += 1
        process.wait()

    def _is_at(self, moment: Moment) -> bool:
        if moment.accepted:
            return bool(self.service.accepted(self.prompt))
        job = self._job()
        # A step may be over before it was seen: then the next moment is as good.
        order = list(JobState)
        return job is not None and order.index(job.state) >= order.index(moment.state or job.state)

    def _wait(
        self, process: subprocess.Popen[bytes], right: Callable[[], bool], *, leave: bool = False
    ) -> None:
        """Until it is so or the process ended; then it is asked to end, unless left alone."""
        end = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < end and not right():
            time.sleep(LOOK_EVERY_S if leave else 0.05)
        if not leave:
            if process.poll() is None:
                process.terminate()  # it would only wait on, for what can't come any more
            process.wait(PATIENCE_S)

    def _job(self) -> Job | None:
        try:
            jobs = Journal.read_only(DataPaths.at(self.folder).profile("account").journal_file)
        except JournalError:
            return None  # just being made
        return jobs[0] if jobs else None

    def _is_settled(self) -> bool:
        job = self._job()
        if job is None or job.ended:
            return True
        unsent = job.state is JobState.UNKNOWN and not self.service.accepted(self.prompt)
        return unsent and job.looks >= LOOKS

    def _outcome(self) -> Outcome:
        job, accepted = self._job(), self.service.accepted(self.prompt)
        identical = False
        if job is not None and job.result_path is not None and len(accepted) == 1:
            identical = Path(job.result_path).read_bytes() == self.service.result(accepted[0])
        state = "none" if job is None else job.state.value
        return Outcome(self.moment.name, self.kills, len(accepted), state, identical)


def crash(
    moments: Sequence[Moment],
    *,
    kills: int,
    folder: Path,
    workers: int = 2,
    seed: int = 0,
    kill_again: bool = True,
    in_window: bool = False,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Press and kill until there were so many kills, at each moment in turn."""
    inputs = make_picture(folder / "astronaut.png"), make_clip(folder / "meadow.mp4")
    service = Service(folder / "service")
    outcomes: list[Outcome] = []

    def press(number: int) -> Outcome:
        home = folder / f"home-{number}"
        moment, chance = moments[number % len(moments)], random.Random(f"{seed} {number}")
        outcome = Press(service, home, inputs, moment, chance, kill_again, in_window).run()
        if outcome.verdict in ("saved", "never sent"):
            shutil.rmtree(home, ignore_errors=True)  # what went wrong is kept for looking at it
        return outcome

    try:
        with ThreadPoolExecutor(workers) as pool:
            number = 0
            while sum(o.kills for o in outcomes) < kills:
                batch = range(number, number + min(workers, kills))
                number = batch.stop
                for outcome in pool.map(press, batch):
                    outcomes.append(outcome)
                    tell(outcome)
    finally:
        service.stop()
    return outcomes


def table(outcomes: Sequence[Outcome]) -> str:
    """A line for each moment, and the sums."""
    verdicts = ("saved", "never sent", "PAID TWICE", "LOST", "STUCK")
    lines = [
        f"{'killed at':30}{'kills':>7}{'accepted':>10}" + "".join(f"{v:>12}" for v in verdicts)
    ]
    for name in [*dict.fromkeys(o.moment for o in outcomes), "all"]:
        rows = [o for o in outcomes if name in (o.moment, "all")]
        counts = Counter(o.verdict for o in rows)
        kills, accepted = sum(o.kills for o in rows), sum(o.accepted for o in rows)
        line = f"{name:30}{kills:>7}{accepted:>10}"
        lines.append(line + "".join(f"{counts[v]:>12}" for v in verdicts))
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--workers", type=int, default=2, help="presses at the same time")
    options.add_argument("--window", action="store_true", help="kill the window instead")
    options.add_argument("--crowds", action="store_true", help="many commands on one data folder")
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kling-crash-"))
    print(f"seed {chosen.seed}, in {folder}", file=sys.stderr)
    if chosen.crowds:
        return _crowds(chosen.kills, folder, chosen.seed)

    def tell(outcome: Outcome) -> None:
        print(f"{outcome.moment:30} {outcome.state:12} {outcome.verdict}", file=sys.stderr)

    outcomes = crash(
        LONG,
        kills=chosen.kills,
        folder=folder,
        workers=chosen.workers,
        seed=chosen.seed,
        in_window=chosen.window,
        tell=tell,
    )
    print(table(outcomes))
    bad = [o for o in outcomes if o.verdict not in ("saved", "never sent")]
    if not bad:
        shutil.rmtree(folder)
    return 1 if bad else 0


def _crowds(kills: int, folder: Path, seed: int) -> int:
    from crash_crowd import LONG as SCENES
    from crash_crowd import crash_crowds

    inputs = make_picture(folder / "astronaut.png"), make_clip(folder / "meadow.mp4")
    outcomes = crash_crowds(
        SCENES,
        inputs,
        kills=kills,
        folder=folder,
        seed=seed,
        tell=lambda text: print(text, file=sys.stderr),
    )
    print(outcomes.table())
    if not outcomes.bad:
        shutil.rmtree(folder)
    return 1 if outcomes.bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
