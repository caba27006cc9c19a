"""A large picture with another one laid over it, and a box to crop with."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kling_desktop.motion.request import WHOLE_BOX, Box
from kling_desktop.ui.theme import color, theme
from kling_desktop.ui.tr import tr

from .crop_box import CORNERS, MIN_SHARE, Grip, corner_of, dragged, moved
from .painting import ring

_HEIGHT_PX = 330
_LEAST_PX = 180  # below this the sheet scrolls
_GRIP_PX = 12  # how near to a corner a press takes it
_CORNER_PX = 9
_DIM = QColor(0, 0, 0, 150)
_THIRDS = QColor(255, 255, 255, 70)
_STEP = 0.01  # of a side, for an arrow key
_KEYS = {
    Qt.Key.Key_Left: (-_STEP, 0.0),
    Qt.Key.Key_Right: (_STEP, 0.0),
    Qt.Key.Key_Up: (0.0, -_STEP),
    Qt.Key.Key_Down: (0.0, _STEP),
}
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_SLANTED = {Grip.TOP_LEFT, Grip.BOTTOM_RIGHT}


class Preview(QWidget):
    """Fits its picture; arrows move the crop box, with Shift they size it."""

    box_changed = Signal(object)  # Box

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._over = QImage()
        self._opacity = 0.0
        self._box: Box | None = None
        self._ratio: float | None = None
        self._grip: Grip | None = None
        self._last = QPointF()
        self._note = ""
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Crop box")
        theme().changed.connect(self.update)

    def fit_window(self, window: QWidget, taken_px: int) -> None:
        """Leave ``taken_px`` of the window's height to the rest of the sheet."""
        self.setFixedHeight(min(_HEIGHT_PX, max(_LEAST_PX, window.height() - taken_px)))

    def set_image(self, image: QImage) -> None:
        self._image = image
        self._note = ""
        self.update()

    def has_image(self) -> bool:
        return not self._image.isNull()

    def set_note(self, text: str) -> None:
        """Said in place of the picture, until there is one."""
        self._note = text
        self.update()

    def set_over(self, image: QImage, opacity: float) -> None:
        """What lies over the picture; 0 shows nothing of it."""
        self._over, self._opacity = image, opacity
        self.update()

    def box(self) -> Box | None:
        return self._box

    def set_box(self, box: Box | None, aspect: float | None = None) -> None:
        """Show a crop box, or none. ``aspect``: width : height in pixels that it keeps."""
        self._box = box
        self._ratio = None
        if aspect is not None and self.has_image():
            self._ratio = aspect * self._image.height() / self._image.width()
        focus = Qt.FocusPolicy.StrongFocus if box is not None else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(focus)
        self._describe()
        self.update()

    def _change(self, box: Box) -> None:
        self._box = box
        self._describe()
        self.update()
        self.box_changed.emit(box)

    def _describe(self) -> None:
        if self._box is None:
            self.setAccessibleDescription("")
            return
        shares = [round(100 * share) for share in self._box]
        text = tr("{width} × {height} percent, from {x}, {y}").format(
            x=shares[0], y=shares[1], width=shares[2], height=shares[3]
        )
        self.setAccessibleDescription(text)

    def picture_rect(self) -> QRectF:
        """Where the picture stands."""
        if self._image.isNull():
            return QRectF(self.rect())
        return _fitted(QSizeF(self._image.size()), QRectF(self.rect()))

    def _box_rect(self, box: Box) -> QRectF:
        room = self.picture_rect()
        left, top = room.left() + box[0] * room.width(), room.top() + box[1] * room.height()
        return QRectF(left, top, box[2] * room.width(), box[3] * room.height())

    def _share(self, point: QPointF) -> tuple[float, float]:
        room = self.picture_rect()
        x = (point.x() - room.left()) / max(1.0, room.width())
        y = (point.y() - room.top()) / max(1.0, room.height())
        return x, y

    def _grip_at(self, point: QPointF) -> Grip | None:
        if self._box is None:
            return None
        room = self.picture_rect()
        for grip in CORNERS:
            x, y = corner_of(self._box, grip)
            corner = QPointF(room.left() + x * room.width(), room.top() + y * room.height())
            if (corner - point).manhattanLength() <= 2 * _GRIP_PX:
                return grip
        return Grip.INSIDE if self._box_rect(self._box).contains(point) else None

    def _point(self, grip: Grip | None) -> None:
        if grip is None:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        elif grip is Grip.INSIDE:
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif grip in _SLANTED:
            self.setCursor(Qt.CursorShape.SizeFDiagCursor)
        else:
            self.setCursor(Qt.CursorShape.SizeBDiagCursor)

    # painting

    def _paint_box(self, painter: QPainter, box: Box) -> None:
        outer, inner = QPainterPath(), QPainterPath()
        outer.addRect(self.picture_rect())
        inner.addRect(self._box_rect(box))
        painter.fillPath(outer.subtracted(inner), _DIM)
        rect = self._box_rect(box)
        painter.setPen(QPen(_THIRDS, 1))
        for share in (1 / 3, 2 / 3):
            x, y = rect.left() + share * rect.width(), rect.top() + share * rect.height()
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        painter.setPen(QPen(color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent"))
        for corner in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
            handle = QRectF(0, 0, _CORNER_PX, _CORNER_PX)
            handle.moveCenter(corner)
            painter.drawRoundedRect(handle, 2, 2)

    def sizeHint(self) -> QSize:
        return QSize(640, _HEIGHT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = self._grip_at(event.position())
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None or self._box is None:
            self._point(self._grip_at(event.position()))
            return
        x, y = self._share(event.position())
        if self._grip is Grip.INSIDE:
            last_x, last_y = self._share(self._last)
            self._change(moved(self._box, x - last_x, y - last_y))
        else:
            self._change(dragged(self._box, self._grip, x, y, self._ratio))
        self._last = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(Qt.Key(event.key()))
        if self._box is None or step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & _SHIFT:
            x, y = corner_of(self._box, Grip.BOTTOM_RIGHT)
            least_x, least_y = self._box[0] + MIN_SHARE, self._box[1] + MIN_SHARE
            to = (max(least_x, x + step[0]), max(least_y, y + step[1]))
            self._change(dragged(self._box, Grip.BOTTOM_RIGHT, *to, self._ratio))
        else:
            self._change(moved(self._box, *step))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), color("stage"))
        if self._image.isNull():
            painter.setPen(color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._note)
            return
        painter.drawImage(self.picture_rect(), self._image)
        if not self._over.isNull() and self._opacity > 0:
            seen = self._box_rect(self._box or WHOLE_BOX)
            painter.setOpacity(self._opacity)
            painter.drawImage(_fitted(QSizeF(self._over.size()), seen), self._over)
            painter.setOpacity(1.0)
        if self._box is not None:
            self._paint_box(painter, self._box)
        if self.property("ring"):
            ring(painter, QRectF(self.rect()), 4)


def _fitted(size: QSizeF, room: QRectF) -> QRectF:
    """The largest place of that shape within the room, in its middle."""
    scaled = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(QPointF(0, 0), scaled)
    place.moveCenter(room.center())
    return place
