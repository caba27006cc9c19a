"""The sums a person asks for first, in large figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.ledger import Sum
from kling_desktop.ui.ledger.lines import UNKNOWN, difference_text
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.elided_label import ElidedLabel


class Figures(QWidget):
    """Today, this month, in all, and how far the estimates were off. In credits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        self._cards = {
            name: _Card(title, self)
            for name, title in (
                ("today", tr("Charged today")),
                ("month", tr("This month")),
                ("total", tr("In all")),
                ("difference", tr("Against the estimates")),
            )
        }
        for card in self._cards.values():
            row.addWidget(card, 1)

    def set_sums(self, today: Sum, month: Sum, total: Sum) -> None:
        for name, found in (("today", today), ("month", month), ("total", total)):
            known = found.charged_jobs or found.free_jobs or not found.jobs
            figure = words.credits(found.charged_credits) if known else UNKNOWN
            self._cards[name].set_texts(figure, words.sum_count(found))
        self._cards["difference"].set_texts(*_difference(total))


class _Card(QFrame):
    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = title
        self.setProperty("surface", "raised")
        # Four of one width, whatever they say.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        column.setSpacing(SPACE_4 // 2)
        self._figure, self._below = _label("subtitle"), _label("small")
        for label in (_label("small", title), self._figure, self._below):
            column.addWidget(label)

    def set_texts(self, figure: str, below: str) -> None:
        self._figure.setText(figure)
        self._below.setText(below)
        self.setAccessibleName(f"{self._title}: {figure}, {below}")


def _label(role: str, text: str = "") -> ElidedLabel:
    label = ElidedLabel(text, mode=Qt.TextElideMode.ElideRight)
    label.setProperty("role", role)
    return label


def _difference(found: Sum) -> tuple[str, str]:
    """``+0.40`` and ``+1 % of the estimate``: over the videos where both are known."""
    if found.difference_credits is None:
        return UNKNOWN, tr("nothing to compare yet")
    compared = found.compared_estimate_credits
    figure = tr("{amount} credits").format(amount=difference_text(found.difference_credits))
    if compared <= 0:
        return figure, tr("no estimate to compare")
    share = words.share(found.difference_credits / compared)
    return figure, tr("{share} of the estimate").format(share=share)
