"""What one row of the Queue says: a job, its progress and the hold, turned into texts and parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from kling_desktop.motion.job import (
    HoldReason,
    Job,
    JobAction,
    JobError,
    JobState,
    Progress,
    actions_for,
)
from kling_desktop.motion.request import Mode
from kling_desktop.ui.tr import tr, words

UsualRange = tuple[float, float]  # seconds, learned from this library

SECONDS_UP_TO_S = 90.0  # shorter spans are told in seconds


class Line(Enum):
    """The thin line beside the title."""

    NONE = "none"
    MEASURED = "measured"  # bytes: a part of the line is filled
    CALM = "calm"  # at work, without a figure: one quiet tint, no made-up progress


@dataclass(frozen=True, slots=True)
class RowLook:
    """Everything the delegate paints beside title and thumbnail."""

    text: str
    short: str = ""  # said instead where ``text`` does not fit
    tone: str = "text"  # a colour token
    dot: bool = False  # a mark before the text, so that colour is not the only sign
    line: Line = Line.NONE
    fraction: float = 0.0  # of a measured line
    note: str = ""  # the right column
    reason: str = ""  # what a screen reader says after the job's name; no ticking figures
    hint: str = ""  # what to do, shown in the tooltip
    buttons: tuple[JobAction, ...] = ()
    movable: bool = False
    taken: bool = False  # a wish of the person is being written down


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row depends on beside its job."""

    now: float  # Unix seconds
    holds: tuple[HoldReason, ...] = ()
    usual: Mapping[Mode, UsualRange] | None = None


def main_buttons(job: Job) -> tuple[JobAction, ...]:
    """The actions with a button in the row; the rest is in the row's menu."""
    wanted = {
        JobState.QUEUED: JobAction.CANCEL,
        JobState.PREPARING: JobAction.CANCEL,
        JobState.UPLOADING: JobAction.CANCEL,
        JobState.GENERATING: JobAction.STOP_WATCHING,
        JobState.DOWNLOADING: JobAction.STOP_WATCHING,
    }.get(job.state)
    offered = actions_for(job)
    if job.state is JobState.ASKING:
        return (JobAction.CANCEL, JobAction.SEND)  # from the right edge
    if job.in_vain or job.state in (JobState.UNKNOWN, JobState.UNSAVED):
        wanted = offered[0]
    return (wanted,) if wanted in offered and wanted is not None else ()


def enter_action(job: Job) -> JobAction:
    """What Enter does: the first action that ends nothing."""
    ending = (JobAction.CANCEL, JobAction.STOP_WATCHING)
    first = actions_for(job)[0]
    return JobAction.DETAILS if first in ending or first is JobAction.EDIT else first


def delete_action(job: Job) -> JobAction | None:
    """What Del does: cancel, stop watching or put away; None where nothing can be stopped."""
    offered = actions_for(job)
    for action in (JobAction.CANCEL, JobAction.STOP_WATCHING, JobAction.DISMISS):
        if action in offered:
            return action
    return None


def is_ticking(job: Job, now: float) -> bool:
    """Whether the row's text changes with the clock alone."""
    if job.waits_for_account is not None:
        return False
    if job.state is JobState.GENERATING:
        return True
    if job.state is JobState.UNKNOWN:
        return job.next_look_at is not None
    return job.state is JobState.QUEUED and job.not_before is not None and job.not_before > now - 1


def row_look(job: Job, progress: Progress | None, around: Surroundings) -> RowLook:
    """The row of ``job`` at this moment."""
    buttons = main_buttons(job)
    if job.waits_for_account is not None and not job.ended:
        return _other_account_look(job, job.waits_for_account)
    if job.state is JobState.QUEUED:
        around = replace(around, holds=job.kept_by(around.holds))
        text = waiting_text(job, around)
        reason = _waiting_reason(job, around)
        hint = ". ".join(_held_reason(hold) for hold in around.holds[1:])
        if not around.holds and job.error is not None and words.waits_for(job.error):
            hint = words.error(job.error).sentence
        return RowLook(text, tone="muted", reason=reason, hint=hint, buttons=buttons, movable=True)
    if job.state is JobState.ASKING:
        return _asking_look(job, buttons)
    if job.state is JobState.PREPARING:
        return _preparing_look(job, progress, buttons)
    if job.state in (JobState.UPLOADING, JobState.DOWNLOADING):
        return _transfer_look(job, progress, buttons)
    if job.state is JobState.GENERATING:
        return _generating_look(job, around, buttons)
    if job.state is JobState.UNKNOWN:
        reason = tr("May have been charged")
        text, short = _unknown_texts(job, around.now)
        met = words.met(job.error) if job.error is not None else ""
        hint = " ".join(part for part in (met, words.looked(job)) if part)
        return RowLook(text, short, "warning", dot=True, reason=reason, hint=hint, buttons=buttons)
    if job.state is JobState.UNSAVED:
        return _unsaved_look(job, buttons)
    if job.in_vain:
        return _failed_look(job, buttons)
    return RowLook(words.state(job), line=Line.CALM, buttons=buttons)


def waiting_text(job: Job, around: Surroundings) -> str:
    """Why a waiting job does not go on, with the countdown of a retry."""
    if job.not_before is not None and job.not_before > around.now and not around.holds:
        left = words.countdown(job.not_before - around.now)
        return tr("Trying again in {left}").format(left=left)
    return _waiting_reason(job, around)


def _waiting_reason(job: Job, around: Surroundings) -> str:
    if around.holds:
        return _held_reason(around.holds[0])
    if job.not_before is not None and job.not_before > around.now:
        return tr("Waiting to try again")
    if job.error is not None and (awaited := words.waits_for(job.error)):
        return awaited
    return tr("Waiting for a slot")


def _other_account_look(job: Job, name: str) -> RowLook:
    """It was sent under an account whose tokens are not in use: nothing is asked for it."""
    told = words.waits_for_account(name)
    return RowLook(told.title, tone="muted", dot=True, reason=told.title, hint=told.hint)


def _held_reason(hold: HoldReason) -> str:
    return {
        HoldReason.UNWRITABLE: tr("Waiting, the list of jobs cannot be written"),
        HoldReason.STORE: tr("Waiting for your password store"),
        HoldReason.PAUSED: tr("Waiting, the queue is paused"),
        HoldReason.OFFLINE: tr("Waiting for the connection"),
        HoldReason.CREDIT: tr("Waiting for credit"),
        HoldReason.TOKEN: tr("Waiting for a token"),
        HoldReason.UPLOADS: tr("Waiting for the account token"),
        HoldReason.TOKEN_MISMATCHED: tr("Waiting for the right token"),
        HoldReason.DISABLED: tr("Waiting, the account is disabled"),
        HoldReason.LIMITS: tr("Waiting, a limit of yours cannot be read"),
        HoldReason.DAY_LIMIT: tr("Waiting, today's limit is reached"),
        HoldReason.UNCLEAR: tr("Waiting until the last one is clear"),
        HoldReason.UPLOADS_BUSY: tr("Waiting, uploads do not arrive"),
        HoldReason.BUSY: tr("Waiting, the service is busy"),
    }[hold]


def _asking_look(job: Job, buttons: tuple[JobAction, ...]) -> RowLook:
    """What is not as it was agreed to; the two answers are the row's buttons."""
    if job.error is None:
        return RowLook(words.state(job), tone="warning", dot=True, buttons=buttons)
    told = words.failure(job)
    text, short = words.difference(job.error)
    return RowLook(
        text or told.title,
        short,
        "warning",
        dot=True,
        reason=told.title,
        hint=told.sentence if text else told.hint,
        buttons=buttons,
    )


def _preparing_look(job: Job, progress: Progress | None, buttons: tuple[JobAction, ...]) -> RowLook:
    """Reading takes a moment; converting a clip takes longer, and tells its share."""
    text = words.state(job)
    if progress is None or progress.state is not job.state or progress.share is None:
        return RowLook(text, line=Line.CALM, buttons=buttons)
    share = min(1.0, max(0.0, progress.share))
    text = tr("{state} {percent} %").format(state=text, percent=math.floor(share * 100))
    return RowLook(text, line=Line.MEASURED, fraction=share, buttons=buttons)


def _transfer_look(job: Job, progress: Progress | None, buttons: tuple[JobAction, ...]) -> RowLook:
    text = words.state(job)
    if progress is None or progress.state is not job.state or job.is_ready:
        return RowLook(text, line=Line.CALM, buttons=buttons)
    if not progress.total_bytes:
        note = words.size(progress.done_bytes) if progress.done_bytes else ""
        return RowLook(text, line=Line.CALM, note=note, buttons=buttons)
    fraction = min(1.0, max(0.0, progress.done_bytes / progress.total_bytes))
    text = tr("{state} {percent} %").format(state=text, percent=math.floor(fraction * 100))
    note = words.size_of(progress.done_bytes, progress.total_bytes)
    return RowLook(text, line=Line.MEASURED, fraction=fraction, note=note, buttons=buttons)


def _generating_look(job: Job, around: Surroundings, buttons: tuple[JobAction, ...]) -> RowLook:
    started_at = job.submitted_at if job.submitted_at is not None else job.updated_at
    elapsed = words.clock(max(0.0, around.now - started_at))
    text = tr("{state} {elapsed}").format(state=words.state(job), elapsed=elapsed)
    if job.error is not None:
        return _unanswered_look(job.error, text, buttons)
    usual = (around.usual or {}).get(job.request.mode)
    note = tr("usually {range}").format(range=range_text(*usual)) if usual else ""
    if HoldReason.OFFLINE in around.holds:
        note = tr("offline, goes on by itself")
    return RowLook(text, line=Line.CALM, note=note, buttons=buttons)


def _unanswered_look(error: JobError, text: str, buttons: tuple[JobAction, ...]) -> RowLook:
    """It was accepted, and nobody knows how it stands: why, and since when it runs."""
    told, short = words.error(error), tr("{state}, no answer").format(state=text)
    return RowLook(
        told.title,
        short,
        "warning",
        dot=True,
        reason=told.title,
        hint=f"{text}. {told.sentence}",
        buttons=buttons,
    )


def _unknown_texts(job: Job, now: float) -> tuple[str, str]:
    """The sentence, and a shorter one that says the same."""
    start = tr("May have been charged.")
    if job.error is not None and job.error.met_page:
        return f"{start} {words.met(job.error)}", tr("{start} A sign-in page?").format(start=start)
    if job.next_look_at is None:
        if job.error is not None and job.error.value("outcome") == "several":
            return tr("{start} Several may be it").format(start=start), ""
        return tr("May have been charged, not sent again"), ""
    left_s = math.ceil(job.next_look_at - now)
    if left_s <= 0:
        return tr("{start} Looking for it…").format(start=start), ""
    text = tr("{start} Looking for it, next look in {seconds} s")
    short = tr("{start} Next look in {seconds} s")
    return text.format(start=start, seconds=left_s), short.format(start=start, seconds=left_s)


def _failed_look(job: Job, buttons: tuple[JobAction, ...]) -> RowLook:
    told = words.failure(job)
    text, hint = told.title, told.hint
    return RowLook(text, tone="bad", dot=True, reason=text, hint=hint, buttons=buttons)


def _unsaved_look(job: Job, buttons: tuple[JobAction, ...]) -> RowLook:
    """Paid for and not here: why, and that it goes on by itself."""
    state, told = words.state(job), words.failure(job)
    return RowLook(
        told.title,
        words.unsaved(job),
        "warning",
        dot=True,
        reason=state if told.title == state else f"{state}. {told.title}",
        hint=told.sentence,
        buttons=buttons,
    )


def range_text(low_s: float, high_s: float) -> str:
    """``2–5 min`` or ``40–80 s``: rounded outwards, so that it promises nothing."""
    if high_s <= SECONDS_UP_TO_S:
        low, high = math.floor(low_s / 10) * 10, math.ceil(high_s / 10) * 10
        unit = tr("{range} s")
    else:
        low, high = math.floor(low_s / 60), math.ceil(high_s / 60)
        unit = tr("{range} min")
    low = max(1, low)
    return unit.format(range=f"{high}" if low >= high else f"{low}–{high}")
