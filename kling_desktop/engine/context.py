"""What every step of a job works with."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..media.helper import MediaHelper
from ..motion.agreement import Agreement
from ..motion.job import HoldReason, Job, JobError, JobState, Progress
from ..motion.price import Quote
from ..motion.request import MotionRequest
from ..steady import steady_s
from ..store.journal import Journal, JournalError
from ..words import Words
from .ages import Ages
from .book import JobBook
from .connectivity import Connectivity
from .events import Event
from .gate import SubmitGate
from .kept_values import KeptValues
from .ownership import Ownership
from .poller import Poller
from .problems import unwritten
from .service import Service
from .videos_place import VideosPlace
from .workers import Workers

if TYPE_CHECKING:
    from .steps.take_up import TakenUp

PROGRESS_EVERY_S = 0.1  # "at most 10 a second" (architecture.md)
JOURNAL_RETRY_S = 5.0  # a full disk or a vanished folder: try the same step again


@dataclass(frozen=True, slots=True)
class Recalled:
    """When the history was asked about a job, and whether it gave a whole answer."""

    at: float  # by ``steady_s``
    answered: bool


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A step of a job that could not be written down yet."""

    since: float  # by ``steady_s``
    error: JobError


@dataclass(slots=True)
class Context:
    """The parts of one engine that jobs need. One instance, handed to every step."""

    book: JobBook
    journal: Journal
    workers: Workers
    media: MediaHelper
    service: Service
    connectivity: Connectivity
    ownership: Ownership
    poller: Poller
    videos_folder: Callable[[], Path]
    place: VideosPlace  # the person's own folder: never made anew where it is gone
    hold: Callable[[HoldReason, JobError | None, str], None]  # the last: the job that was refused
    kept: KeptValues
    may_send: Callable[[Job], bool]
    unclear: Callable[[str, JobError], None]  # this job's submission: nothing else is sent
    answered: Callable[[str], None]  # the service itself answered about this job
    busy: Callable[[str, JobError, float], None]  # what this job met, the next one would; seconds
    does_its_part: Callable[[str], None]  # what was met with this error code
    price: Callable[[MotionRequest, float | None], Quote]  # by today's list; see Engine.price
    fits_today: Callable[[Job], bool]  # into the person's limit for a day
    fresh_price: Callable[[], Awaitable[None]]  # reads the price list again where it is old
    clean_metadata: Callable[[], bool] = lambda: True
    large_images: Callable[[], bool] = lambda: False
    write_recipe: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.time  # Unix seconds; the person's day goes by it
    ages: Ages = field(init=False)
    words: Words = field(default_factory=Words)
    fetch_now: Event[str] = field(default_factory=Event)  # the job's id; empty: all that wait
    fresh_links: set[str] = field(default_factory=set)  # jobs whose link is asked for anew first
    progress: Event[Progress] = field(default_factory=Event)
    journal_failed: Event[JobError] = field(default_factory=Event)
    gate: SubmitGate = field(default_factory=SubmitGate)
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one look at the history a time
    # Jobs of an earlier run that the history was not asked about yet: not to be sent (recall.py).
    unchecked: set[str] = field(default_factory=set)
    # Those that it was asked about: asked again before a POST where that is old.
    recalled: dict[str, Recalled] = field(default_factory=dict)
    unwritten: dict[str, Unwritten] = field(default_factory=dict)  # by job
    stops: dict[str, threading.Event] = field(default_factory=dict)
    upload_pauses_s: dict[str, float] = field(default_factory=dict)  # by job: the next one
    taken: dict[str, TakenUp] = field(default_factory=dict)  # by job: prepared, not uploaded yet

    def __post_init__(self) -> None:
        self.ages = Ages(self.clock)

    def skew_now_s(self) -> float | None:
        """The service's clock minus the one that jobs are dated by; None: not known yet."""
        there = self.service.time_there()
        return None if there is None else there - self.clock()

    def skew_then_s(self, job: Job) -> float | None:
        """The same when the job was sent: this computer's clock may have been set since."""
        if job.clock_skew_s is not None or job.submitted_at is None:
            return job.clock_skew_s
        there, age_s = self.service.time_there(), self.ages.exact_age_s(job)
        if there is None or age_s is None:
            return None
        return there - age_s - job.submitted_at

    def stop_of(self, job_id: str) -> threading.Event:
        """The flag by which a blocking transfer of this job is told to end."""
        return self.stops.setdefault(job_id, threading.Event())

    def report(self, job_id: str, state: JobState) -> Callable[[int, int | None], None]:
        """A progress callback for a worker thread; passes on at most ten a second."""
        loop = asyncio.get_running_loop()
        last = 0.0

        def on_progress(done_bytes: int, total_bytes: int | None) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < PROGRESS_EVERY_S and done_bytes != total_bytes:
                return
            last = now
            if not loop.is_closed():
                value = Progress(job_id, state, done_bytes, total_bytes)
                loop.call_soon_threadsafe(self.progress.emit, value)

        return on_progress

    def report_share(self, job_id: str, state: JobState) -> Callable[[float], None]:
        """As ``report``, for work that counts no bytes: the share done, 0 to 1.

        The media helper tells ten a second at most by itself.
        """
        loop = asyncio.get_running_loop()

        def on_progress(share: float) -> None:
            if not loop.is_closed():
                value = Progress(job_id, state, share=share)
                loop.call_soon_threadsafe(self.progress.emit, value)

        return on_progress

    def not_written(self, job_id: str, error: JournalError) -> None:
        """A step of the job could not be written down: it is tried again."""
        why = unwritten(error)
        since = self.unwritten[job_id].since if job_id in self.unwritten else steady_s()
        self.unwritten[job_id] = Unwritten(since, why)
        self.journal_failed.emit(why)

    async def until_written(self, job_id: str, write: Callable[[], Awaitable[object]]) -> None:
        """Repeat a write whose content exists only in memory until the journal takes it.

        Where all closes, the next start reads from the journal that it is not known.
        """
        while True:
            try:
                await write()
                self.unwritten.pop(job_id, None)
                return
            except JournalError as error:
                self.not_written(job_id, error)
                if self.workers.closing.is_set():
                    return
                await self.workers.pause(JOURNAL_RETRY_S)

    async def fail(self, job: Job, error: JobError) -> None:
        """End a job without a video."""
        await self.book.go(
            job.job_id, JobState.FAILED, error=error, finished_at=time.time(), note=error.code
        )

    async def ask(self, job: Job, error: JobError, offered: Agreement | None, **facts: Any) -> None:
        """Not what was agreed to: it waits for the person, and what was uploaded is not used."""
        await self.book.go(
            job.job_id,
            JobState.ASKING,
            error=error,
            offered=offered,
            image_link=None,
            note=error.code,
            **facts,
        )

    async def back_to_queue(self, job: Job, error: JobError | None, note: str) -> None:
        """Nothing was accepted: the job keeps its place and waits."""
        await self.book.go(job.job_id, JobState.QUEUED, error=error, note=note)
