"""Before jobs of an earlier run are sent: does the service know them already?"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..motion.job import FREE_TO_CANCEL, Job, JobError, JobState, Money
from ..remote.errors import NotSent, Refused, RemoteError, UnclearAnswer
from ..remote.wire import TaskRecord
from ..steady import steady_s
from ..store.journal import JournalError
from .book import ForbiddenStep
from .context import JOURNAL_RETRY_S, Context, Recalled
from .events import Event
from .problems import (
    HOLDS,
    from_remote,
    job_error,
    longer_pause_s,
    said_by_nobody,
    unwritten,
    what_was_met,
)
from .steps.forgotten import PERHAPS_SENT, forgotten
from .steps.history import may_pass

_log = logging.getLogger(__name__)

# After what may pass: a busy service, a page instead of an answer. Four minutes in all: a command
# waits for five where nothing goes on (issue 9).
RETRY_S: tuple[float, ...] = (1, 4, 10, 15, 30, *[60] * 3)
_IN_PART = "history_in_part"
NOT_NOW = "history_not_now"  # the error code of a job that waits for the history meanwhile
_WAITING = frozenset({JobState.QUEUED, JobState.ASKING})


@dataclass(frozen=True, slots=True)
class Since:
    """A time by this computer's clock of then, and how far the service's was ahead of it."""

    at: float  # Unix seconds
    skew_s: float | None = None


class Recall:
    """Asks once a run for all jobs that were read from the disk. On the loop's thread."""

    def __init__(self, ctx: Context, start: Callable[[str], None]) -> None:
        self._ctx = ctx
        self._start = start  # walks a job on from where it stands
        self._asking = False
        self._poked = asyncio.Event()
        self._ended_before: set[str] = set()  # jobs that this run found at their end
        self.answered: Event[None] = Event()
        self.unasked: Event[JobError] = Event()  # not asked, or not in full: they are sent

    def open(self) -> None:
        """The book has just been read: whatever is in it is of an earlier run."""
        self._ctx.unchecked.update(j.job_id for j in self._ctx.book.in_state(*FREE_TO_CANCEL))
        self._ended_before = {j.job_id for j in self._ctx.book.all() if j.ended}
        self._ctx.connectivity.changed.connect(self._on_online_changed)

    def _on_online_changed(self, online: bool) -> None:
        if online:
            self.poke()

    def doubts(self, job_id: str) -> None:
        """A wish that another program had before may have been sent, whatever is in this book."""
        if self._ctx.book.ever(job_id) is None:
            self._ctx.unchecked.add(job_id)

    def retried_since(self, job: Job) -> Since | None:
        """Since when an ended job may have been made again that this book does not know of.

        None of one that ended in this run, unless it was cancelled before it was asked about.
        """
        unasked = job.job_id in self._ctx.unchecked
        if not unasked and job.job_id not in self._ended_before:
            return None
        if unasked or job.task_id is None:  # whether an earlier run had asked is not known
            released_at = self._ctx.book.released_at(job.job_id)
            return Since(released_at or job.created_at, job.asked_skew_s)
        return Since(job.finished_at or job.updated_at)

    def comes_first(self, job: Job) -> bool:
        """Whether the job may not be taken up yet; the asking has begun then."""
        waits = (
            job.job_id in self._ctx.unchecked
            and self._ctx.service.has_api_token
            and not self._ctx.ownership.is_others(job)
        )
        if waits:
            self.ask()
        return waits

    def waits_for(self, job: Job) -> bool:
        """Whether its answer is awaited, and its row says why that takes so long."""
        told = job.error is not None and job.error.code == NOT_NOW
        return self._asking and told and job.job_id in self._ctx.unchecked

    def ask(self) -> None:
        """Begin, if it has not begun; ``answered`` tells when it is over."""
        if not self._asking:
            self._asking = True
            self._ctx.workers.spawn(self._ask(), "what became of jobs of an earlier run")

    def poke(self) -> None:
        """The person's word, or the network is back: our own pause is over.

        The one that the service asks for is not.
        """
        self._poked.set()

    async def _ask(self) -> None:
        try:
            await self._ask_for_minutes()
        except NotSent as error:
            self._ctx.connectivity.not_reached(error)  # they wait until it is reached
        except Refused as error:  # the next submit would meet the same
            self._ctx.hold(HOLDS[error.kind], from_remote(error, Money.NOT_CHARGED), "")
        except JournalError as error:
            self._ctx.journal_failed.emit(unwritten(error))
            await asyncio.sleep(JOURNAL_RETRY_S)
        except Exception:
            _log.exception("jobs of an earlier run wait: the history was not asked")
            await asyncio.sleep(JOURNAL_RETRY_S)
        finally:
            self._asking = False
            self.answered.emit(None)

    async def _ask_for_minutes(self) -> None:
        """Until there is an answer, or all pauses together were as long as our own would be.

        Behind a sign-in page nothing can be sent anyway, so that is waited for without an end.
        """
        pauses_s = iter(RETRY_S)
        own_pause_s, left_s = next(pauses_s), sum(RETRY_S)
        while (trouble := await self._ask_now()) is not None:
            if page := trouble.is_page:
                self._ctx.connectivity.doubt()  # whether all is behind it: that is said and held
            if left_s <= 0 and not page:
                await self._go_on(_unasked(trouble))
                return
            await self._tell_why(trouble, own_pause_s)
            if not await self._pause_was_cut(own_pause_s, trouble):
                left_s -= 0 if page else longer_pause_s(own_pause_s, trouble)
                own_pause_s = next(pauses_s, RETRY_S[-1])

    async def _pause_was_cut(self, own_pause_s: float, trouble: RemoteError) -> bool:
        """Wait; whether a poke came. A pause that it cut short is not one of the minutes."""
        asked_s = longer_pause_s(0.0, trouble)
        await asyncio.sleep(asked_s)
        try:
            async with asyncio.timeout(own_pause_s - asked_s):
                await self._poked.wait()
        except TimeoutError:
            return False
        return asked_s < own_pause_s

    async def _ask_now(self) -> RemoteError | None:
        self._poked.clear()  # not later: a press while the question is on its way counts
        return await self._ask_once()

    async def _ask_once(self) -> RemoteError | None:
        """One question for all; what kept it from being answered, where that may pass.

        Raises NotSent, and Refused where it holds.
        """
        await self._identify()
        if not (jobs := self._asked_about()):
            return None
        asked_at = steady_s()
        try:
            async with self._ctx.looking:
                found = await forgotten(self._ctx, jobs)
        except RemoteError as error:
            if _may_pass(error):
                return error
            await self._go_on(_unasked(error))
            return None
        if found is None:
            await self._go_on(job_error("history_unaskable"))
            return None
        for job in jobs:  # what was found counts, whatever became of the rest
            if found.whole or found.of[job.job_id]:
                await self._settle(job, found.of[job.job_id], None, asked_at)
        if found.whole:
            return None
        passes = found.trouble is not None and _may_pass(found.trouble)
        return found.trouble if passes else UnclearAnswer(_IN_PART)

    async def _go_on(self, problem: JobError) -> None:
        """Without an answer: nothing speaks against sending them, and that is said."""
        for job in self._asked_about():
            await self._settle(job, [], problem, steady_s())
        self.unasked.emit(problem)

    def _asked_about(self) -> list[Job]:
        """Those of another account are asked about when its tokens are back."""
        now = self._ctx.clock()
        return [
            job
            for job in self._ctx.book.in_state(*_WAITING)
            if job.job_id in self._ctx.unchecked and not self._ctx.ownership.is_others(job)
            if (job.not_before or 0.0) <= now  # else its task is perhaps not there yet
        ]

    async def _tell_why(self, trouble: RemoteError, own_pause_s: float) -> None:
        """Each row says what it waits for. One that asks stays as it was asked."""
        asked_s = longer_pause_s(own_pause_s, trouble)
        values = {"pause_s": math.ceil(asked_s)} if asked_s > own_pause_s else {}
        why = _problem(NOT_NOW, trouble, **values)
        for job in self._asked_about():
            said_by = job.error.value("said_by") if job.error is not None else ""
            now = why.with_values(said_by=said_by)
            if job.state is JobState.QUEUED and job.error != now:
                with suppress(KeyError):  # taken away meanwhile
                    await self._ctx.book.update(job.job_id, error=now)

    async def _identify(self) -> None:
        """Whose history it is. Raises NotSent."""
        try:
            await self._ctx.ownership.identify()
        except NotSent:
            raise
        except RemoteError as error:
            _log.info("whose tokens these are cannot be told: %s", error.code)

    async def _settle(
        self, job: Job, found: list[TaskRecord], problem: JobError | None, asked_at: float
    ) -> None:
        """It is unknown, for the person to choose; or nothing speaks against sending it."""
        try:
            if self._ctx.book.get(job.job_id).ended:
                return  # cancelled meanwhile: its retry is asked about
            if found:
                error = job_error(PERHAPS_SENT, Money.MAYBE_CHARGED, values={"outcome": "several"})
                await self._ctx.book.go(
                    job.job_id, JobState.UNKNOWN, error=error, looks=1, note=PERHAPS_SENT
                )
                self._start(job.job_id)
            elif problem is not None and said_by_nobody(job.error):
                await self._leave_unclear(job)
            elif job.state is JobState.QUEUED:
                await self._let_go(job, problem)
        except (ForbiddenStep, KeyError):
            return  # cancelled or taken away meanwhile
        self._ctx.recalled[job.job_id] = Recalled(asked_at, problem is None)
        self._ctx.unchecked.discard(job.job_id)  # not sooner: it could be taken up

    async def _leave_unclear(self, job: Job) -> None:
        """It was sent, what answered was perhaps not the service, and nobody can be asked."""
        error = job_error("contact_lost", Money.MAYBE_CHARGED)
        self._ctx.unclear(job.job_id, error)
        await self._ctx.book.go(job.job_id, JobState.UNKNOWN, error=error, note="nobody to ask")
        self._start(job.job_id)

    async def _let_go(self, job: Job, problem: JobError | None) -> None:
        """It waits for the history no more. One that asks stays as it was asked."""
        waited = job.error is not None and job.error.code == NOT_NOW
        changes: dict[str, Any] = {"error": None} if waited else {}
        if changes or problem is not None:
            note = "" if problem is None else problem.code
            await self._ctx.book.update(job.job_id, note=note, **changes)


def _may_pass(error: RemoteError) -> bool:
    """Whether it is waited for. Raises NotSent, and Refused where it holds the queue."""
    if isinstance(error, NotSent) or (isinstance(error, Refused) and error.kind in HOLDS):
        raise error
    return may_pass(error)


def _unasked(error: RemoteError) -> JobError:
    return job_error(_IN_PART) if error.code == _IN_PART else _problem("history_unasked", error)


def _problem(code: str, error: RemoteError, **values: object) -> JobError:
    """With the service's own words; where it said none, with what was met."""
    told = {name: str(value) for name, value in values.items()}
    met = what_was_met(error)
    return from_remote(error, Money.NOT_CHARGED, code).with_values(met=met, **told)
