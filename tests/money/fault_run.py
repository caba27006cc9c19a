"""A long run in which every tenth call goes wrong: all that was accepted is saved, and paid once.

    python tests/money/fault_run.py --jobs 500

The real engine on a sandbox, with pauses shortened as in its tests. Whatever is asked of the
service, each tenth call of a kind meets the next fault of a list. Shown at the end: what each
kind of call met, how the jobs ended, and that every accepted task is one saved file, equal to
the service's byte by byte.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "engine")]

from engine_world import World, make_clip, make_picture, make_quick, until  # noqa: E402  # as the path says
from support.sandboxes import running  # noqa: E402  # the same

from kling_desktop.engine.engine import Engine  # noqa: E402  # the same
from kling_desktop.motion.job import Job, JobState  # noqa: E402  # the same
from kling_desktop.sandbox.faults import Fault  # noqa: E402  # the same

EVERY = 10
AT_ONCE = 8  # the most that Settings allow
MUCH_CREDITS = 10.0  # more than one of these costs
LOOKS = 5
S = JobState

# What may pass: at each kind of call. A no of the service's own is none of these.
PASSING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("html", {"status": 502}),
    ("html", {"status": 200}),
    ("status", {"status": 503}),
    ("status", {"status": 204}),
    ("redirect", {"location": "http://127.0.0.1:9/sign-in"}),
    ("wrong_json", {"body": {"hello": "there"}}),
    ("cut_before", {}),
    ("cut_after", {}),
    ("cut_middle", {}),
    ("slow", {"delay_s": 0.01}),
    ("wrong_length", {}),
    ("refuse_json", {"status": 429, "code": "too_many_requests", "headers": {"Retry-After": "1"}}),
)


# A no of the service itself is one: it is never told of what was accepted.
EITHER_WAY = frozenset({"html", "status", "redirect", "wrong_json"})


class EveryTenth:
    """Faults by count: each route has its own, and its own place in the list. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.met: Counter[tuple[str, str]] = Counter()

    def take(self, route: str) -> Fault | None:
        with self._lock:
            self.calls[route] += 1
            number, left = divmod(self.calls[route], EVERY)
            if left:
                return None
            kind, values = PASSING[number % len(PASSING)]
            self.met[route, kind] += 1
            # Each in both ways: in the place of the service, and instead of its answer alone.
            after = {"after": number // len(PASSING) % 2 == 0} if kind in EITHER_WAY else {}
            return Fault.make(kind, **values, **after)


@dataclass
class Outcome:
    """What became of all jobs."""

    accepted: list[str]
    jobs: list[Job]
    faults: EveryTenth
    wrong: list[str] = field(default_factory=list)

    def table(self) -> str:
        """For people."""
        ended = Counter(job.state.value for job in self.jobs)
        sent_twice = [task for task, count in Counter(self.accepted).items() if count > 1]
        lines = [
            f"{len(self.jobs)} jobs, every tenth call of a kind goes wrong",
            f"tasks accepted {len(self.accepted)}, told twice {len(sent_twice)}",
            f"failed at the service: {sum(map(_failed_there, self.jobs))}",
            "jobs: " + ", ".join(f"{state} {count}" for state, count in sorted(ended.items())),
        ]
        for route in sorted(self.faults.calls):
            met = {kind: n for (at, kind), n in self.faults.met.items() if at == route}
            told = ", ".join(f"{kind} {n}" for kind, n in sorted(met.items())) or "none"
            lines.append(f"{route:12} {self.faults.calls[route]:6} calls; {told}")
        return "\n".join([*lines, *self.wrong, "WRONG" if self.wrong else "all as it should be"])


def fault_run(count: int, folder: Path) -> Outcome:
    """All jobs to their end, in one engine."""
    random.seed(count)
    picture, clip = make_picture(folder / "a.png"), make_clip(folder / "b.mp4")
    with pytest.MonkeyPatch.context() as patch, running(folder / "sandbox") as sandbox:
        make_quick(patch)
        world = World(folder / "home", sandbox, picture, clip)
        world.jobs_at_once = AT_ONCE
        sandbox.set_balance(count * MUCH_CREDITS)
        faults = EveryTenth()

        async def story() -> list[Job]:
            engine = await world.open()
            patch.setattr(sandbox.faults, "take", faults.take)  # from here on
            try:
                jobs = [await world.generate(f"take {number}") for number in range(count)]
                return [await _end(engine, job) for job in jobs]
            finally:
                await engine.close()

        jobs = asyncio.run(story())
        outcome = Outcome(list(sandbox.accepted), jobs, faults)
        outcome.wrong = _wrong(outcome, world)
    return outcome


async def _end(engine: Engine, job: Job) -> Job:
    """Raises AssertionError with what is known of the one that has none."""
    try:
        return await until(engine, partial(_settled, engine, job))
    except AssertionError:
        raise AssertionError(f"no end: {engine.book.get(job.job_id)}") from None


def _settled(engine: Engine, begun: Job) -> Job | None:
    """Ended, or looked for often: it was not accepted, and only a person may send it again."""
    job = engine.book.get(begun.job_id)
    unfound = job.error is not None and job.error.value("outcome") == "nothing_found"
    return job if job.ended or (job.state is S.UNKNOWN and unfound and job.looks >= LOOKS) else None


def _failed_there(job: Job) -> bool:
    """The stand-in fetches the inputs by its own calls: one of those may go wrong, too."""
    return job.state is S.FAILED and job.error is not None and job.error.code == "service_failed"


def _wrong(outcome: Outcome, world: World) -> list[str]:
    found = []
    owners = Counter(job.task_id for job in outcome.jobs if job.task_id)
    for task in outcome.accepted:
        if owners[task] != 1:
            found.append(f"task {task} belongs to {owners[task]} jobs")
    if len(outcome.accepted) > len(outcome.jobs):
        found.append(f"{len(outcome.accepted)} tasks for {len(outcome.jobs)} jobs")
    for job in outcome.jobs:
        if job.task_id is None or _failed_there(job):
            continue
        saved = Path(job.result_path or "")
        if job.state is not S.DONE or saved.read_bytes() != world.result_bytes(job):
            found.append(f"job {job.job_id}: {job.state.value}, {job.error}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = fault_run(options.jobs, Path(folder))
    print(outcome.table())
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
