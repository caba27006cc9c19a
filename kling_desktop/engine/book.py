"""The job book: every job as one snapshot, and the one door through which states change."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..durable import Lack, flush_folder, lacking
from ..motion.agreement import InputStamp
from ..motion.job import Job, JobError, JobState, Money, may_go
from ..store.errors import JournalConflict, JournalError, JournalUnwritable, StoreUnwritable
from ..store.journal import Journal
from ..store.witness import Witness
from .events import Event
from .problems import job_error, put_back, said_by_nobody
from .testimony import is_told, mended_by, must_be_told
from .workers import Workers

_log = logging.getLogger(__name__)

_WITHOUT = {
    Lack.SYNC: "disk_without_sync",
    Lack.MODES: "disk_without_modes",
    Lack.LOCKS: "disk_without_locks",
}
_TOLD_KEY = "told.disk"  # the value that names what was said


class ForbiddenStep(Exception):
    """A step that the table of transitions doesn't have."""


class JobBook:
    """Jobs in memory, mirrored from the journal. All methods run on the loop's thread.

    A change is checked against the table, written to the journal with its event in one
    transaction, and only then seen and announced. Nothing else assigns a state. The witness hears
    of what bears on money before the journal does, and of an intent before anything is sent.
    """

    def __init__(self, journal: Journal, witness: Witness, workers: Workers) -> None:
        self._journal = journal
        self._witness = witness
        self._workers = workers
        self._jobs: dict[str, Job] = {}
        self._gone: dict[str, Job] = {}  # removed from the Library: what they cost still counts
        self._door = asyncio.Lock()
        self.uttering = asyncio.Lock()  # from "the same again?" until the new job is in the book
        self._lacking: tuple[Lack, ...] = ()  # of its disk, and not said before
        self.mended: tuple[str, ...] = ()  # ids of jobs that the journal had lost or forgotten
        # Why the witness could not be asked at the start: nothing is sent while it stays so.
        self.witness_problem: JournalUnwritable | None = None
        # The journal was gone under the program, and all that is known was written again.
        self.put_back: Event[JobError] = Event()
        self.found_again: Event[str] = Event()  # mended in the middle of a run: it goes on
        self.changed: Event[Job] = Event()
        self.removed: Event[Job] = Event()

    async def open(self) -> None:
        """Read the journal, and put right what the witness knows better. Nothing is announced."""
        self._attend(asyncio.get_running_loop())
        self._jobs = {j.job_id: j for j in await self._workers.write(self._journal.load)}
        self._gone = {j.job_id: j for j in await self._workers.write(self._journal.removed)}
        for job_id in self._journal.read_in_part:
            await self._mend(job_id)
        try:
            await self._ask_witness()
        except JournalUnwritable as error:
            self.witness_problem = error
        await self._learn_of_the_disk()

    async def _learn_of_the_disk(self) -> None:
        """What it does not offer is said once for each library, and lived without."""
        try:
            await self._workers.write(flush_folder, self.folder)
            told = (await self._workers.write(self._journal.value, _TOLD_KEY) or "").split()
            self._lacking = tuple(lack for lack in sorted(lacking()) if lack not in told)
            if self._lacking:
                text = " ".join((*told, *self._lacking))
                await self._workers.write(self._journal.set_value, _TOLD_KEY, text)
        except (JournalError, OSError) as error:  # whoever writes there next says so
            _log.warning("what the disk offers could not be found out: %s", error)

    def _attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear, from the journal's thread, that it had to be put back."""

        def on_put_back(aside: Path | None) -> None:
            if not loop.is_closed():
                told = put_back(self._journal.folder, aside)
                loop.call_soon_threadsafe(self.put_back.emit, told)

        self._journal.on_put_back = on_put_back
        self._journal.memory = self.snapshot

    @property
    def folder(self) -> Path:
        """Where the journal and its witness lie."""
        return self._journal.folder

    async def see_to_its_place(self) -> None:
        """Put back what went away of the journal and the witness. Raises JournalError."""
        await self._workers.write(self._journal.see_to_its_place)
        await self._workers.write(self._witness.see_to_its_place)

    async def _mend(self, job_id: str) -> None:
        """Write the row as it was read: what made no sense is put aside in it, and said once."""
        try:
            await self._workers.write(self._journal.update, self._jobs[job_id], note="read in part")
        except JournalError as error:  # it is read in part again at the next start
            _log.warning("a row could not be mended: %s", error)

    def to_be_said(self) -> list[JobError]:
        """What is to be known of the records since the book was opened."""
        found = []
        if self.mended:
            count = {"count": len(self.mended)}
            found.append(job_error("jobs_mended", Money.MAYBE_CHARGED, values=count))
        if self.witness_problem is not None:
            folder = {"folder": self.witness_problem.file}
            found.append(job_error("witness_unusable", values=folder))
        for lack in self._lacking:
            found.append(job_error(_WITHOUT[lack], values={"folder": self.folder}))
        return found

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

    def snapshot(self) -> list[Job]:
        """As ``all``, in no order: for any thread."""
        return list(self._jobs.values())

    def in_state(self, *states: JobState) -> list[Job]:
        return [j for j in self.all() if j.state in states]

    def task_ids(self) -> set[str]:
        """Tasks that belong to a job here, also to one that was removed."""
        return {j.task_id for j in self._every() if j.task_id}

    def gone(self) -> list[Job]:
        """Jobs that were removed from the Library, as they were then."""
        return list(self._gone.values())

    def pictures_of_others(self, job: Job) -> set[str]:
        """Links of pictures that were uploaded for other submissions than the job's next one.

        Without those that met a no that is perhaps nobody's: what is made again may be theirs.
        """
        doubtful = {j.job_id for j in self._every() if said_by_nobody(j.error)}
        told = list(self._witness.told.items())  # at once: a worker adds to it
        links = {link for job_id, of in told if job_id not in doubtful for link in of.pictures}
        others = [j for j in self._every() if j.job_id not in doubtful]
        links |= {j.image_link for j in others if j.request.image.path and j.image_link}
        return links - {job.image_link}

    def clips_of_others(self, content: InputStamp) -> set[str]:
        """Links under which clips of other content are known to have been sent."""
        return {
            job.video_link
            for job in self._every()
            if job.task_id and job.video_link and job.request.video.path  # else not sent as agreed
            if job.agreed and job.agreed.video and job.agreed.video.differs_from(content)
        }

    def uploads_of_clips(self) -> list[tuple[str, int]]:
        """Links of the person's own clips that were sent, newest first, and these files' bytes."""
        sent = [j for j in self._every() if j.task_id and j.video_link and j.request.video.path]
        sent.sort(key=lambda j: j.created_at, reverse=True)
        clips = [(j.video_link, j.agreed.video) for j in sent if j.agreed and j.agreed.video]
        return [(link, clip.size_bytes) for link, clip in clips if link and clip.size_bytes]

    def released_at(self, job_id: str) -> float | None:
        """When the person last let go of an unknown submission of this job, knowing."""
        told = self._witness.told.get(job_id)
        return told.released_at if told else None

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
            await self._testify(before, after)
            await self._transition(before, after, note)
        self._announce(after)
        return after

    async def _transition(self, before: Job, after: Job, note: str) -> None:
        is_intent = after.state is JobState.SUBMITTING
        try:
            await self._workers.write(self._journal.transition, before, after, note=note)
        except JournalError:
            # It was not sent after all, or is not cancelled, as whoever asked hears.
            if is_intent or after.state is JobState.CANCELLED:
                await self._tell(before)
            raise

    async def _testify(self, before: Job, after: Job) -> None:
        """Let the witness hear of a step. Raises JournalUnwritable where it must, and could not."""
        if not is_told(before.state, after.state):
            return
        if not must_be_told(before.state, after.state):
            await self._tell(after)
            return
        if self.witness_problem is not None:
            await self._ask_late()
            if self._jobs[before.job_id] != before:
                raise JournalConflict(self._witness.file, before.job_id)
        await self._workers.write(self._witness.tell, after)

    async def _ask_late(self) -> None:
        """It can be read by now: what it says comes before anything is sent."""
        await self._ask_witness()
        self.witness_problem = None
        for job_id in self.mended:
            self._announce(self._jobs[job_id])
            self.found_again.emit(job_id)

    async def _tell(self, job: Job) -> None:
        try:
            await self._workers.write(self._witness.tell, job)
        except JournalUnwritable as error:  # the journal knows, and the next line tells it, too
            _log.warning("the witness could not be told: %s", error)

    async def _ask_witness(self) -> None:
        """Hold the witness against the journal. Raises JournalError."""
        told = await self._workers.write(self._witness.read)
        mended = []
        for job_id, testimony in told.items():
            before = self._jobs.get(job_id)
            after = mended_by(before, testimony.job)
            if after is not None and job_id not in self._gone and await self._put(before, after):
                mended.append(job_id)
        self.mended = tuple(mended)
        unfinished = {j.job_id for j in self._every() if not j.ended}
        try:
            await self._workers.write(self._witness.compact, unfinished)
        except StoreUnwritable as error:
            _log.warning("the witness stays as long as it is: %s", error)

    async def _put(self, before: Job | None, after: Job) -> bool:
        """What the witness knows takes the place of what the journal says: no step of the table."""
        note, job = "as the witness knows it", replace(after, updated_at=time.time())
        try:
            if before is None:
                position = await self._workers.write(self._journal.next_position)
                job = replace(job, position=position)
                damaged = job.job_id in self._journal.unreadable
                put = self._journal.replace_unreadable if damaged else self._journal.insert
                await self._workers.write(put, job, note=note)
            else:
                await self._workers.write(self._journal.transition, before, job, note=note)
        except JournalConflict:  # a row that was removed, and cannot be read, has the name
            return False
        self._jobs[job.job_id] = job
        return True

    def _every(self) -> Iterator[Job]:
        yield from self._jobs.values()
        yield from self._gone.values()

    def _announce(self, job: Job) -> None:
        self._jobs[job.job_id] = job
        self.changed.emit(job)
