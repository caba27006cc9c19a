"""Which moment of the reference belongs to which moment of the result."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kling_desktop.motion.compare import CompareSettings
from kling_desktop.motion.shown_copy import ROUNDING_MS, ShownCopy

from .frames import MS_PER_S, frame_middle_ms

# Times of frames are exact to microseconds: at 60 fps half a millisecond is on no edge by rounding.
EDGE_FRAMES = 0.03


@dataclass(frozen=True, slots=True)
class Alignment:
    """``start_ms``, ``end_ms``: the part of the reference that was sent; None: its own end.

    Nudges are frames of each side's own file, as in CompareSettings.
    """

    start_ms: float = 0.0
    end_ms: float | None = None
    result_frames: int = 0
    reference_frames: int = 0

    @classmethod
    def of(cls, start_s: float | None, end_s: float | None, settings: CompareSettings) -> Alignment:
        return cls(
            (start_s or 0.0) * MS_PER_S,
            None if end_s is None else end_s * MS_PER_S,
            settings.result_frames,
            settings.reference_frames,
        )

    def raw_ms(self, result_ms: float, result_frame_ms: float, reference_frame_ms: float) -> float:
        """The reference's moment for the result's, which may lie outside of the part."""
        nudge_ms = self.reference_frames * reference_frame_ms - self.result_frames * result_frame_ms
        return self.start_ms + result_ms + nudge_ms

    def holds(self, raw_ms: float, picture_end_ms: float) -> bool:
        """Outside of the part its first or last frame stands still."""
        return not self.start_ms <= raw_ms < self._end_ms(picture_end_ms)

    def goal_ms(self, raw_ms: float, fps: float, last_middle_ms: float) -> float:
        """The middle of the reference's frame for this moment, within the part."""
        half_ms = MS_PER_S / fps / 2
        first_ms = frame_middle_ms(self.start_ms, fps)
        end_ms = self._end_ms(last_middle_ms + half_ms)
        # The frame whose time reaches the end of the part is still in it; half of it decides.
        last_ms = max(first_ms, frame_middle_ms(max(0.0, end_ms - half_ms), fps))
        number = math.floor(max(0.0, raw_ms) * fps / MS_PER_S + EDGE_FRAMES)
        return max(first_ms, min((number + 0.5) * 2 * half_ms, last_ms))

    def goal_in_copy_ms(self, result_ms: float, result_frame_ms: float, copy: ShownCopy) -> float:
        """As ``goal_ms``, by the reference's own times; nudges are frames of it, however long."""
        raw_ms = self.start_ms + result_ms - self.result_frames * result_frame_ms
        number = copy.number_at(raw_ms) + self.reference_frames
        first = copy.number_at(self.start_ms)
        last = copy.last
        if self.end_ms is not None:  # the frame that begins at the end of the part is outside
            last = max(first, copy.number_at(self.end_ms - 2 * ROUNDING_MS))
        return copy.middle_ms(max(first, min(number, last)))

    def _end_ms(self, picture_end_ms: float) -> float:
        return picture_end_ms if self.end_ms is None else min(self.end_ms, picture_end_ms)
