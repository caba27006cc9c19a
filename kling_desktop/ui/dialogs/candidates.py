"""Which of these tasks is the lost one? Asked where the program itself cannot know."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.question import Question
from kling_desktop.ui.widgets.tooltip import plain_tooltip


@dataclass(frozen=True, slots=True)
class Choice:
    """One task of the service's history."""

    task_id: str
    created_at: float | None  # Unix seconds
    settings: str


class CandidatesSheet(Question):
    """A row for each task; ``chosen`` carries its id. Closing it chooses none."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, choices: Sequence[Choice]) -> None:
        super().__init__(parent, tr("Which one is it?"))
        text = QLabel(
            tr(
                "The service’s history shows these with the same picture and clip. If one of them "
                "was sent by this job, choose it: it goes on from there, and nothing is sent."
            )
        )
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.body.addWidget(text)
        for choice in choices:
            button = QPushButton(f"{_when(choice.created_at)}   {choice.settings}", self)
            button.setProperty("kind", "choice")
            button.setAccessibleName(f"{_when(choice.created_at)}, {choice.settings}")
            button.setToolTip(plain_tooltip(choice.task_id))
            button.clicked.connect(partial(self._on_chosen, choice.task_id))
            self.body.addWidget(button)
        self.footer.addStretch(1)
        self.add_safe_button(tr("None of these"))

    def _on_chosen(self, task_id: str) -> None:
        self.accept()
        self.chosen.emit(task_id)


def _when(at: float | None) -> str:
    return tr("time unknown") if at is None else time.strftime("%H:%M:%S", time.localtime(at))
