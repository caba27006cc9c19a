"""Above Generate: the password store does not answer, or with an error; and ways on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.tr import tr

from .standing_line import StandingLine


class StoreLine(StandingLine):
    """Goes away by itself when the store answers."""

    this_run_requested = Signal()
    again_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._again = self._add_button(tr("Try again"))
        self._again.clicked.connect(self.again_requested)
        self._this_run = self._add_button(tr("Use for this run only"))
        self._this_run.setToolTip(tr("A token that is not kept there, and forgotten at the end"))
        self._this_run.clicked.connect(self.this_run_requested)

    def set_line(self, sentence: str, *, offers_this_run: bool, offers_again: bool) -> None:
        """Empty: there is nothing to wait for."""
        if not sentence:
            self.hide()
            return
        self._again.setVisible(offers_again)
        self._this_run.setVisible(offers_this_run)
        self._say(sentence, sentence)
