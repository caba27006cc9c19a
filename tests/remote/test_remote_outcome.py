"""Where the video of a finished task is looked for, and what is never taken for it."""

from __future__ import annotations

import json

import pytest

from kling_desktop.remote import wire
from kling_desktop.remote.links import same_file
from kling_desktop.remote.outcome import MAX_LINKS, TaskState
from kling_desktop.remote.wire import TaskRecord

HOST = "https://cdn.example.com"
IMAGE, CLIP = f"{HOST}/in/face.png", f"{HOST}/in/clip.mp4?x=1"
REQUEST = {"image_url": IMAGE, "video_url": CLIP}
VIDEO, OTHER = f"{HOST}/out/1?sig=a%2Fb", f"{HOST}/out/2"
MP4 = f"{HOST}/out/3.mp4"
ENDED = {"finished_at": 1763881100.5}
S = TaskState


def record(response: object, **more: object) -> TaskRecord:
    found = wire.read_record({"id": "t", "request": REQUEST, "response": response, **more})
    assert found is not None
    return found


@pytest.mark.parametrize(
    "response",
    [
        {"success": True, "url": VIDEO},
        {"result": VIDEO},
        {"output": [VIDEO]},
        {"data": {"download_url": VIDEO}},
        {"data": {"task_result": {"videos": [{"id": "1", "url": VIDEO, "duration": "5"}]}}},
        {"content": {"videoUrl": VIDEO}},
        {"data": json.dumps({"works": [{"resource": {"resource": VIDEO}}]})},
        [{"video": VIDEO}],
        [VIDEO],
        VIDEO,
        {"Output": {"URL": f"  {VIDEO}\n"}},
        {"state": "a word of tomorrow", "href": VIDEO},
        {"images": [{"image_url": OTHER, "video_url": VIDEO}]},
        {"files": [{"type": "image", "url": OTHER}, {"type": "video", "url": VIDEO}]},
        {"files": [{"mime_type": "image/png", "url": OTHER}, {"mime_type": "x", "url": VIDEO}]},
        {"video_without_watermark_url": VIDEO, "url": MP4, "watermark_url": MP4},
        {"files": [{"url": MP4, "watermark": True}, {"url": VIDEO, "watermark": False}]},
        {"files": [MP4, VIDEO], "cover": MP4},
        {"input": {"video": MP4}, "output": [MP4, VIDEO]},
        {"videos": [{"url": VIDEO, "watermark_url": VIDEO}]},
        {"video_url": CLIP, "image": IMAGE, "audio_url": OTHER, "output": VIDEO},
        {"video_url": CLIP.replace("x=1", "x=newly-signed"), "output": VIDEO},
    ],
)
def test_the_link_of_a_finished_record_is_found_wherever_it_is(response: object) -> None:
    found = record(response, **ENDED)
    assert (found.state, found.links) == (S.SUCCEEDED, (VIDEO,))


def test_a_record_without_a_response_may_hold_it_itself() -> None:
    found = wire.read_record({"id": "t", "request": REQUEST, "data": {"video_url": VIDEO}})
    assert found is not None
    assert (found.state, found.links) == (S.SUCCEEDED, (VIDEO,))


REHOSTED = f"{HOST}/kept/clip.mp4"


@pytest.mark.parametrize(
    "name",
    ["motion_video_url", "ref_video", "srcVideo", "init_video", "template_video", "uploaded_video"],
)
def test_what_may_be_the_clip_that_was_sent_comes_last(name: str) -> None:
    for beside in ({"output": VIDEO}, {"url": VIDEO}, {"data": [{"url": VIDEO}]}):
        assert record({name: REHOSTED, **beside}, **ENDED).links == (VIDEO, REHOSTED)


@pytest.mark.parametrize(
    "response",
    [
        {"works": [{"resource": {"resource": MP4}, "resource_without_watermark": {"url": VIDEO}}]},
        {"url": MP4, "no_watermark_url": VIDEO},
        {"data": {"video_url": MP4, "video_url_no_watermark": VIDEO}},
    ],
)
def test_the_copy_that_is_said_to_have_no_watermark_comes_first(response: object) -> None:
    assert record(response, **ENDED).links[0] == VIDEO


@pytest.mark.parametrize("wrapped", [{"success": True}, {"code": 0, "message": "ok"}, {}])
def test_a_record_wrapped_in_data_is_read_alone_and_in_a_list(wrapped: dict[str, object]) -> None:
    row = {"id": "t", "request": REQUEST, "response": {"url": VIDEO}, **ENDED}
    found = wire.read_record({**wrapped, "data": row}, "t")
    assert found is not None
    assert (found.task_id, found.links) == ("t", (VIDEO,))
    (listed,) = wire.read_records({**wrapped, "data": {"items": [row]}})
    assert listed == found
    (each,) = wire.read_records({"items": [{**wrapped, "data": row}]})
    assert each == found


def test_the_likeliest_comes_first_and_none_twice_and_not_without_end() -> None:
    many = [f"{HOST}/{n}" for n in range(50)]
    found = record({"a": many, "b": OTHER, "video": MP4, "data": {"video_url": VIDEO}}, **ENDED)
    assert found.links[:2] == (VIDEO, MP4)
    assert len(set(found.links)) == len(found.links) == MAX_LINKS


@pytest.mark.parametrize(
    "text",
    [
        f"Your video is ready: {MP4}.",
        f"[video]({MP4}), see https://docs.example.com/help",
        f'<a href="{MP4}">here</a>, cover: {HOST}/out/3.png',
        f"动画完成了，视频在这里：{MP4}。",
        f"{MP4}, and what was sent: {CLIP}",
    ],
)
@pytest.mark.parametrize("name", ["message", "content", "output"])
def test_a_link_inside_a_sentence_is_the_last_to_be_tried(text: str, name: str) -> None:
    found = record({"success": True, name: text}, **ENDED)
    assert (found.state, found.links) == (S.SUCCEEDED, (MP4,))
    assert record({"data": {"file": OTHER}, name: text}, **ENDED).links == (OTHER, MP4)
    assert record({name: text}).state is S.RUNNING
    assert record({"error": {"message": text}, "success": True}, **ENDED).links == ()


@pytest.mark.parametrize("marked", [True, 1, "true", "yes", "Yes ", "1", "on"])
@pytest.mark.parametrize("clean", [False, 0, "false", "no", "", None])
def test_which_copy_has_the_watermark_is_read_however_it_is_told(
    marked: object, clean: object
) -> None:
    files = [{"url": MP4, "watermark": marked}, {"url": VIDEO, "watermark": clean}]
    assert record({"files": files}, **ENDED).links == (VIDEO,)


@pytest.mark.parametrize(
    "response",
    [
        {"success": True},
        {"state": "succeed", "cover_url": OTHER, "images": [{"url": MP4}]},
        {"video_cover_url": MP4, "videos": [{"thumbnail": {"url": OTHER}}]},
        {"watermark_url": MP4, "watermarkVideoUrl": OTHER},
        {"files": [MP4], "watermark_url": MP4},
        {"video_url": CLIP, "data": {"clip": CLIP, "picture": IMAGE}},
        {"url": f"{HOST}/out/1.png", "sound": OTHER, "callback_url": VIDEO, "status_url": VIDEO},
        {"preview_url": MP4, "request": {"video_url": VIDEO}, "input_video": VIDEO},
        {"video_url": "ftp://cdn.example.com/a.mp4", "url": "javascript:alert(1)"},
        {"video_url": "s3://bucket/a.mp4", "text": f"see {VIDEO}"},
        {"data": []},
        {"video": f"{VIDEO}\ud800"},
        "it is done",
        7,
        None,
    ],
)
def test_what_is_surely_no_result_is_never_one_and_a_finished_record_says_so(
    response: object,
) -> None:
    found = record(response, **ENDED)
    assert (found.state, found.links) == (S.UNREAD, ())
    assert found.says_finished


@pytest.mark.parametrize("word", ["succeed", "SUCCESS", "completed", "finished"])
@pytest.mark.parametrize("name", ["state", "status", "task_status", "taskStatus"])
def test_a_word_for_the_end_is_one_without_a_time(word: str, name: str) -> None:
    assert record({"data": {name: word}}).state is S.UNREAD
    assert record({"data": {name: word, "url": VIDEO}}).links == (VIDEO,)


@pytest.mark.parametrize(
    ("response", "more"),
    [
        ({"state": "processing", "url": VIDEO, "video": MP4}, ENDED),
        ({"status": "success", "data": {"task_status": "submitted"}}, {}),
        ({"success": True, "url": VIDEO}, {}),
        ({"success": True, "task_id": "t", "input": {"status": "succeed"}}, {}),
        ({"success": False}, {}),
        (None, {}),
    ],
)
def test_what_is_not_called_finished_is_still_running(
    response: object, more: dict[str, object]
) -> None:
    found = record(response, **more)
    assert (found.state, found.links, found.outline) == (S.RUNNING, (), "")


@pytest.mark.parametrize(
    "response",
    [
        {"success": False, "error": {"code": "x", "doc_url": VIDEO}},
        {"state": "failed", "url": VIDEO},
        {"data": {"task": {"status": "failed"}}},
    ],
)
def test_a_failure_stays_one_whatever_links_it_has(response: object) -> None:
    assert record(response, **ENDED).state is S.FAILED


def test_one_failed_part_further_in_is_no_failure_of_the_whole() -> None:
    parts = {"parts": [{"status": "failed"}, {"status": "done"}]}
    assert record({"data": {"task": parts}}, **ENDED).state is S.UNREAD


def test_a_report_tells_names_and_kinds_and_nothing_that_is_secret() -> None:
    secret = "ab" * 16
    answer = {"state": "succeed", "data": [{"cover": VIDEO}], "key": secret, "n": 7, "ok": True}
    told = record(answer).outline
    assert told == "{state: succeed, data: [{cover: link}], key: text, n: number, ok: true}"
    assert secret not in record({"state": secret}, **ENDED).outline


def test_a_submission_is_over_only_where_the_video_is_told_as_documented() -> None:
    """ "Success" may be that of being accepted; a sign-in page's JSON has links, too."""
    accepted = wire.read_submit({"task_id": "t", "status": "success", "url": VIDEO, "video": MP4})
    assert accepted is not None
    assert (accepted.task_id, accepted.result) == ("t", None)
    assert wire.read_submit({"status": "success", "url": VIDEO, "video": MP4}) is None
    late = wire.read_submit({"success": True, "data": [{"video_url": VIDEO}]})
    assert late is not None
    assert late.result is not None
    assert late.result.links == (VIDEO,)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"{HOST}/a.mp4?sig=1", f"{HOST}/a.mp4?sig=2", True),
        (f"{HOST}/a%20b.mp4", "https://CDN.example.com/a b.mp4#t", True),
        (f"{HOST}/get?id=1", f"{HOST}/get?id=2", False),
        (f"{HOST}/get?id=1", f"{HOST}/get?id=1#x", True),
        (f"{HOST}/a.mp4", f"{HOST}/b.mp4", False),
        (f"{HOST}/a.mp4", "https://other.example.com/a.mp4", False),
        ("https://[", "https://[", True),
        ("https://[", "https://[a", False),
    ],
)
def test_a_new_signature_makes_no_other_file(one: str, other: str, same: bool) -> None:
    assert same_file(one, other) is same


def test_the_outline_of_an_answer_tells_names_and_no_content() -> None:
    signed = f"{HOST}/a.mp4?sig=secret"
    told = record({signed: "secret", "state": "succeed", "video notes": ["secret", 7]}, **ENDED)
    assert told.state is S.UNREAD
    assert "secret" not in told.outline
    assert "video notes" in told.outline
