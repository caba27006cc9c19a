"""The copy that a clip is shown from: which clips need one, and that it holds each frame's time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import av
import pytest
from clip_makers import first_loud_s, make, numbered, numbers

from kling_desktop.media.cache import Cache
from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.motion.shown_copy import ShownCopy

SMALL = (64, 64)
# As a phone stores them: never even, once a long pause, once two close together.
UNEVEN_MS = [0, 33, 67, 83, 150, 183, 217, 233, 600, 633, 667, 675, 717, 750, 800, 817, 850, 900]


def tiny(path: Path, **how: object) -> Path:
    return make(path, numbered(18, SMALL), fps=25, **how)


KINDS = {
    "uneven": (lambda f: tiny(f / "a.mp4", stamps_ms=UNEVEN_MS), True),
    "transport stream": (lambda f: tiny(f / "a.ts", container="mpegts"), True),
    "avi": (lambda f: tiny(f / "a.avi"), True),
    "flash": (lambda f: tiny(f / "a.flv"), True),
    "av1": (lambda f: tiny(f / "a.mp4", codec="libsvtav1", codec_options={"preset": "12"}), True),
    "hevc": (
        lambda f: tiny(f / "a.mp4", codec="libx265", codec_options={"x265-params": "log-level=0"}),
        True,
    ),
    "10 bit": (lambda f: tiny(f / "a.mp4", pix_fmt="yuv420p10le"), True),
    "4:4:4": (lambda f: tiny(f / "a.mp4", pix_fmt="yuv444p"), True),
    "refreshed bit by bit": (
        lambda f: tiny(f / "a.mp4", gop=6, codec_options={"intra-refresh": "1", "bf": "0"}),
        True,
    ),
    "plain": (lambda f: tiny(f / "a.mp4"), False),
    "plain mkv": (lambda f: tiny(f / "a.mkv"), False),
    "webm": (lambda f: tiny(f / "a.webm", codec="libvpx-vp9"), False),
}


def numbers_by_tick(copy: ShownCopy) -> list[int]:
    """Which of the clip's frames each of the copy's is said to be."""
    rate = copy.rate[0] / copy.rate[1]
    with av.open(copy.path) as container:
        count = sum(1 for _ in container.decode(video=0))
    return [copy.number_in_file((tick + 0.5) * 1000 / rate) for tick in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_made_where_the_player_is_not_exact_and_has_each_frame(
    shared_helper, tmp_path, kind
):
    maker, needed = KINDS[kind]
    path = str(maker(tmp_path))
    assert shared_helper.needs_show_copy(path) is needed
    copy = shared_helper.show_copy(path)
    assert numbers(Path(copy.path)) == numbers_by_tick(copy)
    assert [round(at_s * 1000) for at_s in copy.times_s] == (
        UNEVEN_MS if kind == "uneven" else [40 * n for n in range(18)]
    )
    with av.open(copy.path) as container:
        stream = container.streams.video[0]
        stamps = [packet.pts for packet in container.demux(stream) if packet.size]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
    steps = {b - a for a, b in zip(sorted(stamps), sorted(stamps)[1:], strict=False)}
    assert len(steps) == 1  # a constant rate


def test_the_seconds_of_a_pause_are_in_the_file_too(shared_helper, tmp_path):
    """The sound goes on: at 600 ms the ninth frame is there, to within a frame of 120 a second."""
    path = tiny(tmp_path / "a.mp4", stamps_ms=UNEVEN_MS, sound="aac", beep_at_s=0.5)
    copy = shared_helper.show_copy(str(path))
    assert [abs(copy.file_ms(ms) - ms) <= 1000 / 120 for ms in UNEVEN_MS] == [True] * 18
    assert first_loud_s(Path(copy.path)) == pytest.approx(0.5, abs=0.02)


def test_of_a_long_clip_the_part_that_was_sent_is_copied(shared_helper, tmp_path):
    path = make(tmp_path / "a.ts", numbered(30, SMALL), container="mpegts", gop=5, sound="aac")
    copy = shared_helper.show_copy(str(path), start_s=1.0, end_s=2.0)
    assert numbers(Path(copy.path)) == list(range(10, 20))
    assert copy.times_s == pytest.approx([1 + n / 10 for n in range(10)])
    assert (copy.number_at(0.0), copy.number_at(1450.0), copy.number_at(9000.0)) == (0, 4, 9)
    assert copy.edges_ms(9) == pytest.approx((1900, 2000))


def test_it_is_made_once_tells_how_far_it_is_and_leaves_the_clip_alone(shared_helper, tmp_path):
    path = make(tmp_path / "a.ts", numbered(60, (640, 480)), container="mpegts")
    before = path.read_bytes(), os.stat(path).st_mtime_ns
    shares: list[float] = []
    first = shared_helper.show_copy(str(path), on_progress=shares.append)
    made_ns = os.stat(first.path).st_ino
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert shared_helper.show_copy(str(path)) == first
    assert os.stat(first.path).st_ino == made_ns
    assert (path.read_bytes(), os.stat(path).st_mtime_ns) == before


def test_other_content_under_the_same_name_is_copied_anew(shared_helper, tmp_path):
    path = tiny(tmp_path / "a.ts", container="mpegts")
    first = shared_helper.show_copy(str(path))
    make(path, list(reversed(numbered(18, SMALL))), fps=25, container="mpegts")
    second = shared_helper.show_copy(str(path))
    assert first.path != second.path
    assert numbers(Path(second.path)) == list(reversed(range(18)))


def test_stopped_it_leaves_nothing(own_helper, tmp_path):
    path = make(tmp_path / "a.ts", numbered(60, (640, 480)), container="mpegts")
    stop = threading.Event()
    with pytest.raises(MediaError) as caught:
        own_helper.show_copy(str(path), on_progress=lambda _share: stop.set(), stop=stop)
    assert caught.value.code is MediaCode.CANCELLED
    assert list((tmp_path / "cache" / "shown").iterdir()) == []


def test_a_clip_that_is_none_is_an_error_and_leaves_nothing(own_helper, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no clip" * 1000)
    with pytest.raises(MediaError):
        own_helper.needs_show_copy(str(path))
    with pytest.raises(MediaError):
        own_helper.show_copy(str(path))
    assert not list((tmp_path / "cache").glob("shown/*.mp4"))


def test_a_clip_too_long_to_be_sent_is_shown_as_it_is(shared_helper, tmp_path):
    path = make(tmp_path / "a.ts", numbered(64, SMALL), fps=2, container="mpegts")
    assert not shared_helper.needs_show_copy(str(path))
    assert shared_helper.needs_show_copy(str(path), start_s=1.0, end_s=9.0)


def test_the_room_of_copies_is_bounded_and_keeps_the_newest(tmp_path):
    cache = Cache(tmp_path)
    for age, name in enumerate(("new", "middle", "old")):
        entry = cache.entry("shown", f"{name}.mp4")
        cache.write(entry, bytes(100))
        os.utime(entry, (1_000_000 - age, 1_000_000 - age))
    other = cache.entry("fitted", "a.mp4")
    cache.write(other, bytes(1000))
    cache.trim_room("shown", 250)
    assert sorted(p.name for p in (tmp_path / "shown").iterdir()) == ["middle.mp4", "new.mp4"]
    assert other.exists()
    newest = cache.entry("shown", "new.mp4")
    cache.trim_room("shown", 0, keep=(newest,))
    assert list((tmp_path / "shown").iterdir()) == [newest]
