"""When the service's ledger is asked about a job, and what may be concluded from its answer.

A charge that the ledger shows is written at once. That **nothing** was charged is harder, because
a ledger may be late. It is concluded only where all of this holds:

1. The service itself said that the job failed, or the ledger names the job with a zero. A finished
   video without an entry is never called free: its entry is late. A job that nobody watches any
   more may still be finished and charged, so its absence proves nothing.
2. The answer covers the job: it reaches back a day before it was sent (clocks differ), and its
   last page was read, so nothing is cut off. An answer without a list is no empty list.
3. The ledger was asked at least a minute after the job had ended.
4. It is confirmed: either the same answer already holds a job of this library that was sent more
   than a minute after this one had ended (so the ledger has got that far; no clock of the service
   is compared), or an equally empty answer was seen an hour or more before.

A charge that turns up later is still written: it corrects the zero at the next look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..motion.job import Job, JobState, Money
from ..motion.ledger import LEDGER_KEPT_S, Charge, charge_of, trace_of
from ..motion.money import micro

# After the end, and after each failed query (the brief of issue 3's item 8); then hourly.
PAUSES_S: tuple[float, ...] = (5, 15, 60, 300)
HOUR_S = 3600.0
HOURLY_FOR_S = 2 * 24 * HOUR_S  # an entry that is two days late is asked for once a day
DAY_S = 24 * HOUR_S

SETTLED_S = 60.0
CONFIRM_AFTER_S = HOUR_S
REACH_BACK_S = DAY_S  # how far the service's clock may lie from ours

_MAY_END_YET = frozenset({JobState.UNWATCHED})


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """What the ledger showed. ``asked_at`` and ``since``: Unix seconds by this computer's clock."""

    asked_at: float
    since: float
    charges: Mapping[str, float]  # trace id -> credits
    whole: bool  # nothing was cut off

    def covers(self, job: Job) -> bool:
        return self.whole and self.since <= reach_of(job)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``charged_credits`` None: not known yet. ``empty``: this look showed no charge."""

    charged_credits: float | None = None
    empty: bool = False


def is_open(job: Job, now: float) -> bool:
    """Whether the ledger has still to tell this job's charge."""
    if job.submitted_at is None or not job.ended or job.charged_credits is not None:
        return False
    return job.state is not JobState.CANCELLED and charge_of(job, now) is Charge.WAITING


def reach_of(job: Job) -> float:
    """How far back an answer about this job has to reach, by the clock that is asked with."""
    sent_at = job.submitted_at or job.created_at
    return sent_at + (job.clock_skew_s or 0.0) - REACH_BACK_S


def ended_at(job: Job) -> float:
    return job.finished_at or job.updated_at


def pause_s(looks: int, age_s: float) -> float:
    """How long to wait after so many looks at a job that ended ``age_s`` ago."""
    if looks < len(PAUSES_S):
        return PAUSES_S[looks]
    return HOUR_S if age_s < HOURLY_FOR_S else DAY_S


def looks_by(age_s: float) -> int:
    """How many looks a job of this age has had; so a restart goes on where it was."""
    looks, at = 0, 0.0
    for pause in PAUSES_S:
        at += pause
        looks += at <= age_s
    return looks


def oldest(now: float) -> float:
    """The ledger has nothing from before."""
    return now - LEDGER_KEPT_S


def judge(
    job: Job, answer: LedgerAnswer, empty_since: float | None, others: Iterable[Job]
) -> Verdict:
    """What the answer says about one open job; see the rule above.

    ``empty_since``: when an answer first showed no charge; ``others``: jobs of this library.
    """
    credits = answer.charges.get(trace_of(job) or "")
    if credits is not None and micro(credits) > 0:
        return Verdict(credits)
    named = credits is not None
    settled = answer.asked_at - ended_at(job) >= SETTLED_S
    if job.state in _MAY_END_YET or not settled or not (named or answer.covers(job)):
        return Verdict()
    if not named and not _said_to_have_failed(job):
        return Verdict()
    seen_before = empty_since is not None and answer.asked_at - empty_since >= CONFIRM_AFTER_S
    later = _said_to_have_failed(job) and _shows_a_later_one(job, answer, others)
    return Verdict(0.0 if seen_before or later else None, empty=True)


def _said_to_have_failed(job: Job) -> bool:
    """The service's own word; a job of which only contact was lost may be running."""
    told = (Money.NOT_CHARGED, Money.NORMALLY_NOT_CHARGED)
    return job.state is JobState.FAILED and job.error is not None and job.error.money in told


def _shows_a_later_one(job: Job, answer: LedgerAnswer, others: Iterable[Job]) -> bool:
    after = ended_at(job) + SETTLED_S
    return any(
        other.submitted_at is not None
        and other.submitted_at > after
        and (trace_of(other) or "") in answer.charges
        for other in others
    )
