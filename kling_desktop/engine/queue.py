"""The queue: which job goes next, how many at once, and why it waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..motion.day_limit import DayLimit
from ..motion.job import RUNNING, HoldReason, Job, JobError, JobState, QueueState
from ..motion.money import MICRO, micro
from ..steady import steady_s
from ..store.journal import JournalError
from .book import ForbiddenStep
from .busy import BusyHosts
from .context import JOURNAL_RETRY_S, Context
from .events import Event
from .holds import OF_API_TOKEN, TRIED, Holds
from .in_a_row import is_known, least_s, left_s, unclear_in_a_row
from .kept_values import HOLDS_KEY
from .problems import UPLOAD_FAILED, job_error, keeping, said_by_nobody
from .recall import Recall
from .runner import JobRunner
from .spending import Spending, limit_error, until_midnight_s
from .trial import ACCEPTED, Trial

# While the day's limit holds it is looked at again this often: a computer may sleep over midnight.
DAY_AGAIN_S = 60.0


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
        self._holds = Holds()
        self._trial = Trial()
        self.busy_hosts = BusyHosts()
        self._own_words: dict[str, frozenset[HoldReason]] = {}  # job id -> holds that it passes
        self._clear_from: dict[str, float] = {}  # job id -> when an answer counts, monotonic
        self._pumping = False
        self._again = False
        self.day_limit: DayLimit | None = None  # the figures, while it holds
        self.only: set[str] | None = None  # the command line runs its own job and no other
        self._for_all = 0  # how many commands are at work for all of them
        self._timer: asyncio.TimerHandle | None = None
        self.changed: Event[QueueState] = Event()
        ctx.book.changed.connect(self._on_job_changed)
        ctx.book.removed.connect(self._on_job_changed)
        ctx.connectivity.changed.connect(self._on_online_changed)
        ctx.connectivity.confirmed.connect(self._on_confirmed)
        runner.walk_ended.connect(self._on_walk_ended)
        recall.answered.connect(self._on_recalled)

    async def open(self) -> None:
        """Take up the holds of the last run."""
        self._holds.read(await self._ctx.kept.read(HOLDS_KEY))
        known = {j.job_id for j in self._ctx.book.in_state(*ACCEPTED)}
        self._holds.answered(known & self._holds.unclear)
        if HoldReason.UNCLEAR in self._holds:
            error = dict(self._holds.met).get(HoldReason.UNCLEAR)
            jobs = [j for j in map(self._ctx.book.ever, self._holds.unclear) if j is not None]
            sent_at = max((j.submitted_at or 0.0 for j in jobs), default=0.0)
            left = left_s(1 if error is None else error.in_a_row, self._ctx.clock() - sent_at)
            self._clear_from = dict.fromkeys(self._holds.unclear, steady_s() + left)
            self._ctx.connectivity.doubt()
        for reason, error in self.busy_hosts.take_up(self._ctx.book.all(), self._ctx.clock()):
            self._holds.add(reason, error)

    @property
    def state(self) -> QueueState:
        jobs, now = self._ctx.book.all(), self._ctx.clock()
        in_vain = Counter(j.state for j in jobs if j.in_vain and not j.acknowledged)
        return QueueState(
            holds=self._holds.reasons,
            met=self._holds.met,
            again_at=tuple((r, now + left_s) for r, left_s in self.busy_hosts.again_in()),
            running=sum(j.state in RUNNING and j.waits_for_account is None for j in jobs),
            waiting=sum(_waits(j) for j in jobs),
            asking=sum(j.state is JobState.ASKING for j in jobs),
            unknown=sum(j.state is JobState.UNKNOWN for j in jobs),
            unsaved=sum(j.state is JobState.UNSAVED for j in jobs),
            failed=in_vain[JobState.FAILED],
            unsent=in_vain[JobState.CANCELLED],
            order=tuple(j.job_id for j in jobs if not j.ended),
        )

    @property
    def is_held(self) -> bool:
        return bool(self._holds.reasons)

    @property
    def awaited(self) -> frozenset[str]:
        """The jobs about which an answer of the service itself is awaited."""
        return self._holds.unclear

    def may_send(self, job: Job) -> bool:
        """Whether a job that has its slot may be sent at this moment."""
        return not self._kept_back(job) and self._spending.fits(job)

    def hold(self, reason: HoldReason, error: JobError | None = None, job_id: str = "") -> None:
        """Nothing more is sent until what this waits for is there; other holds stay beside it.

        ``job_id``: who was refused. What another one meets is no answer to a job that the person
        let through alone: it may cost less.
        """
        if reason in TRIED:  # whoever tried was refused
            self._trial.disarm()
        # What is met after a word was given, that word does not pass.
        for each in [job_id] if job_id else list(self._own_words):
            if each in self._own_words:
                self._own_words[each] -= {reason}
        self.tell(reason, error)
        if reason is HoldReason.CREDIT and not said_by_nobody(error):  # of a token that was taken
            self.lift(*OF_API_TOKEN)

    def unclear(self, job_id: str, error: JobError) -> None:
        """Nothing else is sent until the service itself answered about this job.

        Where no look can ask, any free call that it answers itself is taken for that. The more
        of them came in a row, the later an answer counts.
        """
        in_a_row = unclear_in_a_row(self._ctx.book.all(), job_id, self._ctx.ages.age_s)
        self._clear_from[job_id] = steady_s() + least_s(in_a_row)
        if in_a_row > 1:
            error = error.with_values(in_a_row=str(in_a_row))
        if self._holds.add(HoldReason.UNCLEAR, error, job_id):
            self._on_holds_changed()
        self._ctx.connectivity.doubt()

    def answered(self, *job_ids: str) -> None:
        """The service itself answered about these: the last of them ends the wait."""
        if self._holds.answered([i for i in job_ids if self._is_clear(i)]):
            self._on_holds_changed()
            self.pump()

    def _is_clear(self, job_id: str) -> bool:
        """Whether it is known what became of it, or it was waited long enough for that."""
        job = self._ctx.book.ever(job_id)
        waited = steady_s() >= self._clear_from.get(job_id, 0.0)
        return waited or job is None or is_known(job)

    def busy(self, job_id: str, error: JobError, asked_s: float) -> None:
        """A host did not do its part for this job, and will not for the next one.

        ``asked_s``: the pause that it asks for, seconds; 0: none.
        """
        self._holds.add(*self.busy_hosts.met(error, job_id, asked_s))
        self._on_holds_changed()  # also where it held before: the time is another one

    def lift(self, *reasons: HoldReason) -> None:
        """What these waited for is there."""
        for reason in reasons:
            self.busy_hosts.end(reason)
        if self._holds.lift(reasons):
            self._on_holds_changed()
            self.pump()

    def pause(self) -> None:
        self.hold(HoldReason.PAUSED)
        self._holds.paused_at = self._ctx.clock()
        self._on_holds_changed()  # also where it was paused before: the last word counts

    def was_paused_since(self, when: float) -> bool:
        """Whether the person paused after they said something else: the last word counts."""
        paused_at = self._holds.paused_at
        return paused_at is not None and when < paused_at <= self._ctx.clock()

    def resume(self) -> None:
        """The person's word, which ends their pause and the wait after an unclear answer.

        One job tries whether token or credit is there again; a limit for a day stays.
        """
        self.lift(HoldReason.PAUSED, HoldReason.UNCLEAR)
        self.busy_hosts.cut()
        self._trial.arm()
        self._recall.poke()
        self._ctx.connectivity.poke()
        self.pump()

    def let_through(self, job_id: str, said_at: float) -> None:
        """The person's word for this job alone: it passes their pause, and tries token and credit.

        No hold of the others changes by it, unless the service accepts the job. Where the queue
        runs only some jobs, it is one of them from now on. ``said_at``: when they said so, Unix
        seconds; a later pause is their last word.
        """
        if self.only is not None:
            self.only.add(job_id)
        passes_pause = not self.was_paused_since(said_at)
        self._own_words[job_id] = TRIED | ({HoldReason.PAUSED} if passes_pause else set())
        self._ctx.connectivity.poke()
        self.pump()

    def kept_by(self, job_id: str) -> tuple[HoldReason, ...]:
        """The holds that keep this job from going; none while it may still try."""
        if (job := self._ctx.book.ever(job_id)) is None:
            return self._holds.reasons
        kept_back = self._kept_back(job)
        if self._trial.armed and kept_back <= TRIED:
            kept_back = frozenset()
        if job_id not in self._own_words or not self._spending.fits(job):
            kept_back |= {HoldReason.DAY_LIMIT}
        return tuple(reason for reason in self._holds.reasons if reason in kept_back)

    def why(self, job: Job, reason: HoldReason) -> JobError | None:
        """What a hold began with; the figures of a limit for a day are the job's own."""
        if reason is not HoldReason.DAY_LIMIT:
            return self.state.error_of(reason)
        day = self._spending.ahead_of(job)
        if day is None or day.fits:  # the order is the person's
            return job_error("day_limit", values={"in_front": 1})
        return limit_error(day)

    def is_put_off(self, job: Job) -> bool:
        """Whether what its error tells is in force: it is tried again by itself, and later."""
        later = (job.not_before or 0.0) > self._ctx.clock()
        return job.state is JobState.QUEUED and (later or self._recall.waits_for(job))

    def tell(self, reason: HoldReason, error: JobError | None) -> None:
        """Something more is known of a hold: no new refusal, so whoever tries goes on."""
        if self._holds.add(reason, error):
            self._on_holds_changed()

    def _on_holds_changed(self) -> None:
        self._ctx.kept.keep(HOLDS_KEY, self._holds.to_text())
        self.changed.emit(self.state)

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
                while (job := self._next()) is not None:
                    await self._start(job)
        except JournalError:
            now = self._ctx.clock()
            self._wake_at(now + JOURNAL_RETRY_S, now)
        finally:
            self._pumping = False

    async def _start(self, job: Job) -> None:
        if TRIED & set(job.kept_by(self._holds.reasons)):
            self._trial.begin(job.job_id, own_word=job.job_id in self._own_words)
        try:
            await self._ctx.book.go(job.job_id, JobState.PREPARING)
        except JournalError as error:
            self._ctx.not_written(job.job_id, error)
            raise
        except (ForbiddenStep, KeyError):
            return  # cancelled or taken away while it waited at the door: the next one
        self.busy_hosts.begin(job)
        self._runner.start(job.job_id)

    def _next(self) -> Job | None:
        """The job that goes now. The day's limit is judged by the one whose turn it is.

        A job that the person let through alone does not wait behind one that the limit keeps.
        """
        now = self._ctx.clock()
        turn = self.turn()
        fits = self._fits_today(turn)
        if not fits and (own := self._own_that_fits()) is not None:
            turn, fits = own, True
        times = [j.not_before for j in self._waiting() if j.not_before and j.not_before > now]
        times += [now + left_s for _, left_s in self.busy_hosts.again_in() if left_s > 0]
        again = [] if self.day_limit is None else [now + min(until_midnight_s(now), DAY_AGAIN_S)]
        self._wake_at(min((*times, *again), default=None), now)
        goes = turn is not None and fits and self._is_free(turn) and self._has_slot()
        return turn if goes else None

    def turn(self) -> Job | None:
        """Whose turn it is among the waiting: the first that may go, else the first.

        One whose upload did not arrive lets the others go before: its tries may take minutes.
        """
        waiting = self._waiting()
        free = sorted(filter(self._is_free, waiting), key=_is_tried_again)
        return next(iter(free or waiting), None)

    def _own_that_fits(self) -> Job | None:
        own = (j for j in self._waiting() if j.job_id in self._own_words and self._is_free(j))
        return next(filter(self._spending.fits, own), None)

    def opened_by(self, limit_credits: float | None) -> tuple[int, float]:
        """How many of the waiting a limit for a day lets go, in order, and what they cost in all.

        None: no limit. What else holds the queue does not count here.
        """
        room = None if limit_credits is None else micro(limit_credits)
        spent = micro(self._spending.spent_today())
        count = total = 0
        for job in self._waiting():
            price = micro(self._spending.expected(job.request, job.estimate_credits))
            if room is not None and spent + total + price > room:
                break
            total += price
            count += 1
        return count, total / MICRO

    def _waiting(self) -> list[Job]:
        return [
            j
            for j in self._ctx.book.in_state(JobState.QUEUED)
            if not self._runner.is_walking(j.job_id)
            and (self.only is None or self._for_all or j.job_id in self.only)
        ]

    @contextmanager
    def for_all(self) -> Iterator[None]:
        """While it lasts all that waits may go; then again what it was for alone."""
        self._for_all += 1
        try:
            yield
        finally:
            self._for_all -= 1

    def _is_free(self, job: Job) -> bool:
        """Whether no hold keeps it, no time that was asked for, and no doubt of its past."""
        kept_back = self._kept_back(job) - self.busy_hosts.due()
        tries = self._trial.armed and kept_back <= TRIED
        ready = (not kept_back or tries) and (job.not_before or 0) <= self._ctx.clock()
        return ready and not self._recall.comes_first(job)

    def _kept_back(self, job: Job) -> frozenset[HoldReason]:
        """The holds that keep this job; the day's limit is judged by what it costs."""
        passed = self._own_words.get(job.job_id, frozenset()) | {HoldReason.DAY_LIMIT}
        if self._trial.tries(job.job_id):
            passed |= TRIED
        passed |= self.busy_hosts.passed_by(job.job_id)
        return frozenset(job.kept_by(self._holds.reasons)) - passed

    def _has_slot(self) -> bool:
        # Only those that are walked here: the command line leaves an earlier run's as they are.
        running = self._ctx.book.in_state(*RUNNING)
        return sum(self._runner.is_walking(j.job_id) for j in running) < self._jobs_at_once()

    def _fits_today(self, job: Job | None) -> bool:
        """Holds or lifts the day's limit by the job whose turn it is. Those behind it wait, too:
        the order is the person's."""
        day = None if job is None else self._spending.ahead_of(job)
        self.day_limit = None if day is None or day.fits else day
        if self.day_limit is None:
            if self._holds.lift({HoldReason.DAY_LIMIT}):
                self._on_holds_changed()
            return True
        self.tell(HoldReason.DAY_LIMIT, limit_error(self.day_limit))
        return False

    def _wake_at(self, when: float | None, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if when is not None and when > now:
            self._timer = asyncio.get_running_loop().call_later(when - now, self.pump)

    async def move(self, job_id: str, index: int) -> None:
        """Put a waiting job at place ``index`` among the waiting. Raises NotKept."""
        waiting = self._ctx.book.in_state(JobState.QUEUED)
        moved = [j for j in waiting if j.job_id == job_id]
        if not moved:
            return
        others = [j for j in waiting if j.job_id != job_id]
        others[index:index] = moved
        positions = sorted(j.position for j in waiting)
        order = dict(zip((j.job_id for j in others), positions, strict=True))
        with keeping():
            await self._ctx.book.reorder(order)
        self.changed.emit(self.state)

    async def move_by(self, job_id: str, steps: int) -> None:
        waiting = [j.job_id for j in self._ctx.book.in_state(JobState.QUEUED)]
        if job_id in waiting:
            index = min(max(0, waiting.index(job_id) + steps), len(waiting) - 1)
            await self.move(job_id, index)

    def close(self) -> None:
        self._wake_at(None, 0)

    def _on_job_changed(self, job: Job) -> None:
        if job.ended:
            self._own_words.pop(job.job_id, None)
            self._fits_today(self.turn())  # the room that it made is told with its end
        self.busy_hosts.leave(job)
        if job.state in ACCEPTED:
            self.answered(job.job_id)
        if self._trial.accepts(job):
            self._trial.disarm()
            self._holds.lift(job.kept_by(TRIED))  # without an upload it proves nothing of those
            self._on_holds_changed()
        else:
            self.changed.emit(self.state)
        self.pump()

    def _on_recalled(self, _nothing: None) -> None:
        self.pump()

    def _on_walk_ended(self, job_id: str) -> None:
        if job_id in self._holds.unclear:  # its look ended without an answer
            self._ctx.connectivity.doubt()
        self.changed.emit(self.state)  # whose turn it is may be another one's now
        self.pump()

    def _on_online_changed(self, online: bool) -> None:
        if online:
            self.lift(HoldReason.OFFLINE)
        else:
            self.hold(HoldReason.OFFLINE, self._ctx.connectivity.problem)

    def _on_confirmed(self, _none: None) -> None:
        """Enough for the jobs that nobody looks for: dismissed, sent again, another account's."""
        if self._runner.is_picking_up:
            self._ctx.connectivity.doubt()
            return
        self.answered(*(i for i in self._holds.unclear if not self._runner.is_walking(i)))
        if not self._holds.unclear:  # kept by a version that named no job
            self.lift(HoldReason.UNCLEAR)
        elif not all(map(self._runner.is_walking, self._holds.unclear)):
            self._ctx.connectivity.doubt()  # it was too early to count: ever more slowly again


def _is_tried_again(job: Job) -> bool:
    return job.error is not None and job.error.code == UPLOAD_FAILED


def _waits(job: Job) -> bool:
    """For its turn, or for the account that it was sent under."""
    return job.state is JobState.QUEUED or (
        job.state in RUNNING and job.waits_for_account is not None
    )
