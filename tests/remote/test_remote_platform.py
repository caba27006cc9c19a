"""The platform host: uploads as they arrive, and what the account's pages tell."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import tracemalloc

import pytest
from remote_server import HANG, Reply, json_reply
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.motion.token import Token
from kling_desktop.remote import platform as platform_module
from kling_desktop.remote.bodies import BLOCK_BYTES
from kling_desktop.remote.errors import (
    LocalFileError,
    RefusalKind,
    Refused,
    Stopped,
    UnclearAnswer,
)
from kling_desktop.remote.platform import Platform

LINK = "https://cdn.example.com/abc.png"


@pytest.fixture
def platform(http, server):
    return Platform(http, server.url, Token("platform-v1-" + "ab" * 32))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.bin"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


def parts_of(request):
    """(header text, content) of the one part of a multipart request."""
    boundary = re.fullmatch(
        r"multipart/form-data; boundary=(\w+)", request.headers["content-type"]
    ).group(1)
    head, _, rest = request.body.partition(b"\r\n\r\n")
    start, tail = f"--{boundary}\r\n".encode(), f"\r\n--{boundary}--\r\n".encode()
    assert head.startswith(start)
    assert rest.endswith(tail)
    return head[len(start) :].decode("utf-8"), rest[: -len(tail)]


def is_whole(request):
    return len(request.body) >= int(request.headers["content-length"])


def test_upload_sends_one_part_named_file_with_its_length(platform, server, picture):
    server.always(json_reply({"file_url": LINK, "mime": "image/png"}))
    seen = []
    link = platform.upload(
        str(picture), file_name="me.png", mime="image/png", on_progress=lambda *p: seen.append(p)
    )
    assert link == LINK
    (request,) = server.seen
    assert request.target == "/api/v1/files/"
    assert request.headers["authorization"].startswith("Bearer platform-v1-")
    assert "transfer-encoding" not in request.headers
    head, content = parts_of(request)
    assert head.split("\r\n") == [
        'Content-Disposition: form-data; name="file"; filename="me.png"',
        "Content-Type: image/png",
    ]
    assert content == picture.read_bytes()
    size = picture.stat().st_size
    assert seen[0] == (0, size)
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Bär 🐻.png", "Bär 🐻.png"),
        ('a"b.png', "a%22b.png"),
        ("a\r\nX-Evil: 1.png", "a__X-Evil: 1.png"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("\u202egnp.exe", "\u202egnp.exe"),
        ("nul\x00.png", "nul_.png"),
        ("\udcff.png", "?.png"),
        ("", "file"),
        ("é" * 200 + ".png", "é" * 125 + ".png"),
    ],
)
def test_file_names_are_encoded_so_that_nothing_breaks_out(platform, server, picture, name, sent):
    server.always(json_reply({"file_url": LINK}))
    platform.upload(str(picture), file_name=name, mime="image/png\r\nX: 1")
    head, content = parts_of(server.seen[0])
    assert head.split("\r\n")[0].endswith(f'filename="{sent}"')
    assert head.split("\r\n")[1] == "Content-Type: application/octet-stream"
    assert len(content) == picture.stat().st_size


def test_empty_file_is_sent_as_an_empty_part(platform, server, tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    server.always(json_reply({"file_url": LINK}))
    platform.upload(str(empty), file_name="e", mime="image/png")
    assert parts_of(server.seen[0])[1] == b""


def test_too_large_file_is_refused_before_anything_is_sent(platform, server, tmp_path):
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate(104_857_601)
    with pytest.raises(Refused) as caught:
        platform.upload(str(large), file_name="l", mime="video/mp4")
    assert caught.value.kind is RefusalKind.TOO_LARGE
    assert server.connections == 0


def test_file_at_the_limit_streams_in_constant_memory(platform, server, tmp_path):
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate(30 * 1024 * 1024)
    discarding = DiscardingServer()
    try:
        client = Platform(platform._http, discarding.url, platform._token)
        tracemalloc.start()
        assert client.upload(str(large), file_name="l", mime="video/mp4") == LINK
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        discarding.close()
    assert discarding.received > 30 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


class DiscardingServer:
    """Takes one upload without keeping it."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        sock, _ = self._listener.accept()
        with sock, sock.makefile("rb") as reader:
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while self.received < length:
                self.received += len(reader.read1(min(length - self.received, 65536)))
            sock.sendall(json_reply({"file_url": LINK}).raw())

    def close(self):
        self._thread.join(PATIENCE_S)
        self._listener.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe_is_a_local_error_and_does_not_hang(platform, server, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LocalFileError) as caught:
        platform.upload(str(tmp_path / "pipe"), file_name="x", mime="image/png")
    assert caught.value.kind == "unreadable"
    assert server.connections == 0


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_file_that_cannot_be_read_is_a_local_error(platform, server, tmp_path, kind):
    path = tmp_path / "nothing" if kind == "missing" else tmp_path
    with pytest.raises(LocalFileError) as caught:
        platform.upload(str(path), file_name="x", mime="image/png")
    assert caught.value.kind == ("vanished" if kind == "missing" else "unreadable")
    assert server.connections == 0


def test_file_that_shrinks_while_it_is_sent_is_a_local_error(platform, server, picture):
    server.always(json_reply({"file_url": LINK}))

    def shrink(done, total):
        with open(picture, "r+b") as file:
            file.truncate(10)

    with pytest.raises(LocalFileError) as caught:
        platform.upload(str(picture), file_name="x", mime="image/png", on_progress=shrink)
    assert caught.value.kind == "unreadable"
    assert server.seen == [] or len(server.seen[0].body) < picture.stat().st_size + 1024


def test_file_that_grows_is_sent_as_long_as_it_was(platform, server, picture):
    server.always(json_reply({"file_url": LINK}))
    size = picture.stat().st_size

    def grow(done, total):
        with open(picture, "ab") as file:
            file.write(b"more")

    platform.upload(str(picture), file_name="x", mime="image/png", on_progress=grow)
    assert len(parts_of(server.seen[0])[1]) == size


def test_content_that_was_meant_is_sent(platform, server, picture):
    server.always(json_reply({"file_url": LINK}))
    meant = hashlib.sha256(picture.read_bytes()).hexdigest()
    assert platform.upload(str(picture), file_name="x", mime="image/png", sha256=meant) == LINK


@pytest.mark.parametrize("size", [0, 10, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
def test_of_other_content_than_was_meant_nothing_is_sent(platform, server, tmp_path, size):
    server.always(json_reply({"file_url": LINK}))
    path = tmp_path / "clip.bin"
    path.write_bytes(b"n" * size)
    with pytest.raises(LocalFileError) as caught:
        platform.upload(str(path), file_name="x", mime="video/mp4", sha256="0" * 64)
    assert caught.value.kind == "changed"
    assert server.seen == []


def test_file_that_is_written_over_while_it_is_sent_ends_before_the_next_block(
    platform, server, tmp_path
):
    server.always(json_reply({"file_url": LINK}))
    path = tmp_path / "clip.bin"
    path.write_bytes(b"n" * 8 * BLOCK_BYTES)
    meant = hashlib.sha256(path.read_bytes()).hexdigest()
    handed: list[int] = []

    def write_over(done, total):
        handed.append(done)
        if len(handed) == 2:  # after the first block
            path.write_bytes(b"secret" * total)

    with pytest.raises(LocalFileError) as caught:
        platform.upload(
            str(path), file_name="x", mime="video/mp4", on_progress=write_over, sha256=meant
        )
    assert caught.value.kind == "changed"
    assert handed == [0, BLOCK_BYTES]
    assert not any(b"secret" in request.body for request in server.seen)


def test_file_that_is_written_over_while_it_is_sent_never_arrives_whole(platform, server, picture):
    server.always(json_reply({"file_url": LINK}))
    size = picture.stat().st_size
    meant = hashlib.sha256(picture.read_bytes()).hexdigest()

    def write_over(done, total):
        with open(picture, "r+b") as file:
            file.seek(size - 10)
            file.write(b"other text")

    with pytest.raises(LocalFileError) as caught:
        platform.upload(
            str(picture), file_name="x", mime="image/png", on_progress=write_over, sha256=meant
        )
    assert caught.value.kind == "changed"
    assert not any(is_whole(request) for request in server.seen)


def test_stop_ends_an_upload_that_waits_for_its_answer(platform, server, picture):
    stop = threading.Event()
    server.always(HANG)
    helper = threading.Thread(target=lambda: server.arrived.wait(PATIENCE_S) and stop.set())
    helper.start()
    with pytest.raises(Stopped):
        platform.upload(str(picture), file_name="x", mime="image/png", stop=stop)
    helper.join()


def test_stop_ends_an_upload_that_a_server_does_not_read(http, token, tmp_path):
    """The edge may hang in the middle of a file: the socket's buffers fill and sending blocks."""
    large = tmp_path / "large"
    with open(large, "wb") as file:
        file.truncate(60 * 1024 * 1024)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        sent = [0]

        def is_stuck() -> bool:
            before = sent[-1]
            return not stop.wait(0.2) and before == sent[-1] > 0

        helper = threading.Thread(target=lambda: wait_for(is_stuck, "full buffers") and stop.set())
        helper.start()
        with pytest.raises(Stopped):
            Platform(http, url, token).upload(
                str(large),
                file_name="x",
                mime="video/mp4",
                stop=stop,
                on_progress=lambda done, _total: sent.append(done),
            )
        helper.join()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (json_reply({"detail": "no", "code": "not_authenticated"}, 401), RefusalKind.TOKEN),
        (json_reply({"detail": "no", "code": "permission_denied"}, 403), RefusalKind.PERMISSION),
        (json_reply({"error": "File too large", "max_bytes": 5}, 413), RefusalKind.TOO_LARGE),
        (json_reply({"file": ["No file was submitted."]}, 400), RefusalKind.SETTINGS),
    ],
)
def test_refused_uploads(platform, server, picture, reply, kind):
    server.always(reply)
    with pytest.raises(Refused) as caught:
        platform.upload(str(picture), file_name="x", mime="image/png")
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({}),
        json_reply({"file_url": "file:///etc/passwd"}),
        json_reply({"file_url": "javascript:alert(1)"}),
        Reply(200, b"<html>"),
        Reply(504, b""),
    ],
)
def test_upload_without_a_usable_link_is_unclear(platform, server, picture, reply):
    server.always(reply)
    with pytest.raises(UnclearAnswer):
        platform.upload(str(picture), file_name="x", mime="image/png")


def test_without_an_account_token_nothing_is_sent(http, server, picture):
    platform = Platform(http, server.url, None)
    for call in (
        platform.me,
        platform.balance,
        platform.credentials,
        lambda: platform.upload(str(picture), file_name="x", mime="image/png"),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.kind is RefusalKind.TOKEN
    assert server.connections == 0


def test_me_tells_who_answered(platform, server):
    server.always(json_reply({"id": "tok", "user_id": "u-1", "name": "Kling <b>Desk</b>"}))
    info = platform.me()
    assert (info.user_id, info.name) == ("u-1", "Kling Desk")
    assert server.seen[0].target == "/api/v1/platform-tokens/me/"


def test_credentials_come_from_the_applications(platform, server):
    def script(request):
        if request.target.startswith("/api/v1/applications/"):
            items = [
                {"id": "suno-app", "scope": "Individual", "service": {"alias": "suno"}},
                {"id": "kling-app", "scope": "Individual", "service": {"alias": "kling"}},
                {"id": "off", "disabled": True, "service": {"alias": "kling"}},
            ]
            return json_reply({"items": items, "count": 3})
        token = "a" * 32 if "kling-app" in request.target else "b" * 32
        return json_reply({"items": [{"token": token, "name": "key"}], "count": 1})

    server.script = script
    found = platform.credentials()
    assert [c.application_id for c in found] == ["kling-app", "suno-app"]
    assert found[0].token == Token("a" * 32)
    assert server.seen[0].target == ("/api/v1/applications/?user_id=me&affiliation=owner&limit=100")
    assert server.seen[1].target == "/api/v1/credentials/?application_id=kling-app"


def test_whose_an_api_token_is_stays_open_where_its_list_may_not_be_seen(platform, server):
    token, body = "a" * 32, {"error": {"code": "permission_denied", "message": "no"}}
    server.always(json_reply(body, 403))
    assert platform.owns(Token(token)) is None


def test_balance_is_read_from_the_applications(platform, server):
    server.always(json_reply({"items": [{"id": "g", "scope": "Global", "remaining_amount": 7.25}]}))
    assert platform.balance().remaining_credits == 7.25


def test_the_balance_may_stand_on_a_later_page(platform, server):
    other = {"id": "a", "scope": "Individual", "service": {"alias": "suno"}}
    kling = {"id": "k", "scope": "Individual", "remaining_amount": 7.25}
    kling["service"] = {"alias": "kling"}

    def script(request):
        rows = (
            [] if "offset=2" in request.target else [kling if "offset" in request.target else other]
        )
        return json_reply({"items": rows})

    server.script = script
    assert platform.balance().remaining_credits == 7.25
    assert len(server.seen) == 3


def test_price_is_asked_without_a_token(platform, server):
    cost = [{"conditions": {}, "consumption": {"*": [0.7, {"var": "duration"}]}}]
    server.always(json_reply({"unit": "Credit", "apis": [{"path": "/kling/motion", "cost": cost}]}))
    assert len(platform.price().rules) == 1
    assert server.seen[0].target == "/api/v1/services/kling"
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize("given", [100, 99, 20], ids=["as asked for", "one fewer", "fewer"])
@pytest.mark.parametrize("counts", [True, False], ids=["counted", "not counted"])
def test_usage_is_read_to_its_end_by_what_came(platform, server, given, counts):
    """A service may give fewer rows than it is asked for: the next page begins behind them."""

    def script(request):
        told = re.search(r"offset=(\d+)", request.target)
        offset = int(told.group(1)) if told else 0
        rows = [
            {"trace_id": f"tr{n}", "deducted_amount": "1.5", "created_at": 1763881000}
            for n in range(offset, min(offset + given, 230))
        ]
        return json_reply({"items": rows, **({"count": 230} if counts else {})})

    server.script = script
    items, whole = platform.usage_and_whole(since=1763881000.0)
    assert (len(items), whole) == (230, True)
    assert items[0].deducted_credits == 1.5
    assert "created_at_from=2025-11-23T06%3A56%3A40Z" in server.seen[0].target


def test_usage_of_a_service_that_ignores_the_offset_ends(platform, server):
    rows = [{"trace_id": f"tr{n}", "deducted_amount": 1} for n in range(100)]
    server.always(json_reply({"items": rows}))
    assert len(platform.usage(since=0.0)) == 100
    assert len(server.seen) == 2


def test_busy_ledger_says_how_long(platform, server):
    server.always(json_reply({"detail": "busy"}, 429, Retry_After="5"))
    with pytest.raises(Refused) as caught:
        platform.usage(since=0.0)
    assert (caught.value.kind, caught.value.retry_after_s) == (RefusalKind.BUSY, 5.0)


def test_address_with_the_root_of_the_api_works_too(http, server, token):
    server.always(json_reply({"user_id": "u"}))
    Platform(http, server.url + platform_module.API_ROOT + "/", token).me()
    assert server.seen[0].target == "/api/v1/platform-tokens/me/"
