"""Waiting for jobs on an engine, and saying what happens to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..engine.busy import hold_of
from ..engine.engine import Engine
from ..engine.events import is_set_within
from ..engine.problems import STORE_SILENT, UPLOAD_FAILED, from_hold, job_error
from ..engine.recall import NOT_NOW
from ..motion.account import Connection
from ..motion.job import (
    BUSY,
    FINISHED_THERE,
    FREE_TO_CANCEL,
    HoldReason,
    Job,
    JobError,
    JobState,
    Money,
    Progress,
    QueueState,
)
from ..steady import steady_s
from ..words import Words
from .output import Sink
from .patience import PATIENCE_S, with_store_s

# The command line ends with "unknown" after the look at 60 s (issue 3); ``resume`` looks on.
UNKNOWN_AFTER_S = 61.0
# What was away for so long has passed; a try at a host that is still away takes 10 s (remote/http).
PASSED_AFTER_S = 20.0
MOMENT_S = 20.0  # as long as connecting and a first answer may take, whatever patience is asked for
TICK_S = 0.5
# These may end by themselves: the service answers again, or says what became of another job.
_PASSING = BUSY | {HoldReason.OFFLINE, HoldReason.UNCLEAR, HoldReason.UNWRITABLE}
# Those that also keep what runs at the service.
_OF_ALL = {HoldReason.OFFLINE, HoldReason.UNWRITABLE}
_SAID_ELSEWHERE = frozenset({HoldReason.STORE})  # by ``said_of_store``
# Whoever sits at the window lifts these; a command that was handed to it waits for that.
_WINDOWS_OWN = frozenset({HoldReason.PAUSED, HoldReason.DAY_LIMIT})


class Drive:
    """Waits for jobs to settle: ended, held, unknown or paid and not here for long enough.

    ``patience_s``: how long it waits where nothing goes on: a host or the network keeps a job from
    being sent, no answer tells how it stands at the service, or no byte of a video that is paid
    for comes.
    ``patient``: the queue is a window's, whose person paused it and will go on with it.
    ``named``: each line about a job begins with its id, because there may be several.
    ``now`` gives Unix seconds; ``clock`` seconds that nobody can set.
    """

    def __init__(
        self,
        engine: Engine,
        sink: Sink,
        *,
        patience_s: float = PATIENCE_S,
        patient: bool = False,
        named: bool = False,
        unknown_after_s: float = UNKNOWN_AFTER_S,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = steady_s,
    ) -> None:
        self._patience_s = patience_s
        self._clock = clock
        self._begun = clock()
        self._unknown_after_s = unknown_after_s
        self._now = now
        self._engine = engine
        self._sink = sink
        self._patient = patient
        self._patience_is_told = False
        self._named = named
        self._said: dict[str, str] = {}  # by job: its last line
        self._said_of_queue = ""
        self._job_ids: set[str] = set()
        self._words = Words()
        self._changed = asyncio.Event()
        # By job: since when it met what may pass, and when it was last seen to.
        self._kept: dict[str, tuple[float, float]] = {}
        # By job and way: when it was first seen to be sent or fetched, or when bytes last moved.
        self._moved_at: dict[tuple[str, JobState], float] = {}
        self._most_bytes: dict[tuple[str, JobState, int | None], int] = {}  # of a file, so far
        self._given_up: set[str] = set()  # jobs that met it for too long, and were not sent since

    async def until_settled(self, job_ids: Iterable[str]) -> list[Job]:
        """Each as it stands then; what waits carries the reason, also where it is the queue's."""
        wanted = list(job_ids)
        self._job_ids = set(wanted)
        engine = self._engine
        engine.book.changed.connect(self._on_job)
        engine.progress.connect(self._on_progress)
        engine.queue.changed.connect(self._on_queue)
        engine.recall.unasked.connect(self._on_trouble)
        engine.book.put_back.connect(self._on_trouble)
        for job_id in wanted:  # a job that is taken up says where it stands
            if (job := engine.book.ever(job_id)) is not None:
                self._on_job(self._as_found(job))
        self._on_queue(engine.queue.state)  # also what held it before
        try:
            jobs = [self._with_reason(job) for job in await self._wait(wanted)]
        finally:
            engine.book.changed.disconnect(self._on_job)
            engine.progress.disconnect(self._on_progress)
            engine.queue.changed.disconnect(self._on_queue)
            engine.recall.unasked.disconnect(self._on_trouble)
            engine.book.put_back.disconnect(self._on_trouble)
        if self._named:
            for job in jobs:
                self._say(job)
        return jobs

    async def _wait(self, job_ids: list[str]) -> list[Job]:
        while True:
            found = (self._engine.book.ever(job_id) for job_id in job_ids)
            jobs = [job for job in found if job is not None]
            # Of each, for the patience with it begins when it is first seen to wait.
            if all([self._is_settled(job) for job in jobs]):
                return jobs
            self._tick(jobs)
            self._changed.clear()
            await is_set_within(self._changed, TICK_S)

    def _is_settled(self, job: Job) -> bool:
        if job.awaits_copy and self._engine.runner.is_walking(job.job_id):
            return self._stands_still(job, JobState.DONE)
        if job.ended or job.state is JobState.ASKING or job.waits_for_account is not None:
            return True
        if (unwritten := self._engine.runner.unwritten(job.job_id)) is not None:
            return self._clock() - max(unwritten.since, self._begun) >= self._patience_s
        if job.state is JobState.GENERATING:  # one that is still running is an answer
            silent_since = self._engine.poller.silent_since
            if silent_since is None:
                return False
            since = max(silent_since, self._begun)
            return self._clock() - since >= self._patience_without_token_s
        if job.state is JobState.UNSAVED and job.result_url is None and self._awaits_token:
            return self._clock() - self._begun >= self._patience_without_token_s
        if job.state in FINISHED_THERE:
            return self._stands_still(job, JobState.DOWNLOADING)
        if job.state not in FREE_TO_CANCEL:
            self._given_up.discard(job.job_id)
        if job.job_id in self._given_up:
            return True  # it tries on while there is another to wait for
        if job.state is JobState.UPLOADING and not job.is_ready:
            return self._stands_still(job, JobState.UPLOADING)
        if job.state is JobState.UNKNOWN:
            return self._is_left_unknown(job)
        if job.state is not JobState.QUEUED:
            return False
        hold = next(iter(self._engine.queue.kept_by(job.job_id)), None)
        if not self._may_pass(job, hold):
            return hold is not None and not (self._patient and hold in _WINDOWS_OWN)
        patience_s = self._unknown_after_s if hold is HoldReason.UNCLEAR else self._patience_s
        if self._is_of_store(hold):
            patience_s = with_store_s(patience_s)
        if self._kept_for_s(job, hold) < patience_s:
            self._say_patience(hold)
            return False
        self._given_up.add(job.job_id)
        return True

    def _is_left_unknown(self, job: Job) -> bool:
        """A look of this run told nothing, and a minute has passed; or no look comes to an end."""
        look = self._engine.runner.look_of(job.job_id)
        age_s = self._engine.runner.age_s(job)
        patience_s = max(self._patience_without_token_s, self._unknown_after_s)
        if look is not None and look.is_under_way:  # what it is told counts
            patience_s += MOMENT_S
        elif look is not None and look.told and age_s >= self._unknown_after_s:
            return True
        return min(age_s, self._clock() - self._begun) >= patience_s

    @property
    def _awaits_token(self) -> bool:
        return self._engine.account.state.awaits_token

    @property
    def _patience_without_token_s(self) -> float:
        """With what nobody asks for before the password store has told the token."""
        if self._engine.account.state.connection is Connection.STORE_UNREAD:
            return 0.0  # it has answered
        return with_store_s(self._patience_s) if self._awaits_token else self._patience_s

    def _is_of_store(self, hold: HoldReason | None) -> bool:
        error = None if hold is None else self._engine.queue.state.error_of(hold)
        return error is not None and error.code == STORE_SILENT

    def _stands_still(self, job: Job, way: JobState) -> bool:
        """Whether no byte of it moved for too long; one that is under way is given a moment."""
        now = self._clock()
        still_s = now - self._moved_at.setdefault((job.job_id, way), now)
        return still_s >= max(self._patience_s, MOMENT_S if job.state is way else 0.0)

    def _may_pass(self, job: Job, hold: HoldReason | None) -> bool:
        """Whether what keeps it may end by itself."""
        if hold is not None:
            return hold in _PASSING or self._is_of_store(hold)
        return job.error is not None and self._engine.queue.is_put_off(job)

    def _kept_for_s(self, job: Job, hold: HoldReason | None) -> float:
        """How long nothing goes on, and will not while whoever keeps it wants to be left alone."""
        busy, now = self._engine.queue.busy_hosts, self._clock()
        if hold in BUSY:
            since = now if busy.is_tried(hold) else busy.since(hold) or now
            return max(now, busy.asked_until(hold) or now) - max(since, self._begun)
        since, seen_at = self._kept.get(job.job_id, (now, now))
        if now - seen_at > PASSED_AFTER_S:
            since = now
        self._kept[job.job_id] = (since, now)
        return now - since + self._left_of_pause_s(job)

    def _left_of_pause_s(self, job: Job) -> float:
        """Of what was asked for; never more than that, should the clock have been set just now."""
        asked = "" if job.error is None else job.error.value("pause_s")
        try:
            return min(max(0.0, (job.not_before or 0.0) - self._now()), float(asked))
        except ValueError:
            return 0.0

    def _say_patience(self, hold: HoldReason | None) -> None:
        """Once: how long is waited for what may take the night."""
        told = hold is HoldReason.UNCLEAR or self._is_of_store(hold)
        if not told and not self._patience_is_told:
            self._patience_is_told = True
            self._sink.say(self._words.patience(self._patience_s))

    def _with_reason(self, job: Job) -> Job:
        if (unwritten := self._engine.runner.unwritten(job.job_id)) is not None:
            sent, why = job.state not in FREE_TO_CANCEL, unwritten.error
            return replace(job, error=replace(why, money=Money.MAYBE_CHARGED) if sent else why)
        if job.state is JobState.GENERATING and job.error is None:  # fewer polls than rows tell of
            return replace(job, error=self._engine.poller.why_silent)
        if job.state is JobState.UPLOADING:  # and no byte of it moves
            told = self._engine.queue.state.error_of(HoldReason.UPLOADS_BUSY) or job.error
            met = "" if told is None else told.value("met")
            values = {"name": job.next_upload.name, "met": met or "read_timeout"}
            return replace(job, error=job_error(UPLOAD_FAILED, values=values))
        queue = self._engine.queue
        hold = next(iter(queue.kept_by(job.job_id)), None)
        if job.state is not JobState.QUEUED or hold is None:
            return job
        why = from_hold(hold, queue.why(job, hold))
        # Whether it was sent by an earlier run, nobody has said: no hold of now makes it unsent.
        own = job.error is not None and job.error.code in (why.code, NOT_NOW)
        own = own or (hold in BUSY and hold is hold_of(job.error))
        return job if own else replace(job, error=why)

    def _tick(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.state is JobState.GENERATING:
                self._sink.on_elapsed(job, self._now())

    def _on_job(self, job: Job) -> None:
        if job.job_id not in self._job_ids:
            return
        self._say(job)
        self._changed.set()

    def _say(self, job: Job) -> None:
        """Where a job stands, and why; not twice in a row."""
        line = self._words.line(job)
        if line and line != self._said.get(job.job_id):
            self._said[job.job_id] = line
            self._sink.say(f"{self._words.job_id(job)} {line}" if self._named else line)

    def _on_progress(self, progress: Progress) -> None:
        # More than ever before: a host that begins anew each time brings nothing.
        file = (progress.job_id, progress.state, progress.total_bytes)
        if progress.done_bytes > self._most_bytes.get(file, 0):
            self._most_bytes[file] = progress.done_bytes
            self._moved_at[progress.job_id, progress.state] = self._clock()
        if progress.job_id in self._job_ids:
            self._sink.on_progress(progress)

    def _on_trouble(self, error: JobError) -> None:
        self._sink.say(self._words.error(error).sentence)

    def _on_queue(self, state: QueueState) -> None:
        line = self._words.holds(self._as_kept(state), typed=True)
        if line and line != self._said_of_queue:
            self._sink.say(line)
        self._said_of_queue = line
        self._changed.set()

    def _as_kept(self, state: QueueState) -> QueueState:
        """With the holds alone that keep what is waited for here, where they may pass."""
        queue, found = self._engine.queue, map(self._engine.book.ever, self._job_ids)
        waiting = [job for job in found if job is not None and job.state is JobState.QUEUED]
        keeping = _OF_ALL.union(*(queue.kept_by(job.job_id) for job in waiting))
        told = _PASSING | _WINDOWS_OWN if self._patient else _PASSING
        if not keeping & told & set(state.holds):
            return QueueState()
        met = dict(state.met)
        if waiting:
            met |= {r: why for r in state.holds if (why := queue.why(waiting[0], r)) is not None}
        holds = tuple(r for r in state.holds if r in keeping - _SAID_ELSEWHERE)
        return replace(state, holds=holds, met=tuple(met.items()))

    def _as_found(self, job: Job) -> Job:
        """What kept it waiting in an earlier run need not hold any more."""
        stale = job.state is JobState.QUEUED and not self._engine.queue.is_put_off(job)
        return replace(job, error=None) if stale else job
