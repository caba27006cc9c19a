"""A data folder, a sandbox and the real engine on them; closed and opened again at will."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import pytest
from PIL import Image, ImageDraw
from support.kept_workers import keep_workers
from support.rendered_once import render_once
from support.waiting import PATIENCE_S

from kling_desktop.engine import (
    account,
    busy,
    connectivity,
    context,
    in_a_row,
    kept_values,
    lookup,
    poller,
    queue,
    recall,
    runner,
    storage_watch,
)
from kling_desktop.engine.engine import Engine, EngineOptions
from kling_desktop.engine.preferences import Preferences
from kling_desktop.engine.problems import TOO_MANY_REQUESTS
from kling_desktop.engine.service import Hosts
from kling_desktop.engine.steps import (
    fetch,
    forgotten,
    history,
    marked,
    saving,
    submit,
    upload,
    watch,
)
from kling_desktop.motion.job import HoldReason, Job, JobState, Progress
from kling_desktop.motion.request import Mode, MotionRequest, Source
from kling_desktop.motion.token import Token
from kling_desktop.sandbox import Sandbox
from kling_desktop.sandbox import generation as slow_service
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.secrets import Secrets
from kling_desktop.store.settings import SettingsStore

LOOK_EVERY_S = 0.02  # at what tells nobody that it changed
PRICE = 2.24  # of 3.2 s in Standard
T = TypeVar("T")
Story = Callable[[Engine], Awaitable[T]]

# The product's pauses, shortened: the order of things is the same, only the waiting is not.
QUICK: tuple[tuple[Any, str, Any], ...] = (
    (account, "STORE_AT_START_S", PATIENCE_S),  # this one answers, however slow all is
    (poller, "MIN_GAP_S", 0.05),
    (poller, "AGES_S", ((float("inf"), 0.1),)),
    (poller, "RETRY_S", (0.1,)),
    (connectivity, "RETRY_S", (0.2,)),
    (fetch, "RETRY_S", (0.05,)),
    (marked, "RETRY_S", (0.05, 0.05)),
    (saving, "DAMAGED_AGAIN_S", 0.05),
    (upload, "RETRY_AFTER_S", (0.05, 0.05)),
    (busy, "HOLDS", {**busy.HOLDS, TOO_MANY_REQUESTS: (HoldReason.BUSY, busy.Pauses(0.1, 0.1))}),
    (watch, "UNKNOWN_GRACE_S", 0.3),
    # What is slow ends when the test says so, with ``Sandbox.finish``.
    (slow_service, "SLOWER_S", {"[slow]": 3600.0, "[very slow]": 3600.0}),
    (in_a_row, "LEAST_S", (0.0, 0.3)),
    (lookup, "LOOKS_S", (0.1, 0.3, 0.6, *range(1, round(PATIENCE_S)))),
    (recall, "RETRY_S", (0.05, 0.05)),
    (history, "AGAIN_S", (0.02, 0.02, 0.02)),
    (submit, "DOUBT_S", 0.1),
    (forgotten, "FRESH_S", 3600.0),  # how often the history is asked does not depend on the load
    (recall, "JOURNAL_RETRY_S", 0.1),
    (runner, "JOURNAL_RETRY_S", 0.1),
    (context, "JOURNAL_RETRY_S", 0.1),
    (queue, "JOURNAL_RETRY_S", 0.1),
    (storage_watch, "JOURNAL_RETRY_S", 0.1),
    (kept_values, "RETRY_S", 0.1),
)


def make_picture(path: Path, size: tuple[int, int] = (340, 340), **options: Any) -> Path:
    """A striped picture, in the format that its ending names."""
    picture = Image.new("RGB", size, "#204060")
    draw = ImageDraw.Draw(picture)
    for x in range(0, size[0], 20):
        draw.line((x, 0, size[0] - x, size[1]), fill="#f0a030", width=3)
    picture.save(path, **options)
    return path


def make_clip(path: Path, *, duration_s: float = 3.2, side_px: int = 340) -> Path:
    """A block wandering over a dark ground, ten frames a second, no sound."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        video.width = video.height = side_px
        video.pix_fmt = "yuv420p"
        for number in range(round(duration_s * 10)):
            image = Image.new("RGB", (side_px, side_px), "#101820")
            left = number * 23 % (side_px - 100)
            ImageDraw.Draw(image).rectangle((left, 40, left + 90, 300), fill="white")
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


class Quiet:
    """Where a command's words go."""

    def say(self, text: str) -> None: ...
    def on_progress(self, progress: Progress) -> None: ...
    def on_elapsed(self, job: Job, now: float) -> None: ...
    def result(self, value: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class World:
    """What one test plays in. ``run`` opens the engine, lets a story happen, and closes it."""

    def __init__(self, folder: Path, sandbox: Sandbox, picture: Path, clip: Path) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.picture = picture
        self.clip = clip
        self.jobs_at_once = 2
        self.secrets = Secrets(environ={})
        self.hosts: Hosts | None = None  # None: the sandbox is both
        self.tokens: tuple[Token, Token] | None = (sandbox.api_token, sandbox.account_token)
        self.options: dict[str, Any] = {}  # of EngineOptions
        self.seen: list[tuple[str, JobState]] = []  # every state of every job, in order
        self.engine: Engine | None = None

    @property
    def paths(self) -> DataPaths:
        return DataPaths.at(self.folder)

    @property
    def videos(self) -> Path:
        return self.folder / "videos"

    def choose_videos(self) -> Preferences:
        """As the person did, who has a folder of their own from now on."""
        kept = Preferences(SettingsStore(self.paths.settings_file))
        kept.change(videos_folder=str(self.videos))
        self.options["preferences"] = kept
        return kept

    async def open(self, **how: Any) -> Engine:
        address = self.sandbox.address if self.hosts is None else ""
        engine = Engine(
            EngineOptions(
                paths=self.paths.profile("sandbox"),
                hosts=self.hosts or Hosts(address, address, sandbox=True),
                videos_folder=lambda: self.videos,
                jobs_at_once=lambda: self.jobs_at_once,
                secrets=self.secrets,
                fixed_tokens=self.tokens,
                **self.options,
            )
        )
        engine.book.changed.connect(self._on_changed)
        self.engine = engine
        await engine.open(**how)
        return engine

    def _on_changed(self, job: Job) -> None:
        if not self.seen or self.seen[-1] != (job.job_id, job.state):
            self.seen.append((job.job_id, job.state))

    def run(self, story: Story[T], **how: Any) -> T:
        """One life of the engine."""

        async def life() -> T:
            engine = await self.open(**how)
            try:
                return await asyncio.wait_for(story(engine), 2 * PATIENCE_S)
            finally:
                await engine.close()

        return asyncio.run(life())

    def request(self, prompt: str = "", **changes: Any) -> MotionRequest:
        image, video = Source(path=str(self.picture)), Source(path=str(self.clip))
        return replace(MotionRequest(image, video, prompt=prompt), **changes)

    async def generate(self, prompt: str = "", *, output: Path | None = None, **kw: Any) -> Job:
        assert self.engine is not None
        path = str(output) if output else None
        return await self.engine.generate(self.request(prompt, **kw), None, None, path)

    async def finished(self, prompt: str = "", **changes: Any) -> Job:
        """A job at its end."""
        assert self.engine is not None
        return await ended(self.engine, await self.generate(prompt, **changes))

    async def rendered(self) -> None:
        """Wait until the sandbox has made all files and fetches no inputs any more."""
        assert self.engine is not None
        for task_id in self.sandbox.accepted:
            made = self.sandbox.result_file(task_id).with_suffix(".json")
            await until(self.engine, made.exists)

    def result_bytes(self, job: Job) -> bytes:
        """What the sandbox made for a job."""
        return self.sandbox.result_file(job.task_id or "").read_bytes()

    def bodies(self, path: str) -> list[bytes]:
        return [r.body for r in self.sandbox.requests if r.path == path]

    def count(self, path: str) -> int:
        return sum(r.path == path for r in self.sandbox.requests)


async def priced(
    engine: Engine, world: World, prompt: str = "[fail]", mode: Mode = Mode.STANDARD
) -> Job:
    """A job whose price is known; ``[fail]`` generates until the sandbox is told to finish."""
    facts = await engine.workers.media(engine.media.probe_video, str(world.clip))
    return await engine.generate(world.request(prompt, mode=mode), None, facts)


async def until(engine: Engine, right: Callable[[], T | None]) -> T:
    """Wait until something is so; looks again at every change, and now and then."""
    changed = asyncio.Event()

    def on_change(_value: object) -> None:
        changed.set()

    engine.book.changed.connect(on_change)
    engine.queue.changed.connect(on_change)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (value := right()):
                changed.clear()
                try:
                    await asyncio.wait_for(changed.wait(), LOOK_EVERY_S)
                except TimeoutError:
                    pass
            return value
    except TimeoutError:
        jobs = [(j.title, j.state.value, j.error) for j in engine.book.all()]
        raise AssertionError(f"it never came to that: {engine.queue.state}, {jobs}") from None
    finally:
        engine.book.changed.disconnect(on_change)
        engine.queue.changed.disconnect(on_change)


async def in_state(engine: Engine, job: Job, *states: JobState) -> Job:
    """The job once it is in one of these states."""

    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        return now if now.state in states else None

    return await until(engine, right)


async def ended(engine: Engine, job: Job) -> Job:
    return await until(engine, lambda: j if (j := engine.book.get(job.job_id)).ended else None)


async def all_ended(engine: Engine, jobs: Iterable[Job]) -> list[Job]:
    return [await ended(engine, job) for job in jobs]


async def held(engine: Engine, *reasons: HoldReason) -> HoldReason:
    return await until(
        engine, lambda: engine.queue.state.hold if engine.queue.state.hold in reasons else None
    )


def make_quick(patch: pytest.MonkeyPatch) -> None:
    for module, name, value in QUICK:
        patch.setattr(module, name, value)
    render_once(patch)
    keep_workers(patch)


def contents(path: str | Path | None) -> bytes:
    """Of a small file, also from within a story; a result's path may be none yet."""
    return Path(path or "").read_bytes()


def is_there(path: str | Path | None) -> bool:
    return Path(path or "").is_file()


def again_after(
    monkeypatch: pytest.MonkeyPatch, code: str, first_s: float, at_most_s: float = 1.0
) -> None:
    """Our own pauses between two tries at a host that answered so."""
    reason, _ = busy.HOLDS[code]
    monkeypatch.setitem(busy.HOLDS, code, (reason, busy.Pauses(first_s, at_most_s)))
