"""What support asks for, in rows that can be selected and copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from kling_desktop.ui.dialogs.copying import CopyAnswer
from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet


class DetailsSheet(Sheet):
    """``rows``: (label, value). Values are shown as plain text and never interpreted."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        rows: Sequence[tuple[str, str]],
        copyable: bool = True,
    ) -> None:
        super().__init__(parent, title)
        self._rows = list(rows)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(Rows(self._rows, self, copyable=copyable))
        if copyable:
            copy = self.add_button(tr("Copy all"))
            self._answer = CopyAnswer(copy)
            copy.clicked.connect(self._on_copy)
        self.footer.addStretch(1)
        close = self.add_button(tr("Close"), default=True)
        close.clicked.connect(self.accept)
        self.initial_focus = close

    def _on_copy(self) -> None:
        self._answer.copy("\n".join(f"{label}: {value}" for label, value in self._rows))
