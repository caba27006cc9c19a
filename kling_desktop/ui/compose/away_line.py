"""Above Generate: the person's own folder for videos is not there, and what can be done."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kling_desktop.motion.away import Away, Why
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.unbroken import breakable

from .standing_line import StandingLine


class AwayLine(StandingLine):
    """Hidden while the folder is there."""

    make_again_requested = Signal()
    choose_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_again = self._add_button(tr("Make it again"))
        self._make_again.setToolTip(tr("Makes the folder on the disk that is there now"))
        self._choose = self._add_button(tr("Choose another"))
        self._make_again.clicked.connect(self.make_again_requested)
        self._choose.clicked.connect(self.choose_requested)

    def set_away(self, away: Away | None) -> None:
        """None: it is there. What does not answer cannot be made again either."""
        if away is None:
            self.hide()
            return
        shown = replace(away, folder=breakable(away.folder))
        self._make_again.setVisible(away.why is not Why.SILENT)
        wait = words.videos_wait()
        self._say(f"{words.away(away)} {wait}", f"{words.away(shown)} {wait}", away.folder)
