"""A job becomes a row and the same job again, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.agreement import Agreement, InputStamp
from kling_desktop.motion.compare import MOST_NUDGE_FRAMES, CompareSettings, Heard
from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.job import FREE_TO_CANCEL, Arrived, Job, JobError, JobState, Money
from kling_desktop.motion.reading import ID_SHAPE, TIME_MAX
from kling_desktop.motion.redaction import without_query
from kling_desktop.motion.request import Mode, MotionRequest, Orientation, Source
from kling_desktop.motion.said import NOTHING, Said
from kling_desktop.store.rows import RowError, job_from_row, job_to_row, storable

SIGNED = "https://media.example/a/b.mp4?Signature=abc&Expires=1#t=1"

# Any text a prompt or a service can hold, NUL too; and in paths, bytes that are no UTF-8
texts = st.text(max_size=30)
odd_bytes = st.characters(categories=["Cs"], min_codepoint=0xDC80, max_codepoint=0xDCFF)
letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
paths = st.text(letters | odd_bytes, min_size=1, max_size=30)
urls = texts.map(lambda rest: f"https:{rest}")
floats = st.floats(-(2.0**53), 2.0**53)
amounts = st.floats(0, 2.0**53)
times = st.floats(0, TIME_MAX)
counts = st.integers(0, 2**53)
sources = paths.map(lambda p: Source(path=p)) | urls.map(lambda u: Source(url=u))
images = st.builds(ImageFacts, texts, counts, counts, counts, st.booleans(), st.booleans(), texts)
clips = st.builds(
    VideoFacts,
    container=texts,
    codec=texts,
    width_px=counts,
    height_px=counts,
    size_bytes=counts,
    duration_s=amounts,
    fps=amounts,
    frame_count=st.none() | counts,
    has_sound=st.booleans(),
    rotation_deg=st.integers(-360, 360),
    variable_frame_rate=st.booleans(),
)
links = st.builds(LinkFacts, st.none() | texts, st.none() | counts)
errors = st.builds(
    JobError,
    code=texts,
    message=texts,
    money=st.sampled_from(Money),
    trace_id=st.none() | texts,
    http_status=st.none() | st.integers(100, 599),
    values=st.dictionaries(texts, texts, max_size=3).map(lambda d: tuple(sorted(d.items()))),
)
requests = st.builds(
    MotionRequest,
    image=sources,
    video=sources,
    mode=st.sampled_from(Mode),
    orientation=st.sampled_from(Orientation),
    prompt=texts,
    keep_sound=st.booleans(),
    model=st.none() | texts,
    watermark=st.booleans(),
    callback_url=st.none() | texts,
)
comparisons = st.builds(
    CompareSettings,
    result_frames=st.integers(-MOST_NUDGE_FRAMES, MOST_NUDGE_FRAMES),
    reference_frames=st.integers(-MOST_NUDGE_FRAMES, MOST_NUDGE_FRAMES),
    heard=st.sampled_from(Heard),
)
stamps = st.builds(
    InputStamp,
    st.none() | texts,
    st.none() | counts,
    st.none() | texts,
    st.none() | texts,
)
agreements = st.builds(
    Agreement,
    st.none() | stamps,
    st.none() | stamps,
    st.none() | amounts,
    st.booleans(),
    st.none() | amounts,
)
jobs = st.builds(
    Job,
    job_id=st.text(
        st.characters(exclude_characters="/\\\0.", exclude_categories=["Cs"]), min_size=1
    ),
    request=requests,
    state=st.sampled_from([state for state in JobState if state is not JobState.DONE]),
    created_at=times,
    updated_at=times,
    position=st.integers(-(2**53), 2**53),
    attempt=counts,
    image_facts=st.none() | images | links,
    video_facts=st.none() | clips | links,
    image_link=st.none() | urls,
    compare=st.none() | comparisons,
    agreed=st.none() | agreements,
    offered=st.none() | agreements,
    video_link=st.none() | urls,
    body_json=st.none() | st.dictionaries(texts, texts, max_size=2).map(json.dumps),
    submitted_at=st.none() | times,
    finished_at=st.none() | times,
    clock_skew_s=st.none() | floats,
    asked_skew_s=st.none() | floats,
    task_id=st.none() | st.from_regex(ID_SHAPE, fullmatch=True),
    trace_id=st.none() | texts,
    user_id=st.none() | texts,
    application_id=st.none() | texts,
    waits_for_account=st.none() | texts,
    result_url=st.none() | urls,
    result_duration_s=st.none() | amounts,
    result_path=st.none() | paths,
    result_size_bytes=st.none() | counts,
    result_ends_early=st.booleans(),
    arrived=st.none() | st.builds(Arrived, paths, counts),
    ends_early=st.none() | st.builds(Arrived, paths, counts),
    kept_path=st.none() | paths,
    gone_days=st.lists(counts, max_size=3).map(tuple),
    output_path=st.none() | paths,
    estimate_credits=st.none() | amounts,
    charged_credits=st.none() | amounts,
    error=st.none() | errors,
    not_before=st.none() | times,
    looks=counts,
    next_look_at=st.none() | times,
    favourite=st.booleans(),
    acknowledged=st.booleans(),
)


def a_job(**changes: Any) -> Job:
    job = Job(
        job_id="job-1",
        request=MotionRequest(Source(path="/p/astronaut.png"), Source(path="/p/bunny.mp4")),
        state=JobState.GENERATING,
        created_at=100.0,
        updated_at=101.5,
        position=3,
    )
    return replace(job, **changes)


@given(jobs)
def test_any_job_survives_its_row(job: Job) -> None:
    assert job_from_row(job_to_row(job)) == job


OF_EACH_KIND = {
    "str": "x",
    "float": 1.5,
    "int": 7,
    "bool": True,
    "Count": 7,
    "Amount": 1.5,
    "UnixTime": 1.5,
    "Link": "https://e.com/a",
    "FilePath": "/a",
    "Annotated[str, _body]": "{}",
}


def test_every_field_of_a_job_is_drawn_above() -> None:
    """A field added to Job and forgotten here or in the codec would be lost in silence."""
    rich = a_job(
        task_id="t",
        submitted_at=1.0,
        finished_at=2.0,
        image_facts=ImageFacts("png", 1, 2, 3),
        video_facts=LinkFacts("video/mp4", 4),
        error=JobError("api_error"),
        compare=CompareSettings(3, -2, Heard.NONE),
        agreed=Agreement(InputStamp("aa", 1), InputStamp(etag="e"), 2.5, True),
        offered=Agreement(InputStamp("bb", 2), None, 3.5, False, 4.0),
        arrived=Arrived("/videos/.a.part", 7),
        ends_early=Arrived("/videos/.a.early", 8),
        gone_days=(739_000, 739_001),
        **{
            name: value
            for kind, value in OF_EACH_KIND.items()
            for name in (
                f.name
                for f in fields(Job)
                if f.type in (f"{kind} | None", kind)
                and f.name
                not in ("job_id", "created_at", "updated_at", "position", "attempt", "task_id")
                and f.name not in ("submitted_at", "finished_at")
            )
        },
    )
    unset = {f.name for f in fields(Job) if getattr(rich, f.name) in (None, False, 0)}
    assert unset == set()
    assert job_from_row(job_to_row(rich)) == rich


def test_a_done_job_keeps_its_link_without_the_signature() -> None:
    row = job_to_row(a_job(state=JobState.DONE, result_url=SIGNED))
    assert "Signature" not in str(row["data"])
    assert job_from_row(row).result_url == "https://media.example/a/b.mp4"


@pytest.mark.parametrize("state", [s for s in JobState if s is not JobState.DONE])
def test_a_job_that_is_not_done_keeps_the_signature_to_resume_with(state: JobState) -> None:
    assert job_from_row(job_to_row(a_job(state=state, result_url=SIGNED))).result_url == SIGNED


def test_a_link_that_is_none_loses_its_query_too() -> None:
    assert without_query("http://[broken?Signature=abc#x") == "http://[broken"


def test_missing_fields_of_an_older_version_get_their_defaults() -> None:
    row = job_to_row(a_job(favourite=True, looks=4))
    data = json.loads(str(row["data"]))
    row["data"] = json.dumps({"request": data["request"]})
    assert job_from_row(row) == a_job()


def test_unknown_fields_of_a_newer_version_are_left_out_and_carried_on() -> None:
    row = job_to_row(a_job())
    newer = json.loads(str(row["data"])) | {"rating": 5, "request": {"x": 1}}
    changed = job_to_row(a_job(favourite=True), old_data=json.dumps(newer))
    assert json.loads(str(changed["data"]))["rating"] == 5
    assert job_from_row(changed) == a_job(favourite=True)


def test_what_the_service_says_is_in_no_older_row_and_is_no_reason_to_drop_a_job() -> None:
    job = a_job(service=Said("v", "succeed", 5.0, success=True, video_url="https://a.org/b"))
    row = job_to_row(job)
    assert job_from_row(row) == job
    data = json.loads(str(row["data"]))
    row["data"] = json.dumps({name: value for name, value in data.items() if name != "service"})
    assert job_from_row(row).service == NOTHING
    row["data"] = json.dumps({**data, "service": {"video_id": ["?"], "state": "later", "new": 1}})
    assert job_from_row(row).service == Said(state="later")


@pytest.mark.parametrize("old", ["", "nonsense", "[1]", "null", "[" * 100_000])
def test_old_data_that_makes_no_sense_is_replaced(old: str) -> None:
    assert job_from_row(job_to_row(a_job(), old_data=old)) == a_job()


def test_facts_of_a_newer_version_are_read_as_far_as_they_are_known() -> None:
    row = job_to_row(a_job(image_facts=ImageFacts("png", 10, 20, 30)))
    data = json.loads(str(row["data"]))
    data["image_facts"]["depth_bits"] = 8
    row["data"] = json.dumps(data)
    assert job_from_row(row).image_facts == ImageFacts("png", 10, 20, 30)


@pytest.mark.parametrize(
    "facts", [{}, {"kind": "hologram"}, {"kind": "image"}, {"kind": []}, "png", 5]
)
def test_facts_that_make_no_sense_count_as_missing(facts: object) -> None:
    row = job_to_row(a_job())
    row["data"] = json.dumps(json.loads(str(row["data"])) | {"image_facts": facts})
    assert job_from_row(row).image_facts is None


def test_an_error_with_an_unknown_word_for_money_may_have_been_charged() -> None:
    row = job_to_row(a_job(state=JobState.FAILED))
    error = {"code": "odd", "money": "half_of_it"}
    row["data"] = json.dumps(json.loads(str(row["data"])) | {"error": error})
    assert job_from_row(row).error == JobError("odd", money=Money.MAYBE_CHARGED)


@pytest.mark.parametrize("name", ["looks", "favourite", "image_link", "clock_skew_s"])
def test_a_field_of_a_wrong_type_counts_as_missing(name: str) -> None:
    row = job_to_row(a_job())
    row["data"] = json.dumps(json.loads(str(row["data"])) | {name: {"odd": 1}})
    assert job_from_row(row) == a_job()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "teleporting"},
        {"data": "{"},
        {"data": "[]"},
        {"data": "{}"},
        {"data": None},
        {"created_at": None},
        {"job_id": 7},
        {"job_id": ""},
        {"job_id": "../../evil"},
        {"job_id": "a\\b"},
    ],
)
def test_what_is_no_job_says_so(change: dict[str, Any]) -> None:
    with pytest.raises(RowError):
        job_from_row(job_to_row(a_job()) | change)


def with_data(job: Job, **changes: Any) -> dict[str, Any]:
    row = job_to_row(job)
    return {**row, "data": json.dumps(json.loads(str(row["data"])) | changes)}


@pytest.mark.parametrize("state", [s for s in JobState if s not in FREE_TO_CANCEL])
def test_a_job_that_was_sent_is_never_lost_for_one_damaged_field(state: JobState) -> None:
    request = a_job().request.to_json() | {"prompt": ["a", "list"], "watermark": "false"}
    row = with_data(a_job(state=state, task_id="t"), request=request, result_path=["x"], looks=-1)
    left_out: list[str] = []
    job = job_from_row(row, left_out)
    assert (job.task_id, job.request, job.looks) == ("t", a_job().request, 0)
    assert sorted(left_out) == ["looks", "request.prompt", "request.watermark", "result_path"]


@pytest.mark.parametrize("state", sorted(FREE_TO_CANCEL))
@pytest.mark.parametrize(
    "change",
    [
        {"request": a_job().request.to_json() | {"mode": "ultra"}},
        {"request": a_job().request.to_json() | {"prompt": 5}},
        {"agreed": {"credits": "2.5"}},
        {"offered": {"video": {"sha256": 7}}},
        {"estimate_credits": -1},
        {"output_path": "a\0b"},
    ],
)
def test_a_job_that_may_still_be_sent_is_none_without_all_that_was_agreed_to(
    state: JobState, change: dict[str, Any]
) -> None:
    with pytest.raises(RowError):
        job_from_row(with_data(a_job(state=state), **change))
    assert job_from_row(with_data(a_job(state=state), video_facts="?", looks="?"))


def test_what_could_not_be_read_stays_in_the_row_when_it_is_written() -> None:
    row = with_data(a_job(), result_path=["x"], compare={"heard": "dogs"}, rating=5)
    for favourite in (True, False):
        row = job_to_row(a_job(favourite=favourite), old_data=row["data"])
    data = json.loads(row["data"])
    assert data["damaged"] == {"result_path": ["x"], "compare": {"heard": "dogs"}}
    assert data["rating"] == 5
    assert (data["result_path"], data["compare"]) == (None, None)


@pytest.mark.parametrize("error", [5, "x", {}, {"code": 7}, {"code": "c", "money": ["paid"]}])
def test_an_error_that_cannot_be_read_may_have_been_charged(error: object) -> None:
    job = job_from_row(with_data(a_job(state=JobState.FAILED), error=error))
    assert job.error is not None
    assert job.error.money is Money.MAYBE_CHARGED


@pytest.mark.parametrize("body", ["", "[1]", "{", 5, "[" * 100_000])
def test_a_body_that_is_none_counts_as_missing(body: object) -> None:
    assert job_from_row(with_data(a_job(), body_json=body)).body_json is None


@pytest.mark.parametrize(
    "change",
    [{"updated_at": 1e300}, {"created_at": -1.0}, {"position": 2**60}, {"data": b"\xff"}],
)
def test_columns_out_of_range_are_no_job(change: dict[str, Any]) -> None:
    with pytest.raises(RowError):
        job_from_row(job_to_row(a_job()) | change)


def test_half_a_surrogate_pair_becomes_something_sqlite_takes() -> None:
    assert storable("a\ud800b") == "a?b"
    assert storable("äß🙂\0") == "äß🙂\0"
    assert storable(None) is None
