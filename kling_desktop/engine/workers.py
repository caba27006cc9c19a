"""Everything that blocks runs here, and every task is kept and its failure reported."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

from .events import is_set_within

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)

# Uploads and held submits take a thread each for minutes; eight jobs at once is the
# most that Settings allow, and links, thumbnails and the account want some besides.
CALL_THREADS = 16
# Paid videos, coming or awaited: a host that says nothing holds a thread for half a minute, and
# there may be a night's jobs of it. They wait for each other, and nothing else waits for them.
FETCH_THREADS = 8
# They queue up at the helper's two processes: eight jobs being converted, the doctor, and a
# thumbnail must not wait for each other here.
MEDIA_THREADS = 12


class Workers:
    """Thread pools and background tasks of one engine."""

    def __init__(self) -> None:
        self._calls = ThreadPoolExecutor(CALL_THREADS, "kling-call")
        self._fetches = ThreadPoolExecutor(FETCH_THREADS, "kling-fetch")
        self._media = ThreadPoolExecutor(MEDIA_THREADS, "kling-media")
        self._writes = ThreadPoolExecutor(1, "kling-journal")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._places: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._joined: dict[Hashable, asyncio.Task[Any]] = {}
        self._whole: set[asyncio.Task[Any]] = set()
        self.closing = threading.Event()
        self._halted = asyncio.Event()  # the same for who waits on the loop

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a blocking call of the network, the disk or the keyring."""
        return await self._in(self._calls, function, *args, **kwargs)

    async def fetch(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a download of a video that is paid for."""
        return await self._in(self._fetches, function, *args, **kwargs)

    async def media(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a call of the media helper; they wait for each other, not for the network."""
        return await self._in(self._media, function, *args, **kwargs)

    async def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a write to the journal: one thread, so the order is kept."""
        return await self._in(self._writes, function, *args, **kwargs)

    async def aside(self, function: Callable[[], R]) -> R:
        """See ``aside`` below."""
        return await aside(function)

    async def at_place(self, place: Hashable, function: Callable[[], R]) -> R:
        """As ``aside``, one after the other at each place: a dead share holds one thread of ours.

        ``place``: what answers or not as a whole, as a folder does.
        """
        if (turn := self._places.get(place)) is None:
            turn = self._places[place] = asyncio.Lock()
        async with turn:
            return await self.aside(function)

    async def whole(self, work: Coroutine[Any, Any, R]) -> R:
        """Finish writes that belong together, also where the caller is cancelled or all closes."""
        return await asyncio.shield(self.begin_whole(work))

    def begin_whole(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """As ``whole``, for what nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._whole.add(task)
        task.add_done_callback(self._on_whole_done)
        return task

    def _on_whole_done(self, task: asyncio.Task[Any]) -> None:
        self._whole.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.info("a write came to nothing: %s", problem)  # whoever waits for it is told, too

    async def _in(
        self,
        pool: ThreadPoolExecutor,
        function: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, lambda: function(*args, **kwargs))

    def spawn(self, work: Coroutine[Any, Any, R], name: str) -> asyncio.Task[R]:
        """Start a task that is kept until it ends and whose failure is reported.

        After ``halt`` nothing begins any more: a write that is finished then still has listeners.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        if self.closing.is_set():
            task.cancel()
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def join(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Do ``work`` once: whoever asks while it is under way gets the same answer, or failure.

        It goes on where one who asked is cancelled.
        """
        task = self._joined.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(work(), name=str(key))
            self._joined[key] = task
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._on_joined_done(key, done))
        result: R = await asyncio.shield(task)
        return result

    def _on_joined_done(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        del self._joined[key]

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.error("the task %s failed", task.get_name(), exc_info=problem)

    async def pause(self, seconds: float) -> None:
        """Between two tries of what is finished though all closes; then it is over at once."""
        await is_set_within(self._halted, seconds)

    def halt(self) -> None:
        """Set the flag for threads and cancel all tasks, before their resources are closed."""
        self.closing.set()
        self._halted.set()
        for task in tuple(self._tasks):
            task.cancel()

    async def close(self, within_s: float) -> None:
        """After ``halt``: wait for the tasks; threads end by themselves soon."""
        if tasks := tuple(self._tasks):
            await asyncio.wait(tasks, timeout=within_s)
        if writes := tuple(self._whole):
            await asyncio.wait(writes)
        for pool in (self._calls, self._fetches, self._media):
            pool.shutdown(wait=False, cancel_futures=True)
        self._writes.shutdown(wait=True)  # a write that has begun is finished


async def aside(function: Callable[[], R]) -> R:
    """Run what may never return, as a look at a dead share: neither pool nor exit waits."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()

    def tell(result: R | None, problem: Exception | None) -> None:
        if done.done():
            return  # nobody waits any more
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(cast(R, result))

    def work() -> None:
        result, problem = None, None
        try:
            result = function()
        except Exception as error:  # told to whoever waits
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(tell, result, problem)

    threading.Thread(target=work, name="kling-aside", daemon=True).start()
    return await done
