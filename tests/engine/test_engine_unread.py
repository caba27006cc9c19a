"""What the service calls finished is understood or said."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, contents, ended, in_state, until
from PIL import Image

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import RUNNING, Job, JobAction, JobState, Money, actions_for

S = JobState


async def made(engine: Engine, world: World) -> Job:
    """A job whose video the sandbox has made, and does not say so before ``finish``."""
    job = await in_state(engine, await world.generate("[slow]"), S.GENERATING)
    await world.rendered()
    return job


def tells(world: World, job: Job, response: object, **more: Any) -> None:
    """From now on this is what the service says of the job's task."""
    record = {"id": job.task_id, "finished_at": 1.8e9, "response": response, **more}
    world.sandbox.faults.clear()
    world.sandbox.faults.add("tasks", "wrong_json", None, body={**record, "items": [record]})


def link_of(world: World, job: Job) -> str:
    """A link to the video that the sandbox made."""
    path = world.sandbox._files.result_path(job.task_id or "")
    return f"{world.sandbox.address}{path}"


def check_saved(world: World, job: Job) -> None:
    assert (job.state, job.error, job.result_unread) == (S.DONE, None, False)
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    assert len(world.sandbox.accepted) == 1


def fetched(world: World) -> list[str]:
    return [r.path for r in world.sandbox.requests if r.method == "GET"]


async def upload(engine: Engine, world: World, name: str, content: bytes) -> str:
    """A public file of the service's that is no video: a cover, a text."""
    path = world.folder.parent / name
    path.write_bytes(content)
    platform = engine.service.platform()
    assert platform is not None
    return await engine.workers.call(
        platform.upload, str(path), file_name=name, mime="application/octet-stream"
    )


async def unread(engine: Engine, job: Job) -> Job:
    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        told = now.error is not None and now.error.code == "result_unread"
        return now if now.state is S.UNSAVED and told else None

    return await until(engine, right)


def test_a_link_under_other_names_is_found_among_those_to_something_else(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished("[other names]")

    check_saved(world, world.run(story))
    assert not [path for path in fetched(world) if "marked" in path or path.endswith(".jpg")]


def test_a_finished_task_without_a_link_is_no_longer_generating_and_is_asked_again(
    world: World,
) -> None:
    async def story(engine: Engine) -> Job:
        job = await unread(engine, await world.generate("[no link]"))
        assert job.state not in RUNNING
        assert job.error is not None
        assert job.error.money is Money.PAID
        assert actions_for(job)[:2] == (JobAction.COPY_REPORT, JobAction.FETCH_AGAIN)
        report = await engine.report(job.job_id)
        assert "answer: {success: true, task_id: text" in report
        so_far = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > so_far + 3)
        world.sandbox.faults.force_shape(finished="flat")
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_it_waits_after_a_start_too(world: World) -> None:
    async def before(engine: Engine) -> None:
        await unread(engine, await world.generate("[no link]"))

    async def after(engine: Engine) -> Job:
        (job,) = engine.book.all()
        assert job.result_unread
        await unread(engine, job)
        world.sandbox.faults.force_shape(finished="data_list")
        return await ended(engine, job)

    world.run(before)
    check_saved(world, world.run(after))


def test_what_was_called_finished_and_then_failed_has_failed(world: World) -> None:
    """The end may be written before the reason."""

    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        tells(world, job, None)
        await unread(engine, job)
        tells(world, job, {"success": False, "error": {"code": "api_error", "message": "why"}})
        return await ended(engine, job)

    job = world.run(story)
    assert (job.state, job.error and job.error.code) == (S.FAILED, "service_failed")
    assert job.error is not None
    assert job.error.money is Money.NORMALLY_NOT_CHARGED


def test_a_video_whose_link_was_told_once_is_never_called_failed(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        tells(world, job, {"video_url": f"{world.sandbox.address}/results/none.mp4"})
        await in_state(engine, job, S.UNSAVED)
        tells(world, job, {"success": False, "error": {"code": "api_error"}})
        so_far = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > so_far + 5)
        assert engine.book.get(job.job_id).state is S.UNSAVED
        world.sandbox.faults.clear()
        world.sandbox.finish()
        return await ended(engine, job)

    check_saved(world, world.run(story))


@pytest.mark.parametrize("known", [True, False])
def test_the_next_link_is_tried_where_what_came_is_no_video(world: World, known: bool) -> None:
    """A page, a picture, a private address, what is gone: each takes one look.

    ``known``: whether the record tells what was sent.
    """

    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        picture = world.folder.parent / "a.png"
        Image.new("RGB", (400, 400)).save(picture)
        cover = await upload(engine, world, "cover.mp4", picture.read_bytes())
        text = await upload(engine, world, "text.mp4", b"no video at all " * 999)
        links = [
            f"{world.sandbox.address}/results/gone.mp4?sig=1",
            "http://10.0.0.7/a.mp4",
            cover,
            text,
            f"{world.sandbox.address}/",
            job.video_link,
            link_of(world, job),
        ]
        world.sandbox.finish()
        sent = {"image_url": job.image_link, "video_url": job.video_link}
        tells(world, job, {"files": links}, request=sent if known else None)
        return await ended(engine, job)

    job = world.run(story)
    check_saved(world, job)
    assert [state for _, state in world.seen].count(S.UNSAVED) == 0
    assert not [path for path in fetched(world) if (job.video_link or "-").endswith(path)]


def test_each_link_is_tried_once_before_a_pause_and_the_first_one_first_again(
    world: World,
) -> None:
    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        one = await upload(engine, world, "one.mp4", b"<html>one")
        two = await upload(engine, world, "two.mp4", b"<html>two")
        tells(world, job, {"files": [one, two]})
        await until(engine, lambda: sum("two" in path for path in fetched(world)) > 7)
        assert engine.book.get(job.job_id).state in (S.UNSAVED, S.DOWNLOADING)
        paths = [path for path in fetched(world) if "one" in path or "two" in path]
        names = ["one" if "one" in path else "two" for path in paths]
        assert all(a != b for a, b in pairwise(names)), names
        world.sandbox.faults.clear()
        world.sandbox.finish()
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_record_that_repeats_the_clip_is_still_running(world: World) -> None:
    """Without what was sent, only the job knows that it is its own clip."""

    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        tells(world, job, {"video_url": f"{job.video_link}?newly=signed"}, finished_at=None)
        so_far = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > so_far + 3)
        assert engine.book.get(job.job_id).state is S.GENERATING
        world.sandbox.faults.clear()
        world.sandbox.finish()
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_the_clip_that_was_sent_is_no_result_under_whatever_name(world: World) -> None:
    """Kept by the service under an address of its own, and told beside the video."""

    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        clip = Path(job.request.video.path or "")
        copy = await upload(engine, world, "kept.mp4", contents(clip))
        tells(world, job, {"state": "succeed", "some_video": copy, "output": link_of(world, job)})
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_where_the_host_of_the_first_link_is_away_the_next_one_is_tried(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await made(engine, world)
        away = "http://127.0.0.1:9/results/a.mp4"
        tells(world, job, {"video_url": away, "videos": [{"url": link_of(world, job)}]})
        return await ended(engine, job)

    check_saved(world, world.run(story))
