"""Reading JSON of every shape into dataclasses, and writing requests."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_desktop.motion.price import PriceRules, quote
from kling_desktop.motion.request import Mode, MotionRequest, Orientation, Source
from kling_desktop.motion.said import NOTHING, Said
from kling_desktop.remote import wire
from kling_desktop.remote.answers import judge
from kling_desktop.remote.errors import Refused, UnclearAnswer, plain_text
from kling_desktop.remote.http import Answer
from kling_desktop.remote.outcome import TaskState
from kling_desktop.remote.values import as_time

IMAGE, VIDEO = "https://a.example.com/i.png", "https://a.example.com/v.mp4?x=1"
DONE = {
    "success": True,
    "task_id": "t",
    "video_url": "https://cdn.example.com/out.mp4?sig=a%2Fb",
    "duration": "5.066",
    "state": "succeed",
}


def request(**changes):
    return MotionRequest(Source(url=IMAGE), Source(url=VIDEO), **changes)


def test_unset_fields_are_left_out_of_the_body():
    assert wire.motion_body(request(), image_url=IMAGE, video_url=VIDEO) == {
        "image_url": IMAGE,
        "video_url": VIDEO,
        "mode": "std",
        "character_orientation": "video",
        "keep_original_sound": "yes",
        "async": True,
    }


def test_every_set_field_is_in_the_body_as_the_service_names_it():
    full = request(
        mode=Mode.PRO,
        orientation=Orientation.IMAGE,
        prompt="a beach\n at noon",
        keep_sound=False,
        model="kling-v3",
        watermark=True,
        callback_url="https://me.example.com/hook?k=1",
    )
    assert wire.motion_body(full, image_url=IMAGE, video_url=VIDEO) == {
        "image_url": IMAGE,
        "video_url": VIDEO,
        "mode": "pro",
        "character_orientation": "image",
        "keep_original_sound": "no",
        "async": True,
        "prompt": "a beach\n at noon",
        "model_name": "kling-v3",
        "watermark_info": {"enabled": True},
        "callback_url": "https://me.example.com/hook?k=1",
    }


def test_prompt_of_white_space_is_left_out():
    body = wire.motion_body(request(prompt=" \n"), image_url=IMAGE, video_url=VIDEO)
    assert "prompt" not in body


def test_finished_record_gives_link_with_its_signature_times_and_owner():
    record = wire.read_record(
        {
            "id": "t",
            "type": "motion",
            "created_at": 1763881000.25,
            "started_at": 1763881001,
            "finished_at": "1763881100.5",
            "trace_id": "tr",
            "user_id": "u",
            "application_id": "app",
            "request": {"image_url": IMAGE, "video_url": VIDEO, "watermark_info": {"enabled": 1}},
            "response": DONE,
        }
    )
    assert record is not None
    assert record.state is TaskState.SUCCEEDED
    assert record.links == (DONE["video_url"],)
    assert record.duration_s == 5.066
    assert (record.created_at, record.started_at) == (1763881000.25, 1763881001.0)
    assert record.finished_at == 1763881100.5
    assert (record.trace_id, record.user_id, record.application_id) == ("tr", "u", "app")
    assert record.request == {"image_url": IMAGE, "video_url": VIDEO}


SAID = {
    "video_id": "v-7",
    "video_url": "https://cdn.example.com/o.mp4?sig=SECRET#x",
    "duration": "5.066",
    "state": "succeed",
}
UPSTREAM = {"id": "v-7", "url": SAID["video_url"], "duration": 5.066}


@pytest.mark.parametrize(
    "told",
    [
        {"response": {"success": True, **SAID}},
        {"response": json.dumps({"success": "true", **SAID})},
        {"response": {"success": True, "data": SAID}},
        {"response": {"success": True, "data": [{"x": 1}, SAID]}},
        {"response": {"success": True}, "data": SAID},
    ],
)
def test_what_the_service_says_of_a_video_is_kept_in_its_own_words_without_a_signature(told):
    record = wire.read_record({"id": "t", **told})
    assert record is not None
    bare = "https://cdn.example.com/o.mp4"
    assert record.said == Said("v-7", "succeed", 5.066, success=True, video_url=bare)


def test_what_the_service_says_is_read_as_far_as_it_makes_sense():
    answer = {"success": True, "state": "succeed", "data": {"task_result": {"videos": [UPSTREAM]}}}
    record = wire.read_record({"id": "t", "response": answer})
    assert record is not None
    assert record.said == Said("v-7", "succeed", 5.066, success=True)
    failed = {"success": False, "error": {"code": "api_error"}, "state": "failed"}
    record = wire.read_record({"id": "t", "response": failed})
    assert record.said == Said(state="failed", success=False)
    odd = {"success": 7, "state": {"a": 1}, "video_id": ["x"], "duration": "long"}
    odd["video_url"] = VIDEO  # what was sent
    record = wire.read_record({"id": "t", "request": {"video_url": VIDEO}, "response": odd})
    assert record.said == NOTHING
    assert Said("v", "processing").then(Said(state="succeed")) == Said("v", "succeed")


LINK = {"video_url": "https://cdn.example.com/o.mp4"}


@pytest.mark.parametrize(
    "response",
    [
        DONE,
        json.dumps(DONE),
        {"data": LINK},
        {"data": [LINK]},
        {"success": True, "data": [{"x": 1}, LINK]},
        {"data": json.dumps([LINK])},
        {"success": None, **LINK},
        {"state": "some new word", **LINK},
        {"success": True, "error": None, **LINK},
    ],
)
def test_a_link_without_a_no_is_a_success(response):
    record = wire.read_record({"id": "t", "response": response})
    assert record is not None
    assert record.state is TaskState.SUCCEEDED
    assert len(record.links) == 1


@pytest.mark.parametrize(
    ("response", "code", "message"),
    [
        (
            {"success": False, "error": {"code": "api_error", "message": "fetch failed"}},
            "api_error",
            "fetch failed",
        ),
        ({"success": False, "error": "no person found"}, "", "no person found"),
        ({"success": "false", "error": {"message": "x"}}, "", "x"),
        ({"error": {"code": "api_error"}}, "api_error", ""),
        ({"state": "FAILED", "message": "why"}, "", "why"),
        ({"data": {"status": "cancelled"}}, "", ""),
        ('{"success": false, "error": {"code": "forbidden"}}', "forbidden", ""),
    ],
)
def test_failures_of_every_shape(response, code, message):
    record = wire.read_record({"id": "t", "response": response, "finished_at": 1.0})
    assert record is not None
    assert record.state is TaskState.FAILED
    assert (record.error_code, record.error_message) == (code, message)
    assert record.links == ()


@pytest.mark.parametrize("word", ["failed", "failure", "error", "cancelled", "canceled"])
def test_words_for_failure(word):
    record = wire.read_record({"id": "t", "response": {"state": word}})
    assert record is not None
    assert record.state is TaskState.FAILED


@pytest.mark.parametrize(
    "response",
    [
        None,
        {},
        "",
        "null",
        "{broken",
        [],
        7,
        {"state": "processing"},
        {"state": "a word of tomorrow"},
        {"success": True, "task_id": "t"},
        {"success": False},
        {"video_url": ""},
        {"video_url": None},
        {"data": []},
        {"success": True, "error": None},
        {"success": True, "video_url": VIDEO},
    ],
)
def test_everything_else_is_still_running(response):
    data = {"id": "t", "response": response, "request": {"video_url": VIDEO}}
    record = wire.read_record(data)
    assert record is not None
    assert record.state is TaskState.RUNNING
    absent = {"id": "t"}
    assert wire.read_record(absent).state is TaskState.RUNNING


@pytest.mark.parametrize("data", [{}, None, [], "x", 3])
def test_empty_record_is_an_unknown_task(data):
    assert wire.read_record(data, "t") is None


def test_batch_takes_items_lists_and_skips_what_is_no_record():
    rows = [{"id": "a"}, None, {}, 7, {"id": "b", "response": DONE}]
    for shape in ({"items": rows, "count": 5}, rows, {"data": rows}):
        assert [r.task_id for r in wire.read_records(shape)] == ["a", "b"]
        assert wire.read_history(shape).rows == 5
    with pytest.raises(UnclearAnswer):
        wire.read_records({"count": 0})


@pytest.mark.parametrize("rows", [["this is not"], [7, {"what": "was asked for"}], [None, [1]]])
def test_batch_without_a_record_does_not_say_that_a_task_is_unknown(rows):
    with pytest.raises(UnclearAnswer):
        wire.read_records({"items": rows})


@pytest.mark.parametrize("rows", [[], [None], [{}, {}]])
def test_batch_of_nothing_says_that_the_tasks_are_unknown(rows):
    assert wire.read_records({"items": rows}) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1763881000, 1763881000.0),
        ("1763881000.5", 1763881000.5),
        (1763881000500, 1763881000.5),
        ("2025-11-23T06:56:40Z", 1763881000.0),
        ("2025-11-23T06:56:40", 1763881000.0),
        (0, None),
        (-1, None),
        ("soon", None),
        (True, None),
        (None, None),
        (10**400, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_times_in_every_unit(value, expected):
    assert as_time(value) == expected


def test_balance_adds_the_global_credit_where_kling_may_use_it():
    own = {
        "id": "app-1",
        "scope": "Individual",
        "service": {"alias": "kling", "title": "Kling"},
        "remaining_amount": 12.5,
        "allow_consume_global": True,
        "user_id": "u",
        "name": "Mine",
    }
    other = {"scope": "Individual", "service": {"alias": "suno"}, "remaining_amount": 900}
    general = {"scope": "Global", "remaining_amount": "30", "disabled": False}
    balance = wire.read_balance([other, own, general])
    assert balance.remaining_credits == 42.5
    assert (balance.application_id, balance.user_id, balance.name) == ("app-1", "u", "Mine")
    alone = wire.read_balance([{**own, "allow_consume_global": False}, general])
    assert alone.remaining_credits == 12.5
    assert wire.read_balance([general]).remaining_credits == 30
    assert wire.read_balance([{**own, "remaining_amount": None}]).remaining_credits is None
    assert wire.read_balance([{**own, "disabled": True}]).disabled
    assert wire.read_balance([]).remaining_credits is None


def test_credentials_leave_out_masked_and_broken_tokens():
    rows = [
        {"token": "a" * 32, "name": "first"},
        {"token": "abcd****wxyz"},
        {"token": "new\nline"},
        {"token": None},
        {},
    ]
    (found,) = wire.read_credentials(rows, "app-1")
    assert (found.name, found.token.reveal(), found.application_id) == ("first", "a" * 32, "app-1")


def test_price_rules_are_read_and_evaluated():
    rule = {
        "conditions": {"==": [{"var": "mode"}, "std"]},
        "consumption": {"*": [0.5, {"var": "duration"}]},
    }
    page = {
        "unit": "Credit",
        "apis": [
            {"path": "/kling/videos", "cost": [{"conditions": {}, "consumption": 99}]},
            {"path": "/kling/motion", "cost": [rule, "junk", {"conditions": {}}]},
        ],
    }
    rules = wire.read_price(page)
    assert isinstance(rules, PriceRules)
    assert len(rules.rules) == 1
    assert quote(request(), 8.0, rules).credits == 4.0


@pytest.mark.parametrize(
    "page", [None, {}, {"apis": 7}, {"apis": [{"path": "/kling/motion", "cost": []}]}]
)
def test_page_without_rules_is_unclear(page):
    with pytest.raises(UnclearAnswer):
        wire.read_price(page)


def test_file_url_of_old_and_new_answers():
    link = "https://cdn.example.com/a.png"
    assert wire.read_file_url({"file_url": link}) == link
    assert wire.read_file_url({"file_url": link, "mime": "image/png"}) == link
    assert wire.read_file_url({"data": {"file_url": link}}) == link
    with pytest.raises(UnclearAnswer):
        wire.read_file_url({"file_url": None})


def test_plain_text_has_no_markup_control_or_direction_characters():
    assert plain_text("<p>a</p>\r\n<script>b</script>\x1b[0m") == "a b [0m"
    assert plain_text("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
    assert plain_text("x\u202egnp.exe") == "x gnp.exe"
    assert len(plain_text("y" * 100_000)) == 500


FIELDS = (
    "id task_id trace_id success error code message detail state status data items response "
    "request video_url duration created_at finished_at token scope service remaining_amount apis "
    "path cost conditions consumption user user_id name file_url deducted_amount unit"
)
NAMES = st.sampled_from(FIELDS.split(" "))
WORDS = ["t", "/kling/motion", "false", "failed", "kling", '{"a": [1]}', "[", "\ud800"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["t", "/kling/motion", "false", "failed", "kling", '{"a": [1]}', "[", "\ud800"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
ROWS = [
    wire.read_credentials,
    wire.read_balance,
    wire.read_usage,
]
WHOLE = [
    wire.read_submit,
    wire.read_record,
    wire.read_records,
    wire.read_account,
    wire.read_price,
    wire.read_file_url,
]


@settings(max_examples=300)
@given(JSON)
def test_no_json_makes_a_reader_raise_anything_of_its_own(data):
    for read in WHOLE:
        try:
            read(data)
        except UnclearAnswer:
            continue
    for read_rows in ROWS:
        read_rows(wire.read_items(data))


@settings(max_examples=300)
@given(
    body=st.binary(max_size=200)
    | JSON.map(lambda data: json.dumps(data).encode())
    | st.sampled_from([b"[" * 100_000, b"1" * 5000, b"NaN", b'"\\ud800"', b"\xef\xbb\xbf{}"]),
    status=st.integers(200, 599),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "date", "x-trace-id"]), st.text(max_size=30)
    ),
)
def test_no_bytes_make_judging_raise(body, status, headers):
    data, problem = judge(Answer(status, headers, body, "host", 0.0))
    assert problem is None or isinstance(problem, Refused | UnclearAnswer)
    assert problem is not None or status < 400
    if isinstance(data, dict):
        wire.read_submit(data)


@settings(max_examples=200)
@given(JSON)
def test_what_a_record_keeps_can_be_stored(data):
    record = None
    with suppress(UnclearAnswer):
        record = wire.read_record(data, "t")
    if record is not None:
        json.dumps(dict(record.request or {})).encode("utf-8")
        record.error_message.encode("utf-8")
        "".join(record.links).encode("utf-8")
