"""An interim answer is none: the one that counts comes after it (RFC 9110, 15.2)."""

from __future__ import annotations

import pytest
from remote_server import VIDEO, Cdn, Reply, json_reply

from kling_desktop.motion.token import Token
from kling_desktop.remote.errors import Refused, UnclearAnswer
from kling_desktop.remote.generation import Generation
from kling_desktop.remote.platform import Platform
from kling_desktop.remote.transfer import check_link, download

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"
INTERIM = {
    "hints": HINTS,
    "processing": b"HTTP/1.1 102 Processing\r\n\r\n",
    "continue and hints": b"HTTP/1.1 100 Continue\r\n\r\n" + HINTS,
    "many": HINTS * 50,
}
BODY = {"mode": "std", "async": True}
before = pytest.mark.parametrize("before", INTERIM.values(), ids=INTERIM)


@pytest.fixture
def generation(http, server, token):
    return Generation(http, server.url, token)


def after(before: bytes, reply: Reply) -> bytes:
    return before + reply.raw()


@before
def test_a_submission_and_a_poll_read_the_answer_after_it(generation, server, before):
    server.always(after(before, json_reply({"task_id": "t"})))
    assert generation.submit(BODY).task_id == "t"
    server.always(after(before, json_reply({"id": "t"})))
    for _ in range(3):  # the kept connection, too
        assert generation.retrieve("t").task_id == "t"
    assert len(server.seen) == 4


@before
def test_an_upload_reads_the_answer_after_it(http, server, tmp_path, before):
    (tmp_path / "a.png").write_bytes(b"x" * 200_000)
    link = "https://cdn.example.com/abc.png"
    server.always(after(before, json_reply({"file_url": link})))
    platform = Platform(http, server.url, Token("platform-v1-" + "ab" * 32))
    sent = platform.upload(str(tmp_path / "a.png"), file_name="a.png", mime="image/png")
    assert sent == link


@before
def test_a_download_and_a_link_s_head_are_read_after_it(http, server, tmp_path, before):
    cdn = Cdn()
    server.script = lambda request: after(before, cdn(request))
    part = str(tmp_path / "video.mp4.part")
    assert download(http, server.url + "/v.mp4", part, allow_loopback=True) == len(VIDEO)
    assert check_link(http, server.url + "/v.mp4", allow_loopback=True).size_bytes == len(VIDEO)


@before
def test_a_no_after_it_is_a_no(generation, server, before):
    server.always(after(before, json_reply({"error": {"code": "used_up"}}, 403)))
    with pytest.raises(Refused, match="used_up"):
        generation.submit(BODY)


def test_what_asks_for_another_protocol_is_no_interim_answer(generation, server):
    server.always(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
    with pytest.raises(UnclearAnswer):
        generation.submit(BODY)
