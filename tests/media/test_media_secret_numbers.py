"""Texts of every alphabet where a format has numbers, and bytes where it has none at all."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from clip_makers import make, numbered, packets
from media_makers import photograph
from PIL import ImageCms
from secret_makers import _escaped, _sei, box, in_front, rewritten

from kling_desktop.media.bare_profile import NotWhole, bare_profile
from kling_desktop.media.fitted import ClipPlan
from kling_desktop.media.harmless import prove
from kling_desktop.media.nal_units import BadStream, StreamCleaner
from kling_desktop.media.sound_packets import SoundPackets
from kling_desktop.media.strip_picture import without_personal

TEXTS = {
    "ascii": "Secret Pilot 11.1111",
    "json": '{"lat":48.85,"lon":2.29,"by":"Ann"}',
    "degrees": "48°51'24\"N 2°17'40\"E",
    "japanese": "山田太郎 東京都新宿区西新宿",
    "cyrillic": "Анна Кузнецова, Москва",
}
BYTES = [text.encode() for text in TEXTS.values()]
SUFFIXES = (b"", b"\x01", b"\x80", b"\xff")
texts = pytest.mark.parametrize("text", BYTES, ids=TEXTS)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    made = {}
    for codec in ("h264", "hevc"):
        path, encoder = folder / f"{codec}.mp4", {"h264": "libx264", "hevc": "libx265"}[codec]
        quiet = {"x265-params": "log-level=error"} if codec == "hevc" else {}
        make(
            path, numbered(12), codec=encoder, gop=3, sound="aac", codec_options=quiet | {"bf": "0"}
        )
        made[codec] = path
    return made


def _proven_file(path: Path, data: bytes) -> int | None:
    path.write_bytes(data)
    with path.open("rb") as file:
        return prove(file).pictures


def _with_box(data: bytes, parent: bytes, made: bytes) -> bytes:
    return rewritten(data, lambda name, inner: box(name, inner + (made if name == parent else b"")))


# --- clips ---------------------------------------------------------------------------------------


@texts
def test_a_box_of_numbers_with_a_text_is_not_proven(clips, tmp_path, text):
    data, count = clips["h264"].read_bytes(), -(-len(text) // 8)
    entries = text.ljust(8 * count, b"\0")
    made = {
        b"stbl": [
            box(b"sbgp", bytes(4) + b"roll" + struct.pack(">I", count) + entries),
            box(b"cslg", bytes(4) + text[:20].ljust(20, b"\0")),
        ],
        b"avc1": [box(b"mdcv", text[:24].ljust(24)), box(b"clap", text[:32].ljust(32, b"\0"))],
        b"trak": [box(b"load", text[:16])],
    }
    path = tmp_path / "a.mp4"
    assert _proven_file(path, data) == 12
    for parent, boxes in made.items():
        for one in boxes:
            assert _proven_file(path, _with_box(data, parent, one)) is None, one

    def longer_edits(name: bytes, inner: bytes) -> bytes:
        if name == b"elst":
            more = -(-len(text) // 12)
            inner = bytes(4) + struct.pack(">I", 1 + more) + inner[8:] + text.ljust(12 * more)
        return box(name, inner)

    assert _proven_file(path, rewritten(data, longer_edits)) is None


def test_sound_that_an_edit_list_hides_is_not_sent(shared_helper, clips, tmp_path):
    """Of 1.2 s of sound 0.3 s is heard, from 0.5 s on."""
    ticks, number = 48_000, [0]

    def cut(name: bytes, inner: bytes) -> bytes:
        if name == b"elst":
            number[0] += 1
            if number[0] == 2:
                inner = bytes(4) + struct.pack(">IIiI", 1, 300, ticks // 2, 0x10000)
        return box(name, inner)

    path = tmp_path / "a.mp4"
    path.write_bytes(rewritten(clips["h264"].read_bytes(), cut))
    with av.open(str(path)) as container:
        assert container.streams.audio[0].time_base.denominator == ticks
        assert container.streams.audio[0].frames == 58
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    assert not fitted.reencoded
    assert packets(fitted.path) == packets(path)
    with av.open(fitted.path) as container:
        assert container.streams.audio[0].frames <= 0.3 * ticks / 1024 + 2
    with open(fitted.path, "rb") as file:
        assert prove(file).pictures == 12


def _head(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata)


@texts
def test_units_of_numbers_with_a_text_are_left_out(clips, text):
    for codec, kinds in (("h264", (0, 1, 45, 137)), ("hevc", (0, 1, 136, 137))):
        cleaner = StreamCleaner(codec, _head(clips[codec]))
        picture = packets(clips[codec])[4]
        head = b"\x06" if codec == "h264" else b"\x4e\x01"
        odd = [_escaped(head + _sei(kind, text) + b"\x80") for kind in kinds]
        odd += [b"\x6d" + text] if codec == "h264" else []
        assert cleaner.cleaned(in_front(odd) + picture) == picture


@texts
def test_parts_of_pictures_and_what_is_behind_them_are_not_known(clips, text):
    for codec in ("h264", "hevc"):
        cleaner = StreamCleaner(codec, _head(clips[codec]))
        picture = packets(clips[codec])[4]
        odd = [in_front([picture[4:] + text + suffix]) for suffix in SUFFIXES]
        if codec == "h264":
            odd += [in_front([bytes((n,)) + text + b"\xff\xfe\x80"]) + picture for n in (2, 3, 4)]
        assert cleaner.cleaned(picture) == picture
        for packet in odd:
            with pytest.raises(BadStream):
                cleaner.cleaned(packet)


@texts
def test_what_is_behind_the_last_parameter_is_left_out(clips, text):
    sets = _head(clips["h264"])
    length = int.from_bytes(sets[6:8], "big")
    units = [sets[8 : 8 + length], sets[11 + length : 11 + length + sets[10 + length]]]
    cleaner, picture = StreamCleaner("h264", sets), packets(clips["h264"])[3]
    spoiled = in_front([unit + text for unit in units])
    assert cleaner.cleaned(spoiled + picture) == in_front(units) + picture
    with pytest.raises(BadStream):
        cleaner.cleaned(in_front([b"\x67\x42\xc0\x1e\xff" + text]) + picture)


@pytest.mark.parametrize("suffix", SUFFIXES)
@texts
def test_text_behind_a_packet_of_sound_is_found(clips, text, suffix):
    with av.open(str(clips["h264"])) as container:
        head = container.streams.audio[0].codec_context.extradata
    sounds = packets(clips["h264"], "audio")
    plain = SoundPackets("aac", head)
    assert [plain.plain(packet) for packet in sounds] == sounds
    with pytest.raises(BadStream):
        SoundPackets("aac", head).plain(sounds[9] + text + suffix)


@pytest.fixture(scope="module")
def mp3() -> list[bytes]:
    data = io.BytesIO()
    with av.open(data, "w", format="mp3", options={"write_xing": "0"}) as out:
        stream = out.add_stream("libmp3lame", rate=44_100, layout="stereo")
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1152)
        frame.sample_rate = 44_100
        for number in range(8):
            for plane in frame.planes:
                wave = [((n * (3 + number)) % 97) / 200 for n in range(1152)]
                plane.update(struct.pack("1152f", *wave))
            frame.pts = number * 1152
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open(io.BytesIO(data.getvalue())) as made:
        return [bytes(packet) for packet in made.demux() if packet.size]


def test_frames_of_mp3_are_sent_and_nothing_between_them(mp3):
    plain = SoundPackets("mp3", None)
    assert [plain.plain(packet) for packet in mp3] == mp3
    plain.finish()
    text = BYTES[0]
    note = b"ID3\x04\0\0\0\0\0\x1eTIT2\0\0\0\x15\0\0\x03" + text
    for odd in (note + mp3[2], mp3[2] + text, mp3[2] + b"TAG" + text.ljust(125, b"\0")):
        with pytest.raises(BadStream):
            SoundPackets("mp3", None).plain(odd)
    inside = mp3[2][:60] + text + mp3[2][60 + len(text) :]
    with pytest.raises(BadStream):
        SoundPackets("mp3", None).plain(inside)


# --- pictures ------------------------------------------------------------------------------------


def _jpeg(**options: object) -> bytes:
    data = io.BytesIO()
    photograph(150, 110).save(data, "JPEG", quality=90, **options)
    return data.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_each_usual_jpeg_is_read_to_its_last_bit(progressive, subsampling):
    for more in ({}, {"optimize": True}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 7}):
        data = _jpeg(progressive=progressive, subsampling=subsampling, **more)
        assert without_personal(data, "jpeg") == data


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


@texts
def test_bytes_of_no_pixel_in_a_jpeg_are_found(text):
    plain, restarting, steps = _jpeg(), _jpeg(restart_marker_rows=2), _jpeg(progressive=True)
    counts = bytes((0,) * 7 + (len(text),) + (0,) * 8)
    spoiled = [plain[:-2] + text + suffix + plain[-2:] for suffix in (*SUFFIXES, b"\x80\x01")]
    behind_scan = steps.index(b"\xff\xc4", steps.index(b"\xff\xda"))
    spoiled += [steps[:behind_scan] + text + b"\x01" + steps[behind_scan:]]
    at = restarting.index(b"\xff\xd0")
    spoiled += [restarting[:at] + text + restarting[at:]]
    tables = [_segment(0xC4, bytes((number,)) + counts + text) for number in (0x13, 0x10)]
    spoiled += [plain[:2] + table + plain[2:] for table in tables]
    for data in spoiled:
        with pytest.raises(NotWhole):
            without_personal(data, "jpeg")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


@texts
def test_numbers_of_a_png_are_none_of_a_text(text):
    data = io.BytesIO()
    photograph(64, 64).save(data, "PNG")
    plain = data.getvalue()
    sizes = {b"cHRM": 32, b"mDCV": 24, b"pHYs": 9, b"sBIT": 3, b"tRNS": 6, b"bKGD": 6, b"cLLI": 8}
    for name, size in sizes.items():
        made = _chunk(name, text[:size].ljust(size, b"\0"))
        assert without_personal(plain[:33] + made * 2 + plain[33:], "png") == plain
    known = _chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)) + _chunk(b"sBIT", b"\x08\x08\x08")
    whole = plain[:33] + known + plain[33:]
    assert without_personal(whole, "png") == whole


def _spoil_tag(name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        if profile[at : at + 4] == name:
            begin, size = struct.unpack_from(">II", profile, at + 4)
            value = change(bytes(profile[begin : begin + size]))
            struct.pack_into(">II", profile, at + 4, len(profile), len(value))
            profile += value + bytes(-len(value) % 4)
    struct.pack_into(">I", profile, 0, len(profile))
    return bytes(profile)


@texts
def test_numbers_of_a_profile_are_none_of_a_text(text):
    even = text + bytes(len(text) % 2)
    curve = b"curv" + bytes(4) + struct.pack(">I", len(even) // 2) + even
    odd = [_spoil_tag(name, lambda _: curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    odd += [_spoil_tag(b"wtpt", lambda value: value[:8] + text[:12])]
    for profile in odd:
        with pytest.raises(NotWhole):
            bare_profile(profile)
    plain = _spoil_tag(b"none", bytes)
    spoiled = plain[:84] + text[:16] + plain[100:]
    assert text[:16] not in bare_profile(spoiled)


def test_a_packet_of_sound_is_one(clips):
    sounds = packets(clips["h264"], "audio")
    with av.open(str(clips["h264"])) as container:
        head = container.streams.audio[0].codec_context.extradata
    with pytest.raises(BadStream):
        SoundPackets("aac", head).plain(sounds[8] + sounds[9])
