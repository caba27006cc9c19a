"""What goes wrong on purpose, by prompt and by the test interface."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from requests import ConnectionError as CutConnection
from sandbox_client import Client
from support.answers import GIVEN_UP_AFTER_S
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.motion.price import ESTIMATED_CREDITS_PER_S
from kling_desktop.sandbox import KINDS, PROMPT_FAULTS, Faults
from kling_desktop.sandbox.account import price_of
from kling_desktop.sandbox.prompt_words import words_in

ASKED = {"action": "retrieve", "id": "x"}


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("[used up]", 403, "used_up"),
        ("[moderation]", 403, "forbidden"),
        ("[bad settings]", 400, "bad_request"),
        ("[token]", 401, "invalid_token"),
        ("[disabled]", 403, "disabled"),
        ("[busy]", 429, "too_many_requests"),
    ],
)
def test_words_that_refuse(client: Client, word: str, status: int, code: str) -> None:
    answer = client.motion(prompt=f"A dancer {word.upper()} at night")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert client.sandbox.accepted == []


def test_busy_is_over_after_two_refusals(slow_client: Client) -> None:
    for _ in range(2):
        answer = slow_client.motion(prompt="[busy]")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert slow_client.motion(prompt="[busy]").status_code == 200


@pytest.mark.parametrize(
    ("word", "accepted"), [("[cut connection]", 1), ("[cut before]", 0), ("[no answer]", 1)]
)
def test_words_that_lose_the_answer(slow_client: Client, word: str, accepted: int) -> None:
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        slow_client.session.post(
            f"{slow_client.sandbox.address}/kling/motion",
            json=slow_client.body(prompt=word),
            headers=slow_client.api,
            timeout=(PATIENCE_S, GIVEN_UP_AFTER_S),
        )
    wait_for(lambda: len(slow_client.sandbox.accepted) >= accepted, "the accepted task")
    assert len(slow_client.sandbox.accepted) == accepted
    assert len(slow_client.sandbox.tasks()) == accepted


@pytest.mark.parametrize(("word", "accepted"), [("[html 502]", 1), ("[html 502 lost]", 0)])
def test_words_that_answer_with_a_page(slow_client: Client, word: str, accepted: int) -> None:
    answer = slow_client.motion(prompt=word)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "text/html"
    assert len(slow_client.sandbox.accepted) == accepted


def test_fetch_failed_answers_as_the_service_does_where_it_leaves_it_open(
    slow_client: Client,
) -> None:
    answer = slow_client.motion(prompt="[fetch failed]")
    told = answer.json()
    assert (answer.status_code, told["success"]) == (500, False)
    assert told["error"] == {"code": "api_error", "message": "fetch failed"}
    assert slow_client.sandbox.accepted == []


def test_fail_ends_badly_and_is_free(client: Client) -> None:
    client.sandbox.faults.force_shape(finished="flat")
    record = client.wait(client.submit(prompt="[fail]"))
    assert record["response"]["success"] is False
    assert record["response"]["error"]["code"] == "api_error"
    assert client.sandbox.balance == 100


@pytest.mark.parametrize(("word", "extra_s"), [("[slow]", 20), ("[very slow]", 120)])
def test_slow_words_move_the_end(client: Client, word: str, extra_s: float) -> None:
    client.submit(prompt=word)
    task = client.sandbox.tasks()[0]
    assert task.ready_at - task.created_at == pytest.approx(extra_s)


def test_a_late_answer_ignores_async(client: Client) -> None:
    answer = client.motion(prompt="[late answer] [data list]").json()
    assert answer["data"][0]["state"] == "succeed"


@pytest.mark.parametrize(
    ("word", "kind"),
    [("[data object]", dict), ("[data list]", list)],
)
def test_shape_words_wrap_the_video(client: Client, word: str, kind: type) -> None:
    response = client.wait(client.submit(prompt=word))["response"]
    assert isinstance(response["data"], kind)


def test_string_response_is_json_in_a_string(client: Client) -> None:
    task_id = client.submit(prompt="[string response]")
    assert json.loads(client.wait(task_id)["response"])["state"] == "succeed"


def finished_link(client: Client, word: str) -> str:
    client.sandbox.faults.force_shape(finished="flat")
    return str(client.wait(client.submit(prompt=word))["response"]["video_url"])


def test_an_expired_link_is_mended_by_asking_again(client: Client) -> None:
    link = finished_link(client, "[expired link]")
    assert client.session.get(link, timeout=PATIENCE_S).status_code == 403
    fresh = client.record(client.sandbox.accepted[0])["response"]["video_url"]
    assert client.session.get(fresh, timeout=PATIENCE_S).status_code == 200


@pytest.mark.parametrize("word", ["[cut download]", "[wrong length]"])
def test_the_first_download_breaks_and_the_second_goes_through(client: Client, word: str) -> None:
    link = finished_link(client, word)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.session.get(link, timeout=PATIENCE_S)
    data = client.sandbox.result_file(client.sandbox.accepted[0]).read_bytes()
    rest = client.session.get(link, headers={"Range": "bytes=100-"}, timeout=PATIENCE_S)
    assert (rest.status_code, rest.content) == (206, data[100:])


def test_not_a_video_is_text(client: Client) -> None:
    link = finished_link(client, "[not a video]")
    assert client.session.get(link, timeout=PATIENCE_S).text.startswith("This is not a video")


def test_a_slow_download_is_still_on_its_way_after_its_first_bytes(client: Client) -> None:
    link = finished_link(client, "[slow download]")
    size = client.sandbox.result_file(client.sandbox.accepted[0]).stat().st_size
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    with client.session.get(link, timeout=PATIENCE_S, stream=True) as answer:
        assert answer.headers["Content-Length"] == str(size)
        pieces = answer.iter_content(1)
        assert next(pieces)
        client.sandbox.stop()
        with pytest.raises(broken):
            list(pieces)


def test_every_word_is_told_apart_and_described() -> None:
    for word, description in PROMPT_FAULTS.items():
        assert words_in(f"x {word.upper()} y") == {word}
        assert description.endswith(".")


def ask(client: Client, within_s: float = PATIENCE_S) -> requests.Response:
    return client.session.post(
        f"{client.sandbox.address}/kling/tasks",
        json=ASKED,
        headers=client.api,
        timeout=(PATIENCE_S, within_s),
    )


@pytest.mark.parametrize(
    ("kind", "values", "status", "text"),
    [
        ("refuse_json", {"status": 429, "code": "too_many_requests"}, 429, "too_many_requests"),
        ("html", {"status": 503}, 503, "<html>"),
        ("status", {"status": 504}, 504, ""),
        ("wrong_json", {"body": [1, 2]}, 200, "[1, 2]"),
        ("deep_json", {"depth": 100}, 200, "[" * 100),
        ("slow", {"delay_s": 0.001, "chunk_bytes": 1}, 200, "{}"),
    ],
)
def test_faults_that_answer(
    client: Client, kind: str, values: dict[str, Any], status: int, text: str
) -> None:
    client.sandbox.faults.add("tasks", kind, **values)
    answer = ask(client)
    assert answer.status_code == status
    assert text in answer.text
    assert "Date" in answer.headers
    assert ask(client).json() == {}


def test_headers_and_places_of_faults_are_sent(client: Client) -> None:
    client.sandbox.faults.add("tasks", "refuse_json", status=429, headers={"Retry-After": "7"})
    client.sandbox.faults.add("tasks", "redirect", location="http://127.0.0.1:9/x")
    assert ask(client).headers["Retry-After"] == "7"
    answer = client.post("/kling/tasks", json=ASKED, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/x")


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_middle", "wrong_length", "hang"])
def test_faults_that_break_the_answer(client: Client, kind: str) -> None:
    client.sandbox.faults.add("tasks", kind)
    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    with pytest.raises(broken):
        ask(client, GIVEN_UP_AFTER_S if kind == "hang" else PATIENCE_S)
    wait_for(lambda: not client.sandbox.faults.is_planned("tasks"), "the request that hangs")
    assert ask(client).json() == {}


@pytest.mark.parametrize(
    ("kind", "values", "accepted"),
    [
        ("cut_before", {}, 0),
        ("cut_after", {}, 1),
        ("html", {}, 0),
        ("html", {"after": True}, 1),
        ("status", {"after": True}, 1),
    ],
)
def test_faults_before_and_after_acceptance(
    slow_client: Client, kind: str, values: dict[str, Any], accepted: int
) -> None:
    slow_client.sandbox.faults.add("motion", kind, **values)
    try:
        assert slow_client.motion().status_code >= 500
    except CutConnection:
        assert kind.startswith("cut")
    assert len(slow_client.sandbox.accepted) == accepted


def test_a_huge_body_does_not_end(client: Client) -> None:
    client.sandbox.faults.add("price", "huge")
    size = 0
    with client.session.get(
        f"{client.sandbox.address}/api/v1/services/kling", stream=True, timeout=PATIENCE_S
    ) as answer:
        for chunk in answer.iter_content(1 << 20):
            size += len(chunk)
            if size > 5 << 20:
                break
    assert size > 5 << 20


def test_a_second_ledger_query_is_refused_while_the_first_runs(client: Client) -> None:
    path = "/api/v1/usage/apis/?perspective=billing"
    client.sandbox.faults.add("ledger", "hang", after=True)
    with pytest.raises(requests.Timeout):
        client.session.get(
            client.sandbox.address + path,
            headers=client.account,
            timeout=(PATIENCE_S, GIVEN_UP_AFTER_S),
        )

    def refused() -> str | None:
        answer = client.get(path)
        return answer.headers["Retry-After"] if answer.status_code == 429 else None

    assert wait_for(refused, "the first query being answered") == "1"


def test_ledger_queries_one_after_the_other_go_through(client: Client) -> None:
    client.sandbox.faults.add("ledger", "cut_after")
    path = "/api/v1/usage/apis/?perspective=billing"
    with pytest.raises(requests.ConnectionError):
        client.get(path)
    assert client.get(f"{path}&limit=many").status_code == 400
    assert client.get(path).status_code == 200


def test_faults_count_down_and_can_be_cleared() -> None:
    faults = Faults()
    faults.add("me", "html", times=2)
    faults.add("me", "status", times=None)
    kinds = [fault.kind for fault in (faults.take("me") for _ in range(4)) if fault]
    assert kinds == ["html", "html", "status", "status"]
    faults.clear()
    assert faults.take("me") is None


@pytest.mark.parametrize(("route", "kind"), [("nowhere", "html"), ("me", "nothing")])
def test_unknown_faults_are_an_error(route: str, kind: str) -> None:
    with pytest.raises(ValueError, match="there are"):
        Faults().add(route, kind)


def test_the_test_interface_works_from_another_process(slow_client: Client) -> None:
    planned = {"route": "me", "kind": "refuse_json", "times": 1, "status": 418, "code": "tea"}
    assert slow_client.post("/sandbox/faults", json=planned).json() == {"ok": True}
    assert slow_client.get("/api/v1/platform-tokens/me/").status_code == 418
    shapes = {"shapes": {"running": "empty"}}
    assert slow_client.post("/sandbox/faults", json=shapes).status_code == 200
    task_id = slow_client.submit()
    assert slow_client.record(task_id)["response"] == {}
    state = slow_client.get("/sandbox/state").json()
    assert state["accepted"] == [task_id]
    assert state["tasks"] == {"running": 1, "succeeded": 0, "failed": 0}
    assert state["uploads"] == 2
    slow_client.post("/sandbox/finish", json={})
    assert slow_client.wait(task_id)["finished_at"]
    slow_client.post("/sandbox/balance", json={"credits": 0})
    assert slow_client.sandbox.balance == 0
    assert slow_client.post("/sandbox/faults", json={"clear": True}).status_code == 200
    assert slow_client.post("/sandbox/faults", json={"route": "x", "kind": "y"}).status_code == 400
    assert slow_client.post("/sandbox/faults", data="{}").status_code == 415


def test_every_request_is_remembered_with_its_token(client: Client) -> None:
    client.get("/api/v1/applications/?limit=3")
    seen = client.sandbox.requests[-1]
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/v1/applications/", {"limit": "3"})
    assert seen.headers["authorization"] == client.account["Authorization"]
    assert seen.at <= time.time()
    uploads = [r for r in client.sandbox.requests if r.path == "/api/v1/files/"]
    assert len(uploads) == 2
    assert all(r.size_bytes > 1000 for r in uploads)


def test_stop_ends_hanging_requests_and_leaves_nothing(slow_client: Client) -> None:
    slow_client.sandbox.faults.add("tasks", "hang")
    with pytest.raises(requests.Timeout):
        ask(slow_client, GIVEN_UP_AFTER_S)
    slow_client.submit()
    slow_client.sandbox.stop()
    with pytest.raises(RuntimeError):
        _ = slow_client.sandbox.address


@pytest.mark.parametrize(("model", "mode"), list(ESTIMATED_CREDITS_PER_S))
def test_prices_are_those_of_the_estimate(model: str, mode: str) -> None:
    request = {"model_name": model, "mode": mode}
    rate = ESTIMATED_CREDITS_PER_S[model, mode]  # type: ignore[index]  # pytest hides the enum
    for duration_s in (3.0, 12.5, 30.0):
        assert price_of(request, duration_s) == pytest.approx(rate * duration_s)


def test_the_price_page_is_public_and_uses_several_operators(client: Client) -> None:
    page = client.get("/api/v1/services/kling", headers={}).json()
    assert page["unit"] == "Credit"
    cost = next(api["cost"] for api in page["apis"] if api["path"] == "/kling/motion")
    text = json.dumps(cost)
    for operator in ("==", "===", "in", "<", "<=", ">", ">=", "and", "or", "some", "*", "var"):
        assert f'"{operator}"' in text, operator
    assert set(KINDS) >= {"hang", "huge"}
