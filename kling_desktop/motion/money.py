"""Credits are compared and summed in whole millionths: a limit that is met exactly is met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from .reading import Within

MICRO = 1_000_000
LIMIT_MAX_CREDITS = 1_000_000.0  # more than a person can give a limit in Settings
# A limit of a person's own. What is none that they could have set is none, never the highest one.
LimitCredits = Annotated[float, Within("credits", 0.0, LIMIT_MAX_CREDITS)]


def micro(credits: float | None) -> int:
    """As whole millionths; None is nothing."""
    return round((credits or 0.0) * MICRO)


def exact_sum(amounts: Iterable[float | None]) -> float:
    """In credits; the same whatever the order and however it is cut into parts."""
    return sum(map(micro, amounts)) / MICRO
