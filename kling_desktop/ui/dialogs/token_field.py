"""A field for one secret: hidden but recognisable, with a status line below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOptionFrame,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.announce import announce
from kling_desktop.ui.icons import pixmap
from kling_desktop.ui.theme import SPACE_4, SPACE_8, color, set_property, theme
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.line_edit import LineEdit

SHOWN_TAIL = 4  # the last four characters tell a person which token it is
PREFIX = "platform-v1-"
MOST_DOTS = 36
STATUS_ICON_PX = 14
_SIGNS = {"good": "check", "bad": "error", "warning": "warning"}


def masked(text: str) -> str:
    """ "platform-v1-••••5f3a": what kind it is and how it ends, and nothing else."""
    if len(text) <= 3 * SHOWN_TAIL:
        return "•" * len(text)
    prefix = PREFIX if text.startswith(PREFIX) else ""
    hidden = min(len(text) - len(prefix) - SHOWN_TAIL, MOST_DOTS)
    return prefix + "•" * max(hidden, 0) + text[-SHOWN_TAIL:]


class SecretEdit(LineEdit):
    """A password field with a Show button in it. Without the focus it shows the masked form."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self.setProperty("big", True)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self._toggle = QPushButton(tr("Show"), self)
        self._toggle.setProperty("kind", "inline")
        self._toggle.setAutoDefault(False)
        self._toggle.setCheckable(True)
        self._toggle.setAccessibleName(f"Show {accessible_name}")
        self._toggle.setCursor(Qt.CursorShape.PointingHandCursor)
        self._toggle.toggled.connect(self._on_toggled)
        self.textChanged.connect(self._on_text_changed)
        self._on_text_changed("")

    def hide_secret(self) -> None:
        self._toggle.setChecked(False)

    def _on_toggled(self, shown: bool) -> None:
        echo = QLineEdit.EchoMode
        self.setEchoMode(echo.Normal if shown else echo.Password)
        self._toggle.setText(tr("Hide") if shown else tr("Show"))
        self._place_toggle()

    def _on_text_changed(self, text: str) -> None:
        self._toggle.setVisible(bool(text))
        self._place_toggle()

    def _place_toggle(self) -> None:
        hint = self._toggle.sizeHint()
        height = min(hint.height(), self.height() - SPACE_8)
        left = self.width() - hint.width() - SPACE_4
        self._toggle.setGeometry(left, (self.height() - height) // 2, hint.width(), height)
        margin = 0 if self._toggle.isHidden() else hint.width()
        self.setTextMargins(0, 0, margin, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_toggle()

    def paintEvent(self, event: QPaintEvent) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        if self.hasFocus() or not hidden or not self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        style = self.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        room = style.subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        margins = self.textMargins()
        room.adjust(2, 0, -margins.right(), 0)
        painter.setPen(color("text" if self.isEnabled() else "muted"))
        text = self.fontMetrics().elidedText(
            masked(self.text()), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


class StatusLine(QWidget):
    """A sign and a sentence; ``tone``: "good", "bad", "warning", or "small" for a plain hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = "small"
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_4 + 2)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        theme().changed.connect(self._refresh)
        self.say("", "small")

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def tone(self) -> str:
        return self._tone

    def say(self, text: str, tone: str) -> None:
        self._tone = tone
        self._text.setText(text)
        set_property(self._text, "role", tone)
        self.setVisible(bool(text))
        self._refresh()

    def _refresh(self) -> None:
        sign = _SIGNS.get(self._tone)
        self._sign.setVisible(sign is not None)
        if sign is not None:
            ratio = self.devicePixelRatioF()
            self._sign.setPixmap(pixmap(sign, self._tone, STATUS_ICON_PX, ratio))


class TokenField(QWidget):
    """Label, secret and status line. ``text_changed(str)`` comes with every edit."""

    text_changed = Signal(str)

    def __init__(
        self, label: str, accessible_name: str, hint: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._hint = hint
        caption = QLabel(label, self)
        caption.setProperty("role", "small")
        self.edit = SecretEdit(accessible_name, self)
        caption.setBuddy(self.edit)
        self.status = StatusLine(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4 + 2)
        column.addWidget(caption)
        column.addWidget(self.edit)
        column.addWidget(self.status)
        self.edit.textChanged.connect(self.text_changed)
        self.show_hint()

    def text(self) -> str:
        return self.edit.text()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def show_hint(self) -> None:
        self.status.say(self._hint, "small")

    def say(self, text: str, tone: str) -> None:
        """Put a result below the field, and read it out."""
        self.status.say(text, tone)
        self.edit.setAccessibleDescription(text)
        announce(self.edit, text)
