"""Something is held over a widget, or let fall on it: the events of a drag, as Qt sends them."""

from __future__ import annotations

from typing import TypeVar

import PySide6
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

E = TypeVar("E", bound=QDropEvent)

# QDropEvent takes QPointF anyway; the others QPoint alone before 6.12, which deprecates that.
EventPoint = QPointF if PySide6.__version_info__ >= (6, 12) else QPoint


def send_drag(
    kind: type[E],
    widget: QWidget,
    data: QMimeData,
    at: tuple[int, int] = (9, 9),
    actions: Qt.DropAction = Qt.DropAction.CopyAction,
) -> E:
    """A QDragEnterEvent, QDragMoveEvent or QDropEvent at ``at``, which the widget has answered."""
    event = kind(
        EventPoint(*at),  # type: ignore[arg-type]
        actions,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)
    return event
