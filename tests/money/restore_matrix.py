"""The restore matrix: the real program, killed, and started on a data folder of the past.

    python tests/money/restore_matrix.py --rounds 60

At one moment of a job the folder is copied while the program runs, at a later one the program is
killed. Then the whole folder is put back from the copy, or the journal alone, or the journal
is damaged or lost; or it is emptied or overwritten while the program runs, which is killed then.
Shown at the end, for each: nothing was paid twice, and every job that was accepted was saved, or
the person is asked about it.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path

from crash_matrix import RESUMES, Moment, Press, Service, make_clip, make_picture
from support.folder_copies import copy_folder

from kling_desktop.engine.steps.forgotten import PERHAPS_SENT
from kling_desktop.motion.job import JobState
from kling_desktop.store.paths import DataPaths

WRONG_BYTES = 16
LOOKS = 2  # a job that is asked about has been looked for as often

Harm = Callable[[Path, Path, random.Random], None]  # to the library; its copy; chance


def whole_folder(library: Path, copy: Path, _chance: random.Random) -> None:
    for part in library.iterdir():
        if part.is_file():
            part.unlink()
    for part in copy.iterdir():
        if part.is_file():
            shutil.copyfile(part, library / part.name)


def journal_alone(library: Path, copy: Path, _chance: random.Random) -> None:
    for part in library.glob("journal.sqlite*"):
        part.unlink()
    for part in copy.glob("journal.sqlite*"):
        shutil.copyfile(part, library / part.name)


def journal_damaged(library: Path, _copy: Path, chance: random.Random) -> None:
    journal = library / "journal.sqlite"
    content = bytearray(journal.read_bytes())
    at = chance.randrange(len(content) - WRONG_BYTES)
    content[at : at + WRONG_BYTES] = chance.randbytes(WRONG_BYTES)
    journal.write_bytes(content)


def journal_lost(library: Path, _copy: Path, _chance: random.Random) -> None:
    (library / "journal.sqlite").unlink()


def emptied(library: Path, _copy: Path, _chance: random.Random) -> None:
    os.truncate(library / "journal.sqlite", 0)


def overwritten(library: Path, copy: Path, _chance: random.Random) -> None:
    (library / "journal.sqlite").write_bytes((copy / "journal.sqlite").read_bytes())


UNDER_IT: dict[str, Harm] = {
    "emptied under it": emptied,
    "overwritten under it": overwritten,
}
HARMS: dict[str, Harm] = {
    "whole folder": whole_folder,
    "journal alone": journal_alone,
    "journal damaged": journal_damaged,
    "journal lost": journal_lost,
    **UNDER_IT,
}
MEANWHILE_S = 0.5  # at most so long it lives on, and may write again what it knows
COPIED = [
    Moment("queued", JobState.QUEUED),
    Moment("preparing", JobState.PREPARING),
    Moment("uploading", JobState.UPLOADING),
    Moment("uploading, later", JobState.UPLOADING, after_s=0.05),
]
KILLED = [
    Moment("accepted", accepted=True),
    Moment("accepted, no answer", accepted=True, words="[no answer]"),
    Moment("generating", JobState.GENERATING),
    Moment("done", JobState.DONE),
]


@dataclass(frozen=True)
class Restored:
    """What became of one press of Generate."""

    harm: str
    copied: str
    killed: str
    verdict: str


@dataclass
class RestoredPress(Press):
    """``moment`` is when it is killed."""

    copied: Moment = COPIED[0]
    harm: str = ""
    copy: Path = field(init=False)

    def restored(self) -> Restored:
        image, video = map(str, self.inputs)
        self.copy = self.folder.with_name(f"{self.folder.name}-copy")
        process = self._start(
            "generate", "--image", image, "--video", video, "--prompt", self.prompt
        )
        self._wait(process, lambda: self._is_at(self.copied), leave=True)
        time.sleep(self.chance.uniform(0, self.copied.after_s))
        copy_folder(self._library, self.copy)
        harm = partial(HARMS[self.harm], self._library, self.copy, self.chance)
        if self.harm in UNDER_IT:
            self._wait(process, lambda: self._is_at(self.moment), leave=True)
            harm()
            self._kill_at(process, Moment("meanwhile", after_s=MEANWHILE_S))
        else:
            self._kill_at(process, self.moment)
            harm()
        for _ in range(RESUMES):
            process = self._start("resume")
            self._wait(process, self._is_settled)
            if self._is_settled():
                break
        return Restored(self.harm, self.copied.name, self.moment.name, self._verdict())

    @property
    def _library(self) -> Path:
        return DataPaths.at(self.folder).profile("account").folder

    def _is_settled(self) -> bool:
        found = self._job() is not None  # else its list was lost, and is not written again yet
        return found and (super()._is_settled() or self._is_asked())

    def _is_asked(self) -> bool:
        """The person is to choose the task, or to send it again, knowing."""
        job = self._job()
        if job is None or job.state is not JobState.UNKNOWN or job.error is None:
            return False
        return job.error.code == PERHAPS_SENT and job.looks >= LOOKS

    def _verdict(self) -> str:
        outcome = self._outcome()
        asked = self.harm == "whole folder" and outcome.accepted == 1 and self._is_asked()
        return "asked" if asked else outcome.verdict


def restore(
    cases: Sequence[tuple[str, Moment, Moment]],
    inputs: tuple[Path, Path],
    *,
    folder: Path,
    workers: int = 2,
    seed: int = 0,
    tell: Callable[[Restored], None] = lambda outcome: None,
) -> list[Restored]:
    """One press for each (harm, copied at, killed at)."""
    service = Service(folder / "service")

    def press(number: int, case: tuple[str, Moment, Moment]) -> Restored:
        harm, copied, killed = case
        made = RestoredPress(
            service,
            folder / f"home-{number}",
            inputs,
            killed,
            random.Random(f"{seed} {number}"),
            kill_again=False,
            copied=copied,
            harm=harm,
        ).restored()
        tell(made)
        return made

    try:
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(press, range(len(cases)), cases))
    finally:
        service.stop()


GOOD = ("saved", "asked", "never sent")


def table(outcomes: Sequence[Restored]) -> str:
    """A line for each harm, and the sums."""
    verdicts = (*GOOD, "PAID TWICE", "LOST", "STUCK")
    lines = [f"{'put back':20}{'presses':>9}" + "".join(f"{v:>12}" for v in verdicts)]
    for name in [*dict.fromkeys(o.harm for o in outcomes), "all"]:
        counts = Counter(o.verdict for o in outcomes if name in (o.harm, "all"))
        line = f"{name:20}{counts.total():>9}"
        lines.append(line + "".join(f"{counts[v]:>12}" for v in verdicts))
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=64, help="presses of Generate")
    options.add_argument("--workers", type=int, default=2, help="presses at the same time")
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kling-restore-"))
    print(f"seed {chosen.seed}, in {folder}", file=sys.stderr)
    inputs = make_picture(folder / "astronaut.png"), make_clip(folder / "meadow.mp4")
    all_cases = list(product(HARMS, COPIED, KILLED))
    random.Random(chosen.seed).shuffle(all_cases)
    cases = list(islice(cycle(all_cases), chosen.rounds))
    outcomes = restore(
        cases,
        inputs,
        folder=folder,
        workers=chosen.workers,
        seed=chosen.seed,
        tell=lambda o: print(f"{o.harm:16}{o.copied:18}{o.killed:22}{o.verdict}", file=sys.stderr),
    )
    print(table(outcomes))
    bad = [o for o in outcomes if o.verdict not in GOOD]
    if not bad:
        shutil.rmtree(folder)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
