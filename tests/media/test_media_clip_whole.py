"""Which picture of a clip, and whether all of it is there: tracks, covers, edges, damage, locks."""

from __future__ import annotations

import io
import os
from pathlib import Path

import av
import pytest
from clip_makers import make, numbered, numbers, with_entry_box
from media_makers import photograph
from PIL import Image

from kling_desktop.media import clip_fitting, worker
from kling_desktop.media.cache import Cache
from kling_desktop.media.errors import MediaError
from kling_desktop.media.fitted import ClipChange, ClipPlan
from kling_desktop.media.progress import Progress

C = ClipChange
AS_WISHED = ClipPlan()
FASTSTART = {"movflags": "faststart"}


def remuxed(target: Path, *sources: Path, default: int | None = None) -> Path:
    """The first tracks of several files, in one; ``default``: which one says that it is."""
    with av.open(str(target), "w") as out:
        inputs = [av.open(str(source)) for source in sources]
        streams = []
        for number, each in enumerate(inputs):
            stream = out.add_stream_from_template(each.streams[0], opaque=True)
            if default is not None:
                is_default = av.stream.Disposition.default if number == default else 0
                stream.disposition = av.stream.Disposition(is_default)
            streams.append(stream)
        for each, stream in zip(inputs, streams, strict=True):
            for packet in each.demux(each.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
            each.close()
    return target


def red(path: Path, size=(160, 90), count=20, **options) -> Path:
    return make(path, [Image.new("RGB", size, (200, 0, 0))] * count, **options)


def error_of(function, *args) -> MediaError:
    with pytest.raises(MediaError) as caught:
        function(*args)
    return caught.value


# --- which track ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_the_larger_default_picture_is_the_film(shared_helper, tmp_path, ending):
    small, film = red(tmp_path / "1.mp4"), make(tmp_path / "2.mp4")
    path = remuxed(tmp_path / f"a.{ending}", small, film, default=1)
    facts = shared_helper.probe_video(str(path))
    assert (facts.width_px, facts.height_px) == (360, 346)
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert C.ONE_TRACK in fitted.changes
    assert numbers(fitted.path) == list(range(20))
    with av.open(fitted.path) as container:
        assert len(container.streams) == 1


def test_a_track_that_has_no_decoder_is_passed_over(shared_helper, tmp_path):
    depth, film = make(tmp_path / "1.mp4", numbered(20, (480, 360))), make(tmp_path / "2.mp4")
    path = remuxed(tmp_path / "a.mp4", depth, film)
    data = path.read_bytes()
    at = data.index(b"avc1", data.index(b"stsd"))
    path.write_bytes(data[:at] + b"dish" + data[at + 4 :])
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert numbers(fitted.path) == list(range(20))


@pytest.mark.parametrize("ending", ["mov", "mkv"])
def test_a_cover_that_does_not_say_so_is_no_film(shared_helper, tmp_path, ending):
    cover = red(tmp_path / "1.mov", (800, 600), 1, codec="mjpeg", pix_fmt="yuvj420p")
    film = make(tmp_path / "2.mp4")
    path = remuxed(tmp_path / f"a.{ending}", cover, film)
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert numbers(fitted.path) == list(range(20))


# --- which part of the picture, and which way up -------------------------------------------------


def _element(name: bytes, content: bytes) -> bytes:
    return name + (1 << 56 | len(content)).to_bytes(8, "big") + content


def with_edges(data: bytes, top: int, bottom: int) -> bytes:
    """A Matroska file whose first track says that rows are not shown."""
    fields = b"\x54\xbb\x82" + top.to_bytes(2, "big") + b"\x54\xaa\x82" + bottom.to_bytes(2, "big")

    def grown(data: bytes, path: list[bytes]) -> bytes:
        if not path:
            return data + fields
        at = 0
        while at < len(data):
            name_bytes = 9 - data[at].bit_length()
            size_at = at + name_bytes
            size_bytes = 9 - data[size_at].bit_length()
            size = int.from_bytes(data[size_at : size_at + size_bytes], "big")
            size &= (1 << 7 * size_bytes) - 1
            begin = size_at + size_bytes
            if data[at:size_at] == path[0]:
                inner = grown(data[begin : begin + size], path[1:])
                return data[:at] + _element(path[0], inner) + data[begin + size :]
            at = begin + size
        raise AssertionError("not there")

    names = ["18538067", "1654ae6b", "ae", "e0"]  # Segment, Tracks, TrackEntry, Video
    return grown(data, [bytes.fromhex(name) for name in names])


def test_rows_that_matroska_hides_are_not_sent(shared_helper, tmp_path):
    picture = Image.new("RGB", (640, 480), (0, 90, 0))
    picture.paste((220, 0, 0), (0, 0, 640, 60))
    picture.paste((220, 0, 0), (0, 420, 640, 480))
    plain = make(tmp_path / "1.mkv", [picture] * 10)
    path = tmp_path / "a.mkv"
    path.write_bytes(with_edges(plain.read_bytes(), 60, 60))
    facts = shared_helper.probe_video(str(path))
    assert (facts.width_px, facts.height_px) == (640, 360)
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert C.EDGES_CUT in fitted.changes
    with av.open(fitted.path) as container:
        sent = next(container.decode(video=0)).to_image()
    shown = Image.open(shared_helper.frame(str(path), at_s=0.0, max_px=640)).convert("RGB")
    for seen in (sent, shown):
        assert seen.size == (640, 360)
        for y in (0, 2, 180, 357, 359):
            assert seen.getpixel((320, y))[0] < 60


def test_the_clean_aperture_of_an_mp4_is_what_is_sent(shared_helper, tmp_path):
    picture = Image.new("RGB", (640, 480), (220, 0, 0))
    picture.paste((0, 90, 0), (100, 60, 580, 420))  # its middle 20 px right of the picture's
    plain = make(tmp_path / "1.mp4", [picture] * 10)
    path = tmp_path / "a.mp4"
    numbers = (480, 1, 360, 1, 20, 1, 0, 1)
    clap = b"\0\0\0\x28clap" + b"".join(n.to_bytes(4, "big") for n in numbers)
    path.write_bytes(with_entry_box(plain.read_bytes(), clap))
    facts = shared_helper.probe_video(str(path))
    assert (facts.width_px, facts.height_px) == (480, 360)
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert C.EDGES_CUT in fitted.changes
    with av.open(fitted.path) as container:
        sent = next(container.decode(video=0)).to_image()
    shown = Image.open(shared_helper.frame(str(path), at_s=0.0, max_px=640)).convert("RGB")
    for seen in (sent, shown):
        assert seen.size == (480, 360)
        for place in ((3, 180), (476, 180), (240, 3), (240, 356)):
            assert seen.getpixel(place)[0] < 60


def test_a_turn_that_a_tag_alone_tells_is_made(shared_helper, tmp_path):
    def tagged(stream) -> None:
        stream.metadata["rotate"] = "90"

    picture = Image.new("RGB", (480, 360), (0, 0, 0))
    picture.paste((255, 255, 255), (0, 0, 480, 120))  # the upper edge; turned, the right one
    path = make(tmp_path / "a.mkv", [picture] * 5, shape=tagged)
    facts = shared_helper.probe_video(str(path))
    assert (facts.rotation_deg, facts.width_px, facts.height_px) == (90, 360, 480)
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert C.TURNED in fitted.changes
    with av.open(fitted.path) as container:
        sent = next(container.decode(video=0)).to_image().convert("L")
    assert sent.size == (360, 480)
    assert sent.getpixel((340, 240)) > 200 > 60 > sent.getpixel((20, 240))


# --- what PyAV cannot name -----------------------------------------------------------------------


def test_side_data_that_nobody_can_name_makes_no_clip_unreadable(shared_helper, tmp_path):
    """Motion JPEG as cameras write it: an EXIF block in every frame."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0Abc\0\0\0\0\0"
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 360, 346, "yuvj420p"
        for number, picture in enumerate(numbered(20)):
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=95)
            jpeg = file.getvalue()
            block = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
            packet = av.Packet(jpeg[:2] + block + jpeg[2:])
            packet.pts = packet.dts = number
            packet.time_base, packet.stream = 1 / stream.average_rate, stream
            packet.is_keyframe = True
            out.mux(packet)
    facts = shared_helper.probe_video(str(path))
    assert (facts.codec, facts.frame_count, facts.width_px) == ("mjpeg", 20, 360)
    assert numbers(shared_helper.fit_clip(str(path), AS_WISHED).path) == list(range(20))


def test_every_exception_is_told_with_its_reason():
    def failing(_message, _progress):
        raise ValueError("31 is not a valid\nType")

    message = {"op": "odd", "path": "a.mov"}
    told = worker._answer({"odd": failing}, message, Progress(lambda _: None))
    assert told["error"]["code"] == "odd"
    assert told["error"]["detail"] == "ValueError: 31 is not a valid Type"


@pytest.mark.parametrize("error", [ValueError("odd"), av.error.InvalidDataError(1, "odd")])
def test_a_copy_that_fails_is_tried_as_an_encoding(tmp_path, monkeypatch, error):
    def failing(*_args, **_options):
        raise error

    monkeypatch.setattr(clip_fitting, "copy_clip", failing)
    path = make(tmp_path / "a.mkv")
    cache = Cache(tmp_path / "cache")
    fitted = clip_fitting.fit_clip(str(path), AS_WISHED, cache, Progress(lambda _: None))
    assert fitted.reencoded
    assert numbers(fitted.path) == list(range(20))


# --- whole or not --------------------------------------------------------------------------------


def test_a_protected_clip_is_told_as_that(shared_helper, tmp_path):
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    path = make(tmp_path / "a.mp4", options=options)
    for look in (shared_helper.probe_video, lambda p: shared_helper.fit_clip(p, AS_WISHED)):
        assert error_of(look, str(path)).code == "protected"


def test_a_download_whose_tail_is_still_zeros_is_damaged_from_there_on(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(34), gop=10, options=FASTSTART)
    data = path.read_bytes()
    with av.open(str(path)) as container:
        places = [(p.pos, p.pts * p.time_base) for p in container.demux() if p.size]
    at, at_s = next((pos, float(s)) for pos, s in sorted(places) if s >= 2)
    path.write_bytes(data[:at] + bytes(len(data) - at))
    facts = shared_helper.probe_video(str(path))  # its head is whole
    assert facts.duration_s == pytest.approx(3.4)
    for look in (shared_helper.plan_clip, shared_helper.fit_clip):
        error = error_of(look, str(path), AS_WISHED)
        assert error.code == "damaged"
        assert error.at_s == pytest.approx(at_s, abs=0.001)
        assert error.whole_s == pytest.approx((0.0, error.at_s))
    whole = ClipPlan(end_s=1.9)
    assert numbers(shared_helper.fit_clip(str(path), whole).path) == list(range(19))


def test_a_hole_in_the_middle_is_found_up_to_the_next_key(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(30), gop=10, options=FASTSTART)
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        sizes = [(p.pos, p.size, float(p.pts * p.time_base)) for p in container.demux() if p.size]
    pos, size, at_s = next(each for each in sizes if each[2] == pytest.approx(1.0))
    data[pos : pos + size] = bytes(size)
    path.write_bytes(data)
    error = error_of(shared_helper.plan_clip, str(path), AS_WISHED)
    assert error.at_s == pytest.approx(at_s, abs=0.001)
    assert error.whole_s in ((0.0, pytest.approx(1.0)), (pytest.approx(2.0), pytest.approx(3.0)))
    behind = shared_helper.fit_clip(str(path), ClipPlan(start_s=2.0))
    assert numbers(behind.path) == list(range(20, 30))


def test_a_recording_that_ends_within_a_frame_is_sent_whole(shared_helper, tmp_path):
    """What is sent can be decoded without a fault, to its last frame."""
    whole = make(
        tmp_path / "1.ts", [photograph(480, 360)] * 10, codec_options={"qp": "10", "bf": "0"}, gop=5
    ).read_bytes()
    path = tmp_path / "a.ts"
    path.write_bytes(whole[: len(whole) * 62 // 100 // 188 * 188 + 70])
    with av.open(str(path)) as container:
        assert any(frame.is_corrupt for frame in container.decode(video=0))
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    with av.open(fitted.path) as container:
        assert not any(frame.is_corrupt for frame in container.decode(video=0))


def test_what_was_decoded_for_the_look_is_not_decoded_again(own_helper, tmp_path):
    path = make(tmp_path / "a.mp4")
    own_helper.plan_clip(str(path), AS_WISHED)
    (kept,) = (tmp_path / "cache").rglob("*.survey")
    os.utime(kept, (1, 1))
    own_helper.examine_clip(str(path))
    own_helper.fit_clip(str(path), AS_WISHED)
    assert list((tmp_path / "cache").rglob("*.survey")) == [kept]
    assert kept.stat().st_mtime > 1  # used, and not made anew beside it
