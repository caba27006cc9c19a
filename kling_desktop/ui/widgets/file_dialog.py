"""Qt's own dialog for a file, where the system has none, asks the clipboard at each paste."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QClipboard, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from kling_desktop.ui.handed import clipboard


class FileDialog(QFileDialog):
    """Its field pastes what was asked for once, and has no menu, which would ask, too."""

    def __init__(self, parent: QWidget | None, title: str, folder: str) -> None:
        super().__init__(parent, title, folder)
        self._fields = self.findChildren(QLineEdit)
        for field in self._fields:
            field.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
            field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in self._fields and (board := _pasted_from(event)) is not None:
            if text := clipboard().handed(board).text:
                watched.insert(text)
            return True
        return super().eventFilter(watched, event)


def _pasted_from(event: QEvent) -> QClipboard.Mode | None:
    if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
        pastes = event.matches(QKeySequence.StandardKey.Paste)
        return QClipboard.Mode.Clipboard if pastes else None
    if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
        pastes = event.button() == Qt.MouseButton.MiddleButton
        return QClipboard.Mode.Selection if pastes else None
    return None
