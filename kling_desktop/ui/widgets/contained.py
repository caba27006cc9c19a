"""A picture shown whole in a place of another shape: what is left is filled with it, blurred."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

_BLUR_SIDES_PX = (12, 36)  # scaled down to the first and up again by way of the second
_SHADE = QColor(0, 0, 0, 90)  # so that the picture stands out from what is around it
_NEARLY = 0.03  # of a side: so little is left out where the shapes are almost the same
_AS_IT_IS = Qt.AspectRatioMode.IgnoreAspectRatio
_SMOOTH = Qt.TransformationMode.SmoothTransformation
_OPAQUE = QImage.Format.Format_ARGB32_Premultiplied


def contained(picture: QImage, size: QSize) -> QImage:
    """``picture`` scaled into ``size`` (device pixels), with nothing of it cut off."""
    if picture.isNull() or size.isEmpty():
        return QImage()
    place = _place_of(picture.size(), size)
    if _is_nearly(place.size(), size):  # a hairline beside it would look like a mistake
        return _middle(picture, size).scaled(size, _AS_IT_IS, _SMOOTH)
    whole = picture.scaled(place.size(), _AS_IT_IS, _SMOOTH)
    made = _blurred(picture, size).convertToFormat(_OPAQUE)
    painter = QPainter(made)
    painter.fillRect(made.rect(), _SHADE)
    painter.drawImage(place.topLeft(), whole)
    painter.end()
    return made


def _place_of(inner: QSize, size: QSize) -> QRect:
    """In the middle; at least a pixel in each direction, however long the picture is."""
    fitted = inner.scaled(size, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    left, top = (size.width() - fitted.width()) // 2, (size.height() - fitted.height()) // 2
    return QRect(QPoint(left, top), fitted)


def _is_nearly(place: QSize, size: QSize) -> bool:
    least = 1 - _NEARLY
    return place.width() >= size.width() * least and place.height() >= size.height() * least


def _middle(picture: QImage, size: QSize) -> QImage:
    """The largest part of it that has the shape of ``size``."""
    shape = size.scaled(picture.size(), Qt.AspectRatioMode.KeepAspectRatio)
    shape = shape.expandedTo(QSize(1, 1))
    left = (picture.width() - shape.width()) // 2
    top = (picture.height() - shape.height()) // 2
    return picture.copy(QRect(QPoint(left, top), shape))


def _blurred(picture: QImage, size: QSize) -> QImage:
    """Its middle, filling ``size``."""
    made = _middle(picture, size)
    for side_px in _BLUR_SIDES_PX:
        made = made.scaled(side_px, side_px, _AS_IT_IS, _SMOOTH)
    return made.scaled(size, _AS_IT_IS, _SMOOTH)
