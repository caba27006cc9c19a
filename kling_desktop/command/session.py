"""An engine for the length of one command: sandbox, lock, interruption, and the way out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ..engine.engine import Engine
from ..engine.setup import ACCOUNT, SANDBOX, Home
from ..motion.job import HoldReason, Job, JobState
from .output import Reporter

# The command line ends with "unknown" after the look at 60 s (issue 3); ``resume`` looks on.
UNKNOWN_AFTER_S = 61.0
OFFLINE_AFTER_S = 30.0  # nothing was sent: a script should not hang on a wrong address
TICK_S = 0.5


class Busy(Exception):
    """Another program has this library."""


@asynccontextmanager
async def session(data_dir: Path | None, *, sandbox: bool) -> AsyncIterator[Engine]:
    """An open engine whose queue stands still. Raises Busy, JournalError, StoreError, BadLink."""
    home = Home(data_dir)
    profile = SANDBOX if sandbox else ACCOUNT
    lock = home.lock(profile)
    if not lock.acquire():
        raise Busy(str(home.paths.root))
    try:
        async with _engine(home, sandbox) as engine:
            yield engine
    finally:
        lock.release()


@asynccontextmanager
async def _engine(home: Home, sandbox: bool) -> AsyncIterator[Engine]:
    if not sandbox:
        engine = home.account_engine()
        try:
            yield engine
        finally:
            await engine.close()
        return
    from ..sandbox import Sandbox  # only where it is wanted: it is large

    paths = home.paths.profile(SANDBOX)
    paths.create()
    service = Sandbox(paths.sandbox_folder)
    await asyncio.to_thread(service.start)
    try:
        engine = home.sandbox_engine(service.address, (service.api_token, service.account_token))
        try:
            yield engine
        finally:
            await engine.close()
    finally:
        await asyncio.to_thread(service.stop)


class Interrupted(Exception):
    """Ctrl+C or a polite kill: what is unfinished is resumed later."""


class Drive:
    """Waits for jobs to settle: ended, held, or unknown for long enough."""

    def __init__(self, engine: Engine, reporter: Reporter) -> None:
        self._engine = engine
        self._reporter = reporter
        self._changed = asyncio.Event()
        self._interrupted = False
        self._offline_since: float | None = None
        engine.book.changed.connect(self._on_job)
        engine.progress.connect(reporter.on_progress)
        engine.queue.changed.connect(self._on_change)

    async def until_settled(self, job_ids: list[str]) -> list[Job]:
        """Raises Interrupted."""
        self._listen_for_signals()
        started_at = time.time()
        while True:
            jobs = [self._engine.book.get(i) for i in job_ids]
            if self._interrupted:
                raise Interrupted
            if all(self._is_settled(job, started_at) for job in jobs):
                return jobs
            self._tick(jobs)
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), TICK_S)
            except TimeoutError:
                pass

    def _is_settled(self, job: Job, started_at: float) -> bool:
        if job.ended:
            return True
        now = time.time()
        if job.state is JobState.UNKNOWN:
            since = max(job.submitted_at or 0, started_at - UNKNOWN_AFTER_S)
            looked = job.looks > 0 and job.updated_at >= started_at
            return looked and now - since >= UNKNOWN_AFTER_S
        if job.state is not JobState.QUEUED:
            return False
        hold = self._engine.queue.state.hold
        if hold is HoldReason.OFFLINE:
            self._offline_since = self._offline_since or now
            return now - self._offline_since >= OFFLINE_AFTER_S
        self._offline_since = None
        return hold is not None

    def _tick(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.state is JobState.GENERATING:
                self._reporter.on_elapsed(job, time.time())

    def _on_job(self, job: Job) -> None:
        self._reporter.on_job(job)
        self._changed.set()

    def _on_change(self, _state: object) -> None:
        self._changed.set()

    def _interrupt(self) -> None:
        self._interrupted = True
        self._changed.set()

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        interrupt: Callable[[], None] = self._interrupt
        for name in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(name, interrupt)
            except NotImplementedError:  # Windows: Ctrl+C arrives as KeyboardInterrupt
                return
