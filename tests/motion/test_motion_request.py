"""Requests and drafts: names, completeness, and the way to JSON and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.facts import (
    Facts,
    ImageFacts,
    LinkFacts,
    VideoFacts,
    facts_from_json,
    facts_to_json,
)
from kling_desktop.motion.request import (
    ClipEdit,
    Draft,
    ImageEdit,
    Mode,
    MotionRequest,
    Orientation,
    Slot,
    Source,
)

TEXT = st.text(max_size=40)
SOURCES = st.builds(lambda p: Source(path=p), TEXT) | st.builds(lambda u: Source(url=u), TEXT)
BOXES = st.builds(
    lambda x, y, w, h: (x, y, (1 - x) * w, (1 - y) * h),
    *[st.floats(0, 0.9)] * 2,
    *[st.floats(0.1, 1)] * 2,
)
SECONDS = st.none() | st.floats(0, 600)
DRAFTS = st.builds(
    Draft,
    image=st.none() | SOURCES,
    video=st.none() | SOURCES,
    mode=st.sampled_from(Mode),
    orientation=st.sampled_from(Orientation),
    prompt=TEXT,
    keep_sound=st.booleans(),
    model=st.none() | TEXT,
    watermark=st.booleans(),
    callback_url=st.none() | TEXT,
    image_edit=st.builds(ImageEdit, st.none() | BOXES, st.none() | st.floats(0.4, 2.5)),
    video_edit=st.builds(ClipEdit, SECONDS, SECONDS, st.none() | BOXES),
    fit=st.booleans(),
)


@given(DRAFTS)
def test_a_draft_survives_json(draft: Draft) -> None:
    assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft


@given(DRAFTS)
def test_a_complete_draft_is_a_request_that_survives_json(draft: Draft) -> None:
    request = draft.to_request()
    if draft.image is None or draft.video is None:
        assert request is None
        return
    assert request is not None
    assert Draft.from_request(request) == draft
    assert MotionRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


def test_a_request_without_a_clip_cannot_be_read() -> None:
    data = Draft(image=Source(path="/a.png")).to_json()
    with pytest.raises(ValueError, match="a picture and a clip"):
        MotionRequest.from_json(data)


@pytest.mark.parametrize(
    "change",
    [{"mode": "ultra"}, {"orientation": "up"}, {"image": {"path": "/a", "url": "https://b"}}],
)
def test_a_draft_with_unknown_values_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # three different messages
        Draft.from_json({**Draft().to_json(), **change})


@pytest.mark.parametrize("name", ["mode", "orientation", "prompt", "keep_sound"])
def test_a_draft_without_a_needed_value_is_refused(name: str) -> None:
    data = Draft().to_json()
    del data[name]
    with pytest.raises(KeyError):
        Draft.from_json(data)


def test_a_source_is_a_file_or_a_link_and_never_both() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Source()
    with pytest.raises(ValueError, match="exactly one"):
        Source(path="/a", url="https://e.com/a")


@pytest.mark.parametrize(
    ("source", "name", "stem"),
    [
        (Source(path="/home/me/astronaut.png"), "astronaut.png", "astronaut"),
        (Source(path="/x/.hidden"), ".hidden", ".hidden"),
        (Source(path="/x/two words.v2.mp4"), "two words.v2.mp4", "two words.v2"),
        (Source(url="https://e.com/a/b%20c.mp4?token=1#x"), "b c.mp4", "b c"),
        (Source(url="https://e.com/a/"), "a", "a"),
        (Source(url="https://e.com"), "e.com", "e"),
    ],
)
def test_names_come_from_the_last_part_and_never_hold_a_query(
    source: Source, name: str, stem: str
) -> None:
    assert (source.name, source.stem) == (name, stem)


def test_a_job_is_called_after_both_inputs() -> None:
    request = MotionRequest(Source(path="/a/astronaut.png"), Source(url="https://e.com/meadow.mp4"))
    assert request.title == "astronaut × meadow"


def test_putting_a_source_into_a_slot_leaves_the_other_alone() -> None:
    image, video = Source(path="/a.png"), Source(path="/b.mp4")
    draft = Draft().with_source(Slot.IMAGE, image).with_source(Slot.VIDEO, video)
    assert (draft.source(Slot.IMAGE), draft.source(Slot.VIDEO)) == (image, video)
    assert draft.with_source(Slot.IMAGE, None).source(Slot.VIDEO) == video


SIZES = st.integers(min_value=0, max_value=10**12)
FACTS = (
    st.builds(
        ImageFacts,
        format=TEXT,
        width_px=SIZES,
        height_px=SIZES,
        size_bytes=SIZES,
        turned=st.booleans(),
        animated=st.booleans(),
        color_mode=TEXT,
    )
    | st.builds(
        VideoFacts,
        container=TEXT,
        codec=TEXT,
        width_px=SIZES,
        height_px=SIZES,
        size_bytes=SIZES,
        duration_s=st.floats(allow_nan=False, allow_infinity=False),
        fps=st.floats(allow_nan=False, allow_infinity=False),
        frame_count=st.none() | SIZES,
        has_sound=st.booleans(),
    )
    | st.builds(LinkFacts, content_type=st.none() | TEXT, size_bytes=st.none() | SIZES)
    | st.none()
)


@given(FACTS)
def test_facts_survive_json_and_keep_their_kind(facts: Facts | None) -> None:
    back = facts_from_json(json.loads(json.dumps(facts_to_json(facts))))
    assert back == facts
    assert type(back) is type(facts)


def test_what_older_versions_wrote_has_no_edits_and_is_made_to_fit() -> None:
    data = Draft(image=Source(path="/a.png"), video=Source(path="/b.mp4")).to_json()
    assert not {"image_edit", "video_edit", "fit"} & set(data)
    draft = Draft.from_json(data)
    assert (draft.image_edit, draft.video_edit, draft.fit) == (ImageEdit(), ClipEdit(), True)


def test_another_clip_is_whole_and_the_picture_keeps_its_crop() -> None:
    box = (0.1, 0.1, 0.5, 0.5)
    draft = Draft(
        image=Source(path="/a.png"),
        video=Source(path="/b.mp4"),
        image_edit=ImageEdit(crop=box),
        video_edit=ClipEdit(1.0, 5.0),
    )
    other = draft.with_source(Slot.VIDEO, Source(path="/c.mp4"))
    assert (other.video_edit, other.image_edit) == (ClipEdit(), ImageEdit(crop=box))
    same = draft.with_source(Slot.VIDEO, Source(path="/b.mp4"))
    assert same.video_edit == ClipEdit(1.0, 5.0)


@pytest.mark.parametrize(
    "edit",
    [
        {"crop": [0.5, 0.5, 0.6, 0.1]},
        {"crop": [-0.1, 0, 0.5, 0.5]},
        {"crop": [0, 0, 0, 0.5]},
        {"crop": [0, 0, 1]},
        {"start_s": "1"},
        {"end_s": float("nan")},
    ],
)
def test_an_edit_that_makes_no_sense_is_not_read(edit: dict[str, object]) -> None:
    data = Draft().to_json() | {"video_edit": edit}
    with pytest.raises((ValueError, TypeError)):
        Draft.from_json(data)


def test_the_span_of_an_edit_lies_within_its_clip() -> None:
    assert ClipEdit().span(8.0) == (0.0, 8.0)
    assert ClipEdit(2.0, 5.0).span(8.0) == (2.0, 5.0)
    assert ClipEdit(9.0, 12.0).span(8.0) == (8.0, 8.0)
    assert ClipEdit(None, 12.0).span(8.0) == (0.0, 8.0)
