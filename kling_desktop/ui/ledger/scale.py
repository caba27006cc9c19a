"""Round figures for the plot's axis. Pure."""

from __future__ import annotations

import math

LEAST_TOP = 1.0  # credits: an empty plot still has an axis
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
STEPS = 4


def axis(highest: float) -> tuple[float, ...]:
    """Ticks from 0 to at least ``highest``, evenly spaced by a round figure."""
    top = max(highest, LEAST_TOP)
    raw = top / STEPS
    size = 10.0 ** math.floor(math.log10(raw))
    pace = next(size * r for r in _ROUND if size * r >= raw * (1 - 1e-9))
    count = max(1, math.ceil(top / pace - 1e-9))
    return tuple(pace * n for n in range(count + 1))


def tick_text(value: float, pace: float) -> str:
    """``2.5``, ``40``: as many digits as the pace needs."""
    digits = 0 if pace >= 1 and pace == int(pace) else 1 if pace * 10 == int(pace * 10) else 2
    return f"{value:.{digits}f}"
