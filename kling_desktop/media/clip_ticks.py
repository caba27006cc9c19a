"""Frames with any times in, frames at a constant rate out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Generic, TypeVar

Frame = TypeVar("Frame")


class Ticks(Generic[Frame]):
    """Tick ``n`` shows the frame that is nearest to ``n / rate`` from behind.

    ``source_rate`` says how far time stamps may be off: half a step of the source.
    """

    def __init__(self, rate: Fraction, source_rate: Fraction, count: int) -> None:
        self._rate = rate
        self._slack_s = float(1 / source_rate) / 2 * 0.98  # two frames never stand for one tick
        self._count = count
        self._next = 0
        self._held: Frame | None = None

    @property
    def done(self) -> bool:
        return self._next >= self._count

    @property
    def is_empty(self) -> bool:
        """No frame has come."""
        return self._held is None

    def push(self, frame: Frame, at_s: float) -> Iterator[tuple[int, Frame]]:
        """The ticks that are over now that this frame begins, ``at_s`` from the first tick."""
        if self._held is not None:
            while not self.done and self._tick_s() + self._slack_s < at_s:
                yield self._next, self._held
                self._next += 1
        self._held = frame

    def finish(self) -> Iterator[tuple[int, Frame]]:
        """The last frame stands until the end."""
        while self._held is not None and not self.done:
            yield self._next, self._held
            self._next += 1

    def _tick_s(self) -> float:
        return float(self._next / self._rate)
