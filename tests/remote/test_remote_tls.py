"""The same over TLS, as in real life: trust, stops and resets."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading

import pytest
from remote_server import HANG, RESET, Server, json_reply
from support.waiting import PATIENCE_S

from kling_desktop.remote.errors import ContactLost, NotSent
from kling_desktop.remote.generation import Generation

x509 = pytest.importorskip("cryptography.x509", reason="comes with keyring on Linux only")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1; the path of a PEM with its key."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(pem + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Server(context)
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
