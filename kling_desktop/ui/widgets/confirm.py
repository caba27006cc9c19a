"""A question with two answers, asked without stopping the program."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.ui.widgets.question import Question
from kling_desktop.ui.widgets.unbroken import unbroken

CONFIRM_WIDTH_PX = 460


class Confirm(Question):
    """``accepted`` and ``rejected`` tell the answer; the sheet goes away by itself after it."""

    def __init__(self, parent: QWidget, title: str, text: str, yes: str, no: str) -> None:
        super().__init__(parent, title, width_px=CONFIRM_WIDTH_PX)
        label = QLabel(unbroken(text))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        self.body.addWidget(label)
        self.footer.addStretch(1)
        self.no_button = self.add_safe_button(no)
        self.yes_button = self.add_button(yes, "primary", default=False)
        self.yes_button.clicked.connect(self.accept)


def confirm(
    parent: QWidget, title: str, text: str, yes: str, no: str, on_yes: Callable[[], object]
) -> Confirm:
    """Ask; ``on_yes`` is called when the person presses ``yes``."""
    sheet = Confirm(parent, title, text, yes, no)
    sheet.accepted.connect(on_yes)
    sheet.open()
    return sheet
