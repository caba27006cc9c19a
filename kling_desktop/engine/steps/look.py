"""Unknown: the submission is looked for in the service's history; nothing is ever sent again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from ...motion.job import Job, JobError, JobState, Money
from ...remote.errors import RefusalKind, Refused, RemoteError
from ...remote.outcome import TaskState
from ...remote.wire import TaskRecord
from ...steady import steady_s
from ..context import Context
from ..events import is_set_within
from ..lookup import (
    Candidate,
    Window,
    candidate,
    covers,
    is_certain,
    matches,
    next_look_s,
    windows,
)
from ..problems import longer_pause_s
from .forgotten import PERHAPS_SENT, Forgotten, forgotten
from .history import History, histories
from .submit import on_absent, on_ended
from .told import of_job


def _is_about(shown_at: float | None, wanted_at: float | None) -> bool:
    """Whether the countdown on the row is right to the second."""
    if shown_at is None or wanted_at is None:
        return shown_at is wanted_at
    return abs(shown_at - wanted_at) < 1.0


class Look:
    """The search for one job. ``poke`` looks at once."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self._ctx = ctx
        self._job_id = job.job_id
        self._poke = asyncio.Event()
        # The looks are counted from here: a held submit becomes unknown long after its intent.
        self._since = steady_s()
        self._not_before = 0.0  # the service's own wish, which not even a poke overrules
        self._found: dict[str, TaskRecord] = {}
        self.told = 0  # looks of this run that are over, and noted
        self.is_under_way = False

    @property
    def candidates(self) -> list[Candidate]:
        """Tasks of the history that may be the lost one."""
        return [candidate(r) for r in self._found.values()]

    def poke(self) -> None:
        self._poke.set()

    async def run(self, *, at_once: bool) -> None:
        """Until found, or for ever: after the last planned look only ``poke`` looks on."""
        if at_once:
            self._poke.set()
        while self._ctx.book.get(self._job_id).state is JobState.UNKNOWN:
            await self._wait()
            self._poke.clear()
            job = self._ctx.book.get(self._job_id)
            if job.state is not JobState.UNKNOWN:
                return
            self.is_under_way = True
            try:
                # One after the other, so that two jobs never take the same task for theirs.
                async with self._ctx.looking:
                    if await self._look(job):
                        return
            finally:
                self.is_under_way = False

    async def _wait(self) -> None:
        job = self._ctx.book.get(self._job_id)
        due_s = next_look_s(steady_s() - self._since)
        due_at = None if due_s is None else max(self._since + due_s, self._not_before)
        left_s = None if due_at is None else max(0.0, due_at - steady_s())
        shown = None if left_s is None else time.time() + left_s  # on the row, as a countdown
        if not self._poke.is_set() and not _is_about(job.next_look_at, shown):
            await self._ctx.book.update(self._job_id, next_look_at=shown)
        await is_set_within(self._poke, left_s)
        await asyncio.sleep(max(0.0, self._not_before - steady_s()))

    async def _look(self, job: Job) -> bool:
        """One look; whether it found the task."""
        try:
            if job.task_id is not None:
                return await self._ask_task(job)
            found = await self._ask_history(job)
        except RemoteError as error:
            self._not_before = steady_s() + longer_pause_s(0.0, error)
            await self._ask_whether_there(error)
            await self._note(job, "history_unreachable", error.code)
            return False
        if found is None:
            await self._ask_whether_there(None)
            await self._note(job, "history_unavailable", "no ids")
            return False
        self._ctx.answered(job.job_id)
        job = await self._learn_skew(job)
        if self._is_it(job, found):
            await self._attach(job, found.records[0])
            return True
        if found.whole and not found.records and await on_absent(self._ctx, job):
            return True
        self._found = {r.task_id: r for r in found.records}
        nothing = "nothing_found" if found.whole else "history_in_part"
        outcome = "several" if self._found else nothing
        await self._note(job, outcome, f"{len(self._found)} tasks")
        return False

    async def _ask_whether_there(self, error: RemoteError | None) -> None:
        """Where the history tells nothing, a free call tells whether the service itself answers.

        ``error``: how the history ended; one that says neither yes nor no is no reason to ask now.
        """
        if isinstance(error, Refused) and error.kind is RefusalKind.BUSY:
            return  # it is there, and wants to be asked later
        generation = self._ctx.service.generation()
        if generation is None or (error is not None and not isinstance(error, Refused)):
            self._ctx.connectivity.doubt()
            return
        try:
            await self._ctx.workers.call(generation.check_token)
        except RemoteError as met:
            if not isinstance(met, Refused) or not met.vouched:  # else a no in its own words
                self._ctx.connectivity.doubt()
                return
        self._ctx.answered(self._job_id)

    async def choose(self, task_id: str) -> bool:
        """The person recognised one of the candidates."""
        chosen = self._found.get(task_id)
        job = self._ctx.book.get(self._job_id)
        if chosen is None or job.state is not JobState.UNKNOWN:
            return False
        if job.submitted_at is None:  # the journal knew of no submission: this is when it was
            sent_at = chosen.created_at or time.time()
            job = await self._ctx.book.update(job.job_id, submitted_at=sent_at)
        await self._attach(job, chosen)
        self._poke.set()
        return True

    def _is_it(self, job: Job, found: History) -> bool:
        """Whether there is one, and no doubt of it."""
        if len(found.records) != 1 or self._is_perhaps_sent(job):
            return False
        return is_certain(self._with_skew(job), found.records[0])

    def _with_skew(self, job: Job) -> Job:
        """A lost answer told no time; any other of the service did."""
        skew_s = self._ctx.skew_then_s(job)
        if skew_s is None:  # another run's: as far as is known nobody set the clock since
            skew_s = self._ctx.skew_now_s()
        return replace(job, clock_skew_s=skew_s)

    async def _learn_skew(self, job: Job) -> Job:
        """Kept as soon as it is known: a later run could not tell it from the ages any more."""
        skew_s = self._ctx.skew_then_s(job)
        if job.clock_skew_s == skew_s:
            return job
        return await self._ctx.book.update(job.job_id, clock_skew_s=skew_s)

    async def _ask_task(self, job: Job) -> bool:
        generation = self._ctx.service.generation()
        if generation is None:
            await self._note(job, "history_unavailable", "no token")
            return False
        record = await self._ctx.workers.call(generation.retrieve, job.task_id or "")
        self._ctx.answered(job.job_id)
        if record is None:
            await self._note(job, "nothing_found", "no such task")
            return False
        await self._attach(job, record)
        return True

    async def _ask_history(self, job: Job) -> History | None:
        """Matching tasks; None where the history cannot be asked at all."""
        found: Forgotten | History | None
        if self._is_perhaps_sent(job):
            if (found := await forgotten(self._ctx, [job])) is None:
                return None
            own = found.of[job.job_id]
        else:
            if (found := await self._around(job)) is None:
                return None
            own = matches(job, found.records, self._ctx.book.task_ids())
        if found.trouble is not None and not own:
            raise found.trouble
        return History(tuple(own), found.whole)

    async def _around(self, job: Job) -> History | None:
        """All that was made about when it was sent; None where the history cannot be asked."""
        asked = self._windows(job)
        found = await histories(self._ctx, asked, job)
        # The answer tells the service's time: by that, what is sought lies beyond, perhaps.
        if found is None or covers(asked, wanted := self._windows(job)):
            return found
        return await histories(self._ctx, wanted, job)

    def _windows(self, job: Job) -> list[Window]:
        skew_now_s, there = self._ctx.skew_now_s(), self._ctx.service.time_there()
        sent_by = replace(job, clock_skew_s=self._ctx.skew_then_s(job))
        return windows(sent_by, skew_now_s, there)

    @staticmethod
    def _is_perhaps_sent(job: Job) -> bool:
        """The journal knows of no submission: whatever is found is the person's to judge."""
        return job.error is not None and job.error.code == PERHAPS_SENT

    async def _attach(self, job: Job, record: TaskRecord) -> None:
        record = of_job(job, record)
        if record.state is not TaskState.RUNNING:
            await on_ended(self._ctx, job, record)
            return
        await self._ctx.book.go(
            job.job_id,
            JobState.GENERATING,
            task_id=record.task_id,
            trace_id=record.trace_id or job.trace_id,
            user_id=record.user_id or job.user_id,
            application_id=record.application_id or job.application_id,
            service=job.service.then(record.said),
            error=None,
            note="found in the history",
        )

    async def _note(self, job: Job, outcome: str, detail: str) -> None:
        """Remember that it was looked, with what outcome; the person is told."""
        before = job.error or JobError("contact_lost", money=Money.MAYBE_CHARGED)
        values = {**dict(before.values), "outcome": outcome}
        error = JobError(
            before.code,
            before.message,
            Money.MAYBE_CHARGED,
            before.trace_id,
            before.http_status,
            tuple(sorted(values.items())),
        )
        await self._ctx.book.update(
            job.job_id, looks=job.looks + 1, error=error, note=f"looked: {outcome}, {detail}"
        )
        self.told += 1
