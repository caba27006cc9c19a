"""The questions before something is paid for. None is open yet; the safe answer is the default."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

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
    title = tr("This costs {sum}").format(sum=words.cost(quote))
    parts = [tr("You are asked above {sum}.").format(sum=words.credits(limit_credits))]
    if balance_credits is not None:
        left = words.credits(balance_credits)
        parts.append(tr("Your account has {sum}.").format(sum=left))
    parts.append(tr("Only a finished video is charged."))
    return Confirm(parent, title, " ".join(parts), tr("Generate"), tr("Not now"))


def today_question(parent: QWidget, spent: float, price: float, over: float) -> Confirm:
    """Whether today's limit may be passed, for the rest of the day. All in credits."""
    text = tr(
        "Today {spent} were spent. With {price} for this one, your limit for a day is "
        "exceeded by {over}. If you go on, you are not asked again today."
    ).format(spent=words.credits(spent), price=words.credits(price), over=words.credits(over))
    return Confirm(parent, tr("More than today’s limit?"), text, tr("Go on"), tr("Not now"))


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
