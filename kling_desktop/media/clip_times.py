"""What the times of a clip's frames tell: its rate, and whether that is steady. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

# Steps differ by a tick or two through rounding; 10 % more or less is another frame rate.
STEP_TOLERANCE_TICKS = 2
STEP_TOLERANCE = 0.1
UNEVEN_SHARE = 0.01  # one odd step in a hundred is a dropped frame, more is a variable rate
LONGEST_STEP = 2.5  # times the usual: one frame was dropped; where more are, nothing was stored


class Times:
    """Frames' stamps in showing order, in ticks of ``base`` seconds."""

    def __init__(self, stamps: Sequence[int], base: Fraction | None) -> None:
        self._base = base or Fraction(0)
        self._steps = [later - earlier for earlier, later in pairwise(stamps)]

    @property
    def usual_step(self) -> int | None:
        """From a frame to the next, where most are alike, in ticks."""
        forward = [step for step in self._steps if step > 0]
        return median_low(forward) if forward else None

    @property
    def mean_fps(self) -> float | None:
        """Over all of it, pauses included."""
        length = sum(self._steps) * self._base
        return float(len(self._steps) / length) if length else None

    @property
    def steady_fps(self) -> float | None:
        """Between the pauses: coarse ticks are evened out, and what was dropped counts for none."""
        usual = self.usual_step
        if usual is None or not self._base:
            return None
        allowed = self._allowed(usual)
        steps = [step for step in self._steps if abs(step - usual) <= allowed]
        return float(len(steps) / (sum(steps) * self._base))

    @property
    def variable(self) -> bool:
        """Whether the steps differ by more than rounding and a dropped frame."""
        if len(self._steps) < 2:
            return False
        usual = median_low(self._steps)
        allowed = self._allowed(usual)
        uneven = [step for step in self._steps if abs(step - usual) > allowed]
        if any(step > usual * LONGEST_STEP for step in uneven):
            return True
        return len(uneven) > max(1, UNEVEN_SHARE * len(self._steps))

    @staticmethod
    def _allowed(usual: int) -> float:
        return max(min(STEP_TOLERANCE_TICKS, usual // 2), usual * STEP_TOLERANCE)
