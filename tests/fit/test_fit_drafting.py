"""A draft whose clip and picture are trimmed, cropped and made to fit, on the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, make_picture, until

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import FindingCode, Mend
from kling_desktop.motion.mending import mended
from kling_desktop.motion.request import ClipEdit, Draft, ImageEdit, Orientation, Slot


async def offered(engine: Engine, *paths: Path) -> None:
    """Both inputs in their wells, looked at."""
    await engine.drafting.offer(tuple(map(str, paths)), None)
    await asyncio.sleep(0)  # the looks begin
    ready = InputState.READY
    await until(engine, lambda: all(i.state is ready for i in engine.drafting.inputs.values()))


def run(world: World, story: Callable[[Engine], object]) -> None:
    world.run(story, default_draft=Draft())  # type: ignore[arg-type]  # stories here return None


def clip_of(engine: Engine) -> tuple[Input, VideoFacts]:
    value = engine.drafting.inputs[Slot.VIDEO]
    assert isinstance(value.facts, VideoFacts)
    return value, value.facts


def test_a_clip_of_another_kind_says_what_will_be_done_and_can_be_generated(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, world.clip)
        value, facts = clip_of(engine)
        assert value.changes == ("converted",)
        assert (facts.container, value.original_format) == ("mp4", "matroska")
        assert engine.drafting.judgement.blocked is None

    run(world, story)


def test_the_price_follows_the_handles_at_once(world: World) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, world.clip)
        drafting = engine.drafting
        whole = drafting.judgement.quote
        drafting.edit(replace(drafting.draft, video_edit=ClipEdit(1.0, 4.0)))
        part = drafting.judgement.quote  # without waiting for anything
        assert whole is not None
        assert part is not None
        assert part.duration_s == pytest.approx(3.0)
        assert part.credits == pytest.approx(whole.credits / 2, rel=0.02)
        await until(engine, lambda: "trimmed" in drafting.inputs[Slot.VIDEO].changes)
        assert clip_of(engine)[1].duration_s == pytest.approx(3.0)

    run(world, story)


def test_what_is_too_long_can_be_trimmed_or_faced_otherwise(world: World, inputs: Path) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, inputs / "long.avi")
        drafting = engine.drafting
        drafting.edit(replace(drafting.draft, orientation=Orientation.IMAGE))
        (found,) = [f for f in drafting.judgement.findings if f.code is FindingCode.VIDEO_LONG]
        drafting.edit(mended(drafting.draft, found))
        await until(engine, lambda: drafting.judgement.blocked is None)  # that part was decoded
        assert clip_of(engine)[1].duration_s == pytest.approx(10.0)
        longer = replace(drafting.draft, video_edit=ClipEdit(None, 14.0))
        drafting.edit(longer)
        (found,) = [f for f in drafting.judgement.findings if f.mend is Mend.TRIM]
        assert found.also is Mend.FACE_AS_CLIP
        other = replace(found, mend=found.also)
        drafting.edit(mended(drafting.draft, other))
        await until(engine, lambda: drafting.judgement.blocked is None)

    run(world, story)


def test_a_strip_of_pictures_comes_by_itself(world: World) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, world.clip)
        strip = await until(engine, lambda: engine.drafting.inputs[Slot.VIDEO].strip)
        assert len(strip) == 12
        strips.append(strip)

    strips: list[tuple[str, ...]] = []
    run(world, story)
    assert all(Path(path).is_file() for path in strips[0])


def test_another_clip_is_whole_again(world: World, inputs: Path) -> None:
    async def story(engine: Engine) -> None:
        await offered(engine, world.picture, world.clip)
        drafting = engine.drafting
        drafting.edit(replace(drafting.draft, video_edit=ClipEdit(1.0, 4.0)))
        await offered(engine, inputs / "meadow.mp4")
        assert drafting.draft.video_edit == ClipEdit()
        assert clip_of(engine)[1].duration_s == pytest.approx(6.0)

    run(world, story)


def test_a_part_survives_a_restart(world: World) -> None:
    async def first(engine: Engine) -> None:
        await offered(engine, world.picture, world.clip)
        engine.drafting.edit(replace(engine.drafting.draft, video_edit=ClipEdit(1.0, 4.0)))
        await engine.drafting.save()

    async def second(engine: Engine) -> None:
        ready = InputState.READY
        await until(engine, lambda: engine.drafting.inputs[Slot.VIDEO].state is ready)
        assert engine.drafting.draft.video_edit == ClipEdit(1.0, 4.0)
        assert clip_of(engine)[1].duration_s == pytest.approx(3.0)

    run(world, first)
    run(world, second)


def test_a_picture_that_is_too_wide_gets_edges_or_a_crop(world: World, tmp_path: Path) -> None:
    wide = make_picture(tmp_path / "wide.png", (1200, 340))

    async def story(engine: Engine) -> None:
        await offered(engine, wide, world.clip)
        drafting = engine.drafting
        (found,) = [f for f in drafting.judgement.findings if f.code is FindingCode.IMAGE_ASPECT]
        padded = mended(drafting.draft, found)
        engine.drafting.edit(padded)
        await _ready(engine)
        facts = drafting.facts(Slot.IMAGE)
        assert isinstance(facts, ImageFacts)
        assert (facts.width_px, facts.height_px > 480) == (1200, True)
        assert drafting.judgement.blocked is None
        engine.drafting.edit(replace(padded, image_edit=ImageEdit(crop=(0.25, 0.0, 0.5, 1.0))))
        await _ready(engine)
        facts = drafting.facts(Slot.IMAGE)
        assert isinstance(facts, ImageFacts)
        assert (facts.width_px, facts.height_px) == (600, 340)
        assert drafting.judgement.blocked is None

    run(world, story)


async def _ready(engine: Engine) -> None:
    await asyncio.sleep(0)  # the look begins
    await until(engine, lambda: engine.drafting.inputs[Slot.IMAGE].state is InputState.READY)
