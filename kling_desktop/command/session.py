"""An engine for the length of one command: sandbox, lock, door, and the way out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ..engine.door import Door, Say
from ..engine.engine import Engine
from ..engine.home import ACCOUNT, SANDBOX, Home
from ..engine.left_out import left_out
from ..motion.left_out import LeftOut
from ..store.lock import FolderLock

Serve = Callable[[Engine, dict[str, Any], Say], Coroutine[Any, Any, None]]


class Busy(Exception):
    """Another program has this library; it may take the command over."""

    def __init__(self, lock: FolderLock, folder: str) -> None:
        self.lock = lock
        self.folder = folder
        super().__init__(folder)


@asynccontextmanager
async def session(
    data_dir: Path | None,
    *,
    sandbox: bool,
    serve: Serve,
    on_staying: Callable[[], None],
    on_left_out: Callable[[LeftOut], None],
) -> AsyncIterator[Engine]:
    """An open engine whose queue stands still; other commands may knock and are served, too.

    It stays open until those are done, which ``on_staying`` hears of. Where it ends by an
    exception they are left, and carry on by themselves. What could not be read of what was kept is
    told to ``on_left_out``. Raises Busy, StoreError, BadLink.
    """
    home = Home(data_dir)
    home.tells_recipe = False
    lock = home.lock(SANDBOX if sandbox else ACCOUNT)
    if not lock.acquire():
        raise Busy(lock, str(home.paths.root))
    try:
        async with _engine(home, sandbox) as engine:
            await engine.open(run_queue=False)
            for found in left_out(engine, home.preferences):
                on_left_out(found)
            # From the first knock on: a job that is handed over early is named like our own.
            engine.queue.only = set()
            door = Door(partial(serve, engine))
            door.open()
            try:
                door.announce(lock)
                yield engine
                if not door.is_idle:
                    on_staying()
                await door.until_idle()
            finally:
                door.close()
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
