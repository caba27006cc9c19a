"""Writes a secret into every place of a file that can hold one, and looks for it in others."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from PIL import ImageCms

SECRET = "Secret Pilot 11.1111"
TEXT = SECRET.encode("ascii")
# As it stands in texts of all kinds; the last needs emulation prevention in a stream.
_FORMS = tuple(SECRET.encode(code) for code in ("ascii", "utf-16-le", "utf-16-be", "utf-32-be"))
_PARENTS = frozenset(
    b"moov trak mdia minf stbl dinf edts udta tapt ilst wave \xa9too stsd avc1 hvc1 hev1 mp4a"
    b" meta".split()
)


def finds(data: bytes) -> bool:
    """Whether the secret is in it, plain, within a stream's units, or packed."""
    plain = data.replace(b"\0\0\3", b"\0\0")
    packed = [_unpacked(data[m.start() :]) for m in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)]
    return any(form in held for form in _FORMS for held in (data, plain, *packed))


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 1 << 20)
    except zlib.error:
        return b""


# --- boxes ---------------------------------------------------------------------------------------


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def spoiled(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(what was done, the file) with the secret at one place after the other; the index is last."""
    yield from _spoiled(data, "")


def _spoiled(content: bytes, path: str) -> Iterator[tuple[str, bytes]]:
    for name in (b"Secr", b"uuid", b"free", b"skip", b"udta", b"meta", b"emsg"):
        yield f"{path} + {name!r}", content + box(name, TEXT)
    at = 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        before, inner, after = content[:at], content[at + 8 : at + size], content[at + size :]
        at += size
        here = f"{path}/{name.decode('latin-1')}"
        yield f"{here} longer", before + box(name, inner + TEXT) + after
        if len(inner) >= len(TEXT) and name != b"mdat":
            yield f"{here} written over", before + box(name, inner[: -len(TEXT)] + TEXT) + after
        if name in _PARENTS:
            head = _head_bytes(name, inner)
            for what, made in _spoiled(inner[head:], here):
                yield what, before + box(name, inner[:head] + made) + after


def _head_bytes(name: bytes, inner: bytes) -> int:
    """How much stands before the first box within."""
    if name == b"mp4a" and len(inner) > 28:
        return 44 if inner[8:10] == b"\0\1" else 28
    return {b"stsd": 8, b"meta": 4, b"avc1": 78, b"hvc1": 78, b"hev1": 78}.get(name, 0)


def rewritten(content: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """Each box, the innermost first, as ``change(name, content)`` makes it, its header included."""
    made, at = b"", 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        inner = content[at + 8 : at + size]
        at += size
        if name in _PARENTS:
            head = _head_bytes(name, inner)
            inner = inner[:head] + rewritten(inner[head:], change)
        made += change(name, inner)
    return made


PHONES_TIMES = b"\xe2\x41\x42\x43" * 2


def as_phones_write(data: bytes) -> bytes:
    """FFmpeg's MOV with the names, boxes and times of a phone's muxer, which is no secret."""
    tapt = box(b"tapt", b"".join(box(n, bytes(12)) for n in (b"clef", b"prof", b"enof")))

    def change(name: bytes, inner: bytes) -> bytes:
        kind = inner[8:12]
        named = {b"vide": b"Video", b"soun": b"Audio", b"url ": b"Data Handler"}
        if name == b"hdlr" and kind in named:
            said = b"Core Media " + named[kind]
            inner = inner[:12] + b"appl" + bytes(8) + bytes((len(said),)) + said
        elif name == b"dref":
            inner = inner.replace(b"url ", b"alis")
        elif name == b"avc1":
            inner = inner[:42] + b"\x05H.264".ljust(32, b"\0") + inner[74:]
            inner = inner.replace(b"FFMP", b"appl")
        elif name in (b"mvhd", b"tkhd", b"mdhd"):
            inner = inner[:4] + PHONES_TIMES + inner[12:]
        elif name == b"trak":
            inner = tapt + inner
        elif name == b"udta":
            return b""
        return box(name, inner)

    return rewritten(data, change)


# --- streams -------------------------------------------------------------------------------------


def units_with_secrets(codec: str) -> list[bytes]:
    """What a stream can hold beside pictures: messages of every kind, units that nobody names."""
    heads = [b"\x06"] if codec == "h264" else [b"\x4e\x01", b"\x50\x01"]
    payloads = [(kind, TEXT) for kind in (0, 1, 2, 4, 5, 6, 19, 45, 47, 137, 144, 200, 300)]
    payloads += [(5, bytes(range(16)) + form) for form in _FORMS]
    payloads += [(5, _X264 + b"x264 - core 164 - " + TEXT), (5, _X264 + _x264_note(TEXT))]
    payloads += [(4, b"\xb5\0\x31GA94" + TEXT)]
    found = [head + _message(*payload) for head in heads for payload in payloads]
    odd = (0, 12, 14, 19, 20, 24, 31) if codec == "h264" else (10, 22, 31, 38, 41, 48, 62, 63)
    for kind in odd:
        found.append((bytes((kind,)) if codec == "h264" else bytes((kind << 1, 1))) + TEXT)
    return found


def mixed_units(codec: str) -> tuple[list[bytes], list[bytes]]:
    """Messages that say where decoding may begin, beside the secret; and what has to stay."""
    head, where = {
        "h264": (b"\x06", _sei(6, b"\xc4")),
        "hevc": (b"\x4e\x01", _sei(6, b"\xd0")),
    }[codec]
    given = [where + _sei(5, bytes(16) + TEXT) + b"\x80", where + b"\x80" + TEXT + b"\x80"]
    return [_escaped(head + one) for one in given], [_escaped(head + where + b"\x80")] * 2


_X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")


def _x264_note(word: bytes) -> bytes:
    note = b"x264 - core 164 - H.264/MPEG-4 AVC codec - Copyleft 2003-2023 - "
    return note + b"http://www.videolan.org/x264.html - options: cabac=1 " + word + b"\0"


def _sei(kind: int, payload: bytes) -> bytes:
    coded = b"".join(b"\xff" * (n // 255) + bytes((n % 255,)) for n in (kind, len(payload)))
    return coded + payload


def _message(kind: int, payload: bytes) -> bytes:
    return _escaped(_sei(kind, payload) + b"\x80")


def _escaped(data: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", data)


def with_units(
    source: Path,
    target: Path,
    units: list[bytes],
    *,
    notes: list[Callable[[bytes], bytes]] | None = None,
    tails: tuple[str, ...] = (),
    around: bool = True,
) -> Path:
    """A copy with these units in front of every picture, and these notes in front of the sound.

    ``tails``: kinds of tracks whose packets have the secret behind their last bit.

    ``around``: tags, names of tracks, a track of text and what is attached tell the secret, too.
    """
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        streams = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        text = _tell(new, streams, target.suffix) if around else None
        number = 0
        for packet in old.demux():
            if not packet.size:
                continue
            made = packet
            if packet.stream.type == "video":
                made = _with_data(packet, in_front(units) + bytes(packet))
            elif notes:
                made = _with_data(packet, notes[number % len(notes)](bytes(packet)))
                number += 1
            if packet.stream.type in tails:
                made = _with_data(packet, _with_tail(bytes(made), packet.stream.type))
            made.stream = streams[packet.stream_index]
            new.mux(made)
        if text is not None:
            new.mux(text)
    return target


def _tell(
    new: av.container.OutputContainer, streams: dict[int, av.stream.Stream], ending: str
) -> Packet | None:
    for name in ("title", "artist", "comment", "description", "copyright"):
        new.metadata[name] = SECRET
    for stream in streams.values():
        stream.metadata.update({"handler_name": SECRET, "title": SECRET})
    if ending != ".flv":
        chapter = {"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000)}
        new.set_chapters([{**chapter, "metadata": {"title": SECRET}}])
    if ending == ".mkv":
        new.add_attachment("notes.txt", "text/plain", TEXT)
    codec = {".mkv": "subrip", ".mp4": "mov_text", ".mov": "mov_text"}.get(ending)
    if codec is None:
        return None
    text = Packet(TEXT if ending == ".mkv" else struct.pack(">H", len(TEXT)) + TEXT)
    text.time_base = Fraction(1, 1000)
    text.stream = new.add_mux_stream(codec, time_base=text.time_base)
    text.pts = text.dts = 0
    text.duration = 500
    return text


def noted_sound() -> list[Callable[[bytes], bytes]]:
    """Each puts the secret into an AAC packet, as an element that is no sound."""
    note = bytes((0b100_0000_1, len(TEXT))) + TEXT

    def filled(packet: bytes) -> bytes:
        """15 bits that say how much fills it, one of that, the secret at a byte, seven bits."""
        head = (0b110_1111 << 8 | len(TEXT) + 1 - 14) << 1
        whole = int.from_bytes(head.to_bytes(2, "big") + TEXT, "big") << 7
        bits = whole << 8 * len(packet) | int.from_bytes(packet, "big")
        return (bits << 1).to_bytes(2 + len(TEXT) + 1 + len(packet), "big")

    return [lambda packet: note + packet, lambda packet: note + note + packet, filled]


def _with_tail(packet: bytes, kind: str) -> bytes:
    """Of a picture its last unit is longer; here each has one unit, or one behind the encoder's."""
    if kind == "audio":
        return packet + TEXT
    begin = at = 0
    while at < len(packet):
        begin, at = at, at + 4 + int.from_bytes(packet[at : at + 4], "big")
    return packet[:begin] + in_front([packet[begin + 4 :] + TEXT])


def _with_data(packet: Packet, data: bytes) -> Packet:
    made = Packet(data)
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.time_base, made.is_keyframe = packet.time_base, packet.is_keyframe
    made.stream = packet.stream
    return made


def in_front(units: list[bytes]) -> bytes:
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


# --- pictures ------------------------------------------------------------------------------------


def profile_with_secret() -> bytes:
    """sRGB as everyone has it, and a device's name in it."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = plain.index(SECRET_FREE.encode("utf-16-be"))
    wide = SECRET[: len(SECRET_FREE)].encode("utf-16-be")
    return plain[:at] + wide + plain[at + len(wide) :]


SECRET_FREE = "No copyright, use freely"[: len(SECRET)]


def jpeg_spoilers() -> dict[str, Callable[[bytes], bytes]]:
    """Each puts the secret at one place of a JPEG."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    def first(marker: int, content: bytes) -> Callable[[bytes], bytes]:
        return lambda data: data[:2] + segment(marker, content) + data[2:]

    heads = (
        b"",
        b"JFXX\0\x13",
        b"MPF\0",
        b"Exif\0\0",
        b"Adobe",
        b"ICC_PROFILE\0\x01\x01",
        b"JFIF\0",
    )
    found = {f"{m:02x} {h!r}": first(m, h + TEXT) for m in range(0xE0, 0xF0) for h in heads}
    found |= {f"{m:02x}": first(m, TEXT) for m in (0xFE, 0xF0, 0xFD, 0xDD, 0xDB, 0xC4)}
    found["profile"] = first(0xE2, b"ICC_PROFILE\0\x01\x01" + profile_with_secret())
    found["a table that nothing uses"] = first(0xDB, b"\x03" + (TEXT * 4)[:64])
    found["behind the pixels"] = lambda data: data[:-2] + TEXT + data[-2:]
    found["behind the end"] = lambda data: data + TEXT
    found["a second picture"] = lambda data: data + data[:2] + segment(0xFE, TEXT) + data[2:]
    return found


def png_spoilers() -> dict[str, Callable[[bytes], bytes]]:
    """Each puts the secret at one place of a PNG."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content
            + struct.pack(">I", zlib.crc32(name + content))
        )  # fmt: skip

    def behind_head(name: bytes, content: bytes) -> Callable[[bytes], bytes]:
        return lambda data: data[:33] + chunk(name, content) + data[33:]

    def in_pixels(data: bytes) -> bytes:
        at = data.index(b"IEND") - 4
        return data[:at] + chunk(b"IDAT", TEXT) + data[at:]

    names = b"tEXt iTXt eXIf tIME sPLT prVt gAMA cHRM pHYs bKGD tRNS mDCV cICP oFFs dSIG hIST"
    found = {str(name): behind_head(name, TEXT) for name in names.split()}
    found["zTXt"] = behind_head(b"zTXt", b"Author\0\0" + zlib.compress(TEXT))
    found["PLTE"] = behind_head(b"PLTE", TEXT + b"!")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found["profile"] = behind_head(b"iCCP", b"icc\0\0" + zlib.compress(profile_with_secret()))
    found["its name"] = behind_head(b"iCCP", TEXT + b"\0\0" + zlib.compress(profile))
    found["behind it"] = behind_head(b"iCCP", b"icc\0\0" + zlib.compress(profile) + TEXT)
    found["behind the pixels"] = in_pixels
    found["behind the end"] = lambda data: data + TEXT
    return found


def riff_with_secrets(data: bytes) -> bytes:
    """A WebP or AVI with chunks that nobody names."""
    added = b"".join(
        struct.pack("<4sI", name, len(TEXT)) + TEXT for name in (b"JUNK", b"Secr", b"IDIT")
    )
    return data[:4] + struct.pack("<I", len(data) - 8 + len(added)) + data[8:] + added
