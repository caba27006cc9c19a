"""Cutting, padding and scaling as arithmetic, for pictures and clips alike. Pure."""

from __future__ import annotations

from kling_desktop.motion.request import Box


def crop_px(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The box in whole pixels within ``size``; None where it leaves nothing out."""
    left = min(size[0] - 1, max(0, round(box[0] * size[0])))
    top = min(size[1] - 1, max(0, round(box[1] * size[1])))
    width = min(size[0] - left, max(1, round(box[2] * size[0])))
    height = min(size[1] - top, max(1, round(box[3] * size[1])))
    return None if (width, height) == size else (left, top, width, height)


def padded(size: tuple[float, float], aspect: float | None) -> tuple[float, float]:
    """The smallest box of that aspect around the size."""
    if aspect is None or aspect <= 0:
        return size
    return max(size[0], size[1] * aspect), max(size[1], size[0] / aspect)


def scale_into(size: tuple[float, float], least: int, most: int) -> float:
    """1 where the sides are within the limits; where both can't hold, the upper one does."""
    scale = 1.0
    if min(size) < least:
        scale = least / min(size)
    if max(size) * scale > most:
        scale = most / max(size)
    return scale
