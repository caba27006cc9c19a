"""The queue: which job goes next, how many at once, and why it waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ..motion.job import RUNNING, HoldReason, Job, JobError, JobState, QueueState
from ..store.journal import JournalError
from .book import ForbiddenStep
from .context import JOURNAL_RETRY_S, Context
from .events import Event
from .problems import unwritten
from .recall import Recall
from .runner import JobRunner
from .spending import Spending

# These outlive a restart: they need a person. Offline goes on by itself.
_KEPT = frozenset(HoldReason) - {HoldReason.OFFLINE}
_HOLD_KEY = "queue.hold"


def until_midnight_s(now: float) -> float:
    """Seconds until this computer's next day, and a little more."""
    day = datetime.fromtimestamp(now).date() + timedelta(days=1)
    return datetime.combine(day, datetime.min.time()).timestamp() - now + 1.0


class JobQueue:
    """Slots, holds and order. One instance an engine."""

    def __init__(
        self,
        ctx: Context,
        runner: JobRunner,
        recall: Recall,
        spending: Spending,
        jobs_at_once: Callable[[], int],
    ) -> None:
        self._ctx = ctx
        self._runner = runner
        self._recall = recall
        self._jobs_at_once = jobs_at_once
        self._spending = spending
        self._hold: HoldReason | None = None
        self.hold_error: JobError | None = None
        self._pumping = False
        self._again = False
        self.only: set[str] | None = None  # the command line runs its own job and no other
        self._timer: asyncio.TimerHandle | None = None
        self._midnight: asyncio.TimerHandle | None = None
        self.changed: Event[QueueState] = Event()
        ctx.book.changed.connect(self._on_job_changed)
        ctx.book.removed.connect(self._on_job_changed)
        ctx.connectivity.changed.connect(self._on_online_changed)
        runner.walk_ended.connect(self._on_walk_ended)
        recall.answered.connect(self._on_recalled)

    async def open(self) -> None:
        """Take up the hold of the last run."""
        kept = await self._ctx.workers.write(self._ctx.journal.value, _HOLD_KEY)
        if kept in {r.value for r in _KEPT}:
            self._hold = HoldReason(kept)
        if self._hold is HoldReason.DAY_LIMIT:
            self._hold = None  # of whichever day: the next job is held against today's limit

    @property
    def state(self) -> QueueState:
        jobs = self._ctx.book.all()
        failed = [j for j in jobs if j.in_vain and not j.acknowledged]
        unfinished = [j for j in jobs if not j.ended]
        return QueueState(
            hold=self._hold,
            running=sum(j.state in RUNNING and j.waits_for_account is None for j in jobs),
            waiting=sum(_waits(j) for j in jobs),
            asking=sum(j.state is JobState.ASKING for j in jobs),
            unknown=sum(j.state is JobState.UNKNOWN for j in jobs),
            failed=len(failed),
            order=tuple(j.job_id for j in unfinished),
        )

    @property
    def is_held(self) -> bool:
        return self._hold is not None

    @property
    def stops_sending(self) -> bool:
        """Whether even a job that has its slot goes back; the day's limit let those through."""
        return self._hold not in (None, HoldReason.DAY_LIMIT)

    def hold(self, reason: HoldReason, error: JobError | None = None) -> None:
        """Nothing more is sent until ``resume`` (or, offline, until the host answers)."""
        if self._hold is not None and reason is HoldReason.OFFLINE:
            return
        self._set_hold(reason, error)

    def pause(self) -> None:
        self.hold(HoldReason.PAUSED)

    def resume(self) -> None:
        """While offline it waits for the host: sending would only fail, again and again."""
        offline = not self._ctx.connectivity.online
        self._set_hold(HoldReason.OFFLINE if offline else None, None)
        self._ctx.connectivity.poke()
        self.pump()

    def let_through(self, job_id: str) -> None:
        """The command line's own job goes, where the queue runs no others."""
        if self.only is not None:
            self.only.add(job_id)
        self.resume()

    def _set_hold(self, reason: HoldReason | None, error: JobError | None) -> None:
        self._hold, self.hold_error = reason, error
        kept = reason.value if reason in _KEPT and reason is not None else ""
        self._ctx.workers.spawn(self._keep(kept), "keep the hold")
        self._wake_at_midnight(reason)
        self.changed.emit(self.state)

    def _wake_at_midnight(self, reason: HoldReason | None) -> None:
        """A day's limit ends with the day."""
        if self._midnight is not None:
            self._midnight.cancel()
            self._midnight = None
        if reason is HoldReason.DAY_LIMIT:
            loop = asyncio.get_running_loop()
            self._midnight = loop.call_later(until_midnight_s(time.time()), self._on_midnight)

    def _on_midnight(self) -> None:
        if self._hold is HoldReason.DAY_LIMIT:
            self.resume()

    async def _keep(self, value: str) -> None:
        await self._ctx.workers.write(self._ctx.journal.set_value, _HOLD_KEY, value)

    def pump(self) -> None:
        """Start what may start. Cheap; called at every change."""
        self._again = True
        closing = self._ctx.workers.closing.is_set()  # then the journal takes nothing any more
        if not self._pumping and not closing:
            self._pumping = True
            self._ctx.workers.spawn(self._pump(), "queue")

    async def _pump(self) -> None:
        try:
            while self._again:
                self._again = False
                while (job := self._next()) is not None and self._fits_today(job):
                    await self._start(job)
        except JournalError as error:
            self._ctx.journal_failed.emit(unwritten(error))
            self._wake_at(time.time() + JOURNAL_RETRY_S, time.time())
        finally:
            self._pumping = False

    async def _start(self, job: Job) -> None:
        try:
            await self._ctx.book.go(job.job_id, JobState.PREPARING)
        except (ForbiddenStep, KeyError):
            return  # cancelled or taken away while it waited at the door: the next one
        self._runner.start(job.job_id)

    def _next(self) -> Job | None:
        if self.is_held:
            return None
        # Only those that are walked here: the command line leaves an earlier run's as they are.
        running = [
            j for j in self._ctx.book.in_state(*RUNNING) if self._runner.is_walking(j.job_id)
        ]
        if len(running) >= self._jobs_at_once():
            return None
        now = time.time()
        waiting = [
            j
            for j in self._ctx.book.in_state(JobState.QUEUED)
            if not self._runner.is_walking(j.job_id)
            and (self.only is None or j.job_id in self.only)
        ]
        self._wake_at(min((j.not_before for j in waiting if j.not_before), default=None), now)
        ready = (j for j in waiting if (j.not_before or 0) <= now)
        return next((j for j in ready if not self._recall.comes_first(j)), None)

    def _fits_today(self, job: Job) -> bool:
        if self._spending.over_by(job.request, job.estimate_credits) is None:
            return True
        self.hold(HoldReason.DAY_LIMIT)
        return False

    def _wake_at(self, when: float | None, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if when is not None and when > now:
            self._timer = asyncio.get_running_loop().call_later(when - now, self.pump)

    async def move(self, job_id: str, index: int) -> None:
        """Put a waiting job at place ``index`` among the waiting."""
        waiting = self._ctx.book.in_state(JobState.QUEUED)
        moved = [j for j in waiting if j.job_id == job_id]
        if not moved:
            return
        others = [j for j in waiting if j.job_id != job_id]
        others[index:index] = moved
        positions = sorted(j.position for j in waiting)
        order = dict(zip((j.job_id for j in others), positions, strict=True))
        await self._ctx.book.reorder(order)
        self.changed.emit(self.state)

    async def move_by(self, job_id: str, steps: int) -> None:
        waiting = [j.job_id for j in self._ctx.book.in_state(JobState.QUEUED)]
        if job_id in waiting:
            index = min(max(0, waiting.index(job_id) + steps), len(waiting) - 1)
            await self.move(job_id, index)

    def close(self) -> None:
        self._wake_at(None, 0)
        self._wake_at_midnight(None)

    def _on_job_changed(self, _job: Job) -> None:
        self.changed.emit(self.state)
        self.pump()

    def _on_recalled(self, _nothing: None) -> None:
        self.pump()

    def _on_walk_ended(self, _job_id: str) -> None:
        self.pump()

    def _on_online_changed(self, online: bool) -> None:
        if not online:
            self.hold(HoldReason.OFFLINE)
        elif self._hold is HoldReason.OFFLINE:
            self.resume()


def _waits(job: Job) -> bool:
    """For its turn, or for the account that it was sent under."""
    return job.state is JobState.QUEUED or (
        job.state in RUNNING and job.waits_for_account is not None
    )
