"""A clip's copy to show, and which moment of it is which moment of the clip.

The copy has a constant rate; each frame of the clip stands for one or more of its ticks. Times of
the clip are exact, however it rounds in the copy. Pure Python.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import Any

from .reading import Amount, Count

MS_PER_S = 1000.0
# Positions are whole milliseconds, so a frame's own may be rounded down.
ROUNDING_MS, ROUNDING_SHARE = 0.6, 0.1


@dataclass(frozen=True, slots=True)
class ShownCopy:
    """``times_s``: when the clip's frames are shown, from its first frame; ``end_s``: until when.

    ``ticks``: the copy's frame at which each begins, the first at 0.
    """

    path: str
    rate: tuple[Count, Count]  # frames a second, as a fraction
    times_s: tuple[Amount, ...]
    ticks: tuple[Count, ...]
    end_s: Amount

    @property
    def is_sane(self) -> bool:
        """Whether there is something in it to count with."""
        alike = len(self.times_s) == len(self.ticks) > 0
        return alike and min(self.rate) > 0 and self.times_s[-1] < self.end_s

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return len(self.times_s) - 1

    @property
    def mean_fps(self) -> float:
        return len(self.times_s) / (self.end_s - self.times_s[0])

    @property
    def slowest_fps(self) -> float:
        """Where its frames stand longest."""
        ends = [*self.times_s[1:], self.end_s]
        longest = max(end - begin for begin, end in zip(self.times_s, ends, strict=True))
        return 1 / longest

    def number_at(self, time_ms: float) -> int:
        """Of the frame that the clip shows then; before the first and after the last: those."""
        found = min(max(0, bisect_right(self.times_s, time_ms / MS_PER_S) - 1), self.last)
        begin_ms, end_ms = self.edges_ms(found)
        slack_ms = min(ROUNDING_MS, ROUNDING_SHARE * (end_ms - begin_ms))
        return found + 1 if found < self.last and end_ms - time_ms <= slack_ms else found

    def edges_ms(self, number: int) -> tuple[float, float]:
        """From when until when the clip shows this frame."""
        end_s = self.times_s[number + 1] if number < self.last else self.end_s
        return self.times_s[number] * MS_PER_S, end_s * MS_PER_S

    def middle_ms(self, number: int) -> float:
        """Of one of its frames, or of the first or last where there is no such."""
        begin_ms, end_ms = self.edges_ms(min(max(0, number), self.last))
        return (begin_ms + end_ms) / 2

    def file_ms(self, time_ms: float) -> float:
        """Where the copy shows what the clip shows then: the middle of one of its frames."""
        number = self.number_at(time_ms)
        over = self.ticks[number + 1] if number < self.last else None
        since_ms = time_ms - self.times_s[0] * MS_PER_S
        tick = max(self.ticks[number], int(since_ms / self._tick_ms))
        if over is not None:
            tick = min(tick, over - 1)
        else:
            length_ms = (self.end_s - self.times_s[0]) * MS_PER_S
            tick = max(self.ticks[number], min(tick, int(length_ms / self._tick_ms - 0.5)))
        return (tick + 0.5) * self._tick_ms

    def number_in_file(self, file_ms: float) -> int:
        """Of the clip's frame that the copy shows at this time of its own."""
        return max(0, bisect_right(self.ticks, int(file_ms / self._tick_ms)) - 1)

    def clip_ms(self, file_ms: float) -> float:
        """The clip's time while the copy plays."""
        return self.times_s[0] * MS_PER_S + file_ms

    @property
    def _tick_ms(self) -> float:
        return MS_PER_S * self.rate[1] / self.rate[0]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
