"""A line of text with a coloured edge and the buttons that mend what it says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from kling_desktop.ui.theme import SPACE_8, SPACE_12, set_property
from kling_desktop.ui.widgets.unbroken import MAY_BREAK


class Banner(QFrame):
    """``actions``: (id, visible text) each. ``kind``: "error", "warning" or "note"."""

    action_triggered = Signal(str)

    def __init__(
        self,
        text: str = "",
        actions: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
        *,
        kind: str = "warning",
    ) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._actions: tuple[tuple[str, str], ...] = ()
        self._buttons: list[QPushButton] = []
        self._said: tuple[str, tuple[tuple[str, str], ...], str] | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        self._row.setSpacing(SPACE_8)
        self._row.addWidget(self._label, 1)
        self._note = QLabel(self)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setProperty("role", "muted")
        self._note.hide()
        self._row.addWidget(self._note)
        self.set_content(text, actions, kind)

    @property
    def text(self) -> str:
        return self._label.text()

    def set_content(
        self, text: str, actions: Sequence[tuple[str, str]] = (), kind: str = "warning"
    ) -> None:
        """Say something else, with other buttons; the same again leaves them under the pointer."""
        said = (text, tuple(actions), kind)
        if said == self._said:
            return
        self._said = said
        self._label.setText(text)
        self.setAccessibleName(text.replace(MAY_BREAK, ""))
        set_property(self, "finding", kind)
        if tuple(actions) == self._actions:
            return  # a button that somebody aims at, or that has the focus, stays
        self._actions = tuple(actions)
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._make(id_, label) for id_, label in actions]

    @property
    def note(self) -> str:
        return self._note.text()

    def set_note(self, text: str) -> None:
        """What ticks beside the text: no screen reader hears each second of it."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _make(self, action_id: str, label: str) -> QPushButton:
        button = QPushButton(label, self)
        button.setProperty("kind", "plain")
        button.clicked.connect(partial(self._on_clicked, action_id))
        self._row.addWidget(button)
        button.show()  # at once: Qt would later, and the height be measured without it
        return button

    def _on_clicked(self, action_id: str) -> None:
        self.action_triggered.emit(action_id)
