"""Whether the service can be reached, judged by the calls that are made anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .events import Event

# Asked again this often while offline; it is one small free request.
RETRY_S: tuple[float, ...] = (2, 4, 8, 15, 30)


class Connectivity:
    """Online until a call could not be sent; online again with the first that is answered."""

    def __init__(self) -> None:
        self.online = True
        self.changed: Event[bool] = Event()
        self._went_off = asyncio.Event()
        self._poke = asyncio.Event()

    def reached(self) -> None:
        self._set(True)

    def not_reached(self) -> None:
        self._set(False)

    def poke(self) -> None:
        """Try at once."""
        self._poke.set()

    def _set(self, online: bool) -> None:
        if online is self.online:
            return
        self.online = online
        if not online:
            self._went_off.set()
        self.changed.emit(online)

    async def run(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """While offline, try again and again with one free request. Until cancelled."""
        while True:
            await self._went_off.wait()
            self._went_off.clear()
            tries = 0
            while not self.online:
                await self._pause(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                if not self.online and await probe():
                    self.reached()

    async def _pause(self, seconds: float) -> None:
        self._poke.clear()
        try:
            await asyncio.wait_for(self._poke.wait(), seconds)
        except TimeoutError:
            pass
