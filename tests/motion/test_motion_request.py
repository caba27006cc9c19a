"""Requests and drafts: names, completeness, and the way to JSON and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.facts import (
    Facts,
    ImageFacts,
    LinkFacts,
    VideoFacts,
    facts_to_json,
)
from kling_desktop.motion.reading import Unreadable, read
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
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
SOURCES = PATHS.map(lambda p: Source(path=p)) | TEXT.map(lambda u: Source(url=f"https:{u}"))
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
    assert read(Draft, json.loads(json.dumps(draft.to_json()))) == draft


@given(DRAFTS)
def test_a_complete_draft_is_a_request_that_survives_json(draft: Draft) -> None:
    request = draft.to_request()
    if draft.image is None or draft.video is None:
        assert request is None
        return
    assert request is not None
    assert Draft.from_request(request) == draft
    assert read(MotionRequest, json.loads(json.dumps(request.to_json()))) == request


def test_a_request_without_a_clip_cannot_be_read() -> None:
    data = Draft(image=Source(path="/a.png")).to_json()
    with pytest.raises(Unreadable, match="video"):
        read(MotionRequest, data)


WRONG = {
    "image": [{"path": "/a", "url": "https://b"}, {}, {"path": ""}, {"path": "/a\0b"}, "/a.png", 7],
    "video": [{"url": "file:///etc/passwd"}, {"url": "javascript:x"}, {"path": ["/a"]}, []],
    "mode": ["ultra", None, ["pro"], 1],
    "orientation": ["up", {"image": True}],
    "prompt": [["a", "list"], 5, None, "half \ud800", "x" * 10_000_000],
    "keep_sound": ["false", 0, 1, None],
    "watermark": ["true", 1],
    "model": [5, ["kling-v3"]],
    "callback_url": [True, {}],
    "fit": ["no", 0],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(n, v) for n, vs in WRONG.items() for v in vs],
    ids=lambda value: repr(value)[:20],
)
def test_a_value_that_makes_no_sense_is_left_out_and_no_other_is_lost(
    name: str, value: object
) -> None:
    sound = Draft(
        image=Source(path="/a.png"),
        video=Source(url="https://e.com/b.mp4"),
        mode=Mode.PRO,
        orientation=Orientation.IMAGE,
        prompt="dusk",
        keep_sound=False,
        model="kling-v3",
        watermark=True,
        callback_url="https://e.com/hook",
        fit=False,
    )
    left_out: list[str] = []
    draft = read(Draft, sound.to_json() | {name: value}, left_out)
    assert draft == replace(sound, **{name: getattr(Draft(), name)})
    assert {left.partition(".")[0] for left in left_out} == {name}


@pytest.mark.parametrize("name", list(Draft().to_json()))
def test_what_an_older_version_did_not_write_has_its_default(name: str) -> None:
    data = Draft().to_json()
    del data[name]
    assert read(Draft, data) == Draft()


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
        duration_s=st.floats(0, 1e9),
        fps=st.floats(0, 1e6),
        frame_count=st.none() | SIZES,
        has_sound=st.booleans(),
    )
    | st.builds(LinkFacts, content_type=st.none() | TEXT, size_bytes=st.none() | SIZES)
    | st.none()
)


@dataclass
class KeptFacts:
    facts: ImageFacts | VideoFacts | LinkFacts | None


@given(FACTS)
def test_facts_survive_json_and_keep_their_kind(facts: Facts | None) -> None:
    kept = json.loads(json.dumps({"facts": facts_to_json(facts)}))
    back = read(KeptFacts, kept).facts
    assert back == facts
    assert type(back) is type(facts)


def test_what_older_versions_wrote_has_no_edits_and_is_made_to_fit() -> None:
    data = Draft(image=Source(path="/a.png"), video=Source(path="/b.mp4")).to_json()
    assert not {"image_edit", "video_edit", "fit"} & set(data)
    draft = read(Draft, data)
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
        {"crop": ["0", "0", "1", "1"]},
        {"crop": "0011"},
        {"start_s": "1"},
        {"start_s": -1.0},
        {"start_s": True},
        {"end_s": float("nan")},
        {"end_s": 10**400},
        {"end_s": 1e300},
    ],
)
def test_a_part_of_an_edit_that_makes_no_sense_leaves_the_other_parts(
    edit: dict[str, object],
) -> None:
    sound = ClipEdit(1.0, 4.0, (0.1, 0.1, 0.5, 0.5))
    data = Draft(video_edit=sound).to_json()
    data["video_edit"] |= edit
    left_out: list[str] = []
    (name,) = edit
    assert read(Draft, data, left_out).video_edit == replace(sound, **{name: None})
    assert left_out == [f"video_edit.{name}"]


def test_the_span_of_an_edit_lies_within_its_clip() -> None:
    assert ClipEdit().span(8.0) == (0.0, 8.0)
    assert ClipEdit(2.0, 5.0).span(8.0) == (2.0, 5.0)
    assert ClipEdit(9.0, 12.0).span(8.0) == (8.0, 8.0)
    assert ClipEdit(None, 12.0).span(8.0) == (0.0, 8.0)
