"""Nothing can be opened: why, where it lies, and nothing begun from empty in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.ui.dialogs.copying import CopyAnswer
from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet

TROUBLE_WIDTH_PX = 560


class TroubleSheet(Sheet):
    """Stays until the person tries again or quits: behind it there is nothing to work with.

    ``details`` are for whoever is asked for help; without ``has_log`` there is none to be shown.
    """

    retry_requested = Signal()
    quit_requested = Signal()
    log_requested = Signal()

    def __init__(
        self,
        parent: QWidget,
        title: str,
        sentence: str,
        folder: str,
        details: str,
        has_log: bool,
    ) -> None:
        super().__init__(parent, title, width_px=TROUBLE_WIDTH_PX)
        self._details = details
        text = QLabel(sentence, self)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setWordWrap(True)
        self.body.addWidget(text)
        if folder:
            self.body.addSpacing(SPACE_8)
            self.body.addWidget(Rows([(tr("Folder"), folder)], self, copyable=True))
        self._build_footer(has_log)

    def _build_footer(self, has_log: bool) -> None:
        self.add_button(tr("Quit")).clicked.connect(self.quit_requested)
        copy = self.add_button(tr("Copy details"))
        self._answer = CopyAnswer(copy)
        copy.clicked.connect(self._on_copy)
        if has_log:
            self.add_button(tr("Show log")).clicked.connect(self.log_requested)
        self.footer.addStretch(1)
        retry = self.add_button(tr("Try again"), "primary")
        retry.clicked.connect(self._on_retry)
        self.initial_focus = retry

    def _on_copy(self) -> None:
        self._answer.copy(self._details)

    def _on_retry(self) -> None:
        self.accept()
        self.retry_requested.emit()

    def reject(self) -> None:
        """Escape does not lead into a window without a library."""
