"""Where a scrolled column may be cut: between its lines and controls, never through one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from kling_desktop.ui.theme import color, theme

Interval = tuple[int, int]  # top and bottom in the column, as an edge would lie between them
_WHOLE = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit)
CARD_PAD_PX = 10  # above and below the lines of a choice
_MOST_PX = 96  # what is higher is cut: better a part of it than an empty panel


def lines_of(column: QWidget) -> list[Interval]:
    """Every line of text and every control that is on show."""
    return list(_lines(column))


def _lines(column: QWidget) -> Iterator[Interval]:
    for part in column.findChildren(QWidget):
        if not part.isVisibleTo(column) or isinstance(part, QAbstractSlider):
            continue
        top = part.mapTo(column, QPoint(0, 0)).y()
        if part.property("finding"):  # no sliver of a card's frame without a line of it
            yield top, top + CARD_PAD_PX + part.fontMetrics().lineSpacing()
        if isinstance(part, QLabel) and part.text():
            yield from _split(top, part.height(), part)
        elif isinstance(part, QAbstractButton) and part.hasHeightForWidth():  # a card of lines
            yield from _split(top + CARD_PAD_PX, part.height() - 2 * CARD_PAD_PX, part)
        elif isinstance(part, _WHOLE):
            yield top, top + part.height()


def _split(top: int, height: int, part: QWidget) -> Iterator[Interval]:
    """The lines of a text."""
    count = max(1, round(height / max(1, part.fontMetrics().lineSpacing())))
    for line in range(count):
        yield top + height * line // count, top + height * (line + 1) // count


def whole_above(edge: int, lines: Iterable[Interval]) -> int:
    """The nearest place at or above ``edge`` that cuts through nothing."""
    found = edge
    for top, bottom in sorted(lines, key=lambda line: -line[1]):
        if top < found < bottom:
            found = top
    return found if edge - found <= _MOST_PX else edge


def whole_below(edge: int, lines: Iterable[Interval]) -> int:
    """The nearest place at or below ``edge`` that cuts through nothing."""
    found = edge
    for top, bottom in sorted(lines):
        if top < found < bottom:
            found = bottom
    return found if found - edge <= _MOST_PX else edge


class EdgeCover(QWidget):
    """A strip of the panel's colour over what an edge would cut through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme().changed.connect(self.update)
        self.hide()

    def cover(self, top: int, height: int) -> None:
        parent = self.parentWidget()
        if parent is not None and height > 0:
            self.setGeometry(0, top, parent.width(), height)
            self.raise_()
        self.setVisible(height > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), color("panel"))
