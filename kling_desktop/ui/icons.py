"""The icons: one set of drawings, coloured by token, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kling_desktop.ui.resources import resource_path
from kling_desktop.ui.theme import color

DISABLED_OPACITY = 0.4


@lru_cache(maxsize=128)
def _drawing(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")


def _render(name: str, ink: QColor, size_px: int, device_pixel_ratio: float) -> QPixmap:
    svg = _drawing(name).replace("currentColor", ink.name())
    side = round(size_px * device_pixel_ratio)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setOpacity(ink.alphaF())
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(device_pixel_ratio)
    return picture


@lru_cache(maxsize=512)
def _cached(name: str, ink: str, size_px: int, device_pixel_ratio: float) -> QPixmap:
    return _render(name, QColor(ink), size_px, device_pixel_ratio)


def pixmap(
    name: str, role: str = "text", size_px: int = 16, device_pixel_ratio: float = 1.0
) -> QPixmap:
    """The icon as a picture, ``size_px`` wide on the screen, in the colour of token ``role``."""
    ink = color(role).name(QColor.NameFormat.HexArgb)
    return _cached(name, ink, size_px, device_pixel_ratio)


def icon(name: str, role: str = "text", size_px: int = 16) -> QIcon:
    """The icon for a button or a menu. It does not follow the theme: see IconButton."""
    # The sharpest screen's ratio: Qt scales down from it on the others.
    ratio = QGuiApplication.devicePixelRatio(_app())
    faded = color(role)
    faded.setAlphaF(DISABLED_OPACITY)
    result = QIcon(pixmap(name, role, size_px, ratio))
    result.addPixmap(
        _cached(name, faded.name(QColor.NameFormat.HexArgb), size_px, ratio),
        QIcon.Mode.Disabled,
    )
    return result


def _app() -> QGuiApplication:
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        raise RuntimeError("icons need the application first")
    return app
