"""How pictures are drawn: fast while they move, best while they stand; and what goes over them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen

from kling_desktop.ui.theme import RADIUS, SPACE_8, color
from kling_desktop.ui.tokens import SMALL_PX

CHIP_HEIGHT_PX = 22
CHIP_RADIUS_PX = 5
CHIP_COLOR = QColor(13, 14, 16, 190)  # dark on any picture, in both themes
CHIP_TEXT_COLOR = QColor("#FFFFFF")
WAITING_PANE_COLOR = QColor(255, 255, 255, 10)  # a pane whose first frame is not there yet
RING_PX = 2


def draw_picture(
    painter: QPainter, rect: QRectF, image: QImage, smooth: bool, pixel_ratio: float
) -> None:
    """``smooth``: with the best scaling, too slow for moving pictures."""
    pixels = QSize(round(rect.width() * pixel_ratio), round(rect.height() * pixel_ratio))
    if not smooth:
        plain = QPainter.CompositionMode.CompositionMode_SourceOver
        blends = painter.opacity() < 1.0 or painter.compositionMode() != plain
        if blends and pixels.width() <= image.width():
            # Scaling and blending in one go takes Qt much longer than one after the other.
            image = image.scaled(pixels)
        painter.drawImage(rect, image)
        return
    if pixels.width() < image.width():
        # Averages all pixels; the painter's own smoothing looks at four only.
        image = image.scaled(
            pixels, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    # Enlarged, pixels stay pixels: whoever zooms in wants to see them.
    enlarged = pixels.width() > image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarged)
    painter.drawImage(rect, image)


def draw_waiting(painter: QPainter, pane: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(WAITING_PANE_COLOR)
    painter.drawRoundedRect(pane, RADIUS, RADIUS)


def round_corners(painter: QPainter, pane: QRectF) -> None:
    """Paint the corners over: clipping to a path would leave them jagged."""
    corners = QPainterPath()
    corners.addRect(pane.adjusted(-1, -1, 1, 1))
    inside = QPainterPath()
    inside.addRoundedRect(pane, RADIUS, RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("stage"))
    painter.drawPath(corners.subtracted(inside))


def clipped(painter: QPainter, rect: QRectF, draw: Callable[[], None]) -> None:
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    draw()
    painter.restore()


def chip_room_px(font: QFont, text: str) -> int:
    """How wide a pane has to be for all of its label."""
    font.setPixelSize(SMALL_PX)
    return QFontMetrics(font).horizontalAdvance(text) + 4 * SPACE_8


def draw_chip(
    painter: QPainter, font: QFont, pane: QRectF, text: str, *, at_right: bool = False
) -> None:
    """A dark label in an upper corner of the pane."""
    font.setPixelSize(SMALL_PX)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    room = max(0.0, pane.width() - 4 * SPACE_8)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
    width = metrics.horizontalAdvance(shown) + 2 * SPACE_8
    left = pane.right() - SPACE_8 - width if at_right else pane.left() + SPACE_8
    corner = QPointF(left, pane.top() + SPACE_8)
    box = QRectF(corner.x(), corner.y(), width, CHIP_HEIGHT_PX)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(CHIP_COLOR)
    painter.drawRoundedRect(box, CHIP_RADIUS_PX, CHIP_RADIUS_PX)
    painter.setPen(CHIP_TEXT_COLOR)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def draw_focus_ring(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(QPen(color("accent"), RING_PX))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(3, 3, -3, -3), RADIUS, RADIUS)
