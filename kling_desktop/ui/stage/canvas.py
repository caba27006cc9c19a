"""Where the pictures are painted: one pane, or the reference and the result beside each other.

An ordinary widget, not QVideoWidget: a native video surface allows nothing on top of it and
cannot be grabbed.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDrag,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from kling_desktop.ui.theme import RADIUS, SPACE_8, SPACE_12, color, theme
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr

MARGIN_PX = 18  # between the pictures and the edge, as in the design
CHIP_HEIGHT_PX = 22
CHIP_RADIUS_PX = 5
CHIP_COLOR = QColor(13, 14, 16, 190)  # dark on any picture, in both themes
CHIP_TEXT_COLOR = QColor("#FFFFFF")
WAITING_PANE_COLOR = QColor(255, 255, 255, 10)  # a pane whose first frame is not there yet
WAITING_PANE_RATIO = 16 / 9
DRAG_PICTURE_PX = 120
MIN_SIZE = QSize(240, 120)


class StageCanvas(QWidget):
    """Paints images fitted into panes. Drag it out for the file; double-click it."""

    double_clicked = Signal()
    mouse_moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: QImage | None = None
        self._reference: QImage | None = None
        self._shows_reference = False
        self._result_chip = ""
        self._smooth = True
        self._file_path = ""
        self._press_at: QPoint | None = None
        self.setAccessibleName("Video")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    # -- what to show -------------------------------------------------------------------------

    def set_item(self, file_path: str, title: str, result_chip: str) -> None:
        """``title`` describes the video to a screen reader; dragging gives ``file_path``."""
        self._file_path = file_path
        self._result_chip = result_chip
        self.setAccessibleDescription(title)
        self.update()

    def set_images(self, result: QImage | None, reference: QImage | None) -> None:
        self._result, self._reference = result, reference
        self.update()

    def set_shows_reference(self, shows: bool) -> None:
        self._shows_reference = shows
        self.update()

    def set_smooth(self, smooth: bool) -> None:
        """Best quality for a still picture; fast while it moves."""
        if smooth != self._smooth:
            self._smooth = smooth
            self.update()

    # -- geometry -----------------------------------------------------------------------------

    def pane_rects(self) -> list[QRectF]:
        """Where the pictures stand, left to right; the result is the last one."""
        images = [self._reference, self._result] if self._shows_reference else [self._result]
        room = QRectF(self.rect()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        gap = SPACE_12 * (len(images) - 1)
        width = max(1.0, (room.width() - gap) / len(images))
        lefts = [room.left() + i * (width + SPACE_12) for i in range(len(images))]
        return [
            self._fitted(QRectF(left, room.top(), width, room.height()), image)
            for left, image in zip(lefts, images, strict=True)
        ]

    @staticmethod
    def _fitted(room: QRectF, image: QImage | None) -> QRectF:
        ratio = WAITING_PANE_RATIO
        if image is not None and image.height() > 0:
            ratio = image.width() / image.height()
        height = min(room.height(), room.width() / ratio)
        width = height * ratio
        # Whole pixels: a picture that stands between two is blurred.
        left = round(room.center().x() - width / 2)
        top = round(room.center().y() - height / 2)
        return QRectF(left, top, max(1, round(width)), max(1, round(height)))

    # -- painting -----------------------------------------------------------------------------

    def _paint_pane(self, painter: QPainter, pane: QRectF, image: QImage | None, chip: str) -> None:
        if image is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(WAITING_PANE_COLOR)
            painter.drawRoundedRect(pane, RADIUS, RADIUS)
        else:
            self._paint_picture(painter, pane, image)
            self._round_corners(painter, pane)
        if chip:
            self._paint_chip(painter, pane, chip)

    def _paint_picture(self, painter: QPainter, pane: QRectF, image: QImage) -> None:
        if not self._smooth:
            painter.drawImage(pane, image)
            return
        ratio = self.devicePixelRatioF()
        pixels = QSize(round(pane.width() * ratio), round(pane.height() * ratio))
        if pixels.width() < image.width():
            # Averages all pixels; the painter's own smoothing looks at four only.
            image = image.scaled(
                pixels,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(pane, image)

    @staticmethod
    def _round_corners(painter: QPainter, pane: QRectF) -> None:
        """Paint the corners over: clipping to a path would leave them jagged."""
        corners = QPainterPath()
        corners.addRect(pane.adjusted(-1, -1, 1, 1))
        inside = QPainterPath()
        inside.addRoundedRect(pane, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("stage"))
        painter.drawPath(corners.subtracted(inside))

    def _paint_chip(self, painter: QPainter, pane: QRectF, text: str) -> None:
        font = self.font()
        font.setPixelSize(SMALL_PX)
        painter.setFont(font)
        room = max(0.0, self.width() - pane.left() - 2 * SPACE_8 - MARGIN_PX)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        width = metrics.horizontalAdvance(shown) + 2 * SPACE_8
        corner = pane.topLeft() + QPointF(SPACE_8, SPACE_8)
        box = QRectF(corner.x(), corner.y(), width, CHIP_HEIGHT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(CHIP_COLOR)
        painter.drawRoundedRect(box, CHIP_RADIUS_PX, CHIP_RADIUS_PX)
        painter.setPen(CHIP_TEXT_COLOR)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_focus_ring(self, painter: QPainter) -> None:
        painter.setPen(QPen(color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        painter.drawRoundedRect(box, RADIUS, RADIUS)

    # -- dragging out -------------------------------------------------------------------------

    def drag_data(self) -> QMimeData:
        """What another program gets: the file."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self._file_path)])
        return data

    def _start_drag(self) -> None:
        if not self._file_path or not Path(self._file_path).is_file():
            return
        drag = QDrag(self)
        drag.setMimeData(self.drag_data())
        if self._result is not None:
            small = self._result.scaledToWidth(
                DRAG_PICTURE_PX, Qt.TransformationMode.SmoothTransformation
            )
            drag.setPixmap(QPixmap.fromImage(small))
        # Qt offers no other way to drag. It is called by a mouse event, never from a coroutine.
        drag.exec(Qt.DropAction.CopyAction)

    # -- Qt ------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return MIN_SIZE

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("stage"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panes = self.pane_rects()
        if self._shows_reference:
            self._paint_pane(painter, panes[0], self._reference, tr("Reference"))
        self._paint_pane(painter, panes[-1], self._result, self._result_chip)
        if self.property("ring"):
            self._paint_focus_ring(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse_moved.emit()
        if self._press_at is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved = event.position().toPoint() - self._press_at
        if moved.manhattanLength() >= QApplication.startDragDistance():
            self._press_at = None
            self._start_drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._press_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_at = None
            self.double_clicked.emit()
