"""Exit codes of the commands."""

from __future__ import annotations

from enum import IntEnum

from ..motion.job import HoldReason, Job, JobState

_TOKEN_CODES = frozenset(
    {
        "no_token",
        "no_account_token",
        "invalid_token",
        "token_mismatched",
        "upload_refused",
    }
)


class Exit(IntEnum):
    """Scripts rely on these numbers."""

    SAVED = 0
    WRONG_INPUT = 2  # nothing was sent
    FAILED = 3  # refused or failed at the service
    UNKNOWN = 4  # perhaps charged
    TOKEN = 5  # none, or refused
    INTERRUPTED = 130  # the job can be resumed


_TOKEN_HOLDS = frozenset({HoldReason.TOKEN, HoldReason.TOKEN_MISMATCHED})


def exit_of(job: Job, hold: HoldReason | None = None) -> Exit:
    """What one job's end means to a script."""
    if job.state is JobState.DONE:
        return Exit.SAVED
    if job.state is JobState.UNKNOWN:
        return Exit.UNKNOWN
    if hold in _TOKEN_HOLDS or (job.error is not None and job.error.code in _TOKEN_CODES):
        return Exit.TOKEN
    if job.error is not None and job.error.code in ("input_refused", "input_vanished"):
        return Exit.WRONG_INPUT
    return Exit.FAILED


def worst(codes: list[Exit]) -> Exit:
    """Of many jobs: what needs a person most."""
    for code in (Exit.UNKNOWN, Exit.TOKEN, Exit.FAILED, Exit.WRONG_INPUT):
        if code in codes:
            return code
    return Exit.SAVED
