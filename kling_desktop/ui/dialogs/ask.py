"""The questions before something is paid for. None is open yet; the safe answer is the default."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.price import Quote
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import Confirm


def same_question(parent: QWidget, job: Job) -> Confirm:
    """Whether just what ``job`` makes or made is to be made once more."""
    return Confirm(
        parent, tr("Make the same again?"), _same_text(job), tr("Make another"), tr("Show it")
    )


def twice_question(parent: QWidget) -> Confirm:
    """Whether a submission that may be charged is to be followed by another one."""
    text = tr(
        "The first one may be running and may be charged. If you send it again, both may "
        "be charged. Looking for it some more costs nothing."
    )
    return Confirm(parent, tr("Send it again?"), text, tr("Send again"), tr("Keep looking"))


def cost_question(
    parent: QWidget, quote: Quote, limit_credits: float, balance_credits: float | None
) -> Confirm:
    """Whether a video may cost ``quote``, which is above what the person wants to be asked for."""
    alike = words.amount(quote.credits) == words.amount(limit_credits)
    title = tr("This costs {sum}").format(sum=words.cost(quote, exact=alike))
    limit = words.credits(limit_credits, exact=alike)
    parts = [tr("You are asked above {sum}.").format(sum=limit)]
    if balance_credits is not None:
        left = words.credits(balance_credits)
        parts.append(tr("Your account has {sum}.").format(sum=left))
    parts.append(tr("Only a finished video is charged."))
    return Confirm(parent, title, " ".join(parts), tr("Generate"), tr("Not now"))


def today_question(parent: QWidget, day: DayLimit, waiting: tuple[int, float]) -> Confirm:
    """Whether today's limit may be switched off for the rest of the day.

    ``waiting``: how many videos that lets go, and what they cost in all, in credits.
    """
    text = tr(
        "Today {spent} of {limit} are spent. The next video takes {price}: {over} too much. If "
        "you go on, the limit is off until midnight. {opened} Nothing more is asked for it today."
    ).format(
        spent=words.amount(day.spent_credits),
        limit=words.credits(day.limit_credits),
        price=words.credits(day.price_credits),
        over=words.amount(day.over_credits),
        opened=words.may_go_on(*waiting),
    )
    return Confirm(parent, tr("More than today’s limit?"), text, tr("Go on"), tr("Not now"))


def no_limit_question(
    parent: QWidget, limit: float, spent: float, waiting: tuple[int, float]
) -> Confirm:
    """Whether the limit for a day is to be switched off for good. All in credits."""
    text = tr(
        "Today {spent} of {limit} are spent. Without a limit nothing stops the queue, whatever a "
        "day costs. {opened}"
    ).format(
        spent=words.amount(spent), limit=words.credits(limit), opened=words.may_go_on(*waiting)
    )
    title, keep = tr("No limit for a day?"), tr("Keep it")
    return Confirm(parent, title, text.strip(), tr("Switch it off"), keep)


def usual_limits_question(
    parent: QWidget, ask_above: float | None, day: float | None, waiting: tuple[int, float]
) -> Confirm:
    """Whether these limits may hold in the place of some that could not be read, in credits."""
    asks, limits = tr("never"), tr("none")
    if ask_above is not None:
        asks = tr("above {sum}").format(sum=words.credits(ask_above))
    if day is not None:
        limits = words.credits(day)
    text = tr(
        "Limits of yours could not be read. If you go on, you are asked before one video: {asks}. "
        "Limit for a day: {limits}. {opened}"
    ).format(asks=asks, limits=limits, opened=words.may_go_on(*waiting))
    title, no = tr("Go on without your limits?"), tr("Not now")
    return Confirm(parent, title, text.strip(), tr("Go on"), no)


def never_ask_question(parent: QWidget, limit: float) -> Confirm:
    """Whether Generate is never to ask, whatever one video costs; so far above ``limit``."""
    text = tr(
        "So far you are asked before a video that costs more than {limit}. Without that, one "
        "press spends whatever a video costs."
    ).format(limit=words.credits(limit))
    return Confirm(parent, tr("Never ask?"), text, tr("Never ask"), tr("Keep asking"))


def _same_text(job: Job) -> str:
    if job.state is JobState.DONE:
        return tr(
            "You have made a video with just these files and settings already. Another one "
            "costs again."
        )
    if job.state is JobState.UNKNOWN:
        return tr(
            "A job with just these files and settings may be running and may be charged. "
            "Another one would be charged besides."
        )
    return tr("A job with just these files and settings is under way. Another one costs again.")
