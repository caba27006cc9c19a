"""A row of choices of which one holds: radio buttons to a screen reader, one control to the eye."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from kling_desktop.ui.theme import color, theme
from kling_desktop.ui.widgets.grouping import GroupFrame

SEGMENT_HEIGHT_PX = 30
SEGMENT_PADDING_PX = 10
SEGMENT_RADIUS_PX = 6
RING_PX = 2


class _Segment(QRadioButton):
    """One choice, painted as a part of the control."""

    def _font(self) -> QFont:
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Normal)
        return font

    def _paint_thumb(self, painter: QPainter) -> None:
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(QPen(color("line"), 1))
            painter.setBrush(color("thumb"))
            painter.drawRoundedRect(box, SEGMENT_RADIUS_PX, SEGMENT_RADIUS_PX)
        if self.property("ring"):
            painter.setPen(QPen(color("accent"), RING_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = box.adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(ring, SEGMENT_RADIUS_PX, SEGMENT_RADIUS_PX)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def sizeHint(self) -> QSize:
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold)  # so that choosing moves nothing
        width = QFontMetrics(font).horizontalAdvance(self.text())
        return QSize(width + 2 * SEGMENT_PADDING_PX, SEGMENT_HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(SEGMENT_HEIGHT_PX, SEGMENT_HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_thumb(painter)
        strong = self.isEnabled() and (self.isChecked() or self.underMouse())
        painter.setPen(color("text" if strong else "muted"))
        painter.setFont(self._font())
        room: QRect = self.rect().adjusted(4, 0, -4, 0)
        text = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


class Segmented(GroupFrame):
    """``options``: (value, visible text, accessible name) each. The first one is chosen."""

    value_changed = Signal(str)

    def __init__(
        self, options: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        for value, text, accessible_name in options:
            row.addWidget(self._make(value, text, accessible_name), 1)
        self._value = options[0][0]
        self._buttons[self._value].setChecked(True)
        self._group.buttonToggled.connect(self._on_toggled)
        theme().changed.connect(self.update)

    def _make(self, value: str, text: str, accessible_name: str) -> QRadioButton:
        button = _Segment(text, self)
        button.setAccessibleName(accessible_name)
        button.setProperty("value", value)
        button.setAttribute(Qt.WidgetAttribute.WA_Hover)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group.addButton(button)
        self._buttons[value] = button
        return button

    def value(self) -> str:
        """The value of the chosen one."""
        return self._value

    def set_value(self, value: str) -> None:
        """Choose; ``value_changed`` follows if it was another one. Raises KeyError."""
        self._buttons[value].setChecked(True)

    def button(self, value: str) -> QRadioButton:
        """The radio button of one choice, for tooltips and tests."""
        return self._buttons[value]

    def set_text(self, value: str, text: str) -> None:
        self._buttons[value].setText(text)

    def set_option_enabled(self, value: str, enabled: bool) -> None:
        self._buttons[value].setEnabled(enabled)

    def _on_toggled(self, button: QRadioButton, checked: bool) -> None:
        if checked:
            self._value = str(button.property("value"))
            self.value_changed.emit(self._value)
