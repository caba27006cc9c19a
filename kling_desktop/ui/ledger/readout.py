"""Above the plot: which period is read, its figures, and what the bars mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.ui.theme import SPACE_16, color, theme
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr

SIGN_PX = 10
GAP_PX = 6  # between a sign and its word


class Readout(QWidget):
    """Two lines: name and count, and the figures below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._figures = QLabel(self), QLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        for label, role in ((self._name, "heading"), (self._figures, "small")):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", role)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column.addWidget(label)

    def set_texts(self, name: str, figures: str) -> None:
        self._name.setText(name)
        self._figures.setText(figures)


class Legend(QWidget):
    """Filled is charged, the outline is estimated: told apart by shape, not by colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = ((tr("Charged"), True), (tr("Estimated"), False))
        self.setAccessibleName("Filled bars are charged, outlines are estimated")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(SMALL_PX)
        return font

    def _width(self, text: str) -> int:
        return SIGN_PX + GAP_PX + QFontMetrics(self._font()).horizontalAdvance(text)

    def sizeHint(self) -> QSize:
        width = sum(self._width(text) for text, _filled in self._entries)
        return QSize(width + SPACE_16 * (len(self._entries) - 1) + 2, 2 * SIGN_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font())
        left, middle = 0.0, self.height() / 2
        for text, filled in self._entries:
            painter.setPen(QPen(color("muted"), 1))
            painter.setBrush(color("muted") if filled else Qt.BrushStyle.NoBrush)
            top = middle - SIGN_PX / 2
            painter.drawRect(QRectF(left + 0.5, top + 0.5, SIGN_PX - 1, SIGN_PX - 1))
            room = QRectF(left + SIGN_PX + GAP_PX, 0, self.width(), self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
            left += self._width(text) + SPACE_16
