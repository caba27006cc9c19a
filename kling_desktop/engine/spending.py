"""The person's own limit for a day: what was spent today, and whether the next job still fits."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..motion.job import Job, JobState, Money
from ..motion.price import Quote
from ..motion.request import MotionRequest
from ..store.journal import Journal
from .book import JobBook
from .workers import Workers

_WAIVED_KEY = "spending.waived_on"
# Sent, so they cost or may cost; those that wait are counted when their turn comes.
_ABOUT_TO = frozenset({JobState.PREPARING, JobState.UPLOADING})  # with several at once
_SPENDING = _ABOUT_TO | frozenset(
    {
        JobState.SUBMITTING,
        JobState.GENERATING,
        JobState.DOWNLOADING,
        JobState.DONE,
        JobState.UNKNOWN,
        JobState.UNWATCHED,
    }
)


class Spending:
    """Sums by this computer's calendar day. A person may waive the limit for the rest of a day."""

    def __init__(
        self,
        book: JobBook,
        journal: Journal,
        workers: Workers,
        limit_credits: Callable[[], float | None],
        price: Callable[[MotionRequest, float | None], Quote],
    ) -> None:
        self._book = book
        self._journal = journal
        self._workers = workers
        self._limit_credits = limit_credits
        self._price = price
        self._waived_on = ""

    async def open(self) -> None:
        kept = await self._workers.write(self._journal.value, _WAIVED_KEY)
        self._waived_on = kept or ""

    def spent_today(self) -> float:
        """Credits charged or, until the ledger told, estimated for what was sent today."""
        today = day_of(time.time())
        jobs = (*self._book.all(), *self._book.gone())
        counted = [j for j in jobs if j.state in _ABOUT_TO or _was_sent_on(j, today)]
        return sum(self._cost(j) for j in counted)

    def expected(self, request: MotionRequest, estimate_credits: float | None) -> float:
        """The estimate, or the most it can be where a link hides the clip's length."""
        if estimate_credits is not None:
            return estimate_credits
        return self._price(request, None).credits

    def over_by(self, request: MotionRequest, estimate_credits: float | None) -> float | None:
        """By how much this job exceeds today's limit; None where it fits."""
        limit = self._limit_credits()
        if limit is None or self._waived_on == day_of(time.time()):
            return None
        over = self.spent_today() + self.expected(request, estimate_credits) - limit
        return over if over > 0 else None

    def _cost(self, job: Job) -> float:
        """What a job has cost or will have cost, as far as is known."""
        if job.charged_credits is not None:
            return job.charged_credits
        paid_failure = job.error is not None and job.error.money is Money.PAID
        if job.state in _SPENDING or paid_failure:
            return self.expected(job.request, job.estimate_credits)
        return 0.0

    async def waive_today(self) -> None:
        """The person decided, knowing the sum: no further question today."""
        self._waived_on = day_of(time.time())
        await self._workers.write(self._journal.set_value, _WAIVED_KEY, self._waived_on)


def day_of(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))


def _was_sent_on(job: Job, day: str) -> bool:
    return job.submitted_at is not None and day_of(job.submitted_at) == day
