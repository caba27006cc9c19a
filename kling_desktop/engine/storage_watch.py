"""Whether the list of jobs can be written: while it cannot, the queue holds, and says why."""

from __future__ import annotations

import asyncio
import time

from ..motion.job import HoldReason, JobError
from ..store.errors import Reason
from ..store.journal import JournalError
from ..store.volumes import Room
from .context import JOURNAL_RETRY_S, Context
from .problems import LOCKED, job_error, unwritten
from .queue import JobQueue

# Longer than SQLite waits for another program, which is told as that.
SILENT_S = 8.0
_WRITTEN_AT = "written_at"  # the value by which it is found out whether a write arrives


class StorageWatch:
    """Looks again and again, also where no job writes: files and folders go away in silence."""

    def __init__(self, ctx: Context, queue: JobQueue) -> None:
        self._ctx = ctx
        self._queue = queue
        self._room = Room(ctx.book.folder)
        ctx.journal_failed.connect(self._on_failed)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(JOURNAL_RETRY_S)
            await self.look()

    async def look(self) -> None:
        """Put back what went away, and lift the hold where a write arrives again."""
        look = self._ctx.workers.begin_whole(self._try())
        done, _ = await asyncio.wait({look}, timeout=SILENT_S)
        if not done:
            if not self._is_locked:  # for that it waits longer, once for each write
                self._fail("silent")
            await asyncio.wait({look})

    async def _try(self) -> None:
        held = HoldReason.UNWRITABLE in self._queue.state.holds
        try:
            await self._ctx.book.see_to_its_place()
            if not await self._ctx.workers.write(self._room.is_there):
                self._fail(Reason.DISK_FULL)
                return
            if held:
                written_at = str(int(time.time()))
                await self._ctx.workers.write(self._ctx.journal.set_value, _WRITTEN_AT, written_at)
        except JournalError as error:
            self._on_failed(unwritten(error))
        else:
            self._queue.lift(HoldReason.UNWRITABLE)

    @property
    def _is_locked(self) -> bool:
        told = self._queue.state.error_of(HoldReason.UNWRITABLE)
        return told is not None and told.value("reason") == LOCKED

    def _fail(self, reason: str) -> None:
        values = {"folder": self._ctx.book.folder, "reason": reason}
        self._on_failed(job_error("journal_failed", values=values))

    def _on_failed(self, error: JobError) -> None:
        if not self._ctx.workers.closing.is_set():
            self._queue.tell(HoldReason.UNWRITABLE, error)
