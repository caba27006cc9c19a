"""A person's words that outlive a run: written until the journal takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..motion.job import JobError
from ..store.journal import Journal, JournalError
from .problems import unwritten
from .workers import Workers

RETRY_S = 5.0  # a full disk, or another program that holds the journal


class KeptValues:
    """By key the newest one counts. Whoever keeps a value does not wait for the disk."""

    def __init__(
        self, journal: Journal, workers: Workers, failed: Callable[[JobError], None]
    ) -> None:
        """``failed`` hears each time that one could not be written."""
        self._journal = journal
        self._workers = workers
        self._failed = failed
        self._unwritten: dict[str, str] = {}
        self._writing = False

    async def read(self, key: str) -> str | None:
        """As the journal has it. Raises JournalError."""
        return await self._workers.write(self._journal.value, key)

    def keep(self, key: str, text: str) -> None:
        """Also where the program closes now, if the journal takes it."""
        self._unwritten[key] = text
        if not self._writing:
            self._writing = True
            self._workers.begin_whole(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._unwritten:
                try:
                    await self._write()
                except JournalError as error:
                    self._failed(unwritten(error))
                    if self._workers.closing.is_set():
                        return
                    await asyncio.sleep(RETRY_S)
        finally:
            self._writing = False

    async def _write(self) -> None:
        key, text = next(iter(self._unwritten.items()))
        await self._workers.write(self._journal.set_value, key, text)
        if self._unwritten[key] == text:
            del self._unwritten[key]
