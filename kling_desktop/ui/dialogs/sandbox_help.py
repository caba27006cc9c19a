"""The words that choose the fate of a sandbox job."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet


class SandboxHelpSheet(Sheet):
    """``rows``: (word, what happens), such as ("[fail]", "The service fails")."""

    def __init__(self, parent: QWidget, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, tr("Words for the sandbox"))
        note = QLabel(
            tr(
                "The sandbox makes a video from your own picture and clip, marked as a sandbox "
                "result. Put one of these words into the prompt to see what else can happen."
            ),
            self,
        )
        note.setProperty("role", "small")
        note.setWordWrap(True)
        self.body.addWidget(note)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(Rows(rows, self, left_role="", right_role="muted"))
        self.footer.addStretch(1)
        close = self.add_button(tr("Close"), default=True)
        close.clicked.connect(self.accept)
        self.initial_focus = close
