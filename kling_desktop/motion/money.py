"""Credits are compared and summed in whole millionths: a limit that is met exactly is met."""

from __future__ import annotations

from collections.abc import Iterable

MICRO = 1_000_000


def micro(credits: float | None) -> int:
    """As whole millionths; None is nothing."""
    return round((credits or 0.0) * MICRO)


def exact_sum(amounts: Iterable[float | None]) -> float:
    """In credits; the same whatever the order and however it is cut into parts."""
    return sum(map(micro, amounts)) / MICRO
