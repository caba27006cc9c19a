"""Roles for screen readers that no stock widget has: a list made of real widgets, and its rows.

A view with index widgets would hide the rows' buttons from assistive technology: Qt's
accessible list items have no children.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QFrame, QWidget


class ListFrame(QFrame):
    """A frame that assistive technology sees as a list; its rows are RowFrames."""


class RowFrame(QFrame):
    """A frame that assistive technology sees as a list item, with its children inside."""


class GroupFrame(QFrame):
    """A frame that assistive technology sees as a named group."""


_ROLES: tuple[tuple[type[QFrame], QAccessible.Role], ...] = (
    (ListFrame, QAccessible.Role.List),
    (RowFrame, QAccessible.Role.ListItem),
    (GroupFrame, QAccessible.Role.Grouping),
)


def _interface(_key: str, target: QObject) -> QAccessibleInterface | None:
    for kind, role in _ROLES:
        if isinstance(target, kind):
            return QAccessibleWidget(target, role)
    return None


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say it, without moving the focus."""
    if QAccessible.isActive() and text:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


QAccessible.installFactory(_interface)
