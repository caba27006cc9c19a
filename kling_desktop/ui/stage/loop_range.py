"""The part that is played again and again, from A to B."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class LoopRange:
    """Milliseconds of the result: the start of A's frame, the end of B's. None: not set."""

    a_ms: float | None = None
    b_ms: float | None = None

    @property
    def is_set(self) -> bool:
        """Both ends are there, so it is played."""
        return self.a_ms is not None and self.b_ms is not None

    @property
    def is_empty(self) -> bool:
        return self.a_ms is None and self.b_ms is None

    def with_a(self, a_ms: float) -> LoopRange:
        """An end that would lie before the beginning is dropped."""
        keeps_b = self.b_ms is not None and a_ms < self.b_ms
        return LoopRange(a_ms, self.b_ms if keeps_b else None)

    def with_b(self, b_ms: float) -> LoopRange:
        keeps_a = self.a_ms is not None and self.a_ms < b_ms
        return replace(self, a_ms=self.a_ms if keeps_a else None, b_ms=b_ms)

    def contains(self, time_ms: float) -> bool:
        return (self.a_ms or 0.0) <= time_ms and (self.b_ms is None or time_ms < self.b_ms)
