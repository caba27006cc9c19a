"""What each box of an MP4 or MOV (ISO 14496-12, QuickTime) may hold and still tell of no one.

A box that is not named here, at its place, is not known to be harmless. Pure Python.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Union

from .aac_config import is_plain_esds
from .nal_units import BadStream, StreamCleaner, looks_like_text

Holds = Callable[[bytes], bool]  # whether a box's content is harmless
Rules = dict[bytes, Union[Holds, "Rules"]]  # of the boxes within a box

_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 hvc1 hev1 M4VH M4VP MSNV"
    b" dash msdh msix 3gp4 3gp5 3gp6 3gp7 3gp8 3gr6 3gs6 3g2a 3g2b mmp4 cmfc cmfv cmfs NDSC NDSH"
    b" NDSM NDXC NDXH NDXM kddi".split()
) | {b"qt  ", b"M4V ", b"f4v ", bytes(4)}
# Names that muxers give to every file of theirs.
_HANDLERS = frozenset(
    {
        *("", "VideoHandler", "SoundHandler", "DataHandler", "VideoHandle", "SoundHandle"),
        *("Core Media Video", "Core Media Audio", "Core Media Data Handler"),
        *("Apple Video Media Handler", "Apple Sound Media Handler", "Apple Alias Data Handler"),
        *("Video Media Handler", "Sound Media Handler", "Alias Data Handler", "URL Data Handler"),
        *("GPAC ISO Video Handler", "GPAC ISO Audio Handler"),
        *("L-SMASH Video Handler", "L-SMASH Audio Handler"),
        *("L-SMASH Video Media Handler", "L-SMASH Sound Media Handler"),
        *("Mainconcept Video Media Handler", "Mainconcept MP4 Video Media Handler"),
        *("#Mainconcept MP4 Video Media Handler", "Mainconcept MP4 Sound Media Handler"),
        *("#Mainconcept MP4 Sound Media Handler", "Bento4 Video Handler", "Bento4 Sound Handler"),
    }
)
_ENCODERS = re.compile(
    rb"(?:|Lavf[\d.]{1,12}|Lavc[\d.]{1,12}(?: (?:libx264|libx265|h264|hevc)(?:_\w{2,12})?)?"
    rb"|HandBrake \d[\d.]{0,8} \d{10}|H\.264|HEVC|AVC Coding|HEVC Coding|vlc [\d.]{1,12}"
    rb"|Google|YouTube|x264|x265)"
)
_MAKERS = frozenset({bytes(4), b"appl", b"FFMP"})
_ONE, _MINUS_ONE, _WHOLE = 0x10000, 0xFFFF0000, 0x40000000  # 16.16 and 2.30


def _zeros(content: bytes) -> bool:
    return not content.strip(b"\0")


def _numbers(*sizes: int) -> Holds:
    """A fixed size, and nothing that can be read."""
    return lambda content: len(content) in sizes and not looks_like_text(content)


def _table(entry_bytes: int, head_bytes: int = 4) -> Holds:
    """A count, and as many entries."""

    def holds(content: bytes) -> bool:
        if len(content) < head_bytes + 4:
            return False
        count = int.from_bytes(content[head_bytes : head_bytes + 4], "big")
        return len(content) == head_bytes + 4 + count * entry_bytes

    return holds


def _sizes(content: bytes) -> bool:
    if len(content) < 12:
        return False
    same, count = struct.unpack_from(">II", content, 4)
    return len(content) == 12 + (0 if same else 4 * count)


def _edits(content: bytes) -> bool:
    return _table(20 if content[:1] == b"\1" else 12)(content) and not looks_like_text(content)


def _dependencies(content: bytes) -> bool:
    """Each two bits are 0, 1 or 2; only the leading ones may be 3."""
    return all((byte & 0x30) != 0x30 and (byte & 0xC) != 0xC and byte & 3 != 3 for byte in content)


def _groups(content: bytes) -> bool:
    """How far back decoding has to begin, or where it may."""
    if content[:1] != b"\1" or content[4:8] not in (b"roll", b"prol", b"rap ", b"sync"):
        return False
    return len(content) <= 24 and not looks_like_text(content[8:])


def _brands(content: bytes) -> bool:
    brands = [content[at : at + 4] for at in range(0, len(content), 4) if at != 4]
    return len(content) % 4 == 0 and _BRANDS.issuperset(brands)


def _matrix(content: bytes) -> bool:
    """A turn by quarters, a mirror image, a shift by whole pixels."""
    a, b, u, c, d, v, x, y, w = struct.unpack(">9I", content)
    turns = {a, b, c, d} <= {0, _ONE, _MINUS_ONE}
    return turns and u == v == 0 and w == _WHOLE and not x & 0xFFFF and not y & 0xFFFF


def _movie_head(content: bytes) -> bool:
    at = 32 if content[:1] == b"\1" else 20  # behind the times and the length
    if len(content) != at + 80 or looks_like_text(content):
        return False
    still = content[at + 6 : at + 16] + content[at + 52 : at + 76]
    return _zeros(still) and _matrix(content[at + 16 : at + 52])


def _track_head(content: bytes) -> bool:
    at = 36 if content[:1] == b"\1" else 24
    if len(content) != at + 60 or looks_like_text(content):
        return False
    return _zeros(content[at : at + 8]) and _matrix(content[at + 16 : at + 52])


def _handler(*kinds: bytes) -> Holds:
    def holds(content: bytes) -> bool:
        if len(content) < 24 or not _zeros(content[:4]) or content[8:12] not in kinds:
            return False
        named = content[24:].rstrip(b"\0")
        if named and named[0] == len(named) - 1:  # QuickTime counts the letters
            named = named[1:]
        return (
            content[4:8] in (bytes(4), b"mhlr", b"dhlr")
            and content[12:16] in _MAKERS
            and not looks_like_text(content[16:24])
            and named.decode("latin-1") in _HANDLERS
        )

    return holds


def _reference(content: bytes) -> bool:
    """The data is in this very file: no path, no address."""
    found = content[:8] == b"\0\0\0\0\0\0\0\1" and content[8:12] == b"\0\0\0\x0c"
    return found and content[12:16] in (b"url ", b"alis") and content[16:] == b"\0\0\0\1"


def _color(content: bytes) -> bool:
    return (content[:4], len(content)) in ((b"nclx", 11), (b"nclc", 10))


def _parameters(codec: str) -> Holds:
    def holds(content: bytes) -> bool:
        try:
            return StreamCleaner(codec, content).head == content
        except BadStream:
            return False

    return holds


def _layout(content: bytes) -> bool:
    return len(content) == 16 and content[12:] == bytes(4)  # channels by a tag, none described


def _encoder(content: bytes) -> bool:
    return _ENCODERS.fullmatch(content) is not None


def _value(content: bytes) -> bool:
    """Of an iTunes tag: UTF-8, of no country."""
    return content[:8] == b"\0\0\0\1\0\0\0\0" and _encoder(content[8:])


def _text(content: bytes) -> bool:
    """QuickTime's: its length, its language."""
    if len(content) < 4:
        return False
    length, _language = struct.unpack_from(">HH", content)
    return len(content) == 4 + length and _encoder(content[4:])


PADDING: Rules = {b"free": _zeros, b"skip": _zeros, b"wide": _zeros}
TOP: Rules = {b"ftyp": _brands}
META: Rules = {
    **PADDING,
    b"hdlr": _handler(b"mdir"),
    b"ilst": {b"\xa9too": {b"data": _value}},
}
USER_DATA: Rules = {**PADDING, b"\xa9swr": _text, b"\xa9enc": _text, b"\xa9too": _text}
_TABLES: Rules = {
    b"stsd": lambda _: True,  # looked at with the tables
    b"stts": _table(8),
    b"ctts": _table(8),
    b"stss": _table(4),
    b"stps": _table(4),
    b"stsc": _table(12),
    b"stsz": _sizes,
    b"stco": _table(4),
    b"co64": _table(8),
    b"sdtp": _dependencies,
    b"cslg": _numbers(24, 44),
    b"sgpd": _groups,
    b"sbgp": _table(8, head_bytes=8),
}
_INFORMATION: Rules = {
    b"vmhd": _numbers(12),
    b"smhd": _numbers(8),
    b"hdlr": _handler(b"url ", b"alis"),
    b"dinf": {b"dref": _reference},
    b"stbl": _TABLES,
}
TRACK: Rules = {
    **PADDING,
    b"tkhd": _track_head,
    b"edts": {b"elst": _edits},
    b"tapt": {b"clef": _numbers(12), b"prof": _numbers(12), b"enof": _numbers(12)},
    b"load": _numbers(16),
    b"mdia": {
        b"mdhd": _numbers(24, 36),
        b"hdlr": _handler(b"vide", b"soun"),
        b"minf": _INFORMATION,
    },
}
MOVIE: Rules = {**PADDING, b"mvhd": _movie_head, b"trak": TRACK}
_PICTURE: Rules = {
    **PADDING,
    b"colr": _color,
    b"pasp": _numbers(8),
    b"clap": _numbers(32),
    b"fiel": _numbers(2),
    b"gama": _numbers(4),
    b"btrt": _numbers(12),
    b"mdcv": _numbers(24),
    b"clli": _numbers(4),
}
_H264: Rules = {**_PICTURE, b"avcC": _parameters("h264")}
_HEVC: Rules = {**_PICTURE, b"hvcC": _parameters("hevc")}
_WAVE: Rules = {
    b"frma": lambda content: content == b"mp4a",
    b"mp4a": _zeros,
    b"esds": is_plain_esds,
    bytes(4): _zeros,
}
_SOUND: Rules = {**PADDING, b"esds": is_plain_esds, b"wave": _WAVE, b"chan": _layout}
_SOUND |= {b"btrt": _numbers(12)}
# How samples are described: the boxes behind the numbers.
DESCRIPTIONS: Rules = {b"avc1": _H264, b"avc3": _H264, b"hvc1": _HEVC, b"hev1": _HEVC}
DESCRIPTIONS |= {b"mp4a": _SOUND, b".mp3": _SOUND}
SOUND_KINDS = frozenset({b"mp4a", b".mp3"})


def picture_head_bytes(content: bytes) -> int | None:
    """How long the numbers in front of a picture's description are; None where they tell more."""
    if len(content) < 78:
        return None
    name = content[42:74]
    plain = (
        _zeros(content[:6] + content[8:12] + content[36:40] + name[1 + name[0] :])
        and content[12:16] in _MAKERS
        and not looks_like_text(content[16:36])
        and _encoder(name[1 : 1 + name[0]])
    )
    return 78 if plain else None


def sound_head_bytes(content: bytes) -> int | None:
    """As ``picture_head_bytes``, of sound."""
    length = {b"\0\0": 28, b"\0\1": 44}.get(content[8:10])
    if length is None or len(content) < length:
        return None
    plain = _zeros(content[:6] + content[10:12]) and content[12:16] in _MAKERS
    return length if plain and not looks_like_text(content[16:length]) else None
