"""One finding as a card: its sentence, its evidence, and the buttons that mend it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.limits import Finding, Severity
from kling_desktop.ui.theme import SPACE_8, SPACE_12, color, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import IconButton, unbroken
from kling_desktop.ui.widgets.unbroken import NO_BREAK

from .painting import draw_contained, draw_icon, read_thumbnail
from .roles import RowFrame

_ICON_PX = 16
_EVIDENCE_PX = (54, 36)
_BADGE_PX = 14
_RADIUS_PX = 4
_PAIR = re.compile(r"(?<=\d) ([:×]) (?=\d)")  # ``16 : 9``, ``400 × 1200``
_LOOKS = {
    Severity.ERROR: ("error", "bad"),
    Severity.WARNING: ("warning", "warning"),
    Severity.NOTE: ("info", "muted"),
}


class SeverityIcon(QWidget):
    """The sign of a severity, so that colour is not the only one."""

    def __init__(self, severity: Severity, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = _LOOKS[severity]
        self.setFixedSize(_ICON_PX, _ICON_PX)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        center = QPointF(_ICON_PX / 2, _ICON_PX / 2)
        draw_icon(QPainter(self), *self._look, _ICON_PX, center)


class Evidence(QWidget):
    """What was seen, as a small picture with the sign of the severity in its corner."""

    def __init__(self, picture: QPixmap, severity: Severity, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = picture
        self._look = _LOOKS[severity]
        self.setFixedSize(*_EVIDENCE_PX)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(box, _RADIUS_PX, _RADIUS_PX)
        painter.setClipPath(path)
        draw_contained(painter, self._picture, box)
        painter.setClipping(False)
        center = box.bottomRight() - QPointF(_BADGE_PX / 2 + 1, _BADGE_PX / 2 + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("raised"))
        painter.drawEllipse(center, _BADGE_PX / 2 + 1, _BADGE_PX / 2 + 1)
        draw_icon(painter, *self._look, _BADGE_PX, center)


class FindingCard(RowFrame):
    """A sentence with at most two buttons; advice can be waved off."""

    mend_requested = Signal(object)  # Finding, whose ``mend`` is the one that was pressed
    dismissed = Signal(object)  # Finding

    def __init__(self, found: Finding, parent: QWidget) -> None:
        super().__init__(parent)
        self.finding = found
        told = words.finding(found)
        self.setAccessibleName(told.text)
        set_property(self, "finding", found.severity.value)
        self._buttons: list[QPushButton] = []
        if told.action and found.mend is not None:
            self._buttons.append(self._button(told.action))
            self._buttons[0].clicked.connect(self._on_mend)
        if told.other and found.also is not None:
            self._buttons.append(self._button(told.other))
            self._buttons[1].clicked.connect(self._on_also)
        self._lay_out(_on_one_line(told.text), _on_one_line(told.lead))

    def _lay_out(self, text: str, lead: str) -> None:
        """One button stands beside a plain sentence; more of anything goes below it."""
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
        column.setSpacing(SPACE_8 - 2)
        row = QHBoxLayout()
        row.setSpacing(SPACE_8)
        row.addWidget(self._sign(), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence(text, lead), 1)
        column.addLayout(row)
        if self.finding.is_advice:
            row.addWidget(self._dismiss_button(), 0, Qt.AlignmentFlag.AlignTop)
        if len(self._buttons) == 1 and not self.finding.is_advice:
            row.addWidget(self._buttons[0])
        elif self._buttons:
            below = QHBoxLayout()
            below.setSpacing(SPACE_8)
            below.addStretch(1)
            for button in self._buttons:
                below.addWidget(button)
            column.addLayout(below)

    def _sign(self) -> QWidget:
        path = dict(self.finding.values).get("picture")
        picture = read_thumbnail(str(path)) if path else None
        if picture is None:
            return SeverityIcon(self.finding.severity, self)
        return Evidence(picture, self.finding.severity, self)

    def _sentence(self, text: str, lead: str) -> QLabel:
        label = QLabel(self)
        if lead:
            # Escaped: nothing in it is markup but our own bold.
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setText(f"<b>{escape(lead)}</b>{escape(text.removeprefix(lead))}")
        else:
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setText(text)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return label

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleDescription(self.accessibleName())
        return button

    def _dismiss_button(self) -> IconButton:
        button = IconButton("close", "Dismiss", tr("Not a problem: do not show this again"), self)
        button.setProperty("tight", True)
        button.setAccessibleDescription(self.accessibleName())
        button.clicked.connect(self._on_dismiss)
        return button

    def _on_mend(self) -> None:
        self.mend_requested.emit(self.finding)

    def _on_also(self) -> None:
        self.mend_requested.emit(replace(self.finding, mend=self.finding.also, also=None))

    def _on_dismiss(self) -> None:
        self.dismissed.emit(self.finding)


def _on_one_line(text: str) -> str:
    """No line of a card ends within a figure and its unit, or within a pair of figures."""
    return _PAIR.sub(rf"{NO_BREAK}\1{NO_BREAK}", unbroken(text))
