"""Looking at a link without loading it."""

from __future__ import annotations

import pytest
from remote_server import CLOSE, MP4, RESET, VIDEO, Cdn, Reply

from kling_desktop.motion.facts import LinkFacts
from kling_desktop.remote.errors import BadLink
from kling_desktop.remote.transfer import MAX_HEADER_CHARS, check_link


def test_check_link_uses_head_and_loads_nothing(http, server):
    server.script = Cdn()
    facts = check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert facts == LinkFacts("video/mp4", len(VIDEO))
    assert [r.method for r in server.seen] == ["HEAD"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_check_link_tells_by_what_the_content_is_known_again(http, server, method):
    known = {"ETag": '"v1"', "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
    good = Reply(200, VIDEO, {**MP4, **known})
    server.script = lambda r: good if r.method == method else Reply(405)
    facts = check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert (facts.etag, facts.last_modified) == tuple(known.values())


def test_check_link_keeps_no_more_of_a_header_than_it_needs(http, server):
    server.always(Reply(200, VIDEO, {**MP4, "ETag": "e" * 5000}))
    facts = check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert len(facts.etag) == MAX_HEADER_CHARS


@pytest.mark.parametrize("head", [Reply(405), Reply(403), Reply(404), Reply(501), CLOSE])
def test_check_link_asks_for_one_byte_where_head_is_refused(http, server, head):
    cdn = Cdn()
    server.script = lambda r: head if r.method == "HEAD" else cdn(r)
    facts = check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert facts == LinkFacts("video/mp4", len(VIDEO))
    assert server.seen[-1].headers["range"] == "bytes=0-0"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(404), "link_not_found"),
        (Reply(410), "link_not_found"),
        (Reply(403), "link_forbidden"),
        (Reply(401), "link_forbidden"),
        (Reply(400), "link_refused"),
        (Reply(503), "link_unreachable"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "link_html"),
        (Reply(200, b"", MP4), "link_empty"),
        (Reply(416, b"", {"Content-Range": "bytes */0"}), "link_empty"),
        (RESET, "link_unreachable"),
    ],
)
def test_check_link_says_what_is_wrong(http, server, reply, code):
    server.always(reply)
    with pytest.raises(BadLink) as caught:
        check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert caught.value.code == code
    assert caught.value.host == "127.0.0.1"


def test_check_link_of_a_dead_host_is_unreachable(http, closed_port):
    with pytest.raises(BadLink) as caught:
        check_link(http, f"http://127.0.0.1:{closed_port}/v.mp4", allow_loopback=True)
    assert caught.value.code == "link_unreachable"


def test_check_link_of_an_endless_file_does_not_load_it(http, server):
    huge = b"x" * (4 * 1024 * 1024)
    server.script = lambda r: Reply(200, huge, MP4, length=False)
    facts = check_link(http, server.url + "/v.mp4", allow_loopback=True)
    assert facts == LinkFacts("video/mp4", None)
