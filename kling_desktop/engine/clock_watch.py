"""Notices that somebody set this computer's clock: times that are kept by it are moved along."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..steady import steady_s
from .events import Event

LOOK_EVERY_S = 1.0
AT_LEAST_S = 2.0  # less is a clock that is being corrected little by little


class ClockWatch:
    """Emits by how many seconds the clock was set, forwards or (negative) back."""

    def __init__(
        self, clock: Callable[[], float], steady: Callable[[], float] = steady_s
    ) -> None:
        self._clock = clock
        self._steady = steady
        self._ahead_s = clock() - steady()
        self.set_by: Event[float] = Event()

    def look(self) -> None:
        before, self._ahead_s = self._ahead_s, self._clock() - self._steady()
        if abs(self._ahead_s - before) >= AT_LEAST_S:
            self.set_by.emit(self._ahead_s - before)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()
