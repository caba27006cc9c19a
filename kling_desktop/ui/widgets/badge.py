"""A small pill: a dot in a colour and the word for it, so that colour is never the only sign."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget

from kling_desktop.ui.theme import color, theme

DOT_PX = 8
GAP_PX = 4  # between dot and word; a stylesheet knows no such gap


class Badge(QPushButton):
    """``dot`` is a token's name ("good", "warning", "bad", "muted"), or None for no dot."""

    def __init__(
        self, text: str = "", dot: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pill")
        self.setIconSize(QSize(DOT_PX + GAP_PX, DOT_PX))
        self._dot = dot
        theme().changed.connect(self._refresh)
        self.set_badge(text, dot)

    def set_badge(self, text: str, dot: str | None) -> None:
        self.setText(text)
        self._dot = dot
        self._refresh()

    def _refresh(self) -> None:
        self.setIcon(QIcon() if self._dot is None else QIcon(self._dot_pixmap(self._dot)))

    def _dot_pixmap(self, role: str) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round((DOT_PX + GAP_PX) * ratio), round(DOT_PX * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(role))
        painter.drawEllipse(0, 0, DOT_PX, DOT_PX)
        painter.end()
        return picture


Pill = Badge
