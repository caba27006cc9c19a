"""The sandbox answers to its own name alone: a page of the web cannot lead its name here."""

from __future__ import annotations

import socket
import threading

import pytest
import requests
from support.waiting import PATIENCE_S

from kling_desktop.sandbox import Sandbox, server


def status_of(sandbox: Sandbox, host: str) -> int:
    url = f"{sandbox.address}/api/v1/services/kling"
    return requests.get(url, headers={"Host": host}, timeout=PATIENCE_S).status_code


def port_of(sandbox: Sandbox) -> str:
    return sandbox.address.rpartition(":")[2]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_it_answers_to_its_own_names(sandbox: Sandbox, name: str) -> None:
    assert status_of(sandbox, f"{name}:{port_of(sandbox)}") == 200


@pytest.mark.parametrize(
    "host", ["evil.example:{}", "localhost", "127.0.0.1:1", "{}", "a@localhost:{}"]
)
def test_it_answers_to_no_other(sandbox: Sandbox, host: str) -> None:
    seen = status_of(sandbox, host.format(port_of(sandbox)))
    assert seen == 421


def answer_to(sandbox: Sandbox, head: str) -> bytes:
    port = int(port_of(sandbox))
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as raw:
        raw.sendall(head.replace("PORT", str(port)).encode())
        return raw.makefile("rb").readline()


@pytest.mark.parametrize("version", [" HTTP/1.1", " HTTP/1.0", ""])
def test_it_answers_to_nobody_who_names_no_host(sandbox: Sandbox, version: str) -> None:
    said = answer_to(sandbox, f"GET /sandbox/state{version}\r\nConnection: close\r\n\r\n")
    assert b"200" not in said
    assert b"421" in said or not version  # the oldest version of the protocol has no status


@pytest.mark.parametrize("names", [("evil", "127.0.0.1"), ("127.0.0.1", "evil")])
def test_it_answers_to_nobody_who_names_two(sandbox: Sandbox, names: tuple[str, str]) -> None:
    hosts = "".join(f"Host: {name}:PORT\r\n" for name in names)
    assert b" 421 " in answer_to(sandbox, f"GET /sandbox/state HTTP/1.1\r\n{hosts}\r\n")


def connections() -> int:
    return sum(thread.name == "sandbox-connection" for thread in threading.enumerate())


def test_silent_callers_take_a_bounded_number_of_threads_and_are_sent_away(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server._Handler, "timeout", 1.0)
    before, port = connections(), int(port_of(sandbox))
    callers = [
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        for _ in range(2 * server.STRANGERS)
    ]
    most = 0
    for caller in callers:
        most = max(most, connections() - before)
        assert caller.recv(1) == b""  # sent away: at once, or after a while
        caller.close()
    assert 0 < most <= server.STRANGERS
    assert status_of(sandbox, f"localhost:{port}") == 200


def test_who_has_asked_something_is_no_stranger(sandbox: Sandbox) -> None:
    port = int(port_of(sandbox))
    ask = f"GET /api/v1/services/kling HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
    kept = []
    for _ in range(server.STRANGERS + 1):
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        raw.sendall(ask)
        assert b" 200 " in raw.makefile("rb").readline()
        kept.append(raw)
    assert connections() >= len(kept)
    for raw in kept:
        raw.close()
