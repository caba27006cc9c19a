"""What a clip will be once it is trimmed, cropped and made to fit; what a finding's button does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.fitting import aspect_box, planned_clip
from kling_desktop.motion.limits import UPLOAD_MAX_BYTES, FindingCode, Mend, check, finding
from kling_desktop.motion.mending import mended
from kling_desktop.motion.request import (
    WHOLE_CLIP,
    ClipEdit,
    Draft,
    Orientation,
    Slot,
    Source,
)

CLIP = VideoFacts("matroska", "vp9", 1920, 1080, 40_000_000, 40.0, 30.0, 1200, has_sound=True)
DRAFT = Draft(image=Source(path="/a.png"), video=Source(path="/b.mkv"))


def test_a_clip_that_fits_is_planned_as_it_is() -> None:
    fits = replace(CLIP, container="mp4", codec="h264")
    assert planned_clip(fits, WHOLE_CLIP) == fits


def test_another_container_becomes_mp4_unless_nothing_may_be_fitted() -> None:
    assert planned_clip(CLIP, WHOLE_CLIP, ("converted",)).container == "mp4"
    assert planned_clip(CLIP, WHOLE_CLIP, ("converted",)).codec == "h264"
    assert planned_clip(CLIP, WHOLE_CLIP, fit=False) == CLIP


def test_a_part_is_as_long_and_as_large_as_its_share() -> None:
    part = planned_clip(CLIP, ClipEdit(10.0, 20.0))
    assert (part.duration_s, part.size_bytes, part.frame_count) == (10.0, 10_000_000, 300)


def test_what_is_too_large_to_upload_is_planned_at_the_limit() -> None:
    huge = replace(CLIP, size_bytes=3 * UPLOAD_MAX_BYTES)
    assert planned_clip(huge, WHOLE_CLIP).size_bytes == UPLOAD_MAX_BYTES


@pytest.mark.parametrize(
    ("sides", "crop", "planned"),
    [
        ((1920, 1080), None, (1920, 1080)),
        ((160, 120), None, (454, 340)),
        ((7680, 4320), None, (3850, 2166)),
        ((1921, 1081), None, (1921, 1081)),
        ((1920, 1080), (0.25, 0.0, 0.5, 1.0), (960, 1080)),
        ((1920, 1080), (0.0, 0.0, 0.1, 0.5), (340, 956)),
    ],
)
def test_sides_are_cropped_and_brought_within_the_limits(
    sides: tuple[int, int], crop: tuple[float, ...] | None, planned: tuple[int, int]
) -> None:
    facts = replace(CLIP, width_px=sides[0], height_px=sides[1])
    box = None if crop is None else (crop[0], crop[1], crop[2], crop[3])
    out = planned_clip(facts, ClipEdit(crop=box))
    assert (out.width_px, out.height_px) == planned


@pytest.mark.parametrize(
    ("sides", "aspect", "box"),
    [
        ((1000, 1000), 2.0, (0.0, 0.1, 1.0, 0.5)),
        ((1000, 1000), 0.5, (0.25, 0.0, 0.5, 1.0)),
        ((1000, 500), 2.0, (0.0, 0.0, 1.0, 1.0)),
    ],
)
def test_a_crop_to_an_aspect_keeps_the_head(
    sides: tuple[int, int], aspect: float, box: tuple[float, ...]
) -> None:
    assert aspect_box(ImageFacts("png", *sides, 1000), aspect) == pytest.approx(box)


def test_trimming_mends_a_clip_that_is_too_long() -> None:
    draft = replace(DRAFT, orientation=Orientation.IMAGE, video_edit=ClipEdit(start_s=5.0))
    (found,) = check(draft, None, planned_clip(CLIP, draft.video_edit))
    after = mended(draft, found)
    assert after.video_edit == ClipEdit(5.0, 15.0)
    assert check(after, None, planned_clip(CLIP, after.video_edit)) == ()


def test_padding_mends_a_picture_that_is_too_wide() -> None:
    (found,) = check(DRAFT, ImageFacts("png", 3000, 1000, 1000), None)
    assert (found.mend, found.also) == (Mend.PAD_IMAGE, Mend.CROP_IMAGE)
    after = mended(DRAFT, found)
    assert after.image_edit.pad_to_aspect == pytest.approx(2.5, rel=0.02)
    assert after.image_edit.pad_to_aspect is not None
    assert after.image_edit.pad_to_aspect < 2.5


@pytest.mark.parametrize(
    ("mend", "expected"),
    [
        (Mend.USE_PART, ClipEdit(9.7, 18.1)),
        (Mend.START_AT, ClipEdit(9.7, 30.0)),
    ],
)
def test_the_doctor_s_buttons_set_the_part(mend: Mend, expected: ClipEdit) -> None:
    draft = replace(DRAFT, video_edit=ClipEdit(1.0, 30.0))
    found = finding(FindingCode.CUTS_FOUND, slot=Slot.VIDEO, mend=mend, start_s=9.7, end_s=18.1)
    assert mended(draft, found).video_edit == expected


def test_what_a_draft_cannot_mend_leaves_it_as_it_is() -> None:
    for mend in (Mend.CHOOSE_IMAGE, Mend.CONNECT, Mend.TOP_UP, Mend.CROP_IMAGE):
        assert mended(DRAFT, finding(FindingCode.NO_SOUND, mend=mend)) is DRAFT
