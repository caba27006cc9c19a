"""An engine for the length of one command: sandbox, lock, interruption, and the way out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ..engine.door import Door, Say
from ..engine.engine import Engine
from ..engine.home import ACCOUNT, SANDBOX, Home
from ..motion.job import HoldReason, Job, JobState, Progress, QueueState
from ..store.lock import FolderLock
from ..words import Words
from .output import Sink, job_line

# The command line ends with "unknown" after the look at 60 s (issue 3); ``resume`` looks on.
UNKNOWN_AFTER_S = 61.0
OFFLINE_AFTER_S = 30.0  # nothing was sent: a script should not hang on a wrong address
TICK_S = 0.5

Serve = Callable[[Engine, dict[str, Any], Say], Awaitable[None]]


class Busy(Exception):
    """Another program has this library; it may take the command over."""

    def __init__(self, lock: FolderLock, folder: str) -> None:
        self.lock = lock
        self.folder = folder
        super().__init__(folder)


@asynccontextmanager
async def session(data_dir: Path | None, *, sandbox: bool, serve: Serve) -> AsyncIterator[Engine]:
    """An open engine whose queue stands still; other commands may knock and are served, too.

    Raises Busy, JournalError, StoreError, BadLink.
    """
    home = Home(data_dir)
    home.tells_recipe = False
    lock = home.lock(SANDBOX if sandbox else ACCOUNT)
    if not lock.acquire():
        raise Busy(lock, str(home.paths.root))
    try:
        async with _engine(home, sandbox) as engine:
            await engine.open(run_queue=False)
            # From the first knock on: a job that is handed over early is named like our own.
            engine.queue.only = set()
            door = Door(partial(serve, engine))
            door.open()
            try:
                door.announce(lock)
                yield engine
                _end_on_signals()
                await door.until_idle()
            finally:
                door.close()
    finally:
        lock.release()


def _end_on_signals() -> None:
    """Only others are waited for now: Ctrl+C and a polite kill end the program as they do."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.remove_signal_handler(name)
        except NotImplementedError:  # Windows never had one
            return


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
    """Waits for jobs to settle: ended, held, or unknown for long enough.

    ``patient``: the queue is a window's, whose person paused it and will go on with it.
    """

    def __init__(
        self,
        engine: Engine,
        sink: Sink,
        *,
        patient: bool = False,
        unknown_after_s: float = UNKNOWN_AFTER_S,
        offline_after_s: float = OFFLINE_AFTER_S,
    ) -> None:
        self._unknown_after_s = unknown_after_s
        self._offline_after_s = offline_after_s
        self._engine = engine
        self._sink = sink
        self._patient = patient
        self._job_ids: set[str] = set()
        self._words = Words()
        self._changed = asyncio.Event()
        self._interrupted = False
        self._offline_since: float | None = None

    async def until_settled(self, job_ids: list[str]) -> list[Job]:
        """Raises Interrupted."""
        self._job_ids = set(job_ids)
        engine = self._engine
        engine.book.changed.connect(self._on_job)
        engine.progress.connect(self._on_progress)
        engine.queue.changed.connect(self._on_queue)
        try:
            return await self._wait(job_ids)
        finally:
            engine.book.changed.disconnect(self._on_job)
            engine.progress.disconnect(self._on_progress)
            engine.queue.changed.disconnect(self._on_queue)

    async def _wait(self, job_ids: list[str]) -> list[Job]:
        if not self._patient:
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
            since = max(job.submitted_at or 0, started_at - self._unknown_after_s)
            looked = job.looks > 0 and job.updated_at >= started_at
            return looked and now - since >= self._unknown_after_s
        if job.state is not JobState.QUEUED:
            return False
        hold = self._engine.queue.state.hold
        if hold is HoldReason.OFFLINE:
            self._offline_since = self._offline_since or now
            return now - self._offline_since >= self._offline_after_s
        self._offline_since = None
        waits = (HoldReason.PAUSED, HoldReason.DAY_LIMIT) if self._patient else ()
        return hold is not None and hold not in waits

    def _tick(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.state is JobState.GENERATING:
                self._sink.on_elapsed(job, time.time())

    def _on_job(self, job: Job) -> None:
        if job.job_id not in self._job_ids:
            return
        line = job_line(self._words, job)
        if line is not None:
            self._sink.say(line)
        self._changed.set()

    def _on_progress(self, progress: Progress) -> None:
        if progress.job_id in self._job_ids:
            self._sink.on_progress(progress)

    def _on_queue(self, state: QueueState) -> None:
        if state.hold is not None:
            self._sink.say(self._words.hold(state.hold))
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
