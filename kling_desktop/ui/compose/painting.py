"""Small painting helpers that the parts of Compose share."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImageReader, QPainter, QPainterPath, QPen, QPixmap

from kling_desktop.ui.icons import pixmap
from kling_desktop.ui.theme import color
from kling_desktop.ui.widgets.contained import contained

RING_PX = 2  # a focus ring, and the line of what is chosen
# A portrait's head is in its upper part: of what must be cut off, this share goes at the top.
_CUT_AT_TOP = 0.2
_MAX_THUMBNAIL_PX = 1024  # the media room makes thumbnails smaller than this


def rounded(
    painter: QPainter, box: QRectF, radius: float, line: QColor, width_px: float, fill: QColor
) -> None:
    """A rounded box whose line lies inside ``box``."""
    half = width_px / 2
    painter.setPen(QPen(line, width_px) if width_px else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius - half, radius - half)


def ring(painter: QPainter, box: QRectF, radius: float, name: str = "accent") -> None:
    """The line around what has the focus."""
    rounded(painter, box, radius, color(name), RING_PX, QColor(Qt.GlobalColor.transparent))


def draw_icon(painter: QPainter, name: str, role: str, size_px: int, center: QPointF) -> None:
    """An icon from the one set, sharp on this device."""
    device = painter.device()
    picture = pixmap(name, role, size_px, device.devicePixelRatioF() if device else 1.0)
    painter.drawPixmap(center - QPointF(size_px / 2, size_px / 2), picture)


def top_rounded(box: QRectF, radius: float) -> QPainterPath:
    """A box whose upper corners are round."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addRoundedRect(box, radius, radius)
    path.addRect(box.adjusted(0, radius, 0, 0))
    return path.simplified()


def draw_cover(painter: QPainter, picture: QPixmap, box: QRectF) -> None:
    """Fill the box with the picture, cutting off what is too much: for tiles of its own shape."""
    scale = max(box.width() / picture.width(), box.height() / picture.height())
    width, height = box.width() / scale, box.height() / scale
    left = (picture.width() - width) / 2
    top = (picture.height() - height) * _CUT_AT_TOP
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(box, picture, QRectF(left, top, width, height))


def draw_contained(painter: QPainter, picture: QPixmap, box: QRectF) -> None:
    """The whole picture in the box, over a blurred fill of itself."""
    device = painter.device()
    ratio = device.devicePixelRatioF() if device else 1.0
    made = contained(picture.toImage(), (box.size() * ratio).toSize())
    painter.drawImage(box, made)


def read_thumbnail(path: str | None) -> QPixmap | None:
    """The media room's small picture, or None where it is missing or broken."""
    if not path:
        return None
    reader = QImageReader(path)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.width() > _MAX_THUMBNAIL_PX or size.height() > _MAX_THUMBNAIL_PX:
        bound = QSize(_MAX_THUMBNAIL_PX, _MAX_THUMBNAIL_PX)
        reader.setScaledSize(size.scaled(bound, Qt.AspectRatioMode.KeepAspectRatio))
    picture = QPixmap.fromImageReader(reader)
    return None if picture.isNull() else picture
