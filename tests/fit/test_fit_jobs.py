"""Jobs whose inputs have to be made to fit: what is sent, what is told, what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from engine_world import World, ended, in_state, until
from PIL import Image

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.job import Job, JobAction, JobState, Progress
from kling_desktop.motion.request import ClipEdit

UPLOADS = "/api/v1/files/"
FRAMES_A_SECOND = 10


def sent_clip(world: World) -> bytes:
    """The clip among the files that the sandbox was given."""
    (clip,) = [data for data in uploads(world) if data[4:8] == b"ftyp"]
    return clip


def uploads(world: World) -> list[bytes]:
    folder = world.folder.parent / "sandbox" / "uploads"
    return [path.read_bytes() for path in folder.glob("*/data")]


def frames_of(clip: bytes) -> int:
    with av.open(io.BytesIO(clip)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_an_mkv_is_sent_as_mp4_with_all_its_frames(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished()

    job = world.run(story)
    assert job.state is JobState.DONE, job.error
    assert isinstance(job.video_facts, VideoFacts)
    assert job.video_facts.container == "mp4"
    assert frames_of(sent_clip(world)) == 6 * FRAMES_A_SECOND


def test_only_the_wanted_part_is_sent_and_the_result_is_as_long(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished(video_edit=ClipEdit(1.3, 5.0))

    job = world.run(story)
    assert job.state is JobState.DONE, job.error
    assert frames_of(sent_clip(world)) == 37
    assert job.result_duration_s == pytest.approx(3.7, abs=0.2)


def test_a_clip_that_fits_is_sent_byte_for_byte(world: World, inputs: Path) -> None:
    world.clip = inputs / "meadow.mp4"

    async def story(engine: Engine) -> Job:
        return await world.finished()

    world.run(story)
    assert sent_clip(world) == world.clip.read_bytes()


def test_the_same_part_is_uploaded_once_and_another_part_anew(world: World) -> None:
    async def story(engine: Engine) -> list[Job]:
        parts = [ClipEdit(0.0, 4.0), ClipEdit(0.0, 4.0), ClipEdit(1.0, 5.0)]
        return [await world.finished(video_edit=part) for part in parts]

    first, second, third = world.run(story)
    assert first.video_link == second.video_link
    assert third.video_link != first.video_link


def test_what_does_not_fit_is_refused_where_nothing_may_be_converted(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished(fit=False)

    job = world.run(story)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.value("finding") == "video_container"
    assert world.count(UPLOADS) == 0


def test_where_nothing_may_be_converted_the_picture_still_tells_no_place(
    world: World, inputs: Path, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "by the lake of the tests"
    world.picture = tmp_path / "a.png"
    with Image.open(inputs / "astronaut.png") as picture:
        picture.save(world.picture, exif=exif)
    world.clip = inputs / "meadow.mp4"

    async def story(engine: Engine) -> Job:
        return await world.finished(fit=False)

    assert world.run(story).state is JobState.DONE
    (sent,) = [data for data in uploads(world) if data.startswith(b"\x89PNG")]
    assert b"lake" in world.picture.read_bytes()
    assert b"lake" not in sent


def test_converting_tells_its_share_and_can_be_cancelled_for_nothing(
    world: World, inputs: Path
) -> None:
    world.clip = inputs / "long.avi"
    shares: list[float] = []

    async def story(engine: Engine) -> Job:
        def on_progress(progress: Progress) -> None:
            if progress.state is JobState.PREPARING and progress.share is not None:
                shares.append(progress.share)

        engine.progress.connect(on_progress)
        job = await world.generate(video_edit=ClipEdit(0.0, 29.0))
        await in_state(engine, job, JobState.PREPARING)
        await until(engine, lambda: bool(shares))
        assert await engine.do(job.job_id, JobAction.CANCEL)
        return await ended(engine, job)

    job = world.run(story)
    assert job.state is JobState.CANCELLED
    assert all(0 <= share <= 1 for share in shares)
    assert world.count(UPLOADS) == 0
