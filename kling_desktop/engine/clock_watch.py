"""Jobs that wait until a time, where this computer's clock is set, or was set before the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..motion.job import Job, JobState
from ..steady import steady_s
from ..store.journal import JournalError
from .context import Context
from .queue import JobQueue

LOOK_EVERY_S = 1.0
AT_LEAST_S = 2.0  # less is a clock that is being corrected little by little


class ClockWatch:
    """A wait is a length of time: setting the clock makes none longer or shorter."""

    def __init__(
        self, ctx: Context, queue: JobQueue, steady: Callable[[], float] = steady_s
    ) -> None:
        self._ctx = ctx
        self._queue = queue
        self._steady = steady
        self._ahead_s = ctx.clock() - steady()

    async def begin_anew(self) -> None:
        """What an earlier run kept, by whatever clock, is waited for from now on."""
        now = self._ctx.clock()
        self._ctx.ages.open(self._ctx.book.all())
        for job in self._waiting():
            await self._wait_until(job, now + max(0.0, (job.not_before or 0.0) - job.updated_at))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Whether the clock was set since the last look; then all waits are moved along."""
        before, self._ahead_s = self._ahead_s, self._ctx.clock() - self._steady()
        by_s = self._ahead_s - before
        if abs(by_s) < AT_LEAST_S:
            return
        for job in self._waiting():
            await self._wait_until(job, (job.not_before or 0.0) + by_s)
        self._queue.pump()

    def _waiting(self) -> list[Job]:
        queued = self._ctx.book.in_state(JobState.QUEUED)
        return [job for job in queued if job.not_before is not None]

    async def _wait_until(self, job: Job, when: float) -> None:
        with suppress(JournalError, KeyError):  # taken away meanwhile, or it stays as it was
            await self._ctx.book.update(job.job_id, not_before=when)
