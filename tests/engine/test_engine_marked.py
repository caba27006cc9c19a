"""The copy with a watermark: fetched after the video, kept beside it, and never instead of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, contents, ended, in_state, until

from kling_desktop.command.output import job_object
from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.ui.presenter.queueing import detail_rows
from kling_desktop.ui.presenter.viewing import stage_item
from kling_desktop.words import Words

S = JobState


async def settled(engine: Engine, job: Job) -> Job:
    """Once nothing more is fetched for it."""
    job = await ended(engine, job)
    return await until(
        engine, lambda: j if not (j := engine.book.get(job.job_id)).awaits_copy else None
    )


def spoil_after_the_video(engine: Engine, world: World, kind: str, **values: object) -> None:
    """The video comes; whatever is downloaded after it meets this."""

    def on_change(job: Job) -> None:
        if job.state is S.DONE and not world.sandbox.faults.is_planned("download"):
            world.sandbox.faults.add("download", kind, None, **values)

    engine.book.changed.connect(on_change)


def hidden(world: World) -> list[Path]:
    return [path for path in world.videos.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("shape", ["flat", "data_list", "other_names"])
def test_the_copy_is_kept_beside_the_video_and_told(world: World, shape: str) -> None:
    world.sandbox.faults.force_shape(finished=shape)

    async def story(engine: Engine) -> Job:
        return await settled(engine, await world.generate(watermark=True))

    job = world.run(story)
    assert job.result_path is not None
    assert job.marked_path is not None
    video, copy = Path(job.result_path), Path(job.marked_path)
    assert (copy.parent, copy.name) == (video.parent, f"{video.stem}, watermarked.mp4")
    assert contents(copy) == contents(video) == world.result_bytes(job)
    assert job_object(job)["watermarked_path"] == str(copy)
    assert dict(detail_rows(job, 0.0))["Watermarked copy"] == str(copy)
    assert job.marked_url is None
    assert hidden(world) == []
    assert stage_item(job).has_marked
    assert not stage_item(replace(job, marked_path=None)).has_marked


def test_without_the_wish_none_is_fetched(world: World) -> None:
    world.sandbox.faults.force_shape(finished="other_names")

    async def story(engine: Engine) -> Job:
        return await settled(engine, await world.generate())

    job = world.run(story)
    assert (job.marked_path, job_object(job)["watermarked_path"]) == (None, None)
    assert "Watermarked copy" not in dict(detail_rows(job, 0.0))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("html", {"status": 500}),
        ("html", {"status": 404}),
        ("cut_middle", {}),
        ("wrong_json", {"body": {"no": "video"}}),
    ],
)
def test_a_copy_that_does_not_come_leaves_the_video_saved_and_is_asked_for_again(
    world: World, kind: str, values: dict[str, object]
) -> None:
    async def story(engine: Engine) -> tuple[Job, Job]:
        spoil_after_the_video(engine, world, kind, **values)
        without = await settled(engine, await world.generate(watermark=True))
        assert hidden(world) == []
        engine.book.changed.connect(lambda _job: world.sandbox.faults.clear())
        assert await engine.do(without.job_id, JobAction.FETCH_AGAIN)
        await until(engine, lambda: engine.book.get(without.job_id).marked_path)
        return without, engine.book.get(without.job_id)

    without, job = world.run(story)
    assert (without.state, without.error, without.marked_path) == (S.DONE, None, None)
    assert "“Fetch again” asks for it" in Words().marked_copy(without)
    assert contents(job.marked_path) == contents(without.result_path)
    assert len(world.sandbox.accepted) == 1


def test_a_link_that_expired_is_asked_for_anew(world: World) -> None:
    async def story(engine: Engine) -> Job:
        expired: list[str] = []

        def on_change(job: Job) -> None:
            if job.state is S.DONE and not expired:
                expired.append(job.job_id)
                world.sandbox.faults.add("download", "html", 1, status=403)

        engine.book.changed.connect(on_change)
        return await settled(engine, await world.generate(watermark=True))

    job = world.run(story)
    assert contents(job.marked_path) == contents(job.result_path)


def test_a_copy_that_was_on_its_way_is_fetched_by_the_next_run(world: World) -> None:
    async def first(engine: Engine) -> Job:
        spoil_after_the_video(engine, world, "hang")
        return await in_state(engine, await world.generate(watermark=True), S.DONE)

    async def second(engine: Engine) -> Job:
        return await settled(engine, job)

    job = world.run(first)
    assert job.awaits_copy
    world.sandbox.faults.clear()
    assert contents(world.run(second).marked_path) == contents(job.result_path)


def test_a_deletion_takes_the_copy_along_and_brings_it_back(world: World, tmp_path: Path) -> None:
    def discard(path: str) -> str:
        return str(Path(path).rename(tmp_path / Path(path).name))

    async def story(engine: Engine) -> None:
        job = await settled(engine, await world.generate(watermark=True))
        undo = await engine.library.delete(job.job_id, discard)
        assert list(world.videos.iterdir()) == []
        await undo()
        assert contents(job.marked_path) == contents(job.result_path)

    world.run(story)


def test_of_a_job_that_is_deleted_meanwhile_no_copy_comes_and_nothing_stays(
    world: World, tmp_path: Path
) -> None:
    def discard(path: str) -> str:
        return str(Path(path).rename(tmp_path / Path(path).name))

    async def story(engine: Engine) -> None:
        answers = threading.Event()
        spoil_after_the_video(engine, world, "html", status=500, until=answers)
        job = await ended(engine, await world.generate(watermark=True))
        await engine.library.delete(job.job_id, discard)
        world.sandbox.faults.clear()
        answers.set()
        await until(engine, lambda: not engine.runner.is_walking(job.job_id))

    world.run(story)
    assert list(world.videos.iterdir()) == []
