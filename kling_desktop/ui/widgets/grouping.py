"""A frame around controls that belong together: assistive technology sees a group with its name."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QFrame


class GroupFrame(QFrame):
    """Give it an accessible name: what is chosen or done in it."""


def _interface(_key: str, target: QObject) -> QAccessibleInterface | None:
    if isinstance(target, GroupFrame):
        return QAccessibleWidget(target, QAccessible.Role.Grouping)
    return None


QAccessible.installFactory(_interface)
