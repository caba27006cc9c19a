"""A request as code: the same call in several languages, ready to paste."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from kling_desktop.ui.dialogs.copying import CopyAnswer
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import Segmented
from kling_desktop.ui.widgets.sheet import Sheet

CODE_WIDTH_PX = 720
CODE_HEIGHT_PX = 300
CODE_PX = 12


class CodeSheet(Sheet):
    """``texts``: (name, code), such as ("cURL", "curl …") and ("Python", "import …")."""

    def __init__(
        self, parent: QWidget, texts: Sequence[tuple[str, str]], *, needs_links: bool = False
    ) -> None:
        """``needs_links``: files of this computer are in it, which have none yet."""
        super().__init__(parent, tr("Copy as code"), width_px=CODE_WIDTH_PX)
        self._texts = dict(texts)
        told = tr("Put your API token where the placeholder stands.")
        if needs_links:
            told = tr(
                "Put your API token and a public link to each file where the placeholders stand: "
                "a file from this computer has no link before it is uploaded."
            )
        note = QLabel(told, self)
        note.setWordWrap(True)
        note.setProperty("role", "small")
        self._tabs = Segmented([(name, name, name) for name in self._texts], self)
        self._tabs.setAccessibleName("Language")
        self._tabs.value_changed.connect(self._show)
        self._build_code()
        self.body.addWidget(note)
        self.body.addSpacing(SPACE_8)
        self.body.addWidget(self._tabs)
        self.body.addWidget(self._code)
        self.footer.addStretch(1)
        close = self.add_button(tr("Close"))
        close.clicked.connect(self.reject)
        copy = self.add_button(tr("Copy"), "primary")
        copy.setAccessibleName("Copy code")
        self._answer = CopyAnswer(copy)
        copy.clicked.connect(self._on_copy)
        self._show(self._tabs.value())

    def _build_code(self) -> None:
        self._code = QPlainTextEdit(self)
        self._code.setAccessibleName("Code")
        self._code.setReadOnly(True)
        self._code.setTabChangesFocus(True)
        self._code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._code.setFixedHeight(CODE_HEIGHT_PX)
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        # The stylesheet of the whole program names a font size: only a stylesheet wins over it.
        self._code.setStyleSheet(f'font-family: "{family}"; font-size: {CODE_PX}px;')

    def _show(self, name: str) -> None:
        self._code.setPlainText(self._texts[name])

    def _on_copy(self) -> None:
        self._answer.copy(self._texts[self._tabs.value()])
