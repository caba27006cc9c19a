"""The person's own limit for a day: what was spent today, and whether the next job still fits."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ..motion.day_limit import DayLimit
from ..motion.job import AT_SERVICE, Job, JobError, JobState, Money
from ..motion.money import exact_sum
from ..motion.price import Quote
from ..motion.request import MotionRequest
from .book import JobBook
from .kept_values import WAIVED_KEY, KeptValues
from .problems import job_error

# Sent, so they cost or may cost; those that wait are counted when their turn comes.
_ABOUT_TO = frozenset({JobState.PREPARING, JobState.UPLOADING})  # with several at once
_SPENDING = _ABOUT_TO | AT_SERVICE | {JobState.SUBMITTING, JobState.DONE, JobState.UNWATCHED}


class Spending:
    """Sums by this computer's calendar day. A person may waive the limit for the rest of a day."""

    def __init__(
        self,
        book: JobBook,
        kept: KeptValues,
        limit_credits: Callable[[], float | None],
        price: Callable[[MotionRequest, float | None], Quote],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._kept = kept
        self._limit_credits = limit_credits
        self._price = price
        self._clock = clock
        self._waived_on = ""

    async def open(self) -> None:
        self._waived_on = await self._kept.read(WAIVED_KEY) or ""

    def spent_today(self, *, without: str = "") -> float:
        """Credits charged or, until the ledger told, estimated for what was sent today.

        ``without``: the id of a job that is left out, but for what it was sent for before.
        """
        today = day_of(self._clock())
        jobs = (*self._book.all(), *self._book.gone())
        counted = (
            j
            for j in jobs
            if j.job_id != without and (j.state in _ABOUT_TO or _was_sent_on(j, today))
        )
        given_up = (g.credits for j in jobs for g in j.given_up if day_of(g.at) == today)
        return exact_sum((*map(self.cost, counted), *given_up))

    def expected(self, request: MotionRequest, estimate_credits: float | None) -> float:
        """The estimate, or the most it can be where a link hides the clip's length."""
        if estimate_credits is not None:
            return estimate_credits
        return self._price(request, None).credits

    def ahead(
        self, request: MotionRequest, estimate_credits: float | None, *, without: str = ""
    ) -> DayLimit | None:
        """Today's limit and what the job would take of it; None where nothing limits it today."""
        limit = self._limit_credits()
        if limit is None or self._waived_on == day_of(self._clock()):
            return None
        price = self.expected(request, estimate_credits)
        return DayLimit(self.spent_today(without=without), price, limit)

    def ahead_of(self, job: Job) -> DayLimit | None:
        """As ``ahead``, for a job of the book, which is not counted twice."""
        return self.ahead(job.request, job.estimate_credits, without=job.job_id)

    def fits(self, job: Job) -> bool:
        """Whether a job of the book fits into today's limit."""
        day = self.ahead_of(job)
        return day is None or day.fits

    def cost(self, job: Job) -> float:
        """What a job has cost or will have cost, as far as is known."""
        if job.charged_credits is not None:
            return job.charged_credits
        paid_failure = job.error is not None and job.error.money is Money.PAID
        if job.state in _SPENDING or paid_failure:
            return self.expected(job.request, job.estimate_credits)
        return 0.0

    def today(self) -> str:
        return day_of(self._clock())

    def waive(self, day: str) -> None:
        """The person decided, knowing the sums of this day: no limit for the rest of it."""
        self._waived_on = day
        self._kept.keep(WAIVED_KEY, day)

    def unwaive(self) -> None:
        """A limit that was set since holds at once."""
        self.waive("")


def day_of(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))


def until_midnight_s(now: float) -> float:
    """Seconds until this computer's next day, and a little more."""
    day = datetime.fromtimestamp(now).date() + timedelta(days=1)
    return datetime.combine(day, datetime.min.time()).timestamp() - now + 1.0


def limit_error(day: DayLimit) -> JobError:
    """The figures of a limit that holds, for the sentence that tells them."""
    values = {
        "spent_credits": day.spent_credits,
        "price_credits": day.price_credits,
        "limit_credits": day.limit_credits,
        "over_credits": day.over_credits,
    }
    return job_error("day_limit", values=values)


def _was_sent_on(job: Job, day: str) -> bool:
    return job.submitted_at is not None and day_of(job.submitted_at) == day
