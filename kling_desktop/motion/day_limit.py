"""The person's limit for a day, held against the next job."""

from __future__ import annotations

from dataclasses import dataclass

from .money import MICRO, micro


@dataclass(frozen=True, slots=True)
class DayLimit:
    """What is left of a day's limit, and what the next job takes. All in credits."""

    spent_credits: float  # today, with what is about to be sent
    price_credits: float
    limit_credits: float

    @property
    def over_credits(self) -> float:
        """By how much the job would exceed the limit; 0 where it fits, also exactly."""
        over = micro(self.spent_credits) + micro(self.price_credits) - micro(self.limit_credits)
        return max(0, over) / MICRO

    @property
    def fits(self) -> bool:
        return self.over_credits == 0
