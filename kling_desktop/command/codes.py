"""Exit codes of the commands, and the way out where nothing becomes a job."""

from __future__ import annotations

from enum import IntEnum

from ..engine.problems import named_a_task
from ..motion.job import ENDED, FINISHED_THERE, FREE_TO_CANCEL, Job, JobError, JobState, Money
from .loading import INTERRUPTED


class Exit(IntEnum):
    """Scripts rely on these numbers."""

    SAVED = 0
    WRONG_INPUT = 2  # or the person's word is needed first: nothing was sent
    FAILED = 3  # refused or failed at the service, or no way to it: not paid
    UNKNOWN = 4  # perhaps charged
    TOKEN = 5  # none, refused, or two accounts', before anything was sent
    UNSAVED = 6  # paid, not saved yet: also where the service says that it is gone
    INTERRUPTED = INTERRUPTED  # what is unfinished can be resumed


class Refusal(Exception):
    """Nothing becomes a job; says why, and with which exit code."""

    def __init__(self, error: JobError, code: Exit, same: Job | None = None) -> None:
        self.error = error
        self.code = code
        self.same = same  # the job that is or was just the same
        super().__init__(error.code)


_TOKEN_CODES = frozenset(
    {
        "no_token",
        "store_silent",
        "store_unread",
        "no_account_token",
        "two_accounts",
        "invalid_token",
        "token_mismatched",
        "upload_refused",
    }
)
_YOUR_WORD_CODES = frozenset(
    {
        "input_refused",
        "input_vanished",
        "input_changed",
        "input_growing",
        "price_rose",
        "other_account",
        "day_limit",
        "limits_unread",
        "journal_failed",
        "witness_failed",
        "videos_away_waits",
    }
)
# Not ended, and out of the person's free hands; a command leaves them where their account is away.
_PERHAPS_SENT = frozenset(JobState) - FREE_TO_CANCEL - ENDED | {JobState.UNWATCHED}
_PERHAPS_SENT_CODES = frozenset({"history_not_now"})  # by an earlier run: nobody knows yet


def exit_of(job: Job) -> Exit:
    """What one job's end, or what holds it, means to a script."""
    if job.state is JobState.DONE:
        return Exit.SAVED
    if job.state in FINISHED_THERE or (job.error and job.error.money is Money.PAID):
        return Exit.UNSAVED
    if _is_made_there(job):
        return Exit.UNSAVED
    if job.state in _PERHAPS_SENT:
        return Exit.UNKNOWN
    if job.state is JobState.ASKING:
        return Exit.WRONG_INPUT
    if job.error is None:
        return Exit.FAILED
    if job.error.money is Money.MAYBE_CHARGED or job.error.code in _PERHAPS_SENT_CODES:
        return Exit.UNKNOWN
    if job.error.code in _TOKEN_CODES:
        return Exit.TOKEN
    return Exit.WRONG_INPUT if job.error.code in _YOUR_WORD_CODES else Exit.FAILED


def _is_made_there(job: Job) -> bool:
    """Accepted under the account in use: it is paid for, as far as anybody can tell by now."""
    doubtful = named_a_task(job.error) or job.waits_for_account is not None
    return job.state is JobState.GENERATING and not doubtful


def worst(codes: list[Exit]) -> Exit:
    """Of many jobs: what needs a person most."""
    for code in (Exit.UNKNOWN, Exit.UNSAVED, Exit.TOKEN, Exit.FAILED, Exit.WRONG_INPUT):
        if code in codes:
            return code
    return Exit.SAVED
