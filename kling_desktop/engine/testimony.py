"""What the witness says, held against the journal: a job never goes back to before it was sent."""

from __future__ import annotations

from dataclasses import replace

from ..motion.job import (
    AT_SERVICE,
    FINISHED_THERE,
    FREE_TO_CANCEL,
    UNDER_WAY,
    Job,
    JobState,
    Money,
)
from .problems import job_error

S = JobState
_SENT = AT_SERVICE | {S.SUBMITTING, S.DONE, S.UNWATCHED}


def is_told(before: JobState, after: JobState) -> bool:
    """Whether the witness hears of this step: of those before sending only their end counts.

    While it is under way nothing is learned that the service would not tell again.
    """
    if before is after or {before, after} <= UNDER_WAY:
        return False
    return not {before, after} <= FREE_TO_CANCEL


def must_be_told(before: JobState, after: JobState) -> bool:
    """Whether the step is not taken unless the witness heard of it.

    The intent, and the person's word that an unknown submission is let go of: without these, the
    next start would take the job for what it is not any more.
    """
    return after is S.SUBMITTING or (before is S.UNKNOWN and after in FREE_TO_CANCEL)


def mended_by(job: Job | None, told: Job) -> Job | None:
    """The job that takes the journal's place; None: the journal's word stands.

    ``job`` is the journal's, None where it has forgotten it; ``told`` the witness's last word.
    """
    if job is None:
        return _found_again(told) if _was_sent(told) else None
    if not _is_behind(job, told):
        return replace(job, body_json=told.body_json) if _lost_its_body(job, told) else None
    return replace(_found_again(told), position=job.position)


def _is_behind(job: Job, told: Job) -> bool:
    if told.state in FREE_TO_CANCEL and job.ended:
        return False  # a no is never taken back
    if job.attempt != told.attempt:
        return job.attempt < told.attempt
    if job.state is S.SUBMITTING:
        return told.state is not S.SUBMITTING
    if job.state in FREE_TO_CANCEL:
        return told.state not in FREE_TO_CANCEL
    if job.state is S.CANCELLED:
        return _was_sent(told)
    return job.state in AT_SERVICE and job.task_id is None and told.task_id is not None


def _lost_its_body(job: Job, told: Job) -> bool:
    """As a damaged row has: without it the job could not be told in the history."""
    lost = job.body_json is None and told.body_json is not None
    return lost and job.attempt == told.attempt and job.state in AT_SERVICE | {S.SUBMITTING}


def _was_sent(told: Job) -> bool:
    return told.state in _SENT or (told.state is S.FAILED and told.task_id is not None)


def _found_again(told: Job) -> Job:
    """As the next start would take up a job that was left so."""
    if told.state is S.SUBMITTING:
        error = job_error("contact_lost", Money.MAYBE_CHARGED)
        return replace(told, state=S.UNKNOWN, error=error)
    if told.state in FINISHED_THERE:  # its link is not told: the task is asked for one
        return replace(told, state=S.GENERATING)
    return told
