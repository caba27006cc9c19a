"""A person's words that outlive a run: beside the journal at once, until it has taken them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..motion.job import JobError
from ..store.aside import Aside
from ..store.errors import StoreUnwritable
from ..store.journal import Journal, JournalError
from .problems import unwritten
from .workers import Workers

HOLDS_KEY = "queue.hold"
WAIVED_KEY = "spending.waived_on"
TOKENS_KEPT_IN = "tokens.kept_in"  # the password store that has one: its name, never a token
KEYS = frozenset({HOLDS_KEY, WAIVED_KEY})  # what lies aside; of the rest nothing is lost
_UNREADABLE = "[null]"  # as a hold that cannot be read: a pause, and the person decides
RETRY_S = 5.0  # a full disk, or another program that holds the journal


class KeptValues:
    """By key the newest one counts. Whoever keeps a value does not wait for the disk."""

    def __init__(
        self,
        journal: Journal,
        aside: Aside,
        workers: Workers,
        failed: Callable[[JobError], None],
    ) -> None:
        """``failed`` hears each time that one could not be written."""
        self._journal = journal
        self._aside = aside
        self._aside_has: dict[str, str] | None = None  # None: what an earlier run left is unknown
        self._workers = workers
        self._failed = failed
        self._at_aside = asyncio.Lock()
        self._unwritten: dict[str, str] = {}
        self._writing = False

    async def read(self, key: str) -> str | None:
        """As it was kept last. Raises JournalError."""
        await self._take_up()
        if key in self._unwritten:
            return self._unwritten[key]
        return await self._workers.write(self._journal.value, key)

    async def _take_up(self) -> dict[str, str]:
        """What lies aside: an earlier run may have left it. What this one keeps is newer."""
        if self._aside_has is None:
            left = await self._workers.call(self._aside.read)
            if self._aside_has is None:  # still: another one may have read it meanwhile
                self._aside_has = {HOLDS_KEY: _UNREADABLE} if left is None else left
                for each in KEYS & self._aside_has.keys() - self._unwritten.keys():
                    self.keep(each, self._aside_has[each])
        return self._aside_has

    def keep(self, key: str, text: str) -> None:
        """Also where the program closes now, or the journal takes nothing for long."""
        self._unwritten[key] = text
        if key in KEYS:
            self._workers.begin_whole(self._put_aside())
        if not self._writing:
            self._writing = True
            self._workers.begin_whole(self._write_all())

    async def _write_all(self) -> None:
        try:
            while True:
                kept = await self._is_all_kept()
                if kept or self._workers.closing.is_set():
                    return
                await self._workers.pause(RETRY_S)
        finally:
            self._writing = False

    async def _is_all_kept(self) -> bool:
        """In the journal, and nowhere else: what lies aside would be taken for newer."""
        try:
            while self._unwritten or self._aside_has:
                if self._unwritten:
                    await self._put_aside()
                    await self._write()
                elif not await self._is_removed() and not self._unwritten:
                    return False
        except JournalError as error:
            self._failed(unwritten(error))
            return False
        return True

    async def _put_aside(self) -> None:
        """First, and not in the journal's thread: whoever holds that may hold it for long."""
        async with self._at_aside:
            lies_there = await self._take_up()
            wanted = {key: text for key, text in self._unwritten.items() if key in KEYS}
            if wanted.items() <= lies_there.items():
                return
            try:
                await self._workers.call(self._aside.write, wanted)
                self._aside_has = wanted
            except StoreUnwritable as problem:
                self._aside_has = dict.fromkeys(wanted, "")  # there is something, and not that
                if self._workers.closing.is_set():
                    self._failed(unwritten(problem))

    async def _is_removed(self) -> bool:
        async with self._at_aside:
            if self._aside_has and not KEYS & self._unwritten.keys():
                removed = await self._workers.call(self._aside.remove)
                self._aside_has = {} if removed else self._aside_has
            return not self._aside_has

    async def _write(self) -> None:
        key, text = next(iter(self._unwritten.items()))
        await self._workers.write(self._journal.set_value, key, text)
        if self._unwritten[key] == text:
            del self._unwritten[key]
