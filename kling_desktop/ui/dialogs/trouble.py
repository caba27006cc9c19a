"""The library cannot be opened: why, where it lies, and nothing begun from empty in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet

TROUBLE_WIDTH_PX = 520


class TroubleSheet(Sheet):
    """Stays until the person tries again or quits: behind it there is nothing to work with."""

    retry_requested = Signal()
    quit_requested = Signal()

    def __init__(self, parent: QWidget, sentence: str, folder: str) -> None:
        super().__init__(parent, tr("Your library cannot be opened"), width_px=TROUBLE_WIDTH_PX)
        text = QLabel(sentence, self)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.body.addWidget(text)
        if folder:
            self.body.addSpacing(SPACE_8)
            self.body.addWidget(Rows([(tr("Folder"), folder)], self, copyable=True))
        leave = self.add_button(tr("Quit"))
        leave.clicked.connect(self.quit_requested)
        self.footer.addStretch(1)
        retry = self.add_button(tr("Try again"), "primary")
        retry.clicked.connect(self._on_retry)
        self.initial_focus = retry

    def _on_retry(self) -> None:
        self.accept()
        self.retry_requested.emit()

    def reject(self) -> None:
        """Escape does not lead into a window without a library."""
