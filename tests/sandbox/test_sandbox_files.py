"""Uploads, and links to uploads and results."""

from __future__ import annotations

import http.client
import io
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_client import Client
from support.waiting import PATIENCE_S

from kling_desktop.motion.limits import UPLOAD_MAX_BYTES
from kling_desktop.sandbox.files import safe_name
from kling_desktop.sandbox.multipart import BadMultipart, TooLarge, boundary_of, save_file_part


def result_link(client: Client) -> str:
    client.sandbox.faults.force_shape(finished="flat")
    record = client.wait(client.submit())
    return str(record["response"]["video_url"])


def test_an_upload_is_served_byte_for_byte_with_its_type(client: Client, clip: Path) -> None:
    answer = client.session.get(client.video_url, timeout=PATIENCE_S)
    assert answer.content == clip.read_bytes()
    assert answer.headers["Content-Type"] == "video/mp4"
    assert "Date" in answer.headers


def test_the_trailing_slash_is_required(client: Client) -> None:
    answer = client.post("/api/v1/files", headers=client.account)
    assert answer.status_code == 404


def test_an_upload_wants_the_account_token(client: Client) -> None:
    files = {"file": ("a.png", b"x" * 3_000_000)}
    assert client.post("/api/v1/files/", files=files).status_code == 401
    assert client.post("/api/v1/files/", files=files, headers=client.account).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nabc"),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--bX\r\n\r\nabc\r\n--b--"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nabc\r\n--b--\r\n',
        ),
    ],
)
def test_a_body_without_a_file_part_is_refused_and_leaves_nothing(
    client: Client, content_type: str, body: bytes
) -> None:
    before = client.sandbox.requests
    headers = {**client.account, "Content-Type": content_type}
    answer = client.post("/api/v1/files/", data=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert client.get("/sandbox/state").json()["uploads"] == 2
    assert len(client.sandbox.requests) > len(before)


def test_over_the_limit_it_answers_413_before_reading(client: Client) -> None:
    host = client.sandbox.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    try:
        connection.putrequest("POST", "/api/v1/files/")
        connection.putheader("Content-Type", "multipart/form-data; boundary=b")
        connection.putheader("Content-Length", str(UPLOAD_MAX_BYTES + 1_000_000))
        connection.putheader("Authorization", client.account["Authorization"])
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        told = json.loads(answer.read())
    finally:
        connection.close()
    assert told == {"error": "File too large", "max_bytes": UPLOAD_MAX_BYTES}


def test_a_chunked_request_is_answered_411(client: Client) -> None:
    for path in ("/api/v1/files/", "/kling/motion"):
        answer = client.post(path, data=iter([b"abc", b"def"]), headers=client.account)
        assert answer.status_code == 411


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\x.mp4", "a b'c\".mp4", "🎬 مرحبا.mp4", "x" * 255, ".", "a\n.png"],
)
def test_a_hostile_name_becomes_a_harmless_link(client: Client, name: str) -> None:
    files = {"file": (name, b"content")}
    answer = client.post("/api/v1/files/", files=files, headers=client.account)
    link = answer.json()["file_url"]
    last = link.rpartition("/")[2]
    assert last == safe_name(last)
    assert client.session.get(link, timeout=PATIENCE_S).content == b"content"


def test_a_name_in_raw_utf8_is_taken(client: Client) -> None:
    body = '--b\r\nContent-Disposition: form-data; name="file"; filename="tänzerin.mp4"\r\n\r\nabc'
    headers = {**client.account, "Content-Type": 'multipart/form-data; boundary="b"'}
    answer = client.post("/api/v1/files/", data=f"{body}\r\n--b--".encode(), headers=headers)
    assert answer.json()["file_url"].endswith(".mp4")
    assert answer.json()["mime"] == "video/mp4"


@given(st.text())
def test_safe_names_hold_nothing_but_letters_digits_and_dots(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not safe.startswith(".")
    assert safe.isascii()
    assert not set(safe) & set("/\\ %?#&:\"'\r\n\0")
    assert len(safe) <= 91


@given(st.binary(max_size=3000), st.integers(1, 70))
def test_any_bytes_survive_the_multipart_reader_in_any_pieces(data: bytes, step: int) -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    note = b'--bound\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n'
    if b"\r\n--bound" in data:
        return
    source = io.BytesIO(note + b"--bound\r\n" + head + data + b"\r\n--bound--\r\n")
    out = io.BytesIO()
    part = save_file_part(lambda n: source.read(min(n, step)), b"bound", out, 3000)
    assert (out.getvalue(), part.size_bytes, part.file_name) == (data, len(data), "f")


def test_the_multipart_reader_stops_at_its_limit() -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    source = io.BytesIO(head + b"x" * 1001 + b"\r\n--b--")
    with pytest.raises(TooLarge):
        save_file_part(source.read, b"b", io.BytesIO(), 1000)
    with pytest.raises(BadMultipart):
        boundary_of("text/plain")


def test_ranges_are_served_as_http_wants_them(client: Client) -> None:
    link = result_link(client)
    whole = client.session.get(link, timeout=PATIENCE_S)
    data, etag = whole.content, whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert data == client.sandbox.result_file(client.sandbox.accepted[0]).read_bytes()

    def ranged(value: str, **more: str) -> tuple[int, bytes, str]:
        headers = {"Range": value, **{k.replace("_", "-"): v for k, v in more.items()}}
        answer = client.session.get(link, headers=headers, timeout=PATIENCE_S)
        return answer.status_code, answer.content, answer.headers.get("Content-Range", "")

    size = len(data)
    assert ranged("bytes=10-19") == (206, data[10:20], f"bytes 10-19/{size}")
    assert ranged("bytes=10-") == (206, data[10:], f"bytes 10-{size - 1}/{size}")
    assert ranged("bytes=-5") == (206, data[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert ranged(f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert ranged("bytes=9-3") == (200, data, "")
    assert ranged("lines=1-2") == (200, data, "")
    assert ranged("bytes=10-19", If_Range=etag)[0] == 206
    assert ranged("bytes=10-19", If_Range=whole.headers["Last-Modified"])[0] == 206
    assert ranged("bytes=10-19", If_Range='"other"') == (200, data, "")
    head = client.session.head(link, timeout=PATIENCE_S)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(size)


def test_a_result_needs_its_signature_and_time(client: Client) -> None:
    link = result_link(client)
    plain, _, query = link.partition("?")
    assert client.session.get(plain, timeout=PATIENCE_S).status_code == 403
    for changed in ("sig=0&expires=99999999999", query + "0", query.replace("sig=", "sig=ä")):
        assert client.session.get(f"{plain}?{changed}", timeout=PATIENCE_S).status_code == 403


def test_links_are_formed_from_the_name_the_client_used(client: Client) -> None:
    link = result_link(client)
    assert link.startswith(client.sandbox.address + "/results/")
    host = client.sandbox.address.replace("http://127.0.0.1", "localhost")
    record = client.post(
        "/kling/tasks",
        json={"action": "retrieve", "id": client.sandbox.accepted[0]},
        headers={**client.api, "Host": host},
    ).json()
    assert record["response"]["video_url"].startswith(f"http://{host}/results/")


@pytest.mark.parametrize(
    "path",
    [
        "/cdn/../account.json",
        "/cdn/%2e%2e/account.json",
        "/results/../account.json",
        "/cdn/x/y",
        "/",
    ],
)
def test_no_path_leads_out_of_the_store(client: Client, path: str) -> None:
    host = client.sandbox.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)  # as it is: requests would tidy the path
        answer = connection.getresponse()
        assert answer.status in (403, 404)
        answer.read()
    finally:
        connection.close()


def test_it_listens_on_loopback_only(client: Client) -> None:
    port = int(client.sandbox.address.rpartition(":")[2])
    with socket.create_server(("127.0.0.2", port)):  # free: it did not take all addresses
        assert client.get("/sandbox/state").status_code == 200


@pytest.mark.parametrize("line", [b"garbage\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n"])
def test_garbage_on_the_wire_does_not_stop_it(client: Client, line: bytes) -> None:
    port = int(client.sandbox.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as raw:
        raw.sendall(line)
        assert raw.recv(1000)
    assert client.get("/sandbox/state").status_code == 200
