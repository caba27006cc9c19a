"""Zoom and pan of the pictures on the Stage, both sides together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QWheelEvent

from kling_desktop.ui.tr import tr

from .layout import MOST_ZOOM, ZOOM_STEP, View, zoomed_at

if TYPE_CHECKING:
    from .canvas import StageCanvas

NOTCH = 120  # Qt's angle delta of one notch of a wheel
PAN_KEY_SHARE = 0.1  # of what is seen, for one press of a key
ACTUAL_TOLERANCE = 0.001

_PAN_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class ViewControl(QObject):
    """Wheel and pinch zoom at the pointer; two fingers and Ctrl with an arrow move the picture."""

    changed = Signal()

    def __init__(self, canvas: StageCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.view = View()
        canvas.installEventFilter(self)

    # -- verbs ----------------------------------------------------------------------------------

    def reset(self) -> None:
        """The whole picture."""
        self._set(View())

    def zoom_in(self) -> None:
        self._zoom_at(self.view.zoom * ZOOM_STEP, self._middle())

    def zoom_out(self) -> None:
        self._zoom_at(self.view.zoom / ZOOM_STEP, self._middle())

    def toggle_actual(self) -> None:
        """One pixel of the video is one of the screen; again: the whole picture."""
        actual = self.actual_zoom()
        if actual is None:
            return
        if abs(self.view.zoom - actual) < ACTUAL_TOLERANCE:
            self.reset()
        else:
            self._set(View(actual, self.view.center_x, self.view.center_y))

    def pan(self, across: int, down: int) -> None:
        """By a tenth of what is seen, to the right and down."""
        if self._canvas.is_pannable():
            step = PAN_KEY_SHARE / self.view.zoom
            self._set(self.view.moved(across * step, down * step))

    def drag(self, moved: QPointF) -> None:
        """The picture goes with the pointer; ``moved`` in the widget's pixels."""
        picture = self._canvas.picture_rects()[-1]
        self._set(self.view.moved(-moved.x() / picture.width(), -moved.y() / picture.height()))

    # -- facts ----------------------------------------------------------------------------------

    def actual_zoom(self) -> float | None:
        """The zoom at 1:1; None while the picture's size is not known."""
        width = self._canvas.result_width
        if not width:
            return None
        fit = self._canvas.fit_rects()[-1].width() * self._canvas.devicePixelRatioF()
        return float(width / fit)

    def text(self) -> str:
        """ "1:1", "150 %" of the video's own size; empty where the whole picture is seen."""
        actual = self.actual_zoom()
        if self.view.is_fitted or actual is None:
            return ""
        if abs(self.view.zoom - actual) < ACTUAL_TOLERANCE:
            return "1:1"
        return tr("{percent} %").replace("{percent}", str(round(100 * self.view.zoom / actual)))

    # -- inside ---------------------------------------------------------------------------------

    def _middle(self) -> QPointF:
        return self._canvas.rooms()[-1].center()

    def _zoom_at(self, zoom: float, point: QPointF) -> None:
        actual = self.actual_zoom()
        if actual is None:
            return
        least, most = min(1.0, actual), max(MOST_ZOOM, actual)
        zoom = min(most, max(least, zoom))
        if min(abs(zoom - 1.0), abs(zoom - least)) < ACTUAL_TOLERANCE and zoom <= 1.0:
            self._set(View() if least == 1.0 or zoom > least else View(least))
            return
        place = self._place_of(point)
        room, rect = self._canvas.rooms()[place], self._canvas.picture_rects()[place]
        self._set(zoomed_at(rect, room, self.view, zoom, point))

    def _place_of(self, point: QPointF) -> int:
        """The side that the pointer is over."""
        rooms = self._canvas.rooms()
        inside = [place for place, room in enumerate(rooms) if room.contains(point)]
        return inside[0] if inside else len(rooms) - 1

    def _set(self, view: View) -> None:
        view = view if view.is_fitted else self._canvas.settled(view)
        if view != self.view:
            self.view = view
            self.changed.emit()

    # -- Qt ------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QWheelEvent):
            return self._on_wheel(event)
        if isinstance(event, QNativeGestureEvent):
            return self._on_gesture(event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_wheel(self, event: QWheelEvent) -> bool:
        wants_zoom = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        fingers = event.pixelDelta()
        if not fingers.isNull() and not wants_zoom:  # a touch pad, not a wheel
            if self._canvas.is_pannable():
                self.drag(QPointF(fingers))
        else:
            notches = event.angleDelta().y() / NOTCH
            self._zoom_at(self.view.zoom * ZOOM_STEP**notches, event.position())
        event.accept()
        return True

    def _on_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._zoom_at(self.view.zoom * (1 + event.value()), event.position())
        return True

    def _on_key(self, event: QKeyEvent) -> bool:
        way = _PAN_KEYS.get(Qt.Key(event.key()))
        if way is None or event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            return False
        self.pan(*way)
        return True
