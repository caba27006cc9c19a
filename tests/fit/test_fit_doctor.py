"""The motion doctor beside a draft: what it says, what its buttons do, what is waved off."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from engine_world import World, until
from PIL import Image, ImageDraw
from test_fit_drafting import offered, run

from kling_desktop.engine.advice import best_shot, shape_advice
from kling_desktop.engine.engine import Engine
from kling_desktop.media.clip_report import Shot
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.limits import Finding, FindingCode, Mend, Severity
from kling_desktop.motion.mending import mended
from kling_desktop.motion.request import ClipEdit

C = FindingCode
FPS = 10
SIDE_PX = 340
Scene = Callable[[int], Image.Image]


def scene(seed: int) -> Scene:
    """A crowded ground of its own, with a block that moves."""
    dice = random.Random(seed)
    colors = [tuple(dice.randrange(256) for _ in range(3)) for _ in range(100)]
    ground = Image.new("RGB", (10, 10))
    ground.putdata(colors)
    large = ground.resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)

    def draw(number: int) -> Image.Image:
        image = large.copy()
        left = 20 + abs(9 * number % 400 - 200)  # there and back, without a jump
        ImageDraw.Draw(image).rectangle((left, 60, left + 90, 280), fill="white")
        return image

    return draw


def black(_number: int) -> Image.Image:
    return Image.new("RGB", (SIDE_PX, SIDE_PX))


def make_shots(path: Path, *shots: tuple[Scene, float]) -> Path:
    """Scenes with their lengths in seconds, cut hard."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        video.width = video.height = SIDE_PX
        video.pix_fmt = "yuv420p"
        total = 0
        for draw, length_s in shots:
            for number in range(round(length_s * FPS)):
                frame = av.VideoFrame.from_image(draw(number))
                frame.pts, frame.time_base = total, Fraction(1, FPS)
                out.mux(video.encode(frame))
                total += 1
        out.mux(video.encode(None))
    return path


def advice(engine: Engine, code: FindingCode) -> Finding | None:
    return next((f for f in engine.drafting.judgement.findings if f.code is code), None)


@pytest.fixture(scope="session")
def three_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shots") / "three.mp4"
    return make_shots(path, (scene(1), 3.2), (scene(2), 5.0), (scene(3), 1.5))


def test_cuts_are_found_by_itself_and_the_longest_shot_is_one_press_away(
    world: World, three_shots: Path
) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, three_shots)
        found = await until(engine, lambda: advice(engine, C.CUTS_FOUND))
        assert found.value("times_s") == "3.200 8.200"
        assert found.severity is Severity.WARNING
        assert engine.drafting.judgement.blocked is None  # advice holds nothing back
        engine.drafting.edit(mended(engine.drafting.draft, found))
        part = engine.drafting.draft.video_edit
        assert (part.start_s, part.end_s) == (pytest.approx(3.2), pytest.approx(8.2))
        assert advice(engine, C.CUTS_FOUND) is None  # at once: the cuts are known

    run(world, story)


def test_the_evidence_is_a_picture_of_the_cut(world: World, three_shots: Path) -> None:
    pictures: list[str] = []

    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, three_shots)

        def shown() -> Finding | None:
            found = advice(engine, C.CUTS_FOUND)
            return found if found is not None and "picture" in dict(found.values) else None

        found = await until(engine, shown)
        pictures.append(str(found.value("picture")))

    run(world, story)
    with Image.open(pictures[0]) as picture:
        assert max(picture.size) <= 160


def test_what_is_waved_off_stays_away_also_after_a_restart(world: World, three_shots: Path) -> None:
    async def first(engine: Engine) -> None:
        await offered(engine, world.picture, three_shots)
        found = await until(engine, lambda: advice(engine, C.CUTS_FOUND))
        engine.drafting.wave_off(found)
        assert advice(engine, C.CUTS_FOUND) is None
        waved = engine._options.paths.waved_file
        await until(engine, lambda: waved.exists())

    async def second(engine: Engine) -> None:
        judged: list[object] = []
        await offered(engine, world.picture, three_shots)
        engine.drafting._doctor.changed.connect(judged.append)
        await until(engine, lambda: bool(judged))
        assert advice(engine, C.CUTS_FOUND) is None

    run(world, first)
    run(world, second)


def test_a_black_beginning_can_be_left_out(world: World, tmp_path: Path) -> None:
    clip = make_shots(tmp_path / "black.mp4", (black, 0.4), (scene(4), 4.0))

    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, clip)
        found = await until(engine, lambda: advice(engine, C.FIRST_BLACK))
        assert found.mend is Mend.START_AT
        engine.drafting.edit(mended(engine.drafting.draft, found))
        assert engine.drafting.draft.video_edit == ClipEdit(pytest.approx(0.4), None)
        await until(engine, lambda: engine.drafting._doctor._of_part is not None)
        assert advice(engine, C.FIRST_BLACK) is None

    run(world, story)


def test_a_newer_clip_is_what_is_spoken_of(world: World, three_shots: Path, tmp_path: Path) -> None:
    one_shot = make_shots(tmp_path / "one.mp4", (scene(5), 4.0))

    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, three_shots)
        await until(engine, lambda: advice(engine, C.CUTS_FOUND))
        await offered(engine, one_shot)
        assert advice(engine, C.CUTS_FOUND) is None
        await until(engine, lambda: engine.drafting._doctor._whole is not None)
        assert advice(engine, C.CUTS_FOUND) is None

    run(world, story)


@pytest.mark.parametrize(
    ("lengths_s", "limit_s", "part"),
    [
        ((3.0, 5.0, 4.0), 30.0, (3.0, 8.0)),
        ((2.0, 2.0), 30.0, None),
        ((12.0, 40.0), 10.0, (0.0, 10.0)),
        ((12.0, 40.0), 30.0, (12.0, 42.0)),
        ((4.0, 4.0), 30.0, (0.0, 4.0)),
    ],
)
def test_the_best_shot_is_the_longest_that_fits(
    lengths_s: tuple[float, ...], limit_s: float, part: tuple[float, float] | None
) -> None:
    shots, at_s = [], 0.0
    for length_s in lengths_s:
        shots.append(Shot(at_s, at_s + length_s, 0, 0))
        at_s += length_s
    assert best_shot(tuple(shots), limit_s) == part


def test_a_picture_that_stands_beside_a_clip_that_lies_is_noted() -> None:
    image = ImageFacts("png", 900, 1600, 1000)
    clip = VideoFacts("mp4", "h264", 1920, 1080, 1000, 5.0, 30.0)
    (found,) = shape_advice(image, clip)
    assert (found.value("image_aspect"), found.value("clip_aspect")) == ("9 : 16", "16 : 9")
    assert (found.severity, found.mend) == (Severity.NOTE, Mend.CROP_IMAGE)
    assert list(shape_advice(replace(image, width_px=1600), clip)) == []
    assert list(shape_advice(None, clip)) == []
