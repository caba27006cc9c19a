"""Fetching once more: nothing that is known or here already is given up for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from engine_world import World, contents, ended, until
from unsaved_jobs import another, check_saved, fetches, front_loaded, spoilt, unsaved

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import fetch
from kling_desktop.motion.job import Job, JobAction, JobState

S = JobState


def cut(whole: bytes) -> bytes:
    """It opens, and its end is missing."""
    return whole[: len(whole) * 7 // 10]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried again by the clock."""
    monkeypatch.setattr(fetch, "RETRY_S", (3600.0,))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("state", ["in this run", "after a start"])
def test_a_link_that_works_is_used_where_the_service_does_not_answer(
    world: World, state: str
) -> None:
    """Maintenance of the service is none of the video's host."""

    async def before(engine: Engine) -> None:
        await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        world.sandbox.faults.clear()
        world.sandbox.faults.add("tasks", "status", None, status=503)
        if state == "in this run":
            await again(engine)

    async def again(engine: Engine) -> None:
        (job,) = engine.book.all()
        assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        check_saved(world, await ended(engine, job))

    world.run(before)
    if state == "after a start":
        world.run(again, run_queue=False)


@pytest.mark.usefixtures("patient")
def test_a_fresh_link_is_asked_for_first(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        world.sandbox.faults.clear()
        dead = f"{world.sandbox.address}/results/nobody.mp4"
        await engine.book.update(job.job_id, result_url=dead)
        asked = len(fetches(world))
        assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        job = await ended(engine, job)
        assert [urlsplit(r.path).path for r in fetches(world)[asked:]].count(dead) == 0
        return job

    check_saved(world, world.run(story))


async def made_worse(engine: Engine, world: World) -> tuple[Job, bytes]:
    """A saved video whose host hands out less of it now."""
    done = await world.finished()
    whole = contents(Path(done.result_path or ""))
    file = world.sandbox.result_file(done.task_id or "")
    front = await asyncio.to_thread(front_loaded, file)
    await asyncio.to_thread(file.write_bytes, cut(front))
    return done, whole


def test_a_whole_video_is_never_replaced_by_one_that_ends_early(world: World) -> None:
    async def story(engine: Engine) -> tuple[Job, Job, bytes]:
        done, whole = await made_worse(engine, world)
        assert await engine.do(done.job_id, JobAction.FETCH_AGAIN)
        return done, await ended(engine, done), whole

    done, now, whole = world.run(story)
    assert (now.state, now.result_path, now.result_ends_early) == (S.DONE, done.result_path, False)
    assert now.error is not None
    assert now.error.code == "result_ends_early"
    assert Path(now.result_path or "").read_bytes() == whole
    assert [p.name for p in world.videos.iterdir()] == [Path(done.result_path or "").name]


def test_where_nothing_more_comes_what_ended_early_is_saved_as_it_is(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await another(engine, world, cut)
        await until(engine, lambda: engine.book.get(job.job_id).ends_early)
        world.sandbox.faults.add("download", "status", None, status=503)
        return await ended(engine, job)

    job = world.run(story)
    assert (job.state, job.result_ends_early, job.error) == (S.DONE, True, None)
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    assert [p.name for p in world.videos.iterdir()] == [Path(job.result_path or "").name]


def test_a_done_job_stays_done_where_nobody_tells_its_link(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under another account's tokens: its file is here."""

    async def story(engine: Engine) -> Job:
        done = await world.finished()
        world.sandbox.faults.add("download", "status", None, status=403)
        monkeypatch.setattr(engine.ownership, "is_others", lambda _job: True)
        monkeypatch.setattr(engine.ownership, "must_wait", lambda _job: False)
        assert await engine.do(done.job_id, JobAction.FETCH_AGAIN)
        return await ended(engine, done)

    job = world.run(story)
    assert (job.state, job.waits_for_account) == (S.DONE, None)
    assert Path(job.result_path or "").exists()


def test_a_page_that_it_is_led_to_says_nothing_of_whether_the_video_is_there(
    world: World,
) -> None:
    """A sign-in page that is not there itself, on three days."""

    async def story(engine: Engine) -> None:
        port = urlsplit(world.sandbox.address).port
        elsewhere = f"http://localhost:{port}/sign-in"  # another host than the link's
        job = await spoilt(engine, world, "redirect", location=elsewhere)
        job = await unsaved(engine, job, "result_not_there")
        await until(engine, lambda: len(fetches(world)) > 6)
        assert engine.book.get(job.job_id).gone_days == ()

    world.run(story)


@pytest.mark.parametrize("location", ["http://192.168.1.1/login", "http://10.0.0.1/"])
def test_a_network_that_leads_it_to_its_own_page_is_told_as_that(
    world: World, location: str
) -> None:
    async def story(engine: Engine) -> None:
        job = await spoilt(engine, world, "redirect", location=location)
        await unsaved(engine, job, "result_page")

    world.run(story)


def test_a_video_that_was_taken_away_before_it_was_checked_is_told_as_that_and_fetched_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "RETRY_S", (0.2,))

    async def story(engine: Engine) -> Job:
        verify = engine.media.verify_video

        def taken(path: str) -> object:
            monkeypatch.setattr(engine.media, "verify_video", verify)
            Path(path).unlink()
            return verify(path)

        monkeypatch.setattr(engine.media, "verify_video", taken)
        job = await unsaved(engine, await world.generate(), "result_taken_away")
        return await ended(engine, job)

    check_saved(world, world.run(story))
    assert len(fetches(world)) == 2
