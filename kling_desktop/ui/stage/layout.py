"""Where the pictures stand: panes in the widget, and the picture within its pane when zoomed.

Pure geometry in the widget's own pixels. ``zoom`` is a multiple of the fitted size; the centre is
given in shares of the picture (0 to 1), so that both sides look at the same place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF

WAITING_RATIO = 16 / 9  # of a pane whose first frame is not there yet
MOST_ZOOM = 16.0
ZOOM_STEP = 1.25  # one notch or key press


@dataclass(frozen=True, slots=True)
class View:
    """What part of the picture is looked at."""

    zoom: float = 1.0
    center_x: float = 0.5
    center_y: float = 0.5

    @property
    def is_fitted(self) -> bool:
        return self == View()

    def moved(self, dx: float, dy: float) -> View:
        """By shares of the picture."""
        return replace(
            self,
            center_x=min(1.0, max(0.0, self.center_x + dx)),
            center_y=min(1.0, max(0.0, self.center_y + dy)),
        )


def pane_rooms(room: QRectF, count: int, gap: float) -> list[QRectF]:
    """Equal parts of the room, left to right."""
    width = max(1.0, (room.width() - gap * (count - 1)) / count)
    lefts = [room.left() + i * (width + gap) for i in range(count)]
    return [QRectF(left, room.top(), width, room.height()) for left in lefts]


def fitted(room: QRectF, size: QSizeF | None) -> QRectF:
    """The largest rectangle of the picture's shape in the middle of the room."""
    ratio = WAITING_RATIO
    if size is not None and size.height() > 0:
        ratio = size.width() / size.height()
    height = min(room.height(), room.width() / ratio)
    width = height * ratio
    # Whole pixels: a picture that stands between two is blurred.
    left = round(room.center().x() - width / 2)
    top = round(room.center().y() - height / 2)
    return QRectF(left, top, max(1, round(width)), max(1, round(height)))


def zoomed(room: QRectF, fit: QRectF, view: View) -> QRectF:
    """Where the whole picture stands, reaching beyond the room when it is larger than that."""
    if view.is_fitted:
        return fit
    width, height = fit.width() * view.zoom, fit.height() * view.zoom
    left = _placed(room.left(), room.width(), width, view.center_x)
    top = _placed(room.top(), room.height(), height, view.center_y)
    return QRectF(round(left), round(top), round(width), round(height))


def _placed(start: float, room: float, length: float, center: float) -> float:
    """Beginning of the picture along one axis: no edge leaves a gap that need not be."""
    if length <= room:
        return start + (room - length) / 2
    wanted = start + room / 2 - center * length
    return min(start, max(start + room - length, wanted))


def reachable(room: QRectF, fit: QRectF, view: View) -> View:
    """The same view with a centre that the edges allow, so that panning has no slack."""
    half_x = min(0.5, room.width() / (2 * fit.width() * view.zoom))
    half_y = min(0.5, room.height() / (2 * fit.height() * view.zoom))
    return replace(
        view,
        center_x=min(1 - half_x, max(half_x, view.center_x)),
        center_y=min(1 - half_y, max(half_y, view.center_y)),
    )


def zoomed_at(rect: QRectF, room: QRectF, view: View, zoom: float, point: QPointF) -> View:
    """Another zoom at which the same place of the picture stays under ``point``.

    ``rect`` is where the whole picture stands now.
    """
    share_x = (point.x() - rect.left()) / rect.width()
    share_y = (point.y() - rect.top()) / rect.height()
    growth = zoom / view.zoom
    width, height = rect.width() * growth, rect.height() * growth
    return View(
        zoom,
        share_x - (point.x() - room.center().x()) / width,
        share_y - (point.y() - room.center().y()) / height,
    )
