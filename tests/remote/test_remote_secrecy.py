"""The token leaves in one header to one host, and shows up nowhere else."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import traceback

import pytest
from remote_server import CLOSE, HANG, RESET, Reply, json_reply
from support.answers import give_up_soon

from kling_desktop.motion.token import Token
from kling_desktop.remote import generation as generation_module
from kling_desktop.remote.errors import Refused, RemoteError, UnclearAnswer
from kling_desktop.remote.generation import Generation
from kling_desktop.remote.http import Http
from kling_desktop.remote.platform import Platform
from kling_desktop.remote.transfer import check_link, download


def reachable(problem):
    """Everything that travels with an exception: causes, contexts, arguments, attributes."""
    seen, waiting = [], [problem]
    while waiting:
        thing = waiting.pop()
        if thing is None or any(thing is other for other in seen):
            continue
        seen.append(thing)
        if isinstance(thing, BaseException):
            waiting += [thing.__cause__, thing.__context__, *thing.args, *vars(thing).values()]
    return seen


def assert_tells_nothing(problem, secret):
    text = "".join(traceback.format_exception(problem))
    assert secret not in text
    for thing in reachable(problem):
        assert secret not in repr(thing)
        assert type(thing).__module__.split(".")[0] not in ("requests", "urllib3")


@pytest.mark.parametrize(
    "action",
    [
        RESET,
        CLOSE,
        Reply(200, b"{"),
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(500, b"<html>"),
        "echo",
    ],
)
def test_no_error_holds_the_token(http, server, token, action, caplog):
    caplog.set_level(logging.DEBUG)
    secret = token.reveal()
    echo = {"error": {"code": "invalid_token", "message": f"bad {secret}"}, "trace_id": secret}
    server.always(json_reply(echo, 401) if action == "echo" else action)
    calls = [
        lambda: Generation(http, server.url, token).submit({}),
        lambda: Generation(http, server.url, token).retrieve("t"),
        lambda: Platform(http, server.url, token).me(),
    ]
    for call in calls:
        with pytest.raises(RemoteError) as caught:
            call()
        assert_tells_nothing(caught.value, secret)
    assert secret not in caplog.text


def test_no_connection_error_holds_the_token(http, token, closed_port):
    with pytest.raises(RemoteError) as caught:
        Generation(http, f"http://127.0.0.1:{closed_port}", token).submit({})
    assert_tells_nothing(caught.value, token.reveal())


def test_timeout_holds_no_token(http, server, token, monkeypatch):
    give_up_soon(monkeypatch, generation_module)
    server.always(HANG)
    with pytest.raises(RemoteError) as caught:
        Generation(http, server.url, token).submit({})
    assert_tells_nothing(caught.value, token.reveal())


@pytest.mark.parametrize("text", ["a\nb", "a\r\nX-Evil: 1", "tök€n", "a b", "", "\x00"])
def test_token_that_cannot_be_a_header_is_refused_unsent(http, server, text):
    with pytest.raises(Refused) as caught:
        Generation(http, server.url, Token(text)).submit({})
    if text:
        assert text not in str(caught.value)
    assert server.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_a_token_bearing_call_is_not_followed(
    http, server, other_server, token, status
):
    server.always(Reply(status, b"", {"Location": other_server.url + "/kling/motion"}))
    for call in (
        lambda: Generation(http, server.url, token).submit({}),
        lambda: Generation(http, server.url, token).retrieve("t"),
        lambda: Platform(http, server.url, token).balance(),
    ):
        with pytest.raises(UnclearAnswer) as caught:
            call()
        assert caught.value.code == "redirected"
    assert other_server.seen == []


def test_netrc_neither_replaces_the_token_nor_joins_downloads(
    http, server, token, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.always(json_reply({"task_id": "t"}))
    Generation(http, server.url, token).submit({})
    assert server.seen[-1].headers["authorization"] == f"Bearer {token.reveal()}"
    server.always(Reply(200, b"video", {"Content-Type": "video/mp4"}))
    download(http, server.url + "/v.mp4", str(tmp_path / "part"), allow_loopback=True)
    assert "authorization" not in server.seen[-1].headers
    check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert "authorization" not in server.seen[-1].headers
    server.always(json_reply({"apis": []}))
    with pytest.raises(UnclearAnswer):
        Platform(http, server.url, token).price()
    assert "authorization" not in server.seen[-1].headers


def test_cookies_of_one_answer_are_not_sent_with_the_next(http, server, token):
    server.always(json_reply({"id": "t"}, Set_Cookie="session=1; Path=/"))
    generation = Generation(http, server.url, token)
    generation.retrieve("t")
    generation.retrieve("t")
    assert "cookie" not in server.seen[1].headers


def test_clients_do_not_show_or_pickle_their_token(server, token):
    http = Http()
    for client in (Generation(http, server.url, token), Platform(http, server.url, token)):
        assert token.reveal() not in repr(client)
        assert token.reveal() not in repr(vars(client))
        with pytest.raises(TypeError):
            pickle.dumps(client)
    http.close()


def test_importing_the_room_loads_no_requests():
    code = (
        "import sys, kling_desktop.remote.generation, kling_desktop.remote.platform;"
        "import kling_desktop.remote.transfer;"
        "sys.exit('requests' in sys.modules or 'urllib3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
