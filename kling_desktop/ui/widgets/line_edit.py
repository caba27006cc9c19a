"""A line for text whose clipboard belongs to another program, which may not answer.

Qt's own asks it twice for each paste and for each context menu, to know whether Paste is possible.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import (
    QClipboard,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QLineEdit, QMenu

from kling_desktop.ui.handed import Handed, clipboard
from kling_desktop.ui.tr import tr


class LineEdit(QLineEdit):
    """Pastes what was asked for once; its menu offers Paste without asking."""

    def insert_handed(self, handed: Handed) -> None:
        """What was pasted; one line of it. A program that does not answer hands over nothing."""
        if text := handed.text:
            self.insert(text)

    def show_menu(self, at: QPoint) -> None:
        menu = self.edit_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def edit_menu(self) -> QMenu:
        """What can be done with the text; whoever shows it has it deleted."""
        menu, keys = QMenu(self), QKeySequence.StandardKey
        writes, chosen = not self.isReadOnly(), self.hasSelectedText()
        shows = self.echoMode() == QLineEdit.EchoMode.Normal
        _add(menu, tr("Undo"), keys.Undo, self.undo, writes and self.isUndoAvailable())
        _add(menu, tr("Redo"), keys.Redo, self.redo, writes and self.isRedoAvailable())
        menu.addSeparator()
        _add(menu, tr("Cut"), keys.Cut, self.cut, writes and shows and chosen)
        _add(menu, tr("Copy"), keys.Copy, self.copy, shows and chosen)
        _add(menu, tr("Paste"), keys.Paste, self._on_paste, writes)
        _add(menu, tr("Delete"), keys.Delete, self.del_, writes and chosen)
        menu.addSeparator()
        _add(menu, tr("Select all"), keys.SelectAll, self.selectAll, bool(self.text()))
        return menu

    def _on_paste(self) -> None:
        self.insert_handed(clipboard().handed())

    # Qt's own

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.show_menu(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and not self.isReadOnly():
            self._on_paste()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """X11's middle button pastes what is selected in another program."""
        board, is_middle = QClipboard.Mode.Selection, event.button() == Qt.MouseButton.MiddleButton
        if (
            not is_middle
            or self.isReadOnly()
            or not QGuiApplication.clipboard().supportsSelection()
        ):
            super().mouseReleaseEvent(event)
            return
        self.deselect()
        self.insert_handed(clipboard().handed(board))


def _add(
    menu: QMenu,
    text: str,
    key: QKeySequence.StandardKey,
    act: Callable[[], None],
    can: bool,
) -> None:
    """The field itself hears the key; here it is told alone."""
    entry = menu.addAction(text, act)
    entry.setShortcut(QKeySequence(key))
    entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    entry.setEnabled(can)
