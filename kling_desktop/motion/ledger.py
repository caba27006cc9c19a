"""The ledger: what each sent job was to cost and did cost, its sums, and what that teaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum
from itertools import groupby
from statistics import median

from .facts import VideoFacts
from .job import AT_SERVICE, Job, JobState, Money
from .money import MICRO, exact_sum, micro
from .price import Quote, quote
from .request import DEFAULT_MODEL, Mode

LEDGER_KEPT_S = 60 * 24 * 3600.0  # service.md: the service keeps its ledger for 60 days
LEARN_FROM = 3  # fewer charges teach nothing
LEARN_OF = 20  # the latest ones: prices change
WORTH_SAYING = 0.02  # a systematic difference above 2 % is said (issue 3, item 8)

Key = tuple[str, Mode]  # model and mode: what a price hangs on beside the length


class Charge(StrEnum):
    """What is known of a job's charge."""

    CHARGED = "charged"  # the service's ledger says so
    NOTHING = "nothing"  # nothing was charged: the ledger shows none, or the service refused it
    RUNNING = "running"  # not ended yet
    WAITING = "waiting"  # ended; the ledger has not told yet
    UNKNOWN = "unknown"  # may have been charged, and cannot be looked up


# What a job in this state was sent for; the others were never sent, or go back to the queue.
_SENT = AT_SERVICE | {JobState.SUBMITTING, JobState.DONE, JobState.FAILED, JobState.UNWATCHED}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One job that was sent. Credits are None where they are not known."""

    job_id: str
    at: float  # when it was sent, Unix seconds
    title: str
    mode: Mode
    model: str
    duration_s: float | None
    estimate_credits: float | None  # what was shown before it was sent
    charged_credits: float | None
    charge: Charge
    state: JobState
    own_estimate_credits: float | None = None  # by this program's own figures, uncorrected
    task_id: str | None = None
    trace_id: str | None = None
    removed: bool = False  # out of the Library; what it cost stays
    failed: bool = False  # no video was made; that is normally not charged

    @property
    def difference_credits(self) -> float | None:
        """Charge minus estimate; None where nothing was charged or one of them is not known."""
        if self.charge is not Charge.CHARGED or self.estimate_credits is None:
            return None
        return (micro(self.charged_credits) - micro(self.estimate_credits)) / MICRO

    @property
    def counts(self) -> bool:
        """Whether sums count the estimate: what is or should be free was not to be paid."""
        return self.charge is Charge.CHARGED or not (self.failed or self.charge is Charge.NOTHING)

    @property
    def counted_estimate_credits(self) -> float:
        return (self.estimate_credits or 0.0) if self.counts else 0.0


@dataclass(frozen=True, slots=True)
class Sum:
    """The sums of some rows; ``start`` is the first day of the period, None for a total."""

    start: date | None
    jobs: int
    charged_jobs: int
    free_jobs: int
    open_jobs: int  # running, waiting or unknown: their charge is not in the sum
    estimate_credits: float
    charged_credits: float
    difference_credits: float | None  # over the jobs where both are known; None: there is none
    compared_estimate_credits: float  # of these jobs


class Grain(StrEnum):
    """What a period is."""

    DAY = "day"
    MONTH = "month"


class LedgerProblem(StrEnum):
    """Why the service's ledger could not be read just now."""

    OFFLINE = "offline"
    BUSY = "busy"  # another query is running there; asked again by itself
    REFUSED = "refused"  # the account token was not accepted for it
    UNCLEAR = "unclear"  # an answer that cannot be read


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the reading of the service's ledger stands."""

    readable: bool = False  # there is an account token
    sandbox: bool = False
    asking: bool = False
    waiting_jobs: int = 0  # their charge is still looked for
    read_at: float | None = None
    next_at: float | None = None  # when it is asked again by itself
    problem: LedgerProblem | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How far charges lie from the estimates shown, for one model and mode."""

    model: str
    mode: Mode
    share: float  # of the estimate: 0.04 is 4 % more
    jobs: int  # learned from that many


def trace_of(job: Job) -> str | None:
    """The id by which the service's ledger knows this job."""
    return job.trace_id or (job.error.trace_id if job.error else None)


def charge_of(job: Job, now: float) -> Charge:
    """What is known of the charge of a job that was sent."""
    if job.charged_credits is not None:
        return Charge.CHARGED if micro(job.charged_credits) > 0 else Charge.NOTHING
    if job.state is JobState.FAILED and job.error and job.error.money is Money.NOT_CHARGED:
        return Charge.NOTHING
    if job.state is JobState.UNKNOWN:
        return Charge.UNKNOWN
    if not job.ended:
        return Charge.RUNNING
    too_old = now - (job.submitted_at or job.created_at) > LEDGER_KEPT_S
    return Charge.UNKNOWN if too_old or trace_of(job) is None else Charge.WAITING


def ledger_row(job: Job, now: float, *, removed: bool = False) -> LedgerRow | None:
    """The job's line in the ledger; None where it was never sent."""
    if job.submitted_at is None or job.state not in _SENT:
        return None
    clip_s = job.video_facts.duration_s if isinstance(job.video_facts, VideoFacts) else None
    charge = charge_of(job, now)
    return LedgerRow(
        job_id=job.job_id,
        at=job.submitted_at,
        title=job.title,
        mode=job.request.mode,
        model=job.request.model or DEFAULT_MODEL,
        duration_s=job.result_duration_s or clip_s,
        estimate_credits=job.estimate_credits,
        charged_credits=0.0 if charge is Charge.NOTHING else job.charged_credits,
        charge=charge,
        state=job.state,
        own_estimate_credits=quote(job.request, clip_s, None).credits if clip_s else None,
        task_id=job.task_id,
        trace_id=trace_of(job),
        removed=removed,
        failed=job.state is JobState.FAILED and not _is_paid(job),
    )


def _is_paid(job: Job) -> bool:
    """The video was made; only getting it here failed."""
    return job.error is not None and job.error.money is Money.PAID


def total(rows: Iterable[LedgerRow], start: date | None = None) -> Sum:
    """The sum of all rows."""
    rows = list(rows)
    charges = [row.charge for row in rows]
    compared = [row for row in rows if row.difference_credits is not None]
    return Sum(
        start=start,
        jobs=len(rows),
        charged_jobs=charges.count(Charge.CHARGED),
        free_jobs=charges.count(Charge.NOTHING),
        open_jobs=len(rows) - charges.count(Charge.CHARGED) - charges.count(Charge.NOTHING),
        estimate_credits=exact_sum(row.counted_estimate_credits for row in rows),
        charged_credits=exact_sum(row.charged_credits for row in rows),
        difference_credits=exact_sum(r.difference_credits for r in compared) if compared else None,
        compared_estimate_credits=exact_sum(r.estimate_credits for r in compared),
    )


def grouped(
    rows: Iterable[LedgerRow], grain: Grain, tz: tzinfo | None = None
) -> list[tuple[Sum, tuple[LedgerRow, ...]]]:
    """Each period that has jobs, latest first, with its sum and its jobs, latest first.

    ``tz`` None is this computer's own time zone.
    """
    ordered = sorted(rows, key=lambda row: row.at, reverse=True)
    # By day first: after the clock is set back, later moments may lie on an earlier day.
    ordered.sort(key=lambda row: period_of(row.at, grain, tz), reverse=True)
    groups = groupby(ordered, key=lambda row: period_of(row.at, grain, tz))
    return [(total(kept, start), kept) for start, kept in ((k, tuple(g)) for k, g in groups)]


def sums_by_day(rows: Iterable[LedgerRow], tz: tzinfo | None = None) -> tuple[Sum, ...]:
    return tuple(found for found, _rows in grouped(rows, Grain.DAY, tz))


def sums_by_month(rows: Iterable[LedgerRow], tz: tzinfo | None = None) -> tuple[Sum, ...]:
    return tuple(found for found, _rows in grouped(rows, Grain.MONTH, tz))


def period_of(at: float, grain: Grain, tz: tzinfo | None = None) -> date:
    """The first day of the period in which a moment lies."""
    day = datetime.fromtimestamp(at, tz).date()
    return day if grain is Grain.DAY else day.replace(day=1)


def correction(rows: Iterable[LedgerRow]) -> dict[Key, float]:
    """Factors for this program's own figures: the median of charge / own estimate.

    Always against the uncorrected figures: a factor learned from corrected estimates would
    undo itself. Only where at least three of the latest jobs were charged.
    """
    return {
        key: median(micro(r.charged_credits) / micro(r.own_estimate_credits) for r in latest)
        for key, latest in _latest(rows, lambda row: row.own_estimate_credits).items()
    }


def differences(rows: Iterable[LedgerRow]) -> tuple[Difference, ...]:
    """Where charges keep differing from what was shown by more than 2 %; the largest first."""
    found = []
    for (model, mode), latest in _latest(rows, lambda row: row.estimate_credits).items():
        ratio = median(micro(r.charged_credits) / micro(r.estimate_credits) for r in latest)
        if abs(ratio - 1) > WORTH_SAYING:
            found.append(Difference(model, mode, ratio - 1, len(latest)))
    return tuple(sorted(found, key=lambda d: abs(d.share), reverse=True))


def corrected(price: Quote, key: Key, factors: Mapping[Key, float]) -> Quote:
    """An estimate of our own, corrected by what was charged before; the service's stay as is."""
    factor = factors.get(key)
    if factor is None or not price.estimated:
        return price
    return replace(price, credits=price.credits * factor, corrected=True)


def _latest(
    rows: Iterable[LedgerRow], base: Callable[[LedgerRow], float | None]
) -> dict[Key, Sequence[LedgerRow]]:
    """The latest charged rows of each model and mode, where there are enough of them."""
    by_key: dict[Key, list[LedgerRow]] = {}
    for row in sorted(rows, key=lambda r: r.at, reverse=True):
        if row.charge is Charge.CHARGED and micro(base(row)) > 0:
            by_key.setdefault((row.model, row.mode), []).append(row)
    return {k: found[:LEARN_OF] for k, found in by_key.items() if len(found) >= LEARN_FROM}
