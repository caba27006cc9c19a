"""Unclear answers one after the other: the more there were, the longer the queue waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import takewhile

from ..motion.job import FREE_TO_CANCEL, Job, JobState
from .gate import UNANSWERED_S
from .problems import said_by_nobody

# After so many in a row the answer of a look counts from this age on: that of the first planned
# look (lookup.py), for a task may be missing in the history a moment after it was accepted. Where
# only the paid call is broken the history answers well, and each job that is sent into it would be
# one more "perhaps charged".
LEAST_S: tuple[float, ...] = (2.0, 600.0, 3600.0)
_NOT_SENT = FREE_TO_CANCEL | {JobState.CANCELLED}


def least_s(in_a_row: int) -> float:
    """How long the queue waits at least behind the last of them, seconds."""
    return LEAST_S[min(max(in_a_row, 1), len(LEAST_S)) - 1]


def left_s(in_a_row: int, age_s: float) -> float:
    """What is left of that after a restart; by a clock that was set back, all of it."""
    return min(least_s(in_a_row), max(0.0, least_s(in_a_row) - age_s))


def unclear_in_a_row(jobs: Iterable[Job], job_id: str, age_s: Callable[[Job], float]) -> int:
    """With this one: how many of the last submissions nobody knows the outcome of.

    One that got no answer yet is among them when others do not wait for it any more. ``age_s``:
    how long ago a job was sent.
    """
    # One that waits again was sent back: of what became of the others that tells nothing.
    others = [
        j
        for j in jobs
        if j.submitted_at is not None and j.job_id != job_id and j.state not in _NOT_SENT
        if j.state is not JobState.SUBMITTING or age_s(j) >= UNANSWERED_S
    ]
    others.sort(key=lambda j: (age_s(j), -(j.submitted_at or 0.0)))
    return 1 + sum(1 for _ in takewhile(_nobody_knows, others))


def is_known(job: Job) -> bool:
    """Whether the service itself told what became of a submission, or the person did."""
    if job.state is JobState.FAILED:
        return not said_by_nobody(job.error)
    return job.state is not JobState.UNKNOWN


def _nobody_knows(job: Job) -> bool:
    left = job.state is JobState.UNWATCHED and job.task_id is None
    return left or job.state is JobState.SUBMITTING or not is_known(job)
