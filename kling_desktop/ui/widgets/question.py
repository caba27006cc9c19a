"""A sheet that asks before something is spent or lost."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton

from kling_desktop.ui.hands import hands
from kling_desktop.ui.theme import set_property
from kling_desktop.ui.widgets.sheet import Sheet


class Question(Sheet):
    """Takes nothing until every key and button was up; Enter and Escape give the safe answer.

    One is asked at a time: while another is open, ``open`` gives the safe answer by itself.
    """

    def add_safe_button(self, text: str) -> QPushButton:
        """The answer that spends and loses nothing."""
        button = self.add_button(text, default=True)
        button.clicked.connect(self.reject)
        self.initial_focus = button
        return button

    def open(self) -> None:
        others = self.window().findChildren(Question)
        if any(other.isVisible() for other in others if other is not self):
            self.reject()
        else:
            super().open()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.initial_focus is not None:
            set_property(self.initial_focus, "ring", True)  # what Enter answers is always seen
        hands().let_go_first()
