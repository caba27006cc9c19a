"""Which numbers the boxes of an MP4 or MOV may hold (ISO 14496-12, QuickTime).

Each has its length, and each of its fields the range that the format, or any film, can fill:
a text of any alphabet written over them does not fit. Pure Python.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Holds = Callable[[bytes], bool]
Range = tuple[int, int]

LONGEST_S = 86_400
_NOTHING: Range = (0, 0)
_FRACTION = 16  # of fixed point numbers
_WIDEST = 16_384 << _FRACTION
_ONE, _MINUS_ONE, _WHOLE = 0x10000, 0xFFFF0000, 0x40000000  # 16.16 and 2.30
_TICKS = (1, 10_000_000)  # a second's
_MOST_TRACKS = 0xFFFF
_BRIEF = 0x1FFFFFFF  # bit rates: 500 million, and no letter in front
_MOST_CHANNELS = 32
_MOST_PACKET_BYTES = 0xFFFF


def fields(form: str, *ranges: Range) -> Holds:
    """Numbers in a row, each in its range."""
    layout = struct.Struct(form)

    def holds(content: bytes) -> bool:
        if len(content) != layout.size:
            return False
        found = layout.unpack(content)
        return all(low <= n <= high for n, (low, high) in zip(found, ranges, strict=True))

    return holds


def table(entry_bytes: int, *, versions: int = 1) -> Holds:
    """A count, and as many entries."""

    def holds(content: bytes) -> bool:
        if len(content) < 8 or content[0] >= versions or content[1:4] != bytes(3):
            return False
        return len(content) == 8 + int.from_bytes(content[4:8], "big") * entry_bytes

    return holds


def sizes(content: bytes) -> bool:
    if len(content) < 12 or content[:4] != bytes(4):
        return False
    same, count = struct.unpack_from(">II", content, 4)
    return len(content) == 12 + (0 if same else 4 * count)


def edits(content: bytes) -> bool:
    """At their usual speed; what they show is held against the track's samples."""
    version = content[:1] == b"\1"
    if not table(20 if version else 12, versions=2)(content):
        return False
    rates = struct.iter_unpack(">16xI" if version else ">8xI", content[8:])
    return all(rate == _ONE for (rate,) in rates)


def dependencies(content: bytes) -> bool:
    """Each two bits are 0, 1 or 2; only the leading ones may be 3."""
    return all((byte & 0x30) != 0x30 and (byte & 0xC) != 0xC and byte & 3 != 3 for byte in content)


_GROUPS = {b"roll": ">h", b"prol": ">h", b"rap ": ">B", b"sync": ">B"}
_MOST_GROUPS = 16
_FARTHEST = 128  # samples, from where decoding has to begin


def groups(content: bytes) -> bool:
    """How far back decoding has to begin, or where it may."""
    form = _GROUPS.get(content[4:8])
    if form is None or content[:4] != b"\1\0\0\0" or len(content) < 16:
        return False
    length, count = struct.unpack_from(">II", content, 8)
    size = struct.calcsize(form)
    if length != size or count > _MOST_GROUPS or len(content) != 16 + count * size:
        return False
    return all(abs(n) <= _FARTHEST for (n,) in struct.iter_unpack(form, content[16:]))


def grouping(content: bytes) -> bool:
    """Which samples are of which group; their count is held against the track's."""
    if content[:4] != bytes(4) or content[4:8] not in _GROUPS:
        return False
    if not table(8)(content[:4] + content[8:]):
        return False
    return all(n and i <= _MOST_GROUPS for n, i in struct.iter_unpack(">II", content[12:]))


def matrix(content: bytes) -> bool:
    """A turn by quarters, a mirror image, a shift by whole pixels."""
    a, b, u, c, d, v, x, y, w = struct.unpack(">9I", content)
    turns = {a, b, c, d} <= {0, _ONE, _MINUS_ONE}
    shifts = all(shift & 0xFFFF == 0 for shift in (x, y))
    return turns and u == v == 0 and w == _WHOLE and shifts


def movie_head(content: bytes) -> bool:
    long = content[:1] == b"\1"
    at = 32 if long else 20  # behind the times and the length
    if len(content) != at + 80 or content[1:4] != bytes(3):
        return False
    ticks, length = struct.unpack_from(">IQ" if long else ">II", content, 20 if long else 12)
    rate, volume, following = struct.unpack_from(">IH70xI", content, at)
    still = content[at + 6 : at + 16] + content[at + 52 : at + 76]
    return (
        _TICKS[0] <= ticks <= _TICKS[1]
        and _is_length(length, ticks, long=long)
        and (rate, volume in (0, 0x100)) == (_ONE, True)
        and (following <= _MOST_TRACKS or following == 0xFFFFFFFF)
        and not still.strip(b"\0")
        and matrix(content[at + 16 : at + 52])
    )


def track_head(content: bytes) -> bool:
    long = content[:1] == b"\1"
    at = 36 if long else 24
    if len(content) != at + 60 or content[1:3] != bytes(2) or content[3] > 0xF:
        return False
    form, begin = (">IIQ", 20) if long else (">III", 12)
    number, zero, length = struct.unpack_from(form, content, begin)
    layer, group, volume, nothing = struct.unpack_from(">hHHH", content, at + 8)
    wide, high = struct.unpack_from(">II", content, at + 52)
    return (
        0 < number <= _MOST_TRACKS
        and zero == nothing == 0
        and _is_length(length, _TICKS[1], long=long)
        and abs(layer) <= _MOST_GROUPS
        and group <= _MOST_TRACKS >> 8
        and volume in (0, 0x100)
        and not content[at : at + 8].strip(b"\0")
        and matrix(content[at + 16 : at + 52])
        and max(wide, high) <= _WIDEST
    )


def media_head(content: bytes) -> bool:
    long = content[:1] == b"\1"
    if len(content) != (36 if long else 24) or content[1:4] != bytes(3):
        return False
    ticks, length = struct.unpack_from(">IQ" if long else ">II", content, 20 if long else 12)
    language, quality = struct.unpack_from(">HH", content, len(content) - 4)
    return (
        _TICKS[0] <= ticks <= _TICKS[1]
        and _is_length(length, ticks, long=long)
        and language < 0x8000
        and quality < 0x400
    )


def _is_length(length: int, ticks: int, *, long: bool) -> bool:
    unknown = (1 << (64 if long else 32)) - 1
    return length <= LONGEST_S * ticks or length == unknown


def aperture(content: bytes) -> bool:
    """Width, height and where from, each as a fraction."""
    if len(content) != 32:
        return False
    parts = struct.unpack(">iIiIiIiI", content)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return all(0 < below <= 1000 and abs(above) <= 16_384 * below for above, below in pairs)


def color(content: bytes) -> bool:
    if (content[:4], len(content)) not in ((b"nclx", 11), (b"nclc", 10)):
        return False
    whole = content[10:] in (b"", b"\0", b"\x80")
    return whole and max(struct.unpack_from(">3H", content, 4)) <= 22


def picture_look(content: bytes) -> bool:
    """How it is laid over others, and with which colour."""
    if len(content) != 12 or content[:4] not in (bytes(4), b"\0\0\0\1"):
        return False
    mode, *colors = struct.unpack_from(">4H", content, 4)
    return mode <= 0x110 and {0, 0x8000, 0xFFFF}.issuperset(colors)


def shift_of_times(content: bytes) -> bool:
    """How far showing lies behind decoding; held against the track's length."""
    return len(content) == (44 if content[:1] == b"\1" else 24) and content[1:4] == bytes(3)


rates = fields(">III", (0, _BRIEF), (0, _BRIEF), (0, _BRIEF))
balance = fields(">IhH", _NOTHING, _NOTHING, _NOTHING)
side_lengths = fields(">III", _NOTHING, (0, _WIDEST), (0, _WIDEST))
pixel_sides = fields(">II", (1, 0xFFFF), (1, 0xFFFF))
field_order = fields(">BB", (1, 2), (0, 14))
gamma = fields(">I", (0, 4 << _FRACTION))
preload = fields(">IiII", _NOTHING, (-1, 0), (0, 2), (0, 0xFFFF))
channel_layout = fields(">IHHII", _NOTHING, (0, 255), (0, 64), (0, 0x3FFFF), _NOTHING)
_PICTURE_NUMBERS = fields(
    ">IIHHIIIH", (0, 0x400), (0, 0x400), (0, 0xFFFF), (0, 0xFFFF), (0, 0x4000000), (0, 0x4000000),
    _NOTHING, (0, 1),
)  # fmt: skip
_SOUND_NUMBERS = fields(">HHhHI", (0, _MOST_CHANNELS), (0, 64), (-2, 0), _NOTHING, (0, 0xFFFFFFFF))
_SOUND_SIZES = fields(">IIII", *[(0, _MOST_PACKET_BYTES)] * 4)


def picture_numbers(content: bytes) -> bool:
    """Qualities, sides, resolution and the count of frames; depth and the table of colours."""
    depth, colors = struct.unpack_from(">HH", content, 74)
    known = content[6:8] == b"\0\1" and depth <= 48 and colors in (0, 0xFFFF)
    return known and _PICTURE_NUMBERS(content[16:42])


def sound_numbers(content: bytes) -> bool:
    """Channels, depth, rate; behind them how samples are packed."""
    known = content[6:8] == b"\0\1" and content[26:28] == bytes(2)
    return known and _SOUND_NUMBERS(content[16:28]) and (
        len(content) == 28 or _SOUND_SIZES(content[28:44])
    )  # fmt: skip
