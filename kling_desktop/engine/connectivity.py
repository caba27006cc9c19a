"""Whether the service can be reached, judged by the calls that are made anyway."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from ..motion.job import JobError, Money
from ..remote.errors import NotSent, Refused, RemoteError
from .events import Event, is_set_within
from .problems import from_remote, job_error

# Asked again this often while offline or in doubt; it is one small free request to each host.
RETRY_S: tuple[float, ...] = (2, 4, 8, 15, 30)


class Reach(IntEnum):
    """Who answered a free call, the worst first."""

    NOTHING = 0  # it could not be sent
    PAGE = 1  # a page of something in between
    ODD = 2  # a cut, or an answer that does not tell whose it is: the host is there
    SERVICE = 3  # the service itself


def reach_of(error: RemoteError) -> Reach:
    """What a call that was not answered well tells of who answered."""
    if isinstance(error, Refused):
        return Reach.SERVICE if error.vouched else Reach.ODD
    if isinstance(error, NotSent):
        return Reach.NOTHING
    return Reach.PAGE if error.is_page else Reach.ODD


@dataclass(frozen=True, slots=True)
class Reached:
    """One free call to each host. Without a token the API's is not asked: then it is ODD."""

    api: Reach
    platform: Reach
    why: NotSent | None = None  # where one of them is NOTHING


Probe = Callable[[], Awaitable[Reached]]


class Connectivity:
    """Online until a call could not be sent, or a page answered in the service's place."""

    def __init__(self) -> None:
        self.online = True
        self.meets_page = False  # offline because of one
        self.why: NotSent | None = None  # offline because of this, where that is known
        self.in_doubt = False  # whose the last answer was
        self.silent = False  # it is reached, and no answer tells how the jobs there stand
        self.silence_changed: Event[bool] = Event()
        self.changed: Event[bool] = Event()
        self.confirmed: Event[None] = Event()  # in doubt, the service itself answered
        self._probe: Probe | None = None
        self._wanted = asyncio.Event()
        self._poke = asyncio.Event()

    @property
    def problem(self) -> JobError | None:
        """Why nothing can be sent, where that is known."""
        if self.meets_page:
            return job_error("page_instead")
        if self.why is None:
            return None
        return from_remote(self.why, Money.NOT_CHARGED, "unreachable")

    def reached(self) -> None:
        self._set(True)

    def not_reached(self, why: NotSent | None = None) -> None:
        self._set(False, meets_page=self.meets_page, why=why or self.why)

    def set_silent(self, silent: bool) -> None:
        if silent is not self.silent:
            self.silent = silent
            self.silence_changed.emit(silent)

    def doubt(self) -> None:
        """An answer that was perhaps not the service's: it is asked until it is its own."""
        self.in_doubt = True
        self._wanted.set()
        self._poke.set()

    def poke(self) -> None:
        """Try at once."""
        self._poke.set()

    async def ask(self) -> bool:
        """Ask now, for free; whether anything can be sent to the service."""
        if self._probe is not None:
            self._take(await self._probe())
        return self.online

    async def run(self, probe: Probe) -> None:
        """While offline or in doubt, ask again and again. Until cancelled."""
        self._probe = probe
        asked_at, tries = -math.inf, 0
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            # What was answered a moment ago and is in doubt again is no reason to ask without end.
            tries = tries if time.monotonic() - asked_at < RETRY_S[-1] else 0
            while self.in_doubt or not self.online:
                if tries or not self.in_doubt:
                    await self._pause(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                if self.in_doubt or not self.online:
                    self._take(await probe())
                    asked_at = time.monotonic()

    def _take(self, found: Reached) -> None:
        # The other host's trouble is told where it is met: what needs only the API goes on.
        worst = found.api if found.api is Reach.SERVICE else min(found.api, found.platform)
        self._set(worst > Reach.PAGE, meets_page=worst is Reach.PAGE, why=found.why)
        if self.online and found.api is Reach.SERVICE and self.in_doubt:
            self.in_doubt = False
            self.confirmed.emit(None)

    def _set(self, online: bool, *, meets_page: bool = False, why: NotSent | None = None) -> None:
        why = None if online or meets_page else why
        before = (self.online, self.meets_page, _kind(self.why))
        self.online, self.meets_page, self.why = online, meets_page, why
        if (online, meets_page, _kind(why)) == before:
            return
        if not online:
            self._wanted.set()
        self.changed.emit(online)

    async def _pause(self, seconds: float) -> None:
        self._poke.clear()
        await is_set_within(self._poke, seconds)


def _kind(why: NotSent | None) -> tuple[str, str, str] | None:
    return None if why is None else (why.code, why.host, why.at)
