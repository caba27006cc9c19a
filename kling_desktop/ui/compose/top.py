"""All of the panel but Generate: it scrolls as one where the window is too low for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_16

from .edges import EdgeCover, lines_of, whole_above, whole_below

_MIN_HEIGHT_PX = 120


class TopColumn(QWidget):
    """As high as its parts at the width it has: the labels' own minimum is for a narrower one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("scroll", True)
        self.column = QVBoxLayout(self)
        self.set_right_margin(SPACE_16)

    def set_right_margin(self, right_px: int) -> None:
        self.column.setContentsMargins(SPACE_16, SPACE_16, right_px, SPACE_4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class TopScroll(QScrollArea):
    """As high as its column and no higher. The scroll bar stands in the column's right margin,
    so that nothing moves when it comes."""

    def __init__(self, column: TopColumn, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = column
        self._cut = False
        self.setWidget(column)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.installEventFilter(self)
        self._top_cover, self._bottom_cover = EdgeCover(self.viewport()), EdgeCover(self.viewport())
        self._later = QTimer(self)  # places are known after the layouts had their turn
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._cover_edges)
        self._wanted: tuple[QWidget, ...] = ()
        self.verticalScrollBar().valueChanged.connect(self._cover_edges)

    def shown(self) -> tuple[int, int]:
        """From where to where the column is seen: nothing is cut through at either end."""
        first = self.verticalScrollBar().value()
        last = first + self.viewport().height()
        lines = lines_of(self._column)
        top = whole_below(first, lines) if first > 0 else first
        bottom = whole_above(last, lines) if last < self._column.height() else last
        return (top, bottom) if top < bottom else (first, last)

    def bring_into_sight(self, *parts: QWidget) -> None:
        """The first of these that has room, else the last, once they have their places.

        What has the focus stays in sight where there is room for both, and in any case what is
        typed into.
        """
        self._wanted = parts
        self._later.start(0)

    def _scroll_to_wanted(self) -> None:
        parts, self._wanted = self._wanted, ()
        focused = self._column.focusWidget()
        kept = [focused] if focused is not None and focused.hasFocus() else []
        tries = [[part, *kept] for part in parts]
        if kept and not isinstance(focused, QLineEdit | QPlainTextEdit):
            tries += [[part] for part in parts]
        for wanted in tries:
            tops, bottoms = zip(*map(self._place_of, wanted), strict=True)
            if max(bottoms) - min(tops) <= self.viewport().height():
                self._scroll_between(max(bottoms), min(tops))
                return
        if tries and len(tries[-1]) == 1:
            self.verticalScrollBar().setValue(self._place_of(parts[-1])[0])

    def _scroll_between(self, bottom: int, top: int) -> None:
        """As little as is needed to see both."""
        bar = self.verticalScrollBar()
        bar.setValue(min(max(bar.value(), bottom - self.viewport().height()), top))

    def _place_of(self, part: QWidget) -> tuple[int, int]:
        """With a bit of air around it."""
        top = part.mapTo(self._column, QPoint(0, 0)).y()
        return top - SPACE_4, top + part.height() + SPACE_8

    def _cover_edges(self) -> None:
        self._scroll_to_wanted()
        first, height = self.verticalScrollBar().value(), self.viewport().height()
        top, bottom = self.shown()
        self._top_cover.cover(0, top - first)
        self._bottom_cover.cover(bottom - first, first + height - bottom)

    def is_cut(self) -> bool:
        """Whether a part of the column is out of sight."""
        return self._cut

    def _column_height(self) -> int:
        # With the bar, width and right margin shrink by the same: the parts keep their width.
        bar_px = self._bar_px() if self._cut else 0
        return self._column.heightForWidth(max(1, self.width() - bar_px))

    def _bar_px(self) -> int:
        return self.verticalScrollBar().sizeHint().width()

    def _refit(self) -> None:
        cut = self._column_height() > self.height()
        if cut == self._cut:
            return
        self._cut = cut
        self._column.set_right_margin(SPACE_16 - self._bar_px() if cut else SPACE_16)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if cut else policy.ScrollBarAlwaysOff
        )
        parent = self.parentWidget()
        if parent is not None:
            parent.update()  # it draws the line below

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self._column_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _MIN_HEIGHT_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._refit()
            self._later.start(0)
        elif event.type() is QEvent.Type.Resize:  # its parts move after that
            self._later.start(0)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
        self._refit()
        self._later.start(0)
