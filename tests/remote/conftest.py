"""Fixtures of the remote tests: scripted servers on loopback, a client, a token."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from remote_server import Server
from support.waiting import PATIENCE_S

from kling_desktop.motion.token import Token
from kling_desktop.remote.http import Http

API_TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def other_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def http() -> Iterator[Http]:
    http = Http(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S)
    yield http
    http.close()


@pytest.fixture
def token() -> Token:
    return Token(API_TOKEN)


@pytest.fixture(autouse=True)
def _nothing_of_this_machines_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = ("requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file", "ssl_cert_dir")
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", *bundles):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def closed_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port
