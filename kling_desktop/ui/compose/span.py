"""The part of a clip in whole frames: what handles may do to it. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.limits import VIDEO_MIN_S
from kling_desktop.motion.request import ClipEdit

_FALLBACK_FPS = 30.0  # a clip that tells no rate is still cut in steps
_NEARLY = 1e-6  # a frame's time computed twice


@dataclass(frozen=True, slots=True)
class Span:
    """Frames ``first`` to before ``last`` of ``count``."""

    fps: float
    count: int
    first: int
    last: int

    @classmethod
    def of(cls, facts: VideoFacts, edit: ClipEdit) -> Span:
        fps = facts.fps if facts.fps > 0 else _FALLBACK_FPS
        count = max(1, round(facts.duration_s * fps))
        start_s, end_s = edit.span(facts.duration_s)
        first = min(count - 1, max(0, round(start_s * fps)))
        last = count if edit.end_s is None else min(count, max(first + 1, round(end_s * fps)))
        return cls(fps, count, first, last)

    @property
    def least(self) -> int:
        """Handles keep at least so many frames: fewer are refused by the service."""
        return min(self.count, math.ceil(VIDEO_MIN_S * self.fps - _NEARLY))

    @property
    def start_s(self) -> float:
        return self.first / self.fps

    @property
    def end_s(self) -> float:
        return self.last / self.fps

    @property
    def length_s(self) -> float:
        return (self.last - self.first) / self.fps

    @property
    def whole_s(self) -> float:
        return self.count / self.fps

    @property
    def is_whole(self) -> bool:
        return self.first == 0 and self.last == self.count

    def with_first(self, first: int) -> Span:
        """The start handle; the end stays, and pushes back where it would come too close."""
        latest = max(0, self.last - self.least)
        return replace(self, first=min(max(0, first), latest))

    def with_last(self, last: int) -> Span:
        earliest = min(self.count, self.first + self.least)
        return replace(self, last=max(min(self.count, last), earliest))

    def moved_to(self, first: int) -> Span:
        """The same length from another frame."""
        length = self.last - self.first
        first = min(max(0, first), self.count - length)
        return replace(self, first=first, last=first + length)

    def edit(self, before: ClipEdit) -> ClipEdit:
        """As an edit; the clip's own edges are left open."""
        start_s = None if self.first == 0 else self.start_s
        end_s = None if self.last == self.count else self.end_s
        return replace(before, start_s=start_s, end_s=end_s)
