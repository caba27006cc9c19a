"""The same over TLS, as in real life: trust, stops and resets."""

from __future__ import annotations

import threading

import pytest
from remote_server import HANG, RESET, Server, json_reply
from support.certificates import make_certificate, tls_of
from support.waiting import PATIENCE_S

from kling_desktop.remote.errors import ContactLost, NotSent
from kling_desktop.remote.generation import Generation


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed one for 127.0.0.1; the path of a PEM with its key."""
    return make_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def tls_server(certificate):
    server = Server(tls_of(certificate))
    yield server
    server.close()


@pytest.fixture
def generation(http, tls_server, token):
    return Generation(http, tls_server.url.replace("http:", "https:"), token)


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


def test_submit_over_tls(generation, tls_server, trusted):
    tls_server.always(json_reply({"task_id": "t"}))
    assert generation.submit({"mode": "std"}).task_id == "t"
    assert tls_server.seen[0].json() == {"mode": "std"}


def test_certificate_that_is_not_trusted_is_not_sent(generation, tls_server):
    with pytest.raises(NotSent) as caught:
        generation.submit({})
    assert caught.value.code == "certificate"
    assert tls_server.seen == []


def test_stop_ends_the_wait_over_tls(generation, tls_server, trusted):
    stop = threading.Event()
    tls_server.always(HANG)
    helper = threading.Thread(target=lambda: tls_server.arrived.wait(PATIENCE_S) and stop.set())
    helper.start()
    with pytest.raises(ContactLost) as caught:
        generation.submit({}, stop=stop)
    assert caught.value.code == "stopped"
    helper.join()


def test_reset_over_tls_is_contact_lost(generation, tls_server, trusted):
    tls_server.always(RESET)
    with pytest.raises(ContactLost):
        generation.submit({})
