"""Rows and jobs of a ledger, made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kling_desktop.motion.facts import LinkFacts
from kling_desktop.motion.job import Job, JobError, JobState, Money
from kling_desktop.motion.ledger import Charge, LedgerRow
from kling_desktop.motion.request import Mode, MotionRequest, Source

REQUEST = MotionRequest(Source(path="/in/astronaut.png"), Source(path="/in/meadow.mp4"))
FAILED = JobError("service_failed", "fetch failed", Money.NORMALLY_NOT_CHARGED)
SENT_AT = 1_790_000_000.0


def at(text: str) -> float:
    """Unix seconds of an ISO time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def row(**changes: Any) -> LedgerRow:
    """A charged row; a charge of None is one that is waited for."""
    made = LedgerRow(
        job_id="job",
        at=SENT_AT,
        title="astronaut × meadow",
        mode=Mode.STANDARD,
        model="kling-v2-6",
        duration_s=8.4,
        estimate_credits=5.88,
        charged_credits=5.88,
        charge=Charge.CHARGED,
        state=JobState.DONE,
        own_estimate_credits=5.88,
        task_id="task",
        trace_id="trace",
    )
    return replace(made, **changes)


def job(state: JobState = JobState.DONE, **changes: Any) -> Job:
    """A job that was sent and ended two minutes later."""
    made = Job(
        job_id="job",
        request=REQUEST,
        state=state,
        created_at=SENT_AT - 10,
        updated_at=SENT_AT + 120,
        position=0,
        video_facts=LinkFacts(),
        submitted_at=SENT_AT,
        finished_at=SENT_AT + 120,
        clock_skew_s=0.0,
        task_id="task",
        trace_id="trace",
        estimate_credits=5.88,
        error=FAILED if state is JobState.FAILED else None,
    )
    return replace(made, **changes)
