"""The real engine on a real sandbox; only the ledger's clock is the test's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import av
from PIL import Image
from support.waiting import PATIENCE_S

from kling_desktop.engine.engine import Engine, EngineOptions
from kling_desktop.engine.ledger import Ledger
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.job import Job
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.secrets import Secrets

LEDGER_PATH = "/api/v1/usage/apis/"
T = TypeVar("T")


def make_picture(path: Path) -> Path:
    Image.new("RGB", (340, 340), "#204060").save(path)
    return path


def make_clip(path: Path, *, duration_s: float = 3.2) -> Path:
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        video.width = video.height = 340
        video.pix_fmt = "yuv420p"
        for number in range(round(duration_s * 10)):
            image = Image.new("RGB", (340, 340), (number * 7 % 256, 40, 90))
            out.mux(video.encode(av.VideoFrame.from_image(image)))
        out.mux(video.encode(None))
    return path


class Clock:
    """Unix seconds; ``pass_s`` lets time go by, also where it stands still."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self._stands_at: float | None = None

    def __call__(self) -> float:
        return (self._stands_at or time.time()) + self.ahead_s

    def stand_still(self) -> None:
        self._stands_at = time.time()

    def pass_s(self, seconds: float) -> None:
        self.ahead_s += seconds


class World:
    """``run`` opens the engine, lets a story happen, and closes it; as often as a test likes."""

    def __init__(self, folder: Path, sandbox: Sandbox, picture: Path, clip: Path) -> None:
        self.sandbox = sandbox
        self.clock = Clock()
        self.hosts = Hosts(sandbox.address, sandbox.address, sandbox=True)
        self.tokens = (sandbox.api_token, sandbox.account_token)
        self.request = MotionRequest(Source(path=str(picture)), Source(path=str(clip)))
        self._folder = folder
        self.engine: Engine | None = None

    def run(self, story: Callable[[Engine, Ledger], Awaitable[T]]) -> T:
        """One life of the engine, and a ledger whose clock is the test's."""

        async def life() -> T:
            engine = Engine(
                EngineOptions(
                    paths=DataPaths.at(self._folder).profile("sandbox"),
                    hosts=self.hosts,
                    videos_folder=lambda: self._folder / "videos",
                    jobs_at_once=lambda: 2,
                    secrets=Secrets(environ={}),
                    fixed_tokens=self.tokens,
                )
            )
            self.engine = engine
            await engine.open()
            try:
                return await asyncio.wait_for(
                    story(engine, await self.ledger(engine)), 2 * PATIENCE_S
                )
            finally:
                await engine.close()

        return asyncio.run(life())

    async def ledger(self, engine: Engine) -> Ledger:
        made = Ledger(
            engine.book,
            engine.journal,
            engine.workers,
            engine.service,
            engine.connectivity,
            self.clock,
        )
        await made.open()
        return made

    async def ended(self, engine: Engine, prompt: str = "") -> Job:
        """A job that went the whole way."""
        from dataclasses import replace

        job = await engine.generate(replace(self.request, prompt=prompt), None, None)
        return await until(engine, lambda: _ended(engine, job.job_id))

    def asked(self) -> int:
        """How often the ledger was asked."""
        return sum(r.path == LEDGER_PATH for r in self.sandbox.requests)


def _ended(engine: Engine, job_id: str) -> Job | None:
    job = engine.book.get(job_id)
    return job if job.ended else None


async def until(engine: Engine, right: Callable[[], T | None]) -> T:
    """What ``right`` gives once it gives something; asked after every change of a job."""
    happened = asyncio.Event()

    def on_change(_job: Job) -> None:
        happened.set()

    engine.book.changed.connect(on_change)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (found := right()) is None:
                happened.clear()
                await happened.wait()
            return found
    finally:
        engine.book.changed.disconnect(on_change)
