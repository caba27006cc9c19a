"""Something is held over a widget, or let fall on it: the events of a drag, as Qt sends them."""

from __future__ import annotations

from typing import TypeVar

import PySide6
from PySide6.QtCore import QMetaType, QMimeData, QPoint, QPointF, Qt, QUrl
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


class LateFiles(QMimeData):
    """Files that are announced, and named only once ``have_come``: as an X11 source does.

    ``readings``: so often, then not again: the button has gone up meanwhile.
    """

    def __init__(self, *paths: str, readings: int | None = None) -> None:
        super().__init__()
        self.have_come = readings is not None
        self._readings = readings
        self._urls = [QUrl.fromLocalFile(path) for path in paths]

    def formats(self) -> list[str]:
        return ["text/uri-list"]

    def hasFormat(self, mimetype: str) -> bool:
        return mimetype in self.formats()

    def retrieveData(self, mimetype: str, preferredType: QMetaType) -> object:
        if not self.have_come or not self.hasFormat(mimetype):
            return None
        if self._readings is not None:
            self._readings -= 1
            self.have_come = self._readings > 0
        return self._urls
