"""Generating: waiting for the poller's word on one task."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ...motion.job import Job, JobError, JobState, Money
from ...remote.errors import Refused
from ...remote.outcome import TaskState
from ...remote.wire import TaskRecord
from ..context import Context
from ..problems import HOLDS, is_unanswered, job_error, named_a_task
from .submit import on_ended
from .told import of_job

# Just after a submit the record may not be there yet (architecture.md, "a grace of a minute").
UNKNOWN_GRACE_S = 60.0
UNKNOWN_TIMES = 3  # and never on one odd answer


class Watch:
    """One job's wait. The poller's answers come in through ``on_record``."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self._ctx = ctx
        self._job = job
        self._records: asyncio.Queue[TaskRecord | JobError | None] = asyncio.Queue()
        self._missing_since: float | None = None
        self._missing = 0

    def _on_answers(self, answers: dict[str, TaskRecord | None]) -> None:
        if self._job.task_id in answers:
            self._records.put_nowait(answers[self._job.task_id])

    def _on_silence(self, error: JobError | None) -> None:
        if error is not None:
            self._records.put_nowait(error)

    @property
    def _doubtful(self) -> bool:
        """The answer that named the task refused it in the same breath."""
        return named_a_task(self._job.error)

    def _on_refused(self, error: Refused) -> None:
        """Where the token was refused with the task already, asking may never tell more."""
        if self._doubtful and error.kind in HOLDS:
            self._records.put_nowait(None)

    async def run(self) -> None:
        """GENERATING → DOWNLOADING, FAILED or, where the task is not known, UNKNOWN."""
        ctx, job = self._ctx, self._job
        task_id = job.task_id or ""
        ctx.poller.answered.connect(self._on_answers)
        ctx.poller.refused.connect(self._on_refused)
        ctx.poller.silence.connect(self._on_silence)
        ctx.poller.watch(task_id, ctx.ages.age_s(job), job.user_id)
        try:
            while not await self._judge(await self._records.get()):
                pass
        finally:
            ctx.poller.forget(task_id)
            ctx.poller.answered.disconnect(self._on_answers)
            ctx.poller.refused.disconnect(self._on_refused)
            ctx.poller.silence.disconnect(self._on_silence)

    async def _judge(self, record: TaskRecord | JobError | None) -> bool:
        """Whether the wait is over."""
        if isinstance(record, JobError):
            if not self._doubtful:  # which says as much, and more
                await self._say(record)
            return False
        if is_unanswered(self._job.error):
            await self._say(None)
        if record is None:
            return await self._on_missing()
        self._missing, self._missing_since = 0, None
        await self._learn(record)
        record = of_job(self._job, record)
        if record.state is TaskState.RUNNING:
            return False
        await on_ended(self._ctx, self._job, record)
        return True

    async def _say(self, error: JobError | None) -> None:
        if error != self._job.error:
            self._job = await self._ctx.book.update(self._job.job_id, error=error)

    async def _learn(self, record: TaskRecord) -> None:
        """Ids of the account, by which the history can be asked, come with any record.

        A task that the service knows was accepted, whatever it said besides.
        """
        await self._ctx.ownership.learn(self._job, record)
        changes: dict[str, Any] = {
            "user_id": record.user_id or self._job.user_id,
            "application_id": record.application_id or self._job.application_id,
            "service": self._job.service.then(record.said),
        }
        if self._doubtful:
            changes["error"] = None
        if any(getattr(self._job, name) != value for name, value in changes.items()):
            self._job = await self._ctx.book.update(self._job.job_id, **changes)

    async def _on_missing(self) -> bool:
        now = time.monotonic()
        self._missing += 1
        if self._missing_since is None:
            self._missing_since = now
        long_enough = now - self._missing_since >= UNKNOWN_GRACE_S
        if self._missing < UNKNOWN_TIMES or not long_enough:
            return False
        if not self._ctx.ownership.is_surely_ours(self._job):
            await self._ctx.ownership.wait(self._job, perhaps=True)
            return True
        unknown = job_error("task_unknown", Money.MAYBE_CHARGED)
        error = self._job.error if self._doubtful else unknown
        await self._ctx.book.go(self._job.job_id, JobState.UNKNOWN, error=error)
        return True


async def watch(ctx: Context, job: Job) -> None:
    if job.task_id is None:  # the row lost it: the history may tell
        error = job_error("contact_lost", Money.MAYBE_CHARGED)
        await ctx.book.go(job.job_id, JobState.UNKNOWN, error=error, note="without its task")
        return
    await Watch(ctx, job).run()
