"""The upper part of the panel, which scrolls where the window is too low for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.ui.theme import SPACE_4, SPACE_16

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
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
        self._refit()
