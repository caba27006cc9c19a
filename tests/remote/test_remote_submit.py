"""A submission over real HTTP: sent once, and every way to lose it told apart."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from remote_server import CLOSE, DRIP, HANG, RESET, Reply, json_reply
from support.answers import give_up_soon
from support.waiting import PATIENCE_S

from kling_desktop.remote import generation as generation_module
from kling_desktop.remote import watch as watch_module
from kling_desktop.remote.errors import (
    BadLink,
    ContactLost,
    NotSent,
    RefusalKind,
    Refused,
    RemoteError,
    Stopped,
    UnclearAnswer,
)
from kling_desktop.remote.generation import Generation
from kling_desktop.remote.http import Http
from kling_desktop.remote.outcome import TaskState

BODY = {"mode": "std", "async": True}


@pytest.fixture
def generation(http, server, token):
    return Generation(http, server.url, token)


def test_submit_sends_exactly_the_contract_and_returns_the_task(generation, server, token):
    server.always(json_reply({"success": True, "task_id": "t-1", "trace_id": "tr-1"}))
    answer = generation.submit(BODY)
    assert (answer.task_id, answer.trace_id, answer.result) == ("t-1", "tr-1", None)
    (request,) = server.seen
    assert (request.method, request.target) == ("POST", "/kling/motion")
    assert request.json() == BODY
    assert request.headers["authorization"] == f"Bearer {token.reveal()}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert "transfer-encoding" not in request.headers
    assert "cookie" not in request.headers


def test_late_answer_with_the_whole_result_is_a_success(generation, server):
    link = "https://cdn.example.com/v.mp4?sig=1&x=%2F"
    server.always(
        json_reply(
            {
                "success": True,
                "task_id": "t",
                "video_id": "v",
                "video_url": link,
                "duration": "5.066",
                "state": "succeed",
            }
        )
    )
    result = generation.submit(BODY).result
    assert result is not None
    assert (result.state, result.links, result.duration_s) == (
        TaskState.SUCCEEDED,
        (link,),
        5.066,
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"data": {"task_id": "t"}},
        {"data": [{"task_id": "t"}]},
        {"response": {"task_id": "t"}},
        {"response": '{"task_id": "t"}'},
        {"task_id": "t", "success": "true", "error": None},
        {"task_id": "t", "new_field": {"deep": [1]}},
    ],
)
def test_task_id_is_found_where_neighbours_put_it(generation, server, shape):
    server.always(json_reply(shape))
    assert generation.submit(BODY).task_id == "t"


def test_clock_skew_comes_from_the_date_header(generation, server):
    server.always(json_reply({"task_id": "t"}, Date="Thu, 01 Jan 2026 00:00:00 GMT"))
    before = time.time()
    skew_s = generation.submit(BODY).clock_skew_s
    assert 1767225600 - time.time() <= skew_s <= 1767225600 - before


@pytest.mark.parametrize("action", [RESET, CLOSE, Reply(200, b'{"task_id": "t"}', cut_after=5)])
def test_lost_connection_after_sending_is_contact_lost_and_never_repeated(
    generation, server, action
):
    server.always(action)
    with pytest.raises(ContactLost):
        generation.submit(BODY)
    assert len(server.seen) == 1
    assert server.connections == 1


def test_garbage_instead_of_http_is_contact_lost(generation, server):
    server.always(b"SSH-2.0-OpenSSH_9.2\r\n")
    with pytest.raises(ContactLost):
        generation.submit(BODY)


def test_read_timeout_on_submit_is_contact_lost(generation, server, monkeypatch):
    give_up_soon(monkeypatch, generation_module)
    server.always(HANG)
    with pytest.raises(ContactLost) as caught:
        generation.submit(BODY)
    assert caught.value.code == "read_timeout"
    assert len(server.seen) == 1


def test_a_dripping_answer_ends_at_the_deadline(generation, server, monkeypatch):
    """By a clock that is past it as soon as the request has arrived."""

    def late() -> float:
        gone_s = generation_module.SUBMIT_WAIT_S if server.arrived.is_set() else 0.0
        return time.monotonic() + gone_s

    monkeypatch.setattr(watch_module, "time", SimpleNamespace(monotonic=late))
    server.always(DRIP)
    with pytest.raises(ContactLost) as caught:
        generation.submit(BODY, stop=threading.Event())  # with one, the clock is looked at
    assert caught.value.code == "too_slow"


def test_stop_while_waiting_is_contact_lost_because_it_was_sent(generation, server):
    stop = threading.Event()
    server.always(HANG)
    threading.Thread(target=lambda: server.arrived.wait(PATIENCE_S) and stop.set()).start()
    with pytest.raises(ContactLost) as caught:
        generation.submit(BODY, stop=stop)
    assert caught.value.code == "stopped"


def test_stop_before_sending_is_stopped_and_nothing_arrives(generation, server):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        generation.submit(BODY, stop=stop)
    assert server.seen == []


def test_refused_connection_is_not_sent(http, token, closed_port):
    with pytest.raises(NotSent) as caught:
        Generation(http, f"http://127.0.0.1:{closed_port}", token).submit(BODY)
    assert (caught.value.code, caught.value.host) == ("refused", "127.0.0.1")


def test_unknown_name_is_not_sent(http, token, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(NotSent) as caught:
        Generation(http, "https://api.example.invalid", token).submit(BODY)
    assert (caught.value.code, caught.value.host) == ("name_not_resolved", "api.example.invalid")


def test_failed_tls_handshake_is_not_sent(http, token):
    """A server that does not speak TLS, and says so at once whatever the handshake's bytes are."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = bytearray()

        def answer() -> None:
            connection, _address = listener.accept()
            with connection:
                heard.extend(connection.recv(1 << 16))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        plain = threading.Thread(target=answer)
        plain.start()
        with pytest.raises(NotSent):
            Generation(http, f"https://127.0.0.1:{listener.getsockname()[1]}", token).submit(BODY)
        plain.join()
    assert heard[:1] == b"\x16"  # a handshake, and nothing after it
    assert b"mode" not in heard


def test_connect_timeout_is_not_sent(token):
    """A listener whose queue is full lets further connections wait for ever."""
    http = Http(connect_timeout_s=0.3)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            with pytest.raises(NotSent) as caught:
                Generation(http, f"http://127.0.0.1:{address[1]}", token).submit(BODY)
            assert caught.value.code == "connect_timeout"
        finally:
            for filler in fillers:
                filler.close()
            http.close()


def test_closed_proxy_is_not_sent(http, token, closed_port, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(NotSent) as caught:
        Generation(http, "https://api.example.invalid", token).submit(BODY)
    assert caught.value.code == "proxy"


def test_proxy_that_refuses_the_tunnel_is_not_sent_and_sees_no_token(
    http, server, token, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    server.always(Reply(403, b"no"))
    with pytest.raises(NotSent):
        Generation(http, "https://api.example.invalid", token).submit(BODY)
    (request,) = server.seen
    assert request.method == "CONNECT"
    assert "authorization" not in request.headers


def test_loopback_never_goes_through_a_proxy(generation, server, closed_port, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    server.always(json_reply({"task_id": "t"}))
    assert generation.submit(BODY).task_id == "t"


def test_submit_never_reuses_a_kept_connection(generation, server):
    server.always(json_reply({"task_id": "t", "id": "t"}))
    generation.retrieve("t")
    generation.submit(BODY)
    generation.retrieve("t")
    assert [request.connection for request in server.seen] == [1, 2, 1]


UNCLEAR = [
    Reply(200, b""),
    Reply(200, b"<html>hello</html>"),
    Reply(502, b"<html>Bad Gateway</html>"),
    Reply(504, b""),
    Reply(429, b"<html>slow down</html>"),
    Reply(200, b"{"),
    Reply(200, b"\xff\xfe"),
    Reply(200, b"[" * 200_000),
    Reply(200, b'{"a":' * 100 + b"1" + b"}" * 100),
    Reply(200, b"9" * 10_000),
    Reply(200, b"null"),
    Reply(200, b'"t"'),
    Reply(200, b"[]"),
    Reply(200, b"{}"),
    Reply(200, b'{"task_id": ""}'),
    Reply(200, b'{"task_id": "a\\nb"}'),
    Reply(200, b'{"task_id": {"x": 1}}'),
    Reply(500, b"[]"),
    json_reply({"error": {"code": "api_error", "message": "fetch failed"}}, 500),
    json_reply({"error": {"code": "api_error"}}, 400),
    json_reply({"success": False, "error": {"code": "api_error"}}, 200),
    json_reply({"error": {"code": "timeout"}}, 504),
    json_reply({"error": "Internal Server Error"}, 500),
    json_reply({"error": {"code": "brand_new"}}, 503),
    # A server's error says nothing, whatever its code says.
    *(
        json_reply({"success": False, "error": {"code": code}}, status)
        for code in ("too_many_requests", "busy", "bad_request", "unknown", "used_up")
        for status in (500, 503)
    ),
    # A no beside a whole result is none.
    json_reply({"error": {"code": "busy"}, "video_url": "https://cdn.example.com/v.mp4"}, 429),
    json_reply({"detail": "late"}, 408),
    json_reply({"error": "odd"}, 200),
    Reply(302, b"", {"Location": "https://elsewhere.example.com/"}),
    Reply(200, b"x" * (9 * 1024 * 1024)),
    Reply(200, gzip.compress(b" " * (20 * 1024 * 1024)), {"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("reply", UNCLEAR, ids=range(len(UNCLEAR)))
def test_answer_that_does_not_say_is_unclear(generation, server, reply):
    server.always(reply)
    with pytest.raises(UnclearAnswer) as caught:
        generation.submit(BODY)
    assert caught.value.http_status == reply.status
    assert len(server.seen) == 1


def test_compressed_answer_is_read_although_not_asked_for(generation, server):
    body = gzip.compress(b'{"task_id": "t"}')
    server.always(Reply(200, body, {"Content-Encoding": "gzip"}))
    assert generation.submit(BODY).task_id == "t"
    assert server.seen[0].headers["accept-encoding"] == "identity"


K = RefusalKind
REFUSED = [
    (400, {"error": {"code": "bad_request", "message": "mode"}}, K.SETTINGS, "bad_request"),
    (200, {"success": False, "error": {"code": "bad_request"}}, K.SETTINGS, "bad_request"),
    (400, {"error": {"code": "api_not_implemented"}}, K.SETTINGS, "api_not_implemented"),
    (400, {"error": {"code": "no_token"}}, K.TOKEN, "no_token"),
    (401, {"error": {"code": "invalid_token"}}, K.TOKEN, "invalid_token"),
    (401, {"error": {"code": "token_expired"}}, K.TOKEN, "token_expired"),
    (400, {"error": {"code": "token_mismatched"}}, K.TOKEN_MISMATCHED, "token_mismatched"),
    (403, {"error": {"code": "disabled"}}, K.DISABLED, "disabled"),
    (403, {"error": {"code": "used_up"}}, K.CREDIT, "used_up"),
    (403, {"error": {"code": "forbidden"}}, K.MODERATION, "forbidden"),
    (404, {"error": {"code": "no_api"}}, K.NO_API, "no_api"),
    (429, {"error": {"code": "too_many_requests"}}, K.BUSY, "too_many_requests"),
    (429, {"error": {"code": "api_error"}}, K.BUSY, "api_error"),
    (429, {}, K.BUSY, "http_429"),
    (400, {"error": {"code": "duplication"}}, K.OTHER, "duplication"),
    (400, {"error": {"code": "unknown"}}, K.OTHER, "unknown"),
    (429, {"error": {"code": "used_up"}}, K.CREDIT, "used_up"),
    (200, {"error": {"code": "too_many_requests"}}, K.BUSY, "too_many_requests"),
    (418, {"error": {"code": "new_word"}}, K.OTHER, "new_word"),
    (400, {"error": {"code": 1201, "message": "mode"}}, K.SETTINGS, "1201"),
    (403, {"error": {"code": 0}, "trace_id": "tr"}, K.PERMISSION, "0"),
    (400, {"error": "what is this"}, K.SETTINGS, "http_400"),
    (403, {"error": "used_up"}, K.CREDIT, "used_up"),
    (200, {"success": False, "error": "no person found"}, K.OTHER, "http_200"),
    (200, {"success": False}, K.OTHER, "http_200"),
    (200, {"success": "false", "trace_id": "tr"}, K.OTHER, "http_200"),
    (401, {"detail": "Not logged in.", "code": "not_authenticated"}, K.TOKEN, "not_authenticated"),
    (403, {"detail": "No."}, K.PERMISSION, "http_403"),
    (404, {"detail": "Not found."}, K.NOT_FOUND, "http_404"),
    (413, {"error": "File too large", "max_bytes": 1}, K.TOO_LARGE, "http_413"),
]


@pytest.mark.parametrize(("status", "data", "kind", "code"), REFUSED)
def test_clear_no_is_refused_by_code_then_status(generation, server, status, data, kind, code):
    server.always(json_reply(data, status))
    with pytest.raises(Refused) as caught:
        generation.submit(BODY)
    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert caught.value.http_status == status


def test_error_keeps_message_and_trace(generation, server):
    error = {"code": "forbidden", "message": "<b>Not</b> this\x00 &amp; that\u202e"}
    server.always(json_reply({"success": False, "error": error, "trace_id": "tr-9"}, 403))
    with pytest.raises(Refused) as caught:
        generation.submit(BODY)
    assert caught.value.message == "Not this & that"
    assert caught.value.trace_id == "tr-9"


@pytest.mark.parametrize("status", [400, 500])
def test_a_link_that_the_service_repeats_loses_its_signature(generation, server, status):
    message = "cannot fetch https://me:pw@a.example/x.mp4?sig=SECRET&amp;k=SECRET#SECRET now"
    server.always(json_reply({"error": {"code": "x", "message": message}}, status))
    with pytest.raises(RemoteError) as caught:
        generation.submit(BODY)
    assert caught.value.message == "cannot fetch https://a.example/x.mp4 now"
    record = {"success": False, "error": {"code": "api_error", "message": message}}
    server.always(json_reply({"id": "t", "response": record}))
    assert generation.retrieve("t").error_message == "cannot fetch https://a.example/x.mp4 now"


def test_a_page_of_the_edge_tells_its_trace_beside_it(generation, server, token):
    server.always(Reply(502, b"<html>", headers={"X-Trace-Id": "tr-9"}))
    with pytest.raises(UnclearAnswer) as caught:
        generation.submit(BODY)
    assert (caught.value.code, caught.value.trace_id) == ("html", "tr-9")
    server.always(Reply(502, b"<html>", headers={"X-Trace-Id": f"x{token.reveal()}"}))
    with pytest.raises(UnclearAnswer) as caught:
        generation.submit(BODY)
    assert caught.value.trace_id is None


def test_unclear_error_that_names_its_task_is_accepted(generation, server):
    server.always(json_reply({"success": False, "task_id": "t", "error": {"code": "timeout"}}, 504))
    answer = generation.submit(BODY)
    assert (answer.task_id, answer.result, answer.refusal.code) == ("t", None, "timeout")


@pytest.mark.parametrize(("status", "data", "kind", "code"), REFUSED)
@pytest.mark.parametrize(
    "named", [{"task_id": "t"}, {"data": {"task_id": "t"}}, {"response": '{"task_id": "t"}'}]
)
def test_an_answer_that_names_a_task_was_accepted_whatever_its_status_says(
    generation, server, status, data, kind, code, named
):
    server.always(json_reply({**data, **named}, status))
    answer = generation.submit(BODY)
    assert (answer.task_id, answer.result) == ("t", None)
    if answer.refusal is not None:  # a 429 without any error word is none
        assert (answer.refusal.kind, answer.refusal.code) == (kind, code)


def test_a_task_named_within_the_error_was_accepted_too(generation, server):
    server.always(json_reply({"error": {"code": "busy", "task_id": "t"}}, 409))
    answer = generation.submit(BODY)
    assert (answer.task_id, answer.refusal.code) == ("t", "busy")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_pause_that_is_asked_for_comes_with_every_kind_of_error(generation, server, status):
    odd = json_reply({"error": "odd"}, status), json_reply(["odd"], status)
    for reply in (*odd, Reply(status, b"<html>")):
        server.always(Reply(status, reply.body, {**reply.headers, "Retry-After": "20"}))
        with pytest.raises(RemoteError) as caught:
            generation.retrieve("t")
        assert caught.value.retry_after_s == 20.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"Retry-After": "1.5"}, 1.5),
        (
            {
                "Retry-After": "Thu, 01 Jan 2026 00:01:00 GMT",
                "Date": "Thu, 01 Jan 2026 00:00:30 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "999999999"}, 86_400.0),
        ({"Retry-After": "99999999999"}, 86_400.0),
        ({"Retry-After": "9" * 400}, 86_400.0),
        ({"Retry-After": "5, 10"}, 10.0),
        ({"Retry-After": "10,5"}, 10.0),
        ({"Retry-After": "5, soon"}, 5.0),
        ({"Retry-After": "5 10"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(generation, server, headers, expected):
    reply = json_reply({"error": {"code": "too_many_requests"}}, 429)
    server.always(Reply(429, reply.body, {**reply.headers, **headers}))
    with pytest.raises(Refused) as caught:
        generation.submit(BODY)
    assert caught.value.retry_after_s == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "ftp://api.example.com",
        "https://user:secret@api.example.com",
        "https://api.example.com?x=1",
        "https://api.example.com/#x",
        "https://api.example.com:99999",
        "https://",
        "api.example.com",
        "https://api.exa mple.com",
        "http://localhost.example.com",
        "",
    ],
)
def test_bad_base_address_is_refused_before_a_token_travels(http, token, url):
    with pytest.raises(BadLink):
        Generation(http, url, token)


def test_every_error_is_one_of_the_tree():
    kinds = (NotSent, ContactLost, UnclearAnswer, Refused, Stopped)
    assert all(issubclass(kind, RemoteError) for kind in kinds)


@pytest.mark.parametrize(
    ("status", "is_page"),
    [
        *((status, True) for status in (200, 302, 403, 404, 511)),
        *((status, False) for status in (413, 414, 431, 500, 502)),
    ],
)
def test_a_page_is_a_networks_only_where_its_status_is_none_of_a_server_that_read_the_request(
    status: int, is_page: bool
) -> None:
    assert UnclearAnswer("html", http_status=status).is_page is is_page
