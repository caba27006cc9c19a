"""The job book: every job as one snapshot, and the one door through which states change."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..motion.job import Job, JobState, may_go
from ..store.journal import Journal, JournalError
from .events import Event
from .workers import Workers

_log = logging.getLogger(__name__)


class ForbiddenStep(Exception):
    """A step that the table of transitions doesn't have."""


class JobBook:
    """Jobs in memory, mirrored from the journal. All methods run on the loop's thread.

    A change is checked against the table, written to the journal with its event in one
    transaction, and only then seen and announced. Nothing else assigns a state.
    """

    def __init__(self, journal: Journal, workers: Workers) -> None:
        self._journal = journal
        self._workers = workers
        self._jobs: dict[str, Job] = {}
        self._gone: dict[str, Job] = {}  # removed from the Library: what they cost still counts
        self._door = asyncio.Lock()
        self.uttering = asyncio.Lock()  # from "the same again?" until the new job is in the book
        self.changed: Event[Job] = Event()
        self.removed: Event[Job] = Event()

    async def open(self) -> None:
        """Read the journal. Nothing is announced."""
        self._jobs = {j.job_id: j for j in await self._workers.write(self._journal.load)}
        self._gone = {j.job_id: j for j in await self._workers.write(self._journal.removed)}
        for job_id in self._journal.read_in_part:
            await self._mend(job_id)

    async def _mend(self, job_id: str) -> None:
        """Write the row as it was read: what made no sense is put aside in it, and said once."""
        try:
            await self._workers.write(self._journal.update, self._jobs[job_id], note="read in part")
        except JournalError as error:  # it is read in part again at the next start
            _log.warning("a row could not be mended: %s", error)

    def get(self, job_id: str) -> Job:
        """Raises KeyError."""
        return self._jobs[job_id]

    def find(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def ever(self, job_id: str) -> Job | None:
        """The job with this id, also one that was removed from the Library."""
        return self._jobs.get(job_id) or self._gone.get(job_id)

    def all(self) -> list[Job]:
        """Every job, in the order of the queue."""
        return sorted(self._jobs.values(), key=lambda j: j.position)

    def in_state(self, *states: JobState) -> list[Job]:
        return [j for j in self.all() if j.state in states]

    def task_ids(self) -> set[str]:
        """Tasks that belong to a job here, also to one that was removed."""
        jobs = (*self._jobs.values(), *self._gone.values())
        return {j.task_id for j in jobs if j.task_id}

    def gone(self) -> list[Job]:
        """Jobs that were removed from the Library, as they were then."""
        return list(self._gone.values())

    async def add(self, job: Job) -> Job:
        """Put a new job in; where its id is taken, the job that has it is the answer.

        Raises JournalUnwritable; then there is no job.
        """

        async def write() -> Job:
            async with self._door:
                if (there := self.ever(job.job_id)) is not None:
                    return there
                position = await self._workers.write(self._journal.next_position)
                placed = replace(job, position=position)
                await self._workers.write(self._journal.insert, placed)
                self._announce(placed)
                return placed

        return await self._workers.whole(write())

    async def go(self, job_id: str, state: JobState, *, note: str = "", **changes: Any) -> Job:
        """Take one step of the table. Raises ForbiddenStep, KeyError, JournalUnwritable."""
        return await self._workers.whole(self._step(job_id, lambda _job: state, note, changes))

    async def go_if(
        self,
        job_id: str,
        allowed: frozenset[JobState],
        state: JobState,
        *,
        note: str = "",
        **changes: Any,
    ) -> bool:
        """Take the step only out of one of these states; tells whether it was taken."""

        async def step() -> bool:
            async with self._door:
                job = self._jobs.get(job_id)
                if job is None or job.state not in allowed:
                    return False
                await self._write(job_id, state, note, changes)
                return True

        return await self._workers.whole(step())

    async def update(self, job_id: str, *, note: str = "", **changes: Any) -> Job:
        """Change other fields than the state."""
        return await self._workers.whole(self._step(job_id, lambda job: job.state, note, changes))

    async def reorder(self, positions: dict[str, int]) -> None:
        async def write() -> None:
            async with self._door:
                await self._workers.write(self._journal.reorder, positions)
                for job_id, position in positions.items():
                    self._announce(replace(self._jobs[job_id], position=position))

        await self._workers.whole(write())

    async def remove(self, job_id: str) -> None:
        """Take a job out of sight; the journal keeps it, ``restore`` brings it back."""

        async def write() -> None:
            async with self._door:
                await self._workers.write(self._journal.remove, job_id)
                job = self._gone[job_id] = self._jobs.pop(job_id)
                self.removed.emit(job)

        await self._workers.whole(write())

    async def restore(self, job: Job) -> None:
        async def write() -> None:
            async with self._door:
                await self._workers.write(self._journal.restore, job.job_id)
                self._gone.pop(job.job_id, None)
                self._announce(job)

        await self._workers.whole(write())

    async def _step(
        self,
        job_id: str,
        target: Callable[[Job], JobState],
        note: str,
        changes: dict[str, Any],
    ) -> Job:
        async with self._door:
            return await self._write(job_id, target(self._jobs[job_id]), note, changes)

    async def _write(self, job_id: str, state: JobState, note: str, changes: dict[str, Any]) -> Job:
        before = self._jobs[job_id]
        if not may_go(before.state, state):
            raise ForbiddenStep(f"{before.state} to {state}")
        after = replace(before, state=state, updated_at=time.time(), **changes)
        if before.state is state:
            await self._workers.write(self._journal.update, after, note=note)
        else:
            await self._workers.write(self._journal.transition, before, after, note=note)
        self._announce(after)
        return after

    def _announce(self, job: Job) -> None:
        self._jobs[job.job_id] = job
        self.changed.emit(job)
