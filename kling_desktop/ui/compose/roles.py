"""Roles for screen readers that no stock widget has: a list made of real widgets, and its rows.

A view with index widgets would hide the rows' buttons from assistive technology: Qt's
accessible list items have no children.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QComboBox, QFrame, QWidget


class ListFrame(QFrame):
    """A frame that assistive technology sees as a list; its rows are RowFrames."""


class RowFrame(QFrame):
    """A frame that assistive technology sees as a list item, with its children inside."""


_ROLES: tuple[tuple[type[QFrame], QAccessible.Role], ...] = (
    (ListFrame, QAccessible.Role.List),
    (RowFrame, QAccessible.Role.ListItem),
)


class NamedComboBox(QComboBox):
    """A combo box whose accessible name is what it is about; its value is what is chosen."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)


class _ComboFace(QAccessibleWidget):
    """WORKAROUND: on Linux, Qt's own face of a combo box gives the chosen text as the name."""

    def __init__(self, box: NamedComboBox) -> None:
        super().__init__(box, QAccessible.Role.ComboBox)
        self._box = box

    def text(self, kind: QAccessible.Text) -> str:
        return self._box.currentText() if kind is QAccessible.Text.Value else super().text(kind)

    def childCount(self) -> int:
        return 1

    def child(self, _index: int) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._box.view())

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return 0 if child.object() is self._box.view() else -1

    def actionNames(self) -> list[str]:
        return [self.showMenuAction(), *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name == self.showMenuAction():
            self._box.showPopup()
        else:
            super().doAction(name)


def _interface(_key: str, target: QObject) -> QAccessibleInterface | None:
    if isinstance(target, NamedComboBox):
        return _ComboFace(target)
    for kind, role in _ROLES:
        if isinstance(target, kind):
            return QAccessibleWidget(target, role)
    return None


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say it, without moving the focus."""
    if QAccessible.isActive() and text:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


QAccessible.installFactory(_interface)
