"""Jobs that are paid for and whose videos are not here, and how they come to that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from engine_world import World, in_state, until

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import Job, JobAction, JobState, Money, actions_for
from kling_desktop.motion.request import Source

S = JobState
DAY_S = 86_400.0
LINK = Source(url="https://example.com/a.mp4")


async def unsaved(engine: Engine, job: Job, code: str) -> Job:
    """Waits, for this reason."""

    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        waits = now.state is S.UNSAVED and now.error is not None and now.error.code == code
        return now if waits else None

    found = await until(engine, right)
    assert found.error is not None
    assert found.error.money is Money.PAID
    assert actions_for(found)[:2] == (JobAction.FETCH_AGAIN, JobAction.STOP_WATCHING)
    return found


async def made(engine: Engine, world: World, count: int = 1) -> list[Job]:
    """Jobs whose videos the service has made, and does not say so before ``finish``."""
    world.jobs_at_once = count
    jobs = [await world.generate(f"[slow] {n}") for n in range(count)]
    jobs = [await in_state(engine, job, S.GENERATING) for job in jobs]
    await world.rendered()
    return jobs


async def spoilt(engine: Engine, world: World, kind: str = "status", **values: Any) -> Job:
    """One that the service has made, and whose video is not handed out."""
    (job,) = await made(engine, world)
    world.sandbox.faults.add("download", kind, times=None, **values)
    world.sandbox.finish()
    return job


def fetches(world: World) -> list[Any]:
    return [r for r in world.sandbox.requests if r.path.startswith("/results/")]


def check_saved(world: World, job: Job) -> None:
    assert (job.state, job.error, job.arrived, job.result_ends_early) == (S.DONE, None, None, False)
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    assert len(world.sandbox.accepted) == 1


def front_loaded(video: Path) -> bytes:
    """The same video with its index at the front: it plays as far as it goes."""
    made = video.with_name("front.mp4")
    with (
        av.open(str(video)) as source,
        av.open(str(made), "w", options={"movflags": "faststart"}) as out,
    ):
        stream = source.streams.video[0]
        copied = out.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                out.mux(packet)
    found = made.read_bytes()
    made.unlink()
    return found


async def another(engine: Engine, world: World, spoil: Callable[[bytes], bytes]) -> Job:
    """A job whose result is another file than the service made."""
    (job,) = await made(engine, world)
    file = world.sandbox.result_file(job.task_id or "")
    whole = await asyncio.to_thread(front_loaded, file)
    await asyncio.to_thread(file.write_bytes, spoil(whole))
    world.sandbox.finish()
    return job
