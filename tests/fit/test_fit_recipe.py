"""The recipe in a saved video: what it tells, what it never tells, and that it costs nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import pytest
from engine_world import World, ended
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_desktop.engine.book import JobBook
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.recipe import Recipe, recipe_in, recipe_of
from kling_desktop.media.helper import MediaHelper
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.limits import check_prompt
from kling_desktop.motion.reading import read
from kling_desktop.motion.request import MODELS, ClipEdit, Draft, ImageEdit, Mode, Source

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["pro", "std", "image", "kling-v3", "x" * 3000, "https://evil.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


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


def read_back(path: str, folder: Path) -> dict[str, Any]:
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
    recipe = read_back(job.result_path or "", tmp_path)
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


PRESENT = Draft(
    image=Source(path="/present.png"),
    video=Source(path="/present.mp4"),
    prompt="the person's own",
    model="kling-v3",
    image_edit=ImageEdit(crop=(0.1, 0.1, 0.5, 0.5)),
    video_edit=ClipEdit(2.0, 6.0),
)
EVIL = "https://evil.example/collect"


def recipe_of_file(world: World, path: str | Path) -> Recipe | None:
    async def story(engine: Engine) -> Recipe | None:
        return await engine.recipe_of(str(path))

    return world.run(story)


@pytest.fixture
def strangers(telling: World, tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Makes a stranger's video: its recipe is written as our own are."""

    def make(recipe: dict[str, Any]) -> Path:
        path = tmp_path / "strangers.mp4"
        path.unlink(missing_ok=True)
        with MediaHelper(tmp_path / "writing") as media:
            media.write_recipe(str(telling.clip), str(path), json.dumps(recipe))
        return path

    return make


def told(settings: object, task_id: object = "theirs") -> dict[str, Any]:
    inputs = {"name": "x.png", "url": EVIL, "path": "/etc/passwd"}
    recipe = {"kling_desktop_recipe": 1, "task_id": task_id, "settings": settings}
    return {**recipe, "image": inputs, "video": inputs, "callback_url": EVIL}


def test_a_dropped_result_can_be_remixed_with_its_own_inputs(telling: World) -> None:
    job = made(telling, video_edit=ClipEdit(1.0, 4.5))
    recipe = recipe_of_file(telling, job.result_path or "")
    assert recipe is not None
    assert recipe.onto(Draft()) == Draft.from_request(job.request)


def test_in_another_library_it_brings_settings_and_words_alone(
    telling: World, tmp_path: Path
) -> None:
    job = made(telling, keep_sound=False, video_edit=ClipEdit(1.0, 4.5))
    other = World(tmp_path / "other", telling.sandbox, telling.picture, telling.clip)
    recipe = recipe_of_file(other, job.result_path or "")
    assert recipe is not None
    words = {"prompt": "dusk, no umbrella", "mode": Mode.PRO, "keep_sound": False, "model": None}
    assert recipe.onto(PRESENT) == replace(PRESENT, **words)
    assert recipe_of_file(other, telling.clip) is None  # a clip that was not made here


def test_a_strangers_video_brings_no_address_no_input_and_no_switch_of_privacy(
    telling: World, strangers: Callable[[dict[str, Any]], Path]
) -> None:
    settings = {
        "mode": "pro",
        "prompt": "dusk",
        "callback_url": EVIL,
        "image": {"url": EVIL},
        "video": {"path": "/etc/passwd"},
        "fit": False,
        "watermark": True,
        "clean_metadata": False,
        "image_edit": {"crop": [0.4, 0.4, 0.2, 0.2]},
        "video_edit": {"start_s": 1.0},
        "videos_folder": "/tmp",
    }
    recipe = recipe_of_file(telling, strangers(told(settings)))
    assert recipe is not None
    assert recipe.onto(PRESENT) == replace(PRESENT, mode=Mode.PRO, prompt="dusk")


def test_a_strangers_video_that_names_one_of_our_tasks_smuggles_nothing_in(
    telling: World, strangers: Callable[[dict[str, Any]], Path]
) -> None:
    """It is our own job that is taken up then, by what this library knows of it."""
    ours = made(telling, callback_url="https://ours.example/hook", watermark=True)
    settings = {"mode": "std", "prompt": "theirs", "callback_url": EVIL, "fit": False}
    recipe = recipe_of_file(telling, strangers(told(settings, ours.task_id)))
    assert recipe is not None
    after = recipe.onto(PRESENT)
    assert (after.prompt, after.mode) == ("dusk, no umbrella", Mode.PRO)
    assert (after.image, after.video) == (ours.request.image, ours.request.video)
    assert (after.callback_url, after.watermark, after.fit) == (None, False, True)


@pytest.mark.parametrize(
    "settings",
    [
        {"prompt": ["a", "list"], "mode": "pro"},
        {"prompt": "x" * 2501, "mode": "pro"},
        {"prompt": "a\x00b", "mode": "pro"},
        {"prompt": "half \ud800", "mode": "pro"},
        {"prompt": "soft \u202ethgil", "mode": "pro"},
        {"orientation": 1, "mode": "pro"},
        {"keep_sound": "false", "mode": "pro"},
        {"model": "kling-v9", "mode": "pro"},
        {"model": ["kling-v3"], "mode": "pro"},
        {"mode": "pro", "unknown": {"deep": [1]}},
    ],
)
def test_of_a_recipe_what_is_of_a_wrong_type_or_range_is_left_out_alone(
    telling: World, strangers: Callable[[dict[str, Any]], Path], settings: dict[str, object]
) -> None:
    recipe = recipe_of_file(telling, strangers(told(settings)))
    assert recipe is not None
    assert recipe.onto(PRESENT) == replace(PRESENT, mode=Mode.PRO)
    assert set(recipe.left_out) == set(settings) - {"mode", "unknown"}


@pytest.mark.parametrize(
    "recipe",
    [
        {"kling_desktop_recipe": 2, "settings": {"mode": "pro"}},
        {"kling_desktop_recipe": 1},
        {"kling_desktop_recipe": 1, "settings": ["mode"]},
        {"settings": {"mode": "pro"}},
    ],
)
def test_what_is_no_recipe_of_ours_brings_nothing(
    telling: World, strangers: Callable[[dict[str, Any]], Path], recipe: dict[str, Any]
) -> None:
    assert recipe_of_file(telling, strangers(recipe)) is None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*Draft().to_json(), "image_edit", "video_edit", "fit", "x"]), JSON
    ),
    JSON,
)
def test_whatever_a_recipe_says_only_settings_and_words_change(
    settings: dict[str, Any], task_id: object
) -> None:
    book = cast(JobBook, SimpleNamespace(all=list))
    recipe = recipe_in(json.dumps(told(settings, task_id)), book)
    assert recipe is not None
    after = recipe.onto(PRESENT)
    brought = {f.name: getattr(after, f.name) for f in fields(Draft)}
    for name in ("mode", "orientation", "prompt", "keep_sound", "model"):
        del brought[name]
    assert brought == {name: getattr(PRESENT, name) for name in brought}
    assert read(Draft, after.to_json()) == after
    assert next(check_prompt(after.prompt), None) is None
    assert after.model in (None, *MODELS)


def test_links_are_told_by_their_name_alone(telling: World, tmp_path: Path) -> None:
    url = f"{telling.sandbox.address}/missing/figure.png?sign=5f1c"
    request = telling.request(image=Source(url=url))
    job = Job("j", request, JobState.DONE, 0.0, 0.0, 0)
    told = recipe_of(job)
    assert json.loads(told)["image"] == {"name": "figure.png", "sha256": None}
    assert "sign=5f1c" not in told
