"""What the Stage shows instead of a video: the first page, or why there is no picture."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.theme import DARK, RADIUS, SPACE_4, SPACE_8, SPACE_12, SPACE_16, set_property
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import ElidedLabel

from .actions import StageAction

CARD_WIDTH_PX = 118
CARD_HEIGHT_PX = 84
CARD_MIN_WIDTH_PX = 92
CARD_GAP_PX = 14
BUTTON_HEIGHT_PX = 38


def _label(text: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    set_property(label, "role", role)
    return label


def _button(text: str, kind: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    set_property(button, "kind", kind)
    button.setAutoDefault(False)
    return button


class StagePage(QFrame):
    """A centred column on the stage's dark colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "stage")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_8, SPACE_16, SPACE_8, SPACE_16)
        self.column = QVBoxLayout()
        self.column.setSpacing(SPACE_12)
        outer.addStretch(1)
        outer.addLayout(self.column)
        outer.addStretch(1)

    def centred_row(self, spacing_px: int = SPACE_8) -> QHBoxLayout:
        """A row of widgets in the middle of the column."""
        row = QHBoxLayout()
        row.setSpacing(spacing_px)
        holder = QHBoxLayout()
        holder.addStretch(1)
        holder.addLayout(row)
        holder.addStretch(1)
        self.column.addLayout(holder)
        return row


class StageCard(QFrame):
    """An outlined box. Painted, because the stage is dark in the light theme too."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(CARD_WIDTH_PX, CARD_HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(CARD_MIN_WIDTH_PX, CARD_HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(DARK.line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class EmptyPage(StagePage):
    """ "Let a picture dance": what the program does, and the two ways to begin."""

    try_sandbox_requested = Signal()
    connect_requested = Signal()
    sign_up_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column.addWidget(_label(tr("Let a picture dance"), "title", self))
        self.column.addWidget(
            _label(
                tr("The person in your picture performs the movement of your clip."), "muted", self
            )
        )
        self._add_cards()
        self._add_buttons()
        self.hint = _label("", "muted", self)
        self.column.addWidget(self.hint)
        self.hint.hide()

    def set_first_run(self, connected: bool, sandbox: bool) -> None:
        """The two ways to begin are offered until one of them was taken."""
        offered = not (connected or sandbox)
        for widget in (self.sandbox_button, self.connect_button, self.note, self.sign_up):
            widget.setVisible(offered)

    def set_hint(self, text: str) -> None:
        """One line below everything else; empty hides it."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def _add_cards(self) -> None:
        self.column.addSpacing(SPACE_8)
        row = self.centred_row(CARD_GAP_PX)
        texts = (
            tr("a picture of a person"),
            tr("a clip of a movement"),
            tr("one press, a few minutes"),
        )
        for number, text in enumerate(texts, start=1):
            row.addWidget(self._card(str(number), text))

    def _card(self, number: str, text: str) -> QFrame:
        card = StageCard(self)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(SPACE_8, SPACE_8, SPACE_8, SPACE_8)
        layout.setSpacing(SPACE_4)
        layout.addStretch(1)
        layout.addWidget(_label(number, "subtitle", card))
        layout.addWidget(_label(text, "small", card))
        layout.addStretch(1)
        return card

    def _add_buttons(self) -> None:
        self.column.addSpacing(SPACE_8)
        row = self.centred_row()
        self.sandbox_button = _button(tr("Try it in the sandbox"), "primary", self)
        self.connect_button = _button(tr("Connect your account"), "plain", self)
        self.sandbox_button.clicked.connect(self.try_sandbox_requested)
        self.connect_button.clicked.connect(self.connect_requested)
        for button in (self.sandbox_button, self.connect_button):
            button.setFixedHeight(BUTTON_HEIGHT_PX)
            row.addWidget(button)
        self.note = _label(tr("The sandbox needs no account and costs nothing."), "small", self)
        self.column.addWidget(self.note)
        self.sign_up = _label("", "small", self)
        self.sign_up.setTextFormat(Qt.TextFormat.RichText)
        self.sign_up.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        link = f'<a href="#" style="color:{DARK.accent_text}">{tr("Open the service’s page")}</a>'
        self.sign_up.setText(f"{escape(words.sign_up())}<br>{link}")
        self.sign_up.linkActivated.connect(lambda _target: self.sign_up_requested.emit())
        self.column.addWidget(self.sign_up)


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, what it is about, and the buttons that help, first the likeliest."""

    title: str
    detail: str
    actions: tuple[tuple[StageAction, str], ...]  # with their visible texts


class NoticePage(StagePage):
    """Says why there is no picture, and offers what can be done."""

    action_requested = Signal(str)  # a StageAction

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = _label("", "heading", self)
        self.detail = ElidedLabel("", self)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_property(self.detail, "role", "muted")
        self.column.addWidget(self.title)
        self.column.addWidget(self.detail)
        self.column.addSpacing(SPACE_4)
        self._row = self.centred_row()
        self._buttons: list[QPushButton] = []

    def buttons(self) -> list[QPushButton]:
        return list(self._buttons)

    def show_notice(self, notice: Notice) -> None:
        self.title.setText(notice.title)
        self.detail.setText(notice.detail)
        self.detail.setVisible(bool(notice.detail))
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._make_button(action, text) for action, text in notice.actions]

    def _make_button(self, action: StageAction, text: str) -> QPushButton:
        button = _button(text, "plain", self)
        button.setProperty("action", action.value)
        button.clicked.connect(self._on_clicked)
        self._row.addWidget(button)
        button.show()
        return button

    def _on_clicked(self) -> None:
        button = self.sender()
        if button is not None:
            self.action_requested.emit(str(button.property("action")))
