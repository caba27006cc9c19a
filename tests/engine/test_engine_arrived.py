"""What came of a paid video: bytes that cannot be checked, that end early, that are no video."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, contents, ended, until
from unsaved_jobs import another, check_saved, fetches, spoilt, unsaved

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import fetch
from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import Source

S = JobState
DAY_S = 86_400.0
LINK = Source(url="https://example.com/a.mp4")


class Killed:
    """The helper, killed each time it is asked, as by a system that is out of memory."""

    def __init__(self, engine: Engine, patch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.kills = True
        self._verify = engine.media.verify_video
        patch.setattr(engine.media, "verify_video", self._ask)

    def _ask(self, path: str) -> Any:
        self.asked += 1
        if self.kills:
            raise MediaError(MediaCode.HELPER_CRASHED, path, "exit -9")
        return self._verify(path)


def test_bytes_that_could_not_be_checked_stay_and_are_checked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before(engine: Engine) -> Job:
        helper = Killed(engine, monkeypatch)
        job = await unsaved(engine, await world.generate(), "result_unchecked")
        await until(engine, lambda: helper.asked > 5)
        assert job.error is not None
        assert contents(job.error.value("name")) == world.result_bytes(job)
        return job

    async def after(engine: Engine) -> Job:
        """After a start, too, and without the host."""
        world.sandbox.faults.add("download", "status", times=None, status=503)
        (job,) = engine.book.all()
        return await ended(engine, job)

    world.run(before)
    assert len(fetches(world)) == 1
    check_saved(world, world.run(after))
    assert len(fetches(world)) == 1


def test_a_video_that_ends_early_is_fetched_once_more_and_saved_as_it_is(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await another(engine, world, lambda whole: whole[: len(whole) * 7 // 10])
        return await ended(engine, job)

    job = world.run(story)
    assert (job.state, job.result_ends_early, job.error) == (S.DONE, True, None)
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    assert len(fetches(world)) == 2
    assert [p.name for p in world.videos.iterdir()] == [Path(job.result_path or "").name]


def test_where_it_comes_whole_the_second_time_nothing_is_said_of_the_first(world: World) -> None:
    async def story(engine: Engine) -> Job:
        kept: list[bytes] = []

        def cut(whole: bytes) -> bytes:
            kept.append(whole)
            return whole[: len(whole) * 7 // 10]

        job = await another(engine, world, cut)
        await until(engine, lambda: engine.book.get(job.job_id).ends_early)
        world.sandbox.result_file(job.task_id or "").write_bytes(kept[0])
        return await ended(engine, job)

    job = world.run(story)
    if not job.result_ends_early:  # the second try may have been the quicker one
        check_saved(world, job)


def test_what_does_not_open_is_kept_beside_and_named_and_asked_for_again(world: World) -> None:
    whole: list[bytes] = []

    def ruin(found: bytes) -> bytes:
        whole.append(found)
        return found[:32] + os.urandom(4000)

    async def story(engine: Engine) -> tuple[Path, Job]:
        job = await unsaved(engine, await another(engine, world, ruin), "result_damaged")
        assert job.error is not None
        kept = Path(job.error.value("name"))
        assert contents(kept) == world.result_bytes(job)
        so_far = len(fetches(world))
        await until(engine, lambda: len(fetches(world)) > so_far + 3)
        assert [p for p in world.videos.iterdir() if p.suffix == ".mp4"] == [kept]
        world.sandbox.result_file(job.task_id or "").write_bytes(whole[0])
        return kept, await ended(engine, job)

    kept, job = world.run(story)
    check_saved(world, job)
    assert kept.exists()
    assert "does not open" in kept.name


def test_a_page_without_a_label_is_no_video_and_is_not_kept(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await another(engine, world, lambda _whole: b"<html>please sign in</html>")
        await unsaved(engine, job, "result_page")
        assert [p for p in world.videos.iterdir() if p.suffix == ".mp4"] == []

    world.run(story)


def test_a_host_that_always_announces_more_than_it_has_keeps_no_video_back(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await ended(engine, await spoilt(engine, world, "wrong_length"))

    check_saved(world, world.run(story))


def test_one_that_is_cut_at_the_same_byte_each_time_is_not_taken_for_whole(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await spoilt(engine, world, "cut_middle")
        await until(engine, lambda: len(fetches(world)) > 3)
        await unsaved(engine, job, "result_cut")
        world.sandbox.faults.clear()
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_page_after_one_that_ended_early_does_not_make_that_the_last_word(world: World) -> None:
    kept: list[bytes] = []

    def cut(whole: bytes) -> bytes:
        kept.append(whole)
        return whole[: len(whole) * 7 // 10]

    async def story(engine: Engine) -> Job:
        job = await another(engine, world, cut)
        file = world.sandbox.result_file(job.task_id or "")
        await until(engine, lambda: engine.book.get(job.job_id).ends_early)
        file.write_bytes(b"<html>please sign in</html>")
        await unsaved(engine, job, "result_page")
        file.write_bytes(kept[0])
        return await ended(engine, job)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "EARLY_TIMES", 10_000)
        patch.setattr(fetch, "RETRY_S", (0.3,))  # the page is in its place before the second try
        check_saved(world, world.run(story))
