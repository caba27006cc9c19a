"""The prompt: a label with a counter above a plain text field."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QKeyEvent,
    QKeySequence,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from kling_desktop.motion.limits import PROMPT_MAX_CHARS
from kling_desktop.motion.reading import without_hidden
from kling_desktop.ui.handed import HTML, LINKS, TEXT, UTF8_TEXT, Handed, clipboard
from kling_desktop.ui.theme import SPACE_8, set_property
from kling_desktop.ui.tr import tr

_HEIGHT_PX = 66  # three lines, as drawn


class PromptEdit(QPlainTextEdit):
    """Plain text only. Files and pictures are not text: they go to the panel around it."""

    media_pasted = Signal(object)  # Handed: files or a picture, or nobody answered

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Prompt")
        self.setPlaceholderText(
            tr("The movement comes from the clip. Describe the place, the light, the clothes.")
        )
        # Otherwise Qt fades the placeholder to half of the text's colour, too pale to read.
        self.setStyleSheet("QPlainTextEdit { placeholder-text-color: palette(placeholder-text); }")
        self.setTabChangesFocus(True)
        self.setFixedHeight(_HEIGHT_PX)

    def prompt(self) -> str:
        """The text. What is hidden cannot be typed; an input method's menu can bring it in."""
        return without_hidden(self.toPlainText())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Asked for each context menu: whoever has the clipboard is not, for that."""
        return True

    def insertFromMimeData(self, source: QMimeData) -> None:
        self._insert(clipboard().heard(source))

    def _insert(self, handed: Handed) -> None:
        if handed.is_media or handed.is_silent:
            self.media_pasted.emit(handed)
            return
        text = handed.text
        if not handed.has_text and handed.has_html:
            text = QTextDocumentFragment.fromHtml(handed.html).toPlainText()
        if handed.is_silent:
            self.media_pasted.emit(handed)
            return
        self.textCursor().insertText(without_hidden(text))
        self.ensureCursorVisible()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self._insert(clipboard().handed())
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _is_for_wells(event.mimeData()):
            event.ignore()  # then Qt asks the panel
            return
        super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if _is_for_wells(event.mimeData()):
            event.ignore()
            return
        super().dragMoveEvent(event)


def _is_for_wells(mime: QMimeData) -> bool:
    """By what is announced, which is no question to the source."""
    formats = mime.formats()
    return LINKS in formats or (not {TEXT, UTF8_TEXT}.intersection(formats) and HTML not in formats)


class PromptBox(QWidget):
    """Label, counter and field."""

    edited = Signal()  # by the person

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel(tr("Scene and appearance (optional)"), self)
        self._counter = QLabel(self)
        self.edit = PromptEdit(self)
        self._label.setBuddy(self.edit)
        self._silent = False
        set_property(self._label, "role", "small")
        self._build()
        self._count()
        self.edit.textChanged.connect(self._on_text_changed)

    def text(self) -> str:
        return self.edit.prompt()

    def set_text(self, text: str) -> None:
        """Show another draft's prompt. The same text leaves cursor and undo alone."""
        clean = without_hidden(text)
        if clean == self.text():
            return
        self._silent = True
        try:
            self.edit.setPlainText(clean)
        finally:
            self._silent = False

    def counter_text(self) -> str:
        return self._counter.text()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._label)
        row.addStretch(1)
        row.addWidget(self._counter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8 - 2)
        column.addLayout(row)
        column.addWidget(self.edit)

    def _on_text_changed(self) -> None:
        self._count()
        if not self._silent:
            self.edited.emit()

    def _count(self) -> None:
        length = len(self.text())
        self._counter.setText(f"{length} / {PROMPT_MAX_CHARS}")
        over = length > PROMPT_MAX_CHARS
        set_property(self._counter, "role", "bad" if over else "small")
        tip = tr("{count} characters too many").format(count=length - PROMPT_MAX_CHARS)
        self._counter.setToolTip(tip if over else "")
        self.edit.setAccessibleDescription(tip if over else "")
