"""What keeps this computer from a host is told apart, and none of it was ever sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from remote_server import HANG, Reply, Server, json_reply
from socks_server import NONE_TAKEN, REFUSED, SocksProxy
from support.certificates import make_certificate, tls_of
from support.waiting import PATIENCE_S

from kling_desktop.motion.token import Token
from kling_desktop.remote.errors import ContactLost, NotSent
from kling_desktop.remote.generation import Generation
from kling_desktop.remote.http import Http
from kling_desktop.words.network import NOT_REACHED

HOST = "api.example.invalid"
ELSEWHERE = f"https://{HOST}"
BODY = {"mode": "std"}
# The paid call, and a free one without a body.
CALLS: dict[str, Callable[[Generation], object]] = {
    "paid": lambda generation: generation.submit(BODY),
    "free": lambda generation: generation.check_token(),
}


@pytest.fixture(params=sorted(CALLS))
def not_sent(request: pytest.FixtureRequest, http: Http, token: Token) -> Callable[[str], NotSent]:
    """What a call to this address comes to."""

    def call(url: str) -> NotSent:
        with pytest.raises(NotSent) as caught:
            CALLS[request.param](Generation(http, url, token))
        assert caught.value.code in NOT_REACHED, "it has its own sentence"
        return caught.value

    return call


@pytest.fixture
def tls_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    parts = getattr(request, "param", {})
    server = Server(tls_of(make_certificate(tmp_path / "server.pem", **parts)))
    yield server
    server.close()


@contextmanager
def answering_once(answer: bytes) -> Iterator[str]:
    """The address of what answers so to whatever it is told, and ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def over_tls(server: Server) -> str:
    return server.url.replace("http:", "https:")


@pytest.mark.parametrize(
    ("tls_server", "code"),
    [
        ({}, "certificate"),
        ({"valid_days": (-9, -2)}, "certificate_date"),
        ({"valid_days": (2, 9)}, "certificate_date"),
        ({"addresses": ("192.0.2.1",)}, "certificate_name"),
    ],
    indirect=["tls_server"],
    ids=["of nobody known", "expired", "not valid yet", "of another host"],
)
def test_a_certificate_that_is_not_taken_says_why(
    not_sent: Callable[[str], NotSent],
    tls_server: Server,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if code != "certificate":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    assert not_sent(over_tls(tls_server)).code == code
    assert tls_server.seen == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_file_of_certificates_that_is_not_there_is_named_and_nobody_is_called(
    not_sent: Callable[[str], NotSent],
    server: Server,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "gone.pem"))
    error = not_sent(over_tls(server))
    assert (error.code, error.at) == ("bundle_missing", name)
    assert server.connections == 0


def test_a_file_that_holds_no_certificates_is_named(
    not_sent: Callable[[str], NotSent],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "notes.pem").write_text("nothing of the kind")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "notes.pem"))
    error = not_sent(over_tls(server))
    assert (error.code, error.at) == ("bundle_unreadable", "REQUESTS_CA_BUNDLE")


@pytest.mark.parametrize(
    "address", ["http:/proxy:8080", "http://proxy:80a", "http://", "ftp://proxy:21", "http://a b:1"]
)
def test_an_address_that_is_no_proxys_is_told_by_the_variable_that_holds_it(
    not_sent: Callable[[str], NotSent], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == ("proxy_malformed", "ALL_PROXY")


def test_a_dead_proxy_is_named_without_its_password(
    not_sent: Callable[[str], NotSent], closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{closed_port}")
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == ("proxy", f"127.0.0.1:{closed_port}")


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9\r\n", b"", b"\x05\xff"],
    ids=["another protocol", "cut", "a SOCKS proxy"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_is_no_proxy_is_named_and_not_the_host_behind_it(
    not_sent: Callable[[str], NotSent],
    answer: bytes,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering_once(answer) as address:
        monkeypatch.setenv("https_proxy", f"{scheme}://{address}")
        error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == ("proxy", address)


@pytest.mark.parametrize(("status", "code"), [(407, "proxy_sign_in"), (403, "proxy_refuses")])
def test_a_proxy_that_lets_nothing_through_is_told_from_one_that_wants_a_password(
    not_sent: Callable[[str], NotSent],
    server: Server,
    status: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", server.url)
    server.always(Reply(status, b"no"))
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == (code, server.url.removeprefix("http://"))
    assert {seen.method for seen in server.seen} == {"CONNECT"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "no_tls"), (b"", "cut_at_once")],
    ids=["without TLS", "cut"],
)
def test_what_speaks_no_tls_or_cuts_before_it_is_reached_by_no_request(
    not_sent: Callable[[str], NotSent], answer: bytes, code: str
) -> None:
    with answering_once(answer) as address:
        assert not_sent(f"https://{address}").code == code


def test_who_is_trusted_by_this_computer_is_trusted(
    http: Http, token: Token, certified: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))  # where OpenSSL looks
    certified.always(json_reply({"task_id": "t"}))
    assert Generation(http, over_tls(certified), token).submit(BODY).task_id == "t"


def test_a_file_that_is_to_stand_for_all_stands_alone(
    http: Http, token: Token, certified: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    another = make_certificate(tmp_path / "another.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(another))
    with pytest.raises(NotSent) as caught:
        Generation(http, over_tls(certified), token).submit(BODY)
    assert caught.value.code == "certificate"


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[Server]:
    """For itself, and for the service's name."""
    made = make_certificate(tmp_path / "server.pem", addresses=("127.0.0.1", HOST))
    server = Server(tls_of(made))
    yield server
    server.close()


@pytest.fixture
def through_socks(
    certified: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any
) -> Iterator[SocksProxy]:
    proxy = SocksProxy(certified.port, **getattr(request, "param", {}))
    monkeypatch.setenv("ALL_PROXY", f"socks5h://{proxy.address}")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    yield proxy
    proxy.close()


@pytest.mark.parametrize("scheme", ["socks5h", "socks"])
def test_a_socks_proxy_is_gone_through_and_looks_the_name_up(
    http: Http,
    token: Token,
    certified: Server,
    through_socks: SocksProxy,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{through_socks.address}")
    certified.always(json_reply({"task_id": "t"}))
    assert Generation(http, ELSEWHERE, token).submit(BODY).task_id == "t"
    assert through_socks.asked == [(HOST, 443)]
    assert [seen.json() for seen in certified.seen] == [BODY]


def test_a_stop_ends_the_wait_behind_a_socks_proxy(
    http: Http, token: Token, certified: Server, through_socks: SocksProxy
) -> None:
    stop = threading.Event()
    certified.always(HANG)
    helper = threading.Thread(target=lambda: certified.arrived.wait(PATIENCE_S) and stop.set())
    helper.start()
    with pytest.raises(ContactLost) as caught:
        Generation(http, ELSEWHERE, token).submit(BODY, stop=stop)
    assert caught.value.code == "stopped"
    helper.join()


@pytest.mark.parametrize(
    ("through_socks", "code"),
    [({"method": NONE_TAKEN}, "proxy_sign_in"), ({"reply": REFUSED}, "proxy_refuses")],
    indirect=["through_socks"],
)
def test_a_socks_proxy_that_lets_nothing_through_says_why(
    not_sent: Callable[[str], NotSent], through_socks: SocksProxy, code: str
) -> None:
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == (code, through_socks.address)


def test_a_dead_socks_proxy_is_named(
    not_sent: Callable[[str], NotSent], closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{closed_port}")
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == ("proxy", f"127.0.0.1:{closed_port}")


@pytest.mark.parametrize("scheme", ["socks5", "socks4"])
def test_a_name_that_only_the_socks_proxy_knows_says_how_to_let_it_look(
    not_sent: Callable[[str], NotSent],
    through_socks: SocksProxy,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{through_socks.address}")
    error = not_sent(ELSEWHERE)
    assert (error.code, error.at) == ("name_not_resolved_socks", through_socks.address)


@pytest.mark.parametrize(
    ("name", "exists", "code"),
    [
        ("REQUESTS_CA_BUNDLE", True, "bundle_unreadable"),
        ("SSL_CERT_DIR", True, "bundle_unreadable"),
        ("SSL_CERT_DIR", False, "bundle_missing"),
    ],
)
def test_a_folder_without_certificates_is_named(
    not_sent: Callable[[str], NotSent],
    tls_server: Server,
    name: str,
    exists: bool,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "certificates"
    if exists:
        folder.mkdir()
    monkeypatch.setenv(name, str(folder))
    error = not_sent(over_tls(tls_server))
    assert (error.code, error.at) == (code, name)
