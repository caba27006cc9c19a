"""Proxy and certificates as they are set, and a test of the way to each host."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import make_certificate, served_over_tls
from support.waiting import until

from kling_desktop.engine.network import UPLOADS_URL, NetworkTest, urls_of
from kling_desktop.engine.service import Hosts
from kling_desktop.engine.workers import Workers
from kling_desktop.motion.reached import Tried, WayThere
from kling_desktop.remote.http import Http
from kling_desktop.remote.issuer import issuer_of
from kling_desktop.words import Words

FAR = Hosts("https://api.example.invalid", "https://platform.example.invalid", sandbox=True)
SECRET = "s3cret"
VARIABLES = "http_proxy https_proxy all_proxy no_proxy requests_ca_bundle curl_ca_bundle"


@pytest.fixture(autouse=True)
def _nothing_of_this_machines_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES.split(), "ssl_cert_file"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def http() -> Iterator[Http]:
    http = Http()
    yield http
    http.close()


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


def outcome(http: Http, hosts: Hosts) -> tuple[list[WayThere], list[Tried]]:
    async def story() -> tuple[list[WayThere], list[Tried]]:
        workers, told = Workers(), list[Tried]()
        test = NetworkTest(http, hosts, workers)
        try:
            ways = await test.ways()
            await test.run(told.append)
        finally:
            workers.halt()
            await workers.close(1.0)
        return list(ways), told

    return asyncio.run(story())


def sentence_of(http: Http, url: str) -> str:
    _ways, (tried,) = outcome(http, Hosts(url, url, sandbox=True))
    return Words().tried(tried)


def test_every_host_that_the_program_uses_is_tried():
    assert urls_of(Hosts()) == (
        "https://api.acedata.cloud",
        "https://platform.acedata.cloud",
        UPLOADS_URL,
    )


def test_a_host_that_answers_tells_who_issued_its_certificate(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate = make_certificate(tmp_path / "a.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with served_over_tls(certificate) as url:
        said = sentence_of(http, url)
    assert said == "127.0.0.1 answers. Certificate issued by An authority of one's own."


def test_a_certificate_that_is_not_trusted_is_told_with_its_remedy(http: Http, tmp_path: Path):
    with served_over_tls(make_certificate(tmp_path / "a.pem")) as url:
        said = sentence_of(http, url)
    assert said.startswith("127.0.0.1 shows a certificate that this computer does not trust")
    assert "REQUESTS_CA_BUNDLE" in said


def test_a_host_where_nobody_listens_refuses(http: Http, closed_port: int):
    said = sentence_of(http, f"http://127.0.0.1:{closed_port}")
    assert said.startswith("127.0.0.1 refused the connection.")


def test_a_dead_proxy_is_named_with_where_it_comes_from_and_never_its_password(
    http: Http, closed_port: int, monkeypatch: pytest.MonkeyPatch
):
    proxy = f"127.0.0.1:{closed_port}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://anna:{SECRET}@{proxy}")
    ways, told = outcome(http, FAR)
    assert {(way.proxy, way.proxy_from) for way in ways} == {(proxy, "HTTPS_PROXY")}
    assert Words().ways(ways) == [
        f"Proxy: {proxy}, from the variable HTTPS_PROXY.",
        "Certificates: those that this computer trusts.",
    ]
    said = sorted(map(Words().tried, told))
    assert len(said) == 2
    for sentence, host in zip(said, ("api", "platform"), strict=True):
        assert sentence.startswith(f"The proxy {proxy} does not answer as one, so {host}.example")
    assert SECRET not in repr((ways, told, said))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("REQUESTS_CA_BUNDLE", "Certificates: those in {} alone, which REQUESTS_CA_BUNDLE names."),
        (
            "SSL_CERT_FILE",
            "Certificates: this computer’s, and those in {}, which SSL_CERT_FILE names.",
        ),
    ],
)
def test_the_file_of_certificates_that_counts_is_named(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
):
    bundle = make_certificate(tmp_path / "a.pem")
    monkeypatch.setenv(name, str(bundle))

    async def story() -> list[str]:
        return Words().ways(await NetworkTest(http, FAR, Workers()).ways())

    assert asyncio.run(story()) == ["No proxy is used.", said.format(bundle)]
    bundle.unlink()
    (missing,) = asyncio.run(story())
    assert missing.startswith(f"The certificates that {name} names are not there")


def test_the_sandbox_needs_no_network(http: Http):
    here = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9", sandbox=True)
    ways, _told = outcome(http, here)
    assert Words().ways(ways) == ["The sandbox is on this computer: it needs no network."]


def test_a_host_that_takes_the_connection_and_says_nothing_is_left_at_once_by_a_stop(http: Http):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        async def story() -> list[Tried]:
            workers, told = Workers(), list[Tried]()
            test = NetworkTest(http, Hosts(url, url, sandbox=True), workers)
            running = asyncio.create_task(test.run(told.append))
            client, _ = await asyncio.to_thread(listener.accept)
            running.cancel()
            await asyncio.wait({running})
            # The thread lets go, too: what it waited for was shut.
            await asyncio.to_thread(lambda: [*iter(lambda: client.recv(4096), b"")])
            await until(lambda: not http._running)
            client.close()
            workers.halt()
            await workers.close(1.0)
            return told

        assert asyncio.run(story()) == []


def test_a_host_that_takes_the_connection_and_says_nothing_is_told_in_time(
    http: Http, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("kling_desktop.engine.network.ANSWER_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = sentence_of(http, f"http://127.0.0.1:{listener.getsockname()[1]}")
    assert said.startswith("127.0.0.1 was reached, and did not answer in time")


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x30\x02\x30\x00", b"no"])
def test_a_certificate_that_is_none_names_nobody(der: bytes):
    assert issuer_of(der) == ""
