"""The slim line in a well where a path or a link is typed or pasted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.handed import Handed
from kling_desktop.ui.widgets.line_edit import LineEdit

from .offers import is_link

# Losing the focus for these is a pause in typing, not its end.
_PAUSES = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)
FIELD_HEIGHT_PX = 28
# No colours but the palette's: the theme's sheet covers the rest, the well paints the ring.
_LOOK = (
    "QLineEdit { border: none; background: transparent; padding: 0; font-size: 12px;"
    f" min-height: {FIELD_HEIGHT_PX}px; max-height: {FIELD_HEIGHT_PX}px;"
    " color: palette(placeholder-text); placeholder-text-color: palette(placeholder-text); }"
    "QLineEdit:focus { border: none; padding: 0; color: palette(text); }"
)


class SourceField(LineEdit):
    """Commits on Enter and when the focus goes on; Escape brings back what was there."""

    committed = Signal(str)  # the typed text; empty: Enter on an emptied field
    media_pasted = Signal(object)  # Handed: files or a picture, or nobody answered
    focus_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._own = False
        self.setFrame(False)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setStyleSheet(_LOOK)
        self.setAcceptDrops(False)  # a file dropped here is for the well
        self.returnPressed.connect(self._on_return)
        self.textChanged.connect(self._on_text_changed)

    def show_source(self, text: str) -> None:
        """Show the well's source, unless it is shown already: typing is never overwritten."""
        if text != self._shown:
            self._shown = text
            self._put(text)
            self._rest()

    def is_edited(self) -> bool:
        """Whether it holds something else than what the well was given."""
        return self.text() != self._shown

    def insert_handed(self, handed: Handed) -> None:
        if handed.is_media or (not handed.text and handed.is_silent):
            self.media_pasted.emit(handed)
        else:
            super().insert_handed(handed)

    def _put(self, text: str) -> None:
        self._own = True
        try:
            self.setText(text)
        finally:
            self._own = False

    def _on_text_changed(self, text: str) -> None:
        """Assistive technology sets a whole text without the focus: no Enter will follow."""
        if not self._own and not self.hasFocus() and text.strip():
            self._commit(text.strip())

    def _rest(self) -> None:
        """At rest show what tells most: a path's end, a link's host."""
        if is_link(self.text()):
            self.home(False)
        else:
            self.end(False)

    def _on_return(self) -> None:
        self._commit(self.text().strip())

    def _commit(self, text: str) -> None:
        self._shown = text
        self.committed.emit(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _PAUSES:
            text = self.text().strip()
            if not text:
                self._put(self._shown)
            elif text != self._shown:
                self._commit(text)
            self.deselect()
            self._rest()
        self.focus_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self._put(self._shown)
            return
        super().keyPressEvent(event)
