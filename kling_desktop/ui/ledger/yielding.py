"""A column that gives way in a low window, although some of its texts wrap."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class Yielding(QWidget):
    """Tells a scroll area its least height.

    QScrollArea gives a widget whose height hangs on its width the height that it would like, never
    less; so this one answers for its layout.
    """

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height(least=False))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height(least=True))

    def _height(self, *, least: bool) -> int:
        layout = self.layout()
        if layout is None:
            return 0
        if not layout.hasHeightForWidth():
            return (layout.totalMinimumSize() if least else layout.totalSizeHint()).height()
        width = self.width()
        if least:
            return layout.totalMinimumHeightForWidth(width)
        return layout.totalHeightForWidth(width)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # what this one answers has changed, too
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
