"""Above Generate: what keeps all videos from going on, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.limits import Severity
from kling_desktop.ui.theme import SPACE_8, SPACE_12, set_property
from kling_desktop.ui.widgets.grouping import GroupFrame

from .finding_card import SeverityIcon
from .roles import announce


class StandingLine(GroupFrame):
    """Hidden while there is nothing to say; said once for as long as it stands."""

    appeared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_property(self, "finding", Severity.WARNING.value)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._buttons: list[QPushButton] = []
        self._lay_out()
        self.hide()

    def _add_button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        self._buttons.append(button)
        self._row_of_buttons.addWidget(button)
        return button

    def _say(self, sentence: str, shown: str, tip: str = "") -> None:
        """``shown`` is the sentence as it may be broken into lines."""
        said = self.accessibleName() if not self.isHidden() else ""
        self._text.setText(shown)
        self._text.setToolTip(tip)
        self.setAccessibleName(sentence)
        for button in self._buttons:
            button.setAccessibleDescription(sentence)
        was_hidden = self.isHidden()
        self.show()
        if was_hidden:
            self.appeared.emit()
        if sentence != said:
            announce(self._buttons[-1], sentence)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
        column.setSpacing(SPACE_8 - 2)
        row, self._row_of_buttons = QHBoxLayout(), QHBoxLayout()
        for each in (row, self._row_of_buttons):
            each.setSpacing(SPACE_8)
            column.addLayout(each)
        row.addWidget(SeverityIcon(Severity.WARNING, self), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self._row_of_buttons.addStretch(1)
