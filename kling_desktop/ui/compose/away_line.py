"""Above Generate: the person's own folder for videos is not there, and what can be done."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.away import Away, Why
from kling_desktop.motion.limits import Severity
from kling_desktop.ui.theme import SPACE_8, SPACE_12, set_property
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.unbroken import breakable

from .finding_card import SeverityIcon
from .roles import GroupFrame, announce


class AwayLine(GroupFrame):
    """Hidden while the folder is there."""

    make_again_requested = Signal()
    choose_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_property(self, "finding", Severity.WARNING.value)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._make_again = QPushButton(tr("Make it again"), self)
        self._make_again.setToolTip(tr("Makes the folder on the disk that is there now"))
        self._choose = QPushButton(tr("Choose another"), self)
        self._make_again.clicked.connect(self.make_again_requested)
        self._choose.clicked.connect(self.choose_requested)
        self._lay_out()
        self.hide()

    def set_away(self, away: Away | None) -> None:
        """None: it is there. What does not answer cannot be made again either."""
        said = self.accessibleName() if not self.isHidden() else ""
        if away is None:
            self.hide()
            return
        sentence = f"{words.away(away)} {words.videos_wait()}"
        shown = replace(away, folder=breakable(away.folder))
        self._text.setText(f"{words.away(shown)} {words.videos_wait()}")
        self._text.setToolTip(away.folder)
        self.setAccessibleName(sentence)
        for button in (self._make_again, self._choose):
            button.setAccessibleDescription(sentence)
        self._make_again.setVisible(away.why is not Why.SILENT)
        self.show()
        if sentence != said:
            announce(self._choose, sentence)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
        column.setSpacing(SPACE_8 - 2)
        row, below = QHBoxLayout(), QHBoxLayout()
        for each in (row, below):
            each.setSpacing(SPACE_8)
            column.addLayout(each)
        row.addWidget(SeverityIcon(Severity.WARNING, self), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        below.addStretch(1)
        below.addWidget(self._make_again)
        below.addWidget(self._choose)
