"""A host that does not do its part: the queue waits for it once, and one job at a time tries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..motion.job import HoldReason, Job, JobError
from ..steady import steady_s
from .problems import ACCOUNT_UNTOLD, TOO_MANY_REQUESTS, UPLOAD_FAILED, UPLOADS_BUSY
from .trial import ON_ITS_WAY


@dataclass(frozen=True, slots=True)
class Pauses:
    """Of our own, between two tries at one host. Each is twice as long as the one before."""

    first_s: float
    at_most_s: float

    def before(self, attempt: int) -> float:
        """After the first one, the second, and so on, seconds."""
        doubled = min(max(attempt, 1) - 1, 64)  # beyond it all are at their most
        return min(self.first_s * 2.0**doubled, self.at_most_s)


_UPLOADS = Pauses(15.0, 300.0)  # a clip may have a hundred megabytes
# What a job met that the next one would meet, too: the hold that it begins, and for how long.
HOLDS: dict[str, tuple[HoldReason, Pauses]] = {
    UPLOAD_FAILED: (HoldReason.UPLOADS_BUSY, _UPLOADS),
    TOO_MANY_REQUESTS: (HoldReason.BUSY, Pauses(1.0, 16.0)),  # service.md
    ACCOUNT_UNTOLD: (HoldReason.BUSY, _UPLOADS),
}


def hold_of(error: JobError | None) -> HoldReason | None:
    """The hold that a job's error stands for; None: it is about that job alone."""
    return HOLDS[error.code][0] if error is not None and error.code in HOLDS else None


def pauses_of(code: str) -> Pauses:
    """Between two tries after an error with this code."""
    return HOLDS[code][1]


def _as_hold(error: JobError) -> JobError:
    """What it says to jobs that wait for the same: nothing of the file of the one that met it."""
    return replace(error, code=UPLOADS_BUSY) if error.code == UPLOAD_FAILED else error


@dataclass(slots=True)
class _Wait:
    """For one of them. Times are by ``steady_s``."""

    since: float  # when it first did not; what it did in between begins anew
    until: float  # then the next job tries
    pause_s: float  # the last one of our own
    is_asked: bool  # whether the host itself named a later time
    code: str = ""  # of the last error
    tried_by: str = ""  # a job's id


class BusyHosts:
    """How long to wait for each, and who tries. On the loop's thread."""

    def __init__(self, clock: Callable[[], float] = steady_s) -> None:
        self._clock = clock
        self._waits: dict[HoldReason, _Wait] = {}

    def met(self, error: JobError, job_id: str, asked_s: float) -> tuple[HoldReason, JobError]:
        """It did not do its part for this job: the hold that begins, and what it begins with.

        ``asked_s``: how long it wants to be left alone. What was under way beside the one that
        tries makes no pause longer.
        """
        reason, own = HOLDS[error.code]
        now = self._clock()
        wait = self._waits.get(reason)
        if wait is None:
            wait = self._waits[reason] = _Wait(now, now, own.first_s, is_asked=False)
        elif now >= wait.until:
            wait.pause_s = min(2 * wait.pause_s, own.at_most_s)
        wait.tried_by = "" if wait.tried_by == job_id else wait.tried_by
        for pause_s, is_asked in ((wait.pause_s, False), (asked_s, True)):
            if now + pause_s > wait.until:
                wait.until, wait.is_asked = now + pause_s, is_asked
        wait.code = error.code
        return reason, _as_hold(error)

    def end(self, reason: HoldReason) -> None:
        """It does its part again."""
        self._waits.pop(reason, None)

    def with_code(self, code: str) -> tuple[HoldReason, ...]:
        """Those that were met with this error code last."""
        return tuple(reason for reason, wait in self._waits.items() if wait.code == code)

    def since(self, reason: HoldReason) -> float | None:
        """Since when it does not; None: it does."""
        wait = self._waits.get(reason)
        return None if wait is None else wait.since

    def asked_until(self, reason: HoldReason) -> float | None:
        """Until when it wants to be left alone; None: it named no time."""
        wait = self._waits.get(reason)
        return wait.until if wait is not None and wait.is_asked else None

    def is_tried(self, reason: HoldReason) -> bool:
        """Whether a job is finding out whether it does its part again."""
        wait = self._waits.get(reason)
        return wait is not None and wait.tried_by != ""

    def again_in(self) -> tuple[tuple[HoldReason, float], ...]:
        """After how many seconds each is tried again; one that is being tried has no time."""
        now = self._clock()
        return tuple((r, w.until - now) for r, w in self._waits.items() if not w.tried_by)

    def passed_by(self, job_id: str) -> frozenset[HoldReason]:
        """The holds that this job is trying."""
        return frozenset(r for r, wait in self._waits.items() if wait.tried_by == job_id)

    def due(self) -> frozenset[HoldReason]:
        """The holds that whoever comes next may try."""
        now = self._clock()
        return frozenset(r for r, w in self._waits.items() if not w.tried_by and now >= w.until)

    def begin(self, job: Job) -> None:
        """It goes now, and tries what it has to."""
        for reason in self.due() & set(job.kept_by(self._waits)):
            self._waits[reason].tried_by = job.job_id

    def leave(self, job: Job) -> None:
        """Where it came to nothing before it found anything out, the next one may try."""
        if job.state not in ON_ITS_WAY:
            for reason in self.passed_by(job.job_id):
                self._waits[reason].tried_by = ""

    def cut(self) -> None:
        """The person's word ends our own pauses, and none that a host asked for."""
        for wait in self._waits.values():
            if not wait.is_asked:
                wait.until = min(wait.until, self._clock())

    def take_up(self, jobs: Iterable[Job], now: float) -> list[tuple[HoldReason, JobError]]:
        """What hosts asked an earlier run for is heeded, also where its job was cancelled.

        The holds that it begins with. ``now``: by the clock of the jobs, Unix seconds.
        """
        found = []
        for job in jobs:
            since = max(now, job.updated_at) if job.ended else now
            left_s = (job.not_before or 0.0) - since
            asked = job.error is not None and job.error.value("pause_s")
            if job.error is not None and asked and job.error.code in HOLDS and left_s > 0:
                found.append(self.met(job.error, job.job_id, left_s))
        return found
