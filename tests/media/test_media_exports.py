"""What is taken along from the Stage: a part in three formats, and two videos beside each other."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import av
import pytest
from clip_makers import first_loud_s, make, number_of, numbered, numbers, packets
from PIL import Image, ImageSequence

from kling_desktop.media.errors import MediaError
from kling_desktop.media.side_by_side import BAR_PX


def _moving(path: Path) -> tuple[list[int], float]:
    """Numbers of the frames of a GIF or WebP, and its length in seconds."""
    found, length_ms = [], 0.0
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            gray = frame.convert("L")
            found.append(number_of(gray.getpixel((gray.width // 2, gray.height // 2))))
            length_ms += frame.info["duration"]
    return found, length_ms / 1000


def test_part_as_mp4_is_exact(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", sound="aac", beep_at_s=0.7)
    out = tmp_path / "out.mp4"
    shared_helper.export_clip(str(path), str(out), kind="mp4", start_s=0.3, end_s=1.2)
    assert numbers(out) == list(range(3, 12))
    assert first_loud_s(out) == pytest.approx(0.4, abs=0.005)


def test_part_on_key_frames_and_the_whole_are_copied_with_their_recipe(shared_helper, tmp_path):
    made = make(tmp_path / "made.mp4", gop=5, codec_options={"sc_threshold": "0"})
    path = tmp_path / "a.mp4"
    shared_helper.write_recipe(str(made), str(path), '{"prompt": "dance"}')
    for name, begin, end in (("part.mp4", 5, 15), ("whole.mp4", 0, 20)):
        out = tmp_path / name
        shared_helper.export_clip(
            str(path), str(out), kind="mp4", start_s=begin / 10, end_s=end / 10
        )
        assert packets(out) == packets(path)[begin:end]
        assert shared_helper.read_recipe(str(out)) == '{"prompt": "dance"}'


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_part_as_moving_picture_has_its_frames_and_its_length(shared_helper, tmp_path, kind):
    path = make(tmp_path / "a.mp4", numbered(20, (800, 600)))
    out = tmp_path / f"out.{kind}"
    shared_helper.export_clip(str(path), str(out), kind=kind, start_s=0.4, end_s=1.4)
    found, length_s = _moving(out)
    assert found == list(range(4, 14))
    assert length_s == pytest.approx(1.0, abs=0.02)
    with Image.open(out) as image:
        assert (image.format, image.info["loop"]) == (kind.upper(), 0)
        assert max(image.size) == {"gif": 480, "webp": 720}[kind]


UNEVEN_MS = [*range(0, 1000, 100), 1040, *range(1100, 2000, 100)]


def hide_first(path: Path, out: Path, hidden_s: float) -> Path:
    """Without a frame's packet less, its beginning hidden by an edit list: as phones trim."""
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None:
                continue
            shift = round(hidden_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = copied
            target.mux(packet)
    return out


SOURCES = {
    "mp4": lambda folder: make(folder / "a.mp4"),
    "b-frames": lambda folder: make(folder / "a.mp4", codec_options={"bf": "3", "g": "20"}),
    "late": lambda folder: make(folder / "a.mp4", stamps_ms=[1000 + 100 * n for n in range(20)]),
    "edit list": lambda folder: hide_first(
        make(folder / "whole.mp4", numbered(24)), folder / "a.mp4", 0.4
    ),
    "transport stream": lambda folder: make(folder / "a.ts", container="mpegts"),
    "avi": lambda folder: make(folder / "a.avi", codec="mpeg4"),
    "webm": lambda folder: make(folder / "a.webm", codec="libvpx-vp9"),
    "uneven": lambda folder: make(folder / "a.mkv", stamps_ms=UNEVEN_MS),
}
PARTS = {
    "whole": (None, None, range(20)),
    "from the beginning": (0.0, 0.5, range(5)),
    "to the end": (1.5, 2.0, range(15, 20)),
    "in the middle": (0.5, 1.0, range(5, 10)),
    "first frame": (0.0, 0.1, range(1)),
    "last frame": (1.9, 2.0, range(19, 20)),
}


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_part_of_every_clip_moves_as_the_clip_does(shared_helper, tmp_path, source, kind):
    path = SOURCES[source](tmp_path)
    whole = numbers(path)
    for name, (begin_s, end_s, wanted) in PARTS.items():
        out = tmp_path / f"{name}.{kind}"
        shared_helper.export_clip(str(path), str(out), kind=kind, start_s=begin_s, end_s=end_s)
        found, _length_s = _moving(out)
        assert (name, found) == (name, [whole[number] for number in wanted])


def test_side_by_side_shows_both_with_their_names(shared_helper, tmp_path):
    left = make(tmp_path / "a.mp4", numbered(10, (360, 360)), sound="aac", beep_at_s=0.5)
    right = make(tmp_path / "b.mkv", list(reversed(numbered(10, (300, 600)))))
    out = tmp_path / "out.mp4"
    shared_helper.export_side_by_side(
        str(left), str(right), str(out), names=("Reference", "Result 🕺 – take 3")
    )
    with av.open(str(out)) as container:
        pictures = [frame.to_image().convert("L") for frame in container.decode(video=0)]
    assert len(pictures) == 10
    assert pictures[0].size == (600 + 300, 600 + BAR_PX)
    for number, picture in enumerate(pictures):
        assert number_of(picture.getpixel((300, 300))) == number
        assert number_of(picture.getpixel((750, 300))) == 9 - number
    for begin in (0, 600):
        bar = pictures[0].crop((begin, 0, begin + 300, BAR_PX))
        assert bar.getextrema()[1] > 150  # there is something to read
    assert first_loud_s(out) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("offset", [3, -3])
def test_offset_lets_one_side_begin_later(shared_helper, tmp_path, offset):
    path = make(tmp_path / "a.mp4", numbered(10, (360, 360)), sound="aac", beep_at_s=0.5)
    out = tmp_path / "out.mp4"
    shared_helper.export_side_by_side(
        str(path), str(path), str(out), names=("", ""), offset_frames=offset
    )
    with av.open(str(out)) as container:
        pictures = [frame.to_image().convert("L") for frame in container.decode(video=0)]
    late = [0, 0, 0, *range(10)]
    early = [*range(10), 9, 9, 9]
    left = [number_of(picture.getpixel((180, 200))) for picture in pictures]
    right = [number_of(picture.getpixel((540, 200))) for picture in pictures]
    assert (left, right) == ((late, early) if offset > 0 else (early, late))
    assert first_loud_s(out) == pytest.approx(0.8 if offset > 0 else 0.5, abs=0.01)


def test_rates_that_differ_stay_together(shared_helper, tmp_path):
    left = make(tmp_path / "a.mp4", numbered(10, (360, 360)), fps=10)
    right = make(tmp_path / "b.mp4", numbered(20, (360, 360)), fps=20)
    out = tmp_path / "out.mp4"
    shared_helper.export_side_by_side(str(left), str(right), str(out), names=("a", "b"))
    with av.open(str(out)) as container:
        pictures = [frame.to_image().convert("L") for frame in container.decode(video=0)]
    assert [number_of(p.getpixel((540, 200))) for p in pictures] == list(range(20))
    assert [number_of(p.getpixel((180, 200))) for p in pictures] == [n // 2 for n in range(20)]


EXPORTS = {
    "mp4": lambda h, a, o, **k: h.export_clip(a, o, kind="mp4", start_s=0.1, end_s=None, **k),
    "gif": lambda h, a, o, **k: h.export_clip(a, o, kind="gif", **k),
    "webp": lambda h, a, o, **k: h.export_clip(a, o, kind="webp", **k),
    "pair": lambda h, a, o, **k: h.export_side_by_side(a, a, o, names=("a", "b"), **k),
}
each_export = pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)


@each_export
def test_other_files_are_never_written_over(shared_helper, code_of, tmp_path, export):
    path = make(tmp_path / "a.mp4")
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    assert code_of(export, shared_helper, str(path), str(taken)) == "exists"
    assert taken.read_bytes() == b"mine"
    nowhere = str(tmp_path / "no" / "out")
    assert code_of(export, shared_helper, str(path), nowhere) == "unwritable"


@each_export
def test_stop_leaves_nothing(own_helper, tmp_path, export):
    path = make(tmp_path / "a.mp4", numbered(34, (960, 720)) * 3)
    stop, out = threading.Event(), tmp_path / "out"
    with pytest.raises(MediaError) as caught:
        export(own_helper, str(path), str(out), on_progress=lambda _: stop.set(), stop=stop)
    assert caught.value.code == "cancelled"
    assert not out.exists()
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_unknown_kind_is_our_own_fault(shared_helper, tmp_path):
    with pytest.raises(ValueError, match="avi"):
        shared_helper.export_clip(str(tmp_path / "a.mp4"), str(tmp_path / "b"), kind="avi")


@each_export
def test_a_helper_that_is_killed_leaves_nothing(own_helper, code_of, tmp_path, export):
    path = make(tmp_path / "a.mp4", numbered(34, (960, 720)) * 3)
    out = tmp_path / "out"

    def kill(_share):
        os.kill(own_helper.long_pid, signal.SIGKILL)

    code = code_of(export, own_helper, str(path), str(out), on_progress=kill)
    assert code == "helper_crashed"
    assert not out.exists()
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def _still(path: Path) -> None:
    numbered(1)[0].save(path)


def _half(path: Path) -> None:
    frames = numbered(10)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _short(path: Path) -> None:
    frames = numbered(10)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)


@pytest.mark.parametrize("kind", ["gif", "webp"])
@pytest.mark.parametrize("spoil", [Path.touch, _still, _half, _short])
def test_what_is_empty_or_still_or_half_is_never_called_saved(
    own_helper, code_of, tmp_path, monkeypatch, kind, spoil
):
    """As an encoder or a disk may leave it, put in place of what was made."""
    path, out = make(tmp_path / "a.mp4", numbered(30)), tmp_path / f"out.{kind}"

    def place(made, target):
        Path(made).unlink()
        spoil(Path(target))

    monkeypatch.setattr("kling_desktop.media.helper.place", place)
    code = code_of(own_helper.export_clip, str(path), str(out), kind=kind)
    assert code in ("truncated", "empty")
    assert not out.exists()


def test_a_part_that_stands_still_is_saved_as_the_still_picture_it_is(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(1) * 20)
    for kind in ("gif", "webp", "mp4"):
        out = tmp_path / f"out.{kind}"
        shared_helper.export_clip(str(path), str(out), kind=kind)
        assert out.stat().st_size > 0
