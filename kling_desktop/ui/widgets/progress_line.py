"""A thin bar that shows only what is known: a share, or that something is going on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from kling_desktop.ui.theme import color, theme

HEIGHT_PX = 4
STEPS = 1000  # fine enough for a bar of any width
CALM_OPACITY = 0.45  # the still tint of "going on, nobody knows how far"


class ProgressLine(QProgressBar):
    """``set_share(0..1)``, or ``set_share(None)`` for a calm tint without made-up movement."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self.setRange(0, STEPS)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def set_share(self, share: float | None) -> None:
        """How much is done; None where it cannot be known."""
        self._share = share
        self.setValue(0 if share is None else round(max(0.0, min(1.0, share)) * STEPS))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QRectF(0, (self.height() - HEIGHT_PX) / 2, self.width(), HEIGHT_PX)
        painter.setBrush(color("line"))
        painter.drawRoundedRect(groove, HEIGHT_PX / 2, HEIGHT_PX / 2)
        if self._share is None:
            painter.setOpacity(CALM_OPACITY)
        else:
            groove.setWidth(groove.width() * self.value() / STEPS)
        painter.setBrush(color("accent"))
        painter.drawRoundedRect(groove, HEIGHT_PX / 2, HEIGHT_PX / 2)
