"""How long ago jobs were sent: lengths of time, whatever is done to the calendar's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..motion.job import Job
from ..steady import steady_s

# What the calendar tells of an earlier run is believed up to here: the clock may have been set.
AT_MOST_S = 3600.0


class Ages:
    """By ``steady`` since the submission was written down, or since this run began."""

    def __init__(self, clock: Callable[[], float], steady: Callable[[], float] = steady_s) -> None:
        self._clock = clock
        self._steady = steady
        # By job and attempt: when it was sent, and whether this run did it.
        self._sent: dict[tuple[str, int], tuple[float, bool]] = {}

    def open(self, jobs: Iterable[Job]) -> None:
        """What earlier runs sent: its age at the start is the calendar's word."""
        for job in jobs:
            self._sent_at(job)

    def sent(self, job: Job) -> None:
        """It is about to be sent."""
        self._sent[job.job_id, job.attempt] = (self._steady(), True)

    def age_s(self, job: Job) -> float:
        return self._steady() - self._sent_at(job)

    def exact_age_s(self, job: Job) -> float | None:
        """The same where this run sent it; None of what only the calendar tells."""
        at, own = self._sent.get((job.job_id, job.attempt), (0.0, False))
        return self._steady() - at if own else None

    def _sent_at(self, job: Job) -> float:
        key = (job.job_id, job.attempt)
        if key not in self._sent:
            told_s = self._clock() - (job.submitted_at or job.created_at)
            self._sent[key] = (self._steady() - min(max(0.0, told_s), AT_MOST_S), False)
        return self._sent[key][0]
