"""Downloads that are cut, resumed, replaced or refused; and looking at a link."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import threading

import pytest
from remote_server import HANG, MP4, RESET, VIDEO, Cdn, Reply, json_reply
from support.waiting import PATIENCE_S

from kling_desktop.remote import transfer as transfer_module
from kling_desktop.remote.errors import (
    BadLink,
    ContactLost,
    LinkExpired,
    LocalFileError,
    NotSent,
    Stopped,
    UnclearAnswer,
)
from kling_desktop.remote.transfer import check_link, download


@pytest.fixture
def part(tmp_path):
    return str(tmp_path / "video.mp4.part")


@pytest.fixture
def fetch(http, server, part):
    def fetch(path="/v.mp4?sig=secret", **options):
        return download(http, server.url + path, part, allow_loopback=True, **options)

    return fetch


def content(part):
    with open(part, "rb") as file:
        return file.read()


def test_download_writes_the_whole_file_and_tells_its_progress(fetch, server, part):
    server.script = Cdn()
    seen = []
    assert fetch(on_progress=lambda *p: seen.append(p)) == len(VIDEO)
    assert content(part) == VIDEO
    assert seen[-1] == (len(VIDEO), len(VIDEO))
    assert server.seen[0].target == "/v.mp4?sig=secret"


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"v1"'},
        {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"ETag": 'W/"v1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {},
    ],
)
def test_cut_download_goes_on_where_it_stopped(fetch, server, part, headers):
    cdn = Cdn(**headers)
    if headers.get("ETag", "").startswith("W/"):
        cdn.headers.pop("ETag")
    server.script, cdn.cuts = cdn, 1
    with pytest.raises(ContactLost):
        fetch()
    assert content(part) == VIDEO[:300_000]
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO
    assert server.seen[1].headers["range"] == "bytes=300000-"
    expected = headers.get("Last-Modified") or headers.get("ETag")
    assert server.seen[1].headers.get("if-range") == expected


def test_file_that_changed_in_between_is_fetched_anew(fetch, server, part):
    server.script = cdn = Cdn(ETag='"v1"')
    cdn.cuts = 1
    with pytest.raises(ContactLost):
        fetch()
    server.script = Cdn(VIDEO[::-1], ETag='"v2"')
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO[::-1]


def test_other_length_without_any_validator_is_fetched_anew(fetch, server, part):
    server.script = cdn = Cdn()
    cdn.cuts = 1
    with pytest.raises(ContactLost):
        fetch()
    shorter = VIDEO[::-1][:-1000]
    server.script = Cdn(shorter)
    assert fetch() == len(shorter)
    assert content(part) == shorter


def test_file_that_got_shorter_than_the_part_is_fetched_anew(fetch, server, part):
    server.script = cdn = Cdn()
    cdn.cuts = 1
    with pytest.raises(ContactLost):
        fetch()
    server.script = Cdn(b"short")
    assert fetch() == 5
    assert content(part) == b"short"


def test_server_without_ranges_starts_from_the_first_byte(fetch, server, part):
    server.script = cdn = Cdn(ETag='"v1"')
    cdn.cuts, cdn.ranges = 1, False
    with pytest.raises(ContactLost):
        fetch()
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_whole_part_is_confirmed_with_a_single_byte(fetch, server, part):
    server.script = Cdn(ETag='"v1"')
    fetch()
    assert fetch() == len(VIDEO)
    assert server.seen[1].headers["range"] == f"bytes={len(VIDEO) - 1}-"
    assert content(part) == VIDEO


def test_part_without_its_note_or_with_a_broken_one_is_not_trusted(fetch, server, part):
    server.script = Cdn(ETag='"v1"')
    for note in (None, b"", b"{", b"[]", b'{"etag": 7, "last_modified": [], "total": "x"}'):
        with open(part, "wb") as file:
            file.write(b"z" * 1000)
        if note is not None:
            with open(part + ".meta", "wb") as file:
                file.write(note)
        assert fetch() == len(VIDEO)
        assert content(part) == VIDEO
        os.unlink(part + ".meta")
    assert all("range" not in request.headers for request in server.seen)


def test_note_holds_no_link(fetch, server, part):
    server.script = Cdn(ETag='"v1"')
    fetch()
    with open(part + ".meta", encoding="ascii") as file:
        note = file.read()
    assert "secret" not in note
    assert "127.0.0.1" not in note
    assert json.loads(note) == {"etag": '"v1"', "last_modified": None, "total": len(VIDEO)}


def test_wrong_range_is_not_glued_to_the_part(fetch, server, part):
    server.script = cdn = Cdn(ETag='"v1"')
    cdn.cuts = 1
    with pytest.raises(ContactLost):
        fetch()

    def liar(request):
        if "range" in request.headers:
            place = {"Content-Range": f"bytes 5-9/{len(VIDEO)}", **cdn.headers}
            return Reply(206, b"wrong", place)
        return cdn(request)

    server.script = liar
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_unasked_partial_answer_is_unclear(fetch, server):
    server.always(Reply(206, b"x", {**MP4, "Content-Range": "bytes 5-5/10"}))
    with pytest.raises(UnclearAnswer):
        fetch()


def test_chunked_answer_without_a_length_is_taken_whole(fetch, server, part):
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: video/mp4\r\n\r\n"
    server.always(raw + b"5\r\nhello\r\n0\r\n\r\n")
    assert fetch() == 5
    assert content(part) == b"hello"
    server.always(raw + b"5\r\nhello\r\n")
    with pytest.raises(ContactLost):
        fetch()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refused_link_has_expired(fetch, server, status):
    server.always(Reply(status, b"<Error/>", {"Content-Type": "application/xml"}))
    with pytest.raises(LinkExpired) as caught:
        fetch()
    assert caught.value.http_status == status


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_server_trouble_means_try_later_and_keeps_the_part(fetch, server, part, status):
    server.script = cdn = Cdn(ETag='"v1"')
    cdn.cuts = 1
    with pytest.raises(ContactLost):
        fetch()
    server.always(Reply(status, b"<html>", {"Content-Type": "text/html"}))
    with pytest.raises(UnclearAnswer):
        fetch()
    assert content(part) == VIDEO[:300_000]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(200, b"<html>", {"Content-Type": "text/html; charset=utf-8"}), "link_html"),
        (json_reply({"error": "gone"}), "link_not_media"),
        (Reply(200, b"", MP4), "link_empty"),
        (Reply(400, b"x", MP4), "link_refused"),
        (
            Reply(200, b"x", {**MP4, "Content-Length": str(3 * 1024**3)}, cut_after=1),
            "link_too_big",
        ),
    ],
)
def test_what_is_no_video_is_a_bad_link(fetch, server, part, reply, code):
    server.always(reply)
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == code


@pytest.mark.parametrize("label", ["text/html", "text/plain", "application/json", "image/png", ""])
def test_a_label_is_a_hint_and_what_looks_like_a_video_is_fetched(fetch, server, part, label):
    """Whether it opens as one is found out when it is here."""
    video = b"\0\0\0\x20ftypisom" + VIDEO
    server.always(Reply(200, video, {"Content-Type": label} if label else {}))
    assert fetch() == len(video)
    assert content(part) == video


@pytest.mark.parametrize("label", ["aws-chunked", "utf-8", "none", "gzip", "br", "deflate"])
def test_what_is_not_packed_is_taken_as_it_is_whatever_its_label_says(fetch, server, part, label):
    server.always(Reply(200, VIDEO, {**MP4, "Content-Encoding": label}))
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_a_packed_copy_is_unpacked_and_never_gone_on_with_in_the_middle(fetch, server, part):
    packed = gzip.compress(VIDEO)
    headers = {**MP4, "Content-Encoding": "gzip", "ETag": '"v1"'}
    server.always(Reply(200, packed, headers, cut_after=len(packed) // 2))
    with pytest.raises(ContactLost):
        fetch()
    server.always(Reply(200, packed[:-40], headers))  # whole, as far as HTTP can tell
    with pytest.raises(ContactLost):
        fetch()
    server.always(Reply(200, packed, headers))
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO
    assert [request.headers.get("Range") for request in server.seen] == [None] * 3


def test_what_is_packed_to_burst_is_given_up(fetch, server, part, monkeypatch):
    monkeypatch.setattr(transfer_module, "MAX_DOWNLOAD_BYTES", len(VIDEO) * 2)
    headers = {**MP4, "Content-Encoding": "gzip"}
    server.always(Reply(200, gzip.compress(bytes(len(VIDEO) * 50)), headers))
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == "link_too_big"
    assert os.path.getsize(part) <= len(VIDEO) * 3


@pytest.mark.parametrize("status", [201, 203, 206])
def test_any_answer_with_a_file_is_one(fetch, server, part, status):
    """206 without its range, to who asked for all, is all."""
    server.always(Reply(status, VIDEO, MP4))
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_empty_chunked_answer_is_a_bad_link(fetch, server):
    server.always(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: video/mp4\r\n\r\n0\r\n\r\n"
    )
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == "link_empty"


def test_endless_answer_is_cut_at_the_maximum(fetch, server, monkeypatch):
    monkeypatch.setattr(transfer_module, "MAX_DOWNLOAD_BYTES", 100)
    server.always(Reply(200, b"x" * 5000, MP4, length=False))
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == "link_too_big"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "data:video/mp4;base64,AAAA",
        "javascript:alert(1)",
        "https://",
        "https://user:pw@example.com/x",
        "https://exa mple.com/",
        "https://example.com/\nHost: x",
        "//example.com/x",
        "",
        "http://[::1",
        "https://example.com/" + "x" * 10_000,
    ],
)
def test_link_that_is_not_plain_http_is_never_asked(http, part, url):
    with pytest.raises(BadLink):
        download(http, url, part, allow_loopback=True)
    with pytest.raises(BadLink):
        check_link(http, url, allow_loopback=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "x.localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.1.2.3",
        "192.168.0.1",
        "172.20.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f.1",
    ],
)
def test_link_to_this_computer_or_its_network_is_never_followed(http, server, part, host):
    server.script = Cdn()
    url = f"http://{host}:{server.port}/v.mp4"
    with pytest.raises(BadLink) as caught:
        download(http, url, part, allow_loopback=False)
    assert caught.value.code == "link_private"
    with pytest.raises(BadLink) as caught:
        check_link(http, url, allow_loopback=False)
    assert caught.value.code == "link_private"
    assert server.seen == []


def test_name_that_leads_to_this_computer_is_never_asked(http, server, part, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest: real("127.0.0.1", *rest))
    url = f"http://cdn.example.com:{server.port}/v.mp4"
    with pytest.raises(BadLink) as caught:
        download(http, url, part, allow_loopback=False)
    assert caught.value.code == "link_private"
    assert server.seen == []
    server.script = Cdn()
    assert download(http, url, part, allow_loopback=True) == len(VIDEO)
    with pytest.raises(BadLink):  # also where a kept connection is there already
        download(http, url, part, allow_loopback=False)
    assert len(server.seen) == 1


def test_sandbox_may_use_loopback_but_still_no_private_network(http, part):
    with pytest.raises(BadLink):
        download(http, "http://192.168.0.1/v.mp4", part, allow_loopback=True)


def test_redirects_are_followed_and_judged_at_each_hop(fetch, server, part):
    cdn = Cdn()

    def script(request):
        if request.target.startswith("/v.mp4"):
            return Reply(302, b"moved", {"Location": "/real.mp4?sig=1"})
        return cdn(request)

    server.script = script
    assert fetch() == len(VIDEO)
    assert [r.target for r in server.seen] == ["/v.mp4?sig=secret", "/real.mp4?sig=1"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("file:///etc/passwd", "link_not_http"),
        ("http://169.254.169.254/latest", "link_private"),
        ("/v.mp4?sig=secret", "link_loops"),
        ("http://[::1", "link_not_http"),
    ],
)
def test_redirect_to_a_forbidden_place_is_a_bad_link(fetch, server, target, code):
    server.always(Reply(302, b"", {"Location": target}))
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == code


def test_endless_redirects_stop_after_five(fetch, server):
    count = iter(range(100))
    server.script = lambda _: Reply(302, b"", {"Location": f"/{next(count)}"})
    with pytest.raises(BadLink) as caught:
        fetch()
    assert caught.value.code == "link_loops"
    assert len(server.seen) == 6


def test_reset_and_refused_connections_are_told_apart(fetch, http, server, part, closed_port):
    server.always(RESET)
    with pytest.raises(ContactLost):
        fetch()
    with pytest.raises(NotSent):
        download(http, f"http://127.0.0.1:{closed_port}/v", part, allow_loopback=True)


def test_stop_ends_a_download_that_hangs_in_the_middle(fetch, server, part):
    stop = threading.Event()
    server.script = Cdn()
    with pytest.raises(Stopped):
        fetch(on_progress=lambda *_: stop.set(), stop=stop)
    server.always(HANG)
    stop.clear()
    server.arrived.clear()
    helper = threading.Thread(target=lambda: server.arrived.wait(PATIENCE_S) and stop.set())
    helper.start()
    with pytest.raises(Stopped):
        fetch(stop=stop)
    helper.join()
    server.script = Cdn()
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_trickle_is_given_up(fetch, server, monkeypatch):
    monkeypatch.setattr(transfer_module, "SLOW_WINDOW_S", 0.0)
    server.script = Cdn(b"x" * 100)
    with pytest.raises(ContactLost) as caught:
        fetch()
    assert caught.value.code == "too_slow"


def test_full_disk_is_told_before_loading_with_the_bytes_needed(fetch, server, part, monkeypatch):
    usage = shutil.disk_usage(os.path.dirname(part))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    server.script = Cdn()
    with pytest.raises(LocalFileError) as caught:
        fetch()
    assert (caught.value.kind, caught.value.needed_bytes) == ("no_room", len(VIDEO))


def test_disk_that_takes_no_more_while_writing_is_no_room(fetch, server, part):
    """A limit on the size of files stands in for a full disk: the same call fails."""
    resource = pytest.importorskip("resource", reason="limits of a process are a Unix thing")
    server.script = Cdn()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(LocalFileError) as caught:
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.kind == "no_room"
    assert 0 < caught.value.needed_bytes <= len(VIDEO)
    assert fetch() == len(VIDEO)
    assert content(part) == VIDEO


def test_folder_that_is_gone_is_unwritable(http, server, tmp_path):
    server.script = Cdn()
    with pytest.raises(LocalFileError) as caught:
        download(http, server.url + "/v", str(tmp_path / "no" / "part"), allow_loopback=True)
    assert caught.value.kind == "unwritable"
    assert server.seen == []


@pytest.mark.skipif(os.name != "posix", reason="a pipe with a name")
@pytest.mark.parametrize("what", ["folder", "pipe", "link to nothing that can be made"])
@pytest.mark.parametrize("suffix", ["", ".meta"])
def test_what_stands_in_the_place_of_the_part_is_left_beside_it(
    fetch, server, part, tmp_path, what, suffix
):
    server.script = Cdn()
    place = part + suffix
    if what == "folder":
        os.mkdir(place)
        (tmp_path / (os.path.basename(place)) / "dear").touch()
    elif what == "pipe":
        os.mkfifo(place)
    else:
        os.symlink(tmp_path, place)
    fetch()
    assert content(part) == VIDEO
    assert os.path.lexists(f"{place}.not-ours-1")
