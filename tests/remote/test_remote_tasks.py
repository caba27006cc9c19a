"""Asking for tasks, and checking an API token."""

from __future__ import annotations

import threading

import pytest
from remote_server import CLOSE, HANG, RESET, Reply, json_reply
from support.waiting import PATIENCE_S

from kling_desktop.motion.token import Token
from kling_desktop.remote.errors import (
    ContactLost,
    RefusalKind,
    Refused,
    Stopped,
    UnclearAnswer,
)
from kling_desktop.remote.generation import Generation
from kling_desktop.remote.platform import Platform


@pytest.fixture
def generation(http, server, token):
    return Generation(http, server.url + "/", token)


def test_retrieve_asks_for_one_task(generation, server):
    server.always(json_reply({"id": "t", "created_at": 1763881000.0}))
    assert generation.retrieve("t").created_at == 1763881000.0
    assert server.seen[0].target == "/kling/tasks"
    assert server.seen[0].json() == {"action": "retrieve", "id": "t"}


@pytest.mark.parametrize("data", [{}, None])
def test_retrieve_of_an_unknown_task_is_none(generation, server, data):
    server.always(json_reply(data))
    assert generation.retrieve("t") is None


@pytest.mark.parametrize("data", [[], "x", {"id": "another"}])
def test_retrieve_of_something_else_is_unclear(generation, server, data):
    server.always(json_reply(data))
    with pytest.raises(UnclearAnswer):
        generation.retrieve("t")


def test_batch_is_split_in_fifties_and_keeps_only_what_was_asked(generation, server):
    def script(request):
        ids = request.json()["ids"]
        return json_reply({"items": [{"id": i} for i in [*ids, "stranger"]], "count": 1})

    server.script = script
    ids = [f"t{n}" for n in range(120)]
    assert list(generation.retrieve_batch([*ids, "t0"])) == ids
    assert [len(r.json()["ids"]) for r in server.seen] == [50, 50, 20]
    assert server.connections == 1


def test_empty_batch_asks_nothing(generation, server):
    assert generation.retrieve_batch([]) == {}
    assert server.seen == []


def test_history_asks_by_user_and_time(generation, server):
    server.always(json_reply({"items": [{"id": "t"}], "count": 1}))
    page = generation.history(user_id="u", created_at_min=1.5, created_at_max=9.0, limit=7)
    assert ([r.task_id for r in page.records], page.rows, page.count) == (["t"], 1, 1)
    assert server.seen[0].json() == {
        "action": "retrieve_batch",
        "user_id": "u",
        "type": "motion",
        "created_at_min": 1.5,
        "created_at_max": 9.0,
        "limit": 7,
        "offset": 0,
    }


def test_history_asks_by_application_where_the_user_is_not_known(generation, server):
    server.always(json_reply({"items": []}))
    generation.history(application_id="app", created_at_min=1, created_at_max=2)
    assert server.seen[0].json()["application_id"] == "app"
    assert "user_id" not in server.seen[0].json()


def test_reading_is_repeated_once_after_a_reset(generation, server):
    server.in_turn(RESET, json_reply({"id": "t"}))
    assert generation.retrieve("t").task_id == "t"
    server.always(CLOSE)
    server.seen.clear()
    with pytest.raises(ContactLost):
        generation.retrieve("t")
    assert len(server.seen) == 2


def test_server_trouble_on_reading_is_unclear(generation, server):
    server.always(Reply(502, b"<html>"))
    with pytest.raises(UnclearAnswer):
        generation.retrieve_batch(["t"])
    server.always(json_reply({"error": {"code": "api_error"}}, 500))
    with pytest.raises(UnclearAnswer):
        generation.retrieve("t")


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({}),
        json_reply(None),
        json_reply({"error": {"code": "bad_request"}}, 400),
        json_reply({"error": {"code": "not_found"}}, 404),
    ],
)
def test_accepted_tokens(generation, server, reply):
    server.always(reply)
    generation.check_token()
    assert server.seen[0].json()["id"] == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_detail_is_the_platform_s_word_and_any_network_s(http, generation, server, status):
    """The generation host says no in words of its own."""
    platform = Platform(http, server.url, Token("platform-v1-" + "ab" * 32))
    server.always(json_reply({"detail": "Please log in."}, status))
    for ask in (generation.check_token, lambda: generation.submit({"mode": "std"})):
        with pytest.raises(Refused) as caught:
            ask()
        assert not caught.value.vouched
    with pytest.raises(Refused) as caught:
        platform.me()
    assert caught.value.vouched


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_token", RefusalKind.TOKEN),
        (400, "no_token", RefusalKind.TOKEN),
        (400, "token_mismatched", RefusalKind.TOKEN_MISMATCHED),
        (403, "disabled", RefusalKind.DISABLED),
        (404, "no_api", RefusalKind.NO_API),
    ],
)
def test_refused_tokens(generation, server, status, code, kind):
    server.always(json_reply({"error": {"code": code}}, status))
    with pytest.raises(Refused) as caught:
        generation.check_token()
    assert caught.value.kind is kind


def test_closing_the_client_ends_what_waits_in_other_threads(generation, http, server):
    server.always(HANG)
    helper = threading.Thread(target=lambda: server.arrived.wait(PATIENCE_S) and http.close())
    helper.start()
    with pytest.raises(Stopped):
        generation.retrieve("t")
    helper.join()
