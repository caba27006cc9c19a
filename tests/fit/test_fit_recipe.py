"""The recipe in a saved video: what it tells, what it never tells, and that it costs nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av
import pytest
from engine_world import World, ended

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.recipe import recipe_of
from kling_desktop.media.helper import MediaHelper
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import ClipEdit, Draft, Mode, Source


@pytest.fixture
def telling(world: World, inputs: Path) -> World:
    """As the window has it by default: the recipe is written."""
    world.options["write_recipe"] = lambda: True
    world.clip = inputs / "meadow.mp4"
    return world


def made(world: World, **changes: Any) -> Job:
    async def story(engine: Engine) -> Job:
        return await world.finished("dusk, no umbrella", mode=Mode.PRO, **changes)

    job = world.run(story)
    assert job.state is JobState.DONE, job.error
    return job


def recipe_in(path: str, folder: Path) -> dict[str, Any]:
    with MediaHelper(folder / "reading") as media:
        text = media.read_recipe(path)
    assert text is not None
    recipe: dict[str, Any] = json.loads(text)
    return recipe


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(p) for p in container.demux(video=0) if p.size]


def test_the_saved_video_tells_how_it_was_made(telling: World, tmp_path: Path) -> None:
    job = made(telling, video_edit=ClipEdit(1.0, 4.5))
    recipe = recipe_in(job.result_path or "", tmp_path)
    assert recipe["task_id"] == job.task_id
    assert recipe["settings"]["prompt"] == "dusk, no umbrella"
    assert recipe["settings"]["mode"] == "pro"
    assert recipe["settings"]["video_edit"]["end_s"] == 4.5
    digest = hashlib.sha256(telling.clip.read_bytes()).hexdigest()
    assert recipe["video"] == {"name": "meadow.mp4", "sha256": digest}


def test_the_pictures_stay_bit_for_bit_what_the_service_made(telling: World) -> None:
    job = made(telling)
    saved = Path(job.result_path or "")
    assert packets(saved) == packets(telling.sandbox.result_file(job.task_id or ""))
    assert job.result_size_bytes == saved.stat().st_size
    assert [p.name for p in telling.videos.iterdir()] == [saved.name]  # nothing else is left


def test_no_token_link_folder_or_callback_leaves_with_the_video(
    telling: World, tmp_path: Path
) -> None:
    callback = "https://hooks.example/key-5f1c"
    job = made(telling, callback_url=callback)
    data = Path(job.result_path or "").read_bytes()
    tokens = [telling.sandbox.api_token.reveal(), telling.sandbox.account_token.reveal()]
    secrets = [*tokens, callback, telling.sandbox.address, str(telling.clip.parent)]
    assert job.video_link is not None
    for secret in [*secrets, job.video_link]:
        assert secret.encode() not in data


def test_where_the_recipe_cannot_be_written_the_video_comes_all_the_same(
    telling: World,
) -> None:
    async def story(engine: Engine) -> Job:
        job = await telling.generate()
        obstacle = telling.videos / f".{job.job_id}.recipe"
        obstacle.mkdir(parents=True)  # a folder where the copy would be made
        return await ended(engine, job)

    job = telling.run(story)
    assert job.state is JobState.DONE
    assert Path(job.result_path or "").read_bytes() == telling.result_bytes(job)


def test_without_the_setting_the_file_is_what_the_service_made(telling: World) -> None:
    telling.options["write_recipe"] = lambda: False
    job = made(telling)
    assert Path(job.result_path or "").read_bytes() == telling.result_bytes(job)


def test_a_dropped_result_can_be_remixed_with_its_own_inputs(telling: World) -> None:
    part = ClipEdit(1.0, 4.5)
    job = made(telling, video_edit=part)

    async def story(engine: Engine) -> Draft | None:
        return await engine.remix_of(job.result_path or "")

    draft = telling.run(story)
    assert draft == Draft.from_request(job.request)


def test_in_another_library_it_brings_the_settings_alone(telling: World, tmp_path: Path) -> None:
    job = made(telling)
    other = World(tmp_path / "other", telling.sandbox, telling.picture, telling.clip)

    async def story(engine: Engine) -> tuple[Draft | None, Draft | None]:
        plain = await engine.remix_of(str(telling.clip))
        return await engine.remix_of(job.result_path or ""), plain

    draft, plain = other.run(story)
    assert draft is not None
    assert (draft.prompt, draft.mode) == ("dusk, no umbrella", Mode.PRO)
    assert (draft.image, draft.video) == (None, None)
    assert plain is None  # a clip that was not made here


def test_links_are_told_by_their_name_alone(telling: World, tmp_path: Path) -> None:
    url = f"{telling.sandbox.address}/missing/figure.png?sign=5f1c"
    request = telling.request(image=Source(url=url))
    job = Job("j", request, JobState.DONE, 0.0, 0.0, 0)
    told = recipe_of(job, lambda _path: None)
    assert json.loads(told)["image"] == {"name": "figure.png", "sha256": None}
    assert "sign=5f1c" not in told
