"""The arithmetic of a box that is dragged over a picture. No Qt."""

from __future__ import annotations

from enum import Enum

from kling_desktop.motion.request import Box

MIN_SHARE = 0.05  # a smaller box is a slip of the hand


class Grip(Enum):
    """Where a box is held: (left or right, top or bottom), or its inside."""

    INSIDE = (None, None)
    TOP_LEFT = (0, 0)
    TOP_RIGHT = (1, 0)
    BOTTOM_LEFT = (0, 1)
    BOTTOM_RIGHT = (1, 1)


CORNERS = (Grip.TOP_LEFT, Grip.TOP_RIGHT, Grip.BOTTOM_LEFT, Grip.BOTTOM_RIGHT)


def corner_of(box: Box, grip: Grip) -> tuple[float, float]:
    """The place of a corner, in shares."""
    x, y, width, height = box
    right, bottom = grip.value
    return (x + width if right else x, y + height if bottom else y)


def moved(box: Box, dx: float, dy: float) -> Box:
    """Shifted, and kept within the picture."""
    x, y, width, height = box
    return (_within(x + dx, 0.0, 1.0 - width), _within(y + dy, 0.0, 1.0 - height), width, height)


def dragged(box: Box, grip: Grip, x: float, y: float, ratio: float | None = None) -> Box:
    """A corner pulled to a place; the opposite one stays.

    ``ratio``: the box's width : height in shares that is to be kept; None: any.
    """
    right, bottom = grip.value
    fixed_x, fixed_y = (box[0] if right else box[0] + box[2], box[1] if bottom else box[1] + box[3])
    room_x = 1.0 - fixed_x if right else fixed_x
    room_y = 1.0 - fixed_y if bottom else fixed_y
    width = _within((x - fixed_x) if right else (fixed_x - x), MIN_SHARE, max(MIN_SHARE, room_x))
    height = _within((y - fixed_y) if bottom else (fixed_y - y), MIN_SHARE, max(MIN_SHARE, room_y))
    if ratio is not None:
        width = min(max(width, height * ratio), room_x, room_y * ratio)
        height = width / ratio
    left = fixed_x if right else fixed_x - width
    top = fixed_y if bottom else fixed_y - height
    return (max(0.0, left), max(0.0, top), width, height)


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), max(low, high))
