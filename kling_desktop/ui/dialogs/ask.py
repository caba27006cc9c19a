"""Asking before a larger sum is spent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from kling_desktop.motion.price import Quote
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import Confirm


def ask_about_cost(
    parent: QWidget,
    quote: Quote,
    limit_credits: float,
    balance_credits: float | None,
    on_yes: Callable[[], object],
) -> Confirm:
    """Ask whether a video may cost ``quote``; ``on_yes`` is called for a yes."""
    sign = "≈ " if quote.estimated else ""
    title = tr("This costs {sum}").format(sum=sign + words.credits(quote.credits))
    parts = [tr("You are asked above {sum}.").format(sum=words.credits(limit_credits))]
    if balance_credits is not None:
        left = words.credits(balance_credits)
        parts.append(tr("Your account has {sum}.").format(sum=left))
    parts.append(tr("Only a finished video is charged."))
    sheet = Confirm(parent, title, " ".join(parts), tr("Generate"), tr("Not now"))
    sheet.accepted.connect(on_yes)
    sheet.open()
    return sheet
