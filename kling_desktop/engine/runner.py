"""The job runner: walks each job through its steps, and picks up what an earlier run left."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection

from ..motion.job import (
    AT_SERVICE,
    CANCELLED_UNASKED,
    FREE_TO_CANCEL,
    Job,
    JobError,
    JobState,
    Money,
)
from ..store.journal import JournalError
from .book import ForbiddenStep
from .context import JOURNAL_RETRY_S, Context, Unwritten
from .events import Event
from .problems import LEFT_BY_COMMAND, LEFT_UNASKED, job_error
from .steps.fetch import fetch
from .steps.look import Look
from .steps.marked import fetch_marked
from .steps.prepare import prepare
from .steps.submit import submit
from .steps.upload import upload
from .steps.watch import watch

_log = logging.getLogger(__name__)

MAX_ODD_FAILURES = 3  # a step that fails in a way nobody thought of is not repeated for ever

# Nobody walks a job in these at the start of a run: what was begun is begun again, or looked for.
_BEGUN = frozenset({JobState.PREPARING, JobState.UPLOADING})
_PERHAPS_SENT = frozenset({JobState.SUBMITTING})

Step = Callable[[Context, Job], Awaitable[None]]


class JobRunner:
    """One task for each job that is under way."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._walks: dict[str, asyncio.Task[None]] = {}
        self._looks: dict[str, Look] = {}
        self._found_at_start: set[str] = set()  # unknown jobs of an earlier run
        self._picking_up = asyncio.Lock()
        self.journal_failed = ctx.journal_failed
        self.walk_ended: Event[str] = Event()
        self._steps: dict[JobState, Step] = {
            JobState.PREPARING: prepare,
            JobState.UPLOADING: self._upload_and_submit,
            JobState.GENERATING: watch,
            JobState.DOWNLOADING: fetch,
            JobState.UNSAVED: fetch,
            JobState.DONE: fetch_marked,
        }

    async def pick_up(self, only: Collection[str] | None = None) -> None:
        """What an earlier run left goes on; what may have been sent is looked for.

        ``only``: these jobs and no others. What is under way here is left alone.
        """
        async with self._picking_up:
            for job_id in [j.job_id for j in self._ctx.book.all()]:
                if not self.is_walking(job_id) and (only is None or job_id in only):
                    await self._pick_up(job_id)

    async def _pick_up(self, job_id: str) -> None:
        go_if, note = self._ctx.book.go_if, "found at the start"
        await go_if(job_id, _BEGUN, JobState.QUEUED, note=note)
        error = job_error("contact_lost", Money.MAYBE_CHARGED)
        if await go_if(job_id, _PERHAPS_SENT, JobState.UNKNOWN, note=note, error=error):
            self._ctx.unclear(job_id, error)
        if (job := self._ctx.book.find(job_id)) is None:
            return
        if job.state is JobState.UNKNOWN:
            self._found_at_start.add(job_id)
        if job.state in AT_SERVICE:
            await self._ctx.ownership.look_again(job)  # the tokens may be others than last time
            self.start(job_id)
        elif job.awaits_copy:
            self.start(job_id)

    def start(self, job_id: str) -> None:
        """Walk a job on from where it stands."""
        if job_id in self._walks:
            return
        self._ctx.stops.pop(job_id, None)
        task = self._ctx.workers.spawn(self._walk(job_id), f"job {job_id}")
        self._walks[job_id] = task
        task.add_done_callback(lambda done: self._on_walk_done(job_id, done))

    @property
    def is_picking_up(self) -> bool:
        """Whether jobs of an earlier run are about to be walked."""
        return self._picking_up.locked()

    def is_walking(self, job_id: str) -> bool:
        return job_id in self._walks

    def unwritten(self, job_id: str) -> Unwritten | None:
        """The step of the job that cannot be written down; None where all could be."""
        return self._ctx.unwritten.get(job_id)

    def age_s(self, job: Job) -> float:
        """How long ago it was sent: no setting of the clock makes that longer or shorter."""
        return self._ctx.ages.age_s(job)

    def look_of(self, job_id: str) -> Look | None:
        """The running search for an unknown job."""
        return self._looks.get(job_id)

    def poke_looks(self) -> None:
        """Look for every unknown job at once: after a wake-up, a reconnect."""
        for look in self._looks.values():
            look.poke()

    async def cancel_free(self, job_id: str, error: JobError | None = None) -> bool:
        """Cancel before sending; False where it was too late for that.

        ``error`` says why, where that was not the person's own wish.
        """
        if error is None and job_id in self._ctx.unchecked:
            error = job_error(CANCELLED_UNASKED)
        note, ends = error.code if error is not None else "", time.time()
        cancelled = await self._ctx.book.go_if(
            job_id, FREE_TO_CANCEL, JobState.CANCELLED, note=note, error=error, finished_at=ends
        )
        if not cancelled:
            return False
        self._halt(job_id)
        return True

    async def leave_unsent(self, job_id: str) -> None:
        """Whoever asked for it went away: before it is sent it waits for the person's word."""
        code = LEFT_UNASKED if job_id in self._ctx.unchecked else LEFT_BY_COMMAND
        unsent = FREE_TO_CANCEL - {JobState.ASKING}
        if await self._ctx.book.go_if(
            job_id, unsent, JobState.ASKING, note=code, error=job_error(code)
        ):
            self._halt(job_id)

    async def put_back(self, *, but: Collection[str]) -> None:
        """What was begun and is not sent yet waits in the queue again."""
        for job_id in list(self._walks):
            note = "whoever wanted it sent went away"
            if job_id not in but and await self._ctx.book.go_if(
                job_id, _BEGUN, JobState.QUEUED, note=note
            ):
                self._halt(job_id)

    async def stop_watching(self, job_id: str) -> bool:
        if not await self._ctx.book.go_if(job_id, AT_SERVICE, JobState.UNWATCHED):
            return False
        self._halt(job_id)
        return True

    def fetch_now(self, job_id: str = "") -> None:
        """Paid videos that wait are fetched at once: all, or this one, by a fresh link."""
        if job_id:
            self._ctx.fresh_links.add(job_id)
        self._ctx.fetch_now.emit(job_id)

    def restart(self, job_id: str) -> None:
        """After a person's own step (send again, fetch again, watch again)."""
        self._halt(job_id)
        self._walks.pop(job_id, None)
        self.start(job_id)

    def _halt(self, job_id: str) -> None:
        self._ctx.stop_of(job_id).set()
        if (task := self._walks.get(job_id)) is not None:
            task.cancel()

    def _on_walk_done(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._walks.get(job_id) is not task:
            return  # a newer walk has taken over
        self._walks.pop(job_id)
        self._looks.pop(job_id, None)
        if not self._ctx.workers.closing.is_set():
            self.walk_ended.emit(job_id)

    async def _walk(self, job_id: str) -> None:
        odd = 0
        while (job := self._ctx.book.find(job_id)) is not None and (
            not job.ended or job.awaits_copy
        ):
            try:
                if await self._ctx.ownership.stops(job):
                    return
                if job.state is JobState.UNKNOWN:
                    await self._look(job)
                elif (step := self._steps.get(job.state)) is not None:
                    await step(self._ctx, job)
                else:
                    return
                self._ctx.unwritten.pop(job_id, None)
            except JournalError as error:
                self._ctx.not_written(job_id, error)
                await asyncio.sleep(JOURNAL_RETRY_S)
            except (ForbiddenStep, KeyError):
                return  # the job was cancelled or taken away meanwhile: its new state stands
            except Exception:
                odd += 1
                _log.exception("a step of job %s failed", job_id)
                if odd >= MAX_ODD_FAILURES:
                    await self._give_up(job_id)
                    return
                await asyncio.sleep(odd)
            if self._ctx.stop_of(job_id).is_set():
                return

    async def _upload_and_submit(self, ctx: Context, job: Job) -> None:
        await upload(ctx, job)
        job = ctx.book.get(job.job_id)
        if job.state is JobState.UPLOADING and not ctx.stop_of(job.job_id).is_set():
            await submit(ctx, job)

    async def _look(self, job: Job) -> None:
        look = Look(self._ctx, job)
        self._looks[job.job_id] = look
        at_once = job.looks > 0 or job.job_id in self._found_at_start
        await look.run(at_once=at_once)

    async def _give_up(self, job_id: str) -> None:
        """A mistake of our own: the job ends where that is safe, and stays as it is elsewhere."""
        job = self._ctx.book.get(job_id)
        if job.state in FREE_TO_CANCEL:
            await self._ctx.fail(job, job_error("internal"))
