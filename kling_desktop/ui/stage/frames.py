"""Frames and where they stand in time: which position to ask for, which frame answers it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QVideoFrame

FALLBACK_FPS = 30.0  # what the service usually makes, for a file that does not say
US_PER_MS = 1000
MS_PER_S = 1000.0
# Positions are whole milliseconds, so a frame's own start may be rounded down by half of one:
# at 60 fps that is 0.03 of a frame.
ROUNDING_FRAMES = 0.1


class ShownFrame:
    """One decoded frame with the time it covers, in milliseconds of the file.

    Its picture is converted when it is first asked for: a frame that is never painted costs
    almost nothing.
    """

    __slots__ = ("_image", "_raw", "end_ms", "start_ms")

    def __init__(self, raw: QVideoFrame, start_ms: float, end_ms: float) -> None:
        self.start_ms = start_ms
        self.end_ms = end_ms
        self._raw: QVideoFrame | None = raw
        self._image = QImage()

    @property
    def image(self) -> QImage:
        if self._raw is not None:
            self._image = self._raw.toImage()
            self._raw = None  # the decoder gets its buffer back
        return self._image

    @property
    def middle_ms(self) -> float:
        return (self.start_ms + self.end_ms) / 2

    @property
    def length_ms(self) -> float:
        return self.end_ms - self.start_ms

    def distance_ms(self, time_ms: float) -> float:
        """How far ahead (positive) or behind (negative) this frame is; 0 inside it."""
        if time_ms < self.start_ms:
            return self.start_ms - time_ms
        return min(0.0, self.end_ms - time_ms)


def frame_middle_ms(time_ms: float, fps: float) -> float:
    """The middle of the frame shown at this time: the one position that is never ambiguous."""
    number = math.floor(time_ms * fps / MS_PER_S + ROUNDING_FRAMES)
    return (max(0, number) + 0.5) * MS_PER_S / fps
