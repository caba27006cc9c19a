"""Which frame a file shows when: by a constant rate, or by the times that come with its copy."""

from __future__ import annotations

import math
from typing import Protocol

from kling_desktop.motion.shown_copy import ShownCopy

from .frames import FALLBACK_FPS, MS_PER_S, ROUNDING_FRAMES, ShownFrame, frame_middle_ms


class Timeline(Protocol):
    """All times are milliseconds of the clip; those ``in_file`` are of the file that is played."""

    @property
    def fps(self) -> float:
        """On the average."""

    @property
    def slowest_fps(self) -> float:
        """Where frames stand longest."""

    def number_at(self, time_ms: float) -> int:
        """Of the frame that is shown then, from 0."""

    def middle_ms(self, time_ms: float) -> float:
        """The middle of the frame that is shown then: the one time that is never ambiguous."""

    def edges_ms(self, number: int) -> tuple[float, float]:
        """From when until when a frame is shown."""

    def in_file(self, time_ms: float) -> float:
        """Where the file shows this moment."""

    def edges_in_clip(self, start_ms: float, end_ms: float) -> tuple[float, float]:
        """From when until when the clip shows what the file shows between these."""

    def from_file(self, time_ms: float) -> float:
        """The clip's time at this time of the file."""

    def end_ms(self, told_ms: float) -> float:
        """Where the last picture ends; the file says ``told_ms``."""

    def last_middle_ms(self, end_ms: float) -> float:
        """The middle of the last frame."""

    def start_ms(self, middle_ms: float) -> float:
        """Where the frame around this moment begins."""

    def are_one(self, one_ms: float, other_ms: float) -> bool:
        """Whether both are moments of the same frame."""

    def stepped_ms(self, frames: int, asked_ms: float | None, shown: ShownFrame | None) -> float:
        """So many frames on, from where a seek goes, or else from the frame that is shown."""


class SteadyTimeline:
    """Of a file that is played itself."""

    def __init__(self, fps: float | None = None) -> None:
        self.fps = fps or FALLBACK_FPS

    @property
    def slowest_fps(self) -> float:
        return self.fps

    def number_at(self, time_ms: float) -> int:
        return math.floor(time_ms * self.fps / MS_PER_S + ROUNDING_FRAMES)

    def middle_ms(self, time_ms: float) -> float:
        return frame_middle_ms(max(0.0, time_ms), self.fps)

    def edges_ms(self, number: int) -> tuple[float, float]:
        return number * MS_PER_S / self.fps, (number + 1) * MS_PER_S / self.fps

    def in_file(self, time_ms: float) -> float:
        return time_ms

    def edges_in_clip(self, start_ms: float, end_ms: float) -> tuple[float, float]:
        return start_ms, end_ms

    def from_file(self, time_ms: float) -> float:
        return time_ms

    def end_ms(self, told_ms: float) -> float:
        return told_ms

    def last_middle_ms(self, end_ms: float) -> float:
        return max(0.0, end_ms - self._length_ms / 2)

    def start_ms(self, middle_ms: float) -> float:
        return max(0.0, middle_ms - self._length_ms / 2)

    def are_one(self, one_ms: float, other_ms: float) -> bool:
        return abs(one_ms - other_ms) < self._length_ms / 2

    def stepped_ms(self, frames: int, asked_ms: float | None, shown: ShownFrame | None) -> float:
        """From the frame's own edges, so that a varying frame rate steps right too."""
        if asked_ms is not None:
            return asked_ms + frames * self._length_ms
        if shown is None:
            return 0.0
        if frames > 0:
            return shown.end_ms + (frames - 0.5) * self._length_ms
        return shown.start_ms + (frames + 0.5) * self._length_ms

    @property
    def _length_ms(self) -> float:
        return MS_PER_S / self.fps


class CopyTimeline:
    """Of a clip that is shown from its copy: the clip's own times, to the frame."""

    def __init__(self, copy: ShownCopy) -> None:
        self._copy = copy

    @property
    def fps(self) -> float:
        return self._copy.mean_fps

    @property
    def slowest_fps(self) -> float:
        return self._copy.slowest_fps

    def number_at(self, time_ms: float) -> int:
        return self._copy.number_at(time_ms)

    def middle_ms(self, time_ms: float) -> float:
        return self._copy.middle_ms(self._copy.number_at(time_ms))

    def edges_ms(self, number: int) -> tuple[float, float]:
        return self._copy.edges_ms(min(max(0, number), self._copy.last))

    def in_file(self, time_ms: float) -> float:
        return self._copy.file_ms(time_ms)

    def edges_in_clip(self, start_ms: float, end_ms: float) -> tuple[float, float]:
        return self._copy.edges_ms(self._copy.number_in_file((start_ms + end_ms) / 2))

    def from_file(self, time_ms: float) -> float:
        return self._copy.clip_ms(time_ms)

    def end_ms(self, told_ms: float) -> float:
        return self._copy.end_s * MS_PER_S

    def last_middle_ms(self, end_ms: float) -> float:
        return self._copy.middle_ms(self._copy.last)

    def start_ms(self, middle_ms: float) -> float:
        return self.edges_ms(self.number_at(middle_ms))[0]

    def are_one(self, one_ms: float, other_ms: float) -> bool:
        return self.number_at(one_ms) == self.number_at(other_ms)

    def stepped_ms(self, frames: int, asked_ms: float | None, shown: ShownFrame | None) -> float:
        at_ms = asked_ms if asked_ms is not None else shown.middle_ms if shown else 0.0
        return self._copy.middle_ms(self.number_at(at_ms) + frames)
