"""What each box of an MP4 or MOV (ISO 14496-12, QuickTime) may hold and still tell of no one.

A box that is not named here, at its place, is not known to be harmless. Pure Python.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Union

from .aac_config import is_plain_esds
from .box_numbers import (
    aperture,
    balance,
    channel_layout,
    color,
    dependencies,
    edits,
    field_order,
    gamma,
    grouping,
    groups,
    media_head,
    movie_head,
    picture_look,
    picture_numbers,
    pixel_sides,
    preload,
    rates,
    shift_of_times,
    side_lengths,
    sizes,
    sound_numbers,
    table,
    track_head,
)
from .nal_units import BadStream, StreamCleaner
from .sei_messages import light_levels_are_sane, mastering_is_sane

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
    rb"(?:|Lavf(?:[\d.]{1,12})?"
    rb"|Lavc(?:[\d.]{1,12})?(?: (?:libx264|libx265|h264|hevc)(?:_\w{2,12})?)?"
    rb"|HandBrake \d[\d.]{0,8} \d{10}|H\.264|HEVC|AVC Coding|HEVC Coding|vlc [\d.]{1,12}"
    rb"|Google|YouTube|x264|x265)"
)
_MAKERS = frozenset({bytes(4), b"appl", b"FFMP"})


def _zeros(content: bytes) -> bool:
    return not content.strip(b"\0")


def _brands(content: bytes) -> bool:
    """And a version: a small number, or a date as GoPro and QuickTime write theirs."""
    brands = [content[at : at + 4] for at in range(0, len(content), 4) if at != 4]
    version = content[4:8].hex()
    known = version.startswith("0000") or re.fullmatch(r"(?:19|20)\d{6}", version)
    return len(content) % 4 == 0 and bool(known) and _BRANDS.issuperset(brands)


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
            and content[16:20] in (bytes(4), b"\x40\0\0\0")
            and content[20:22] in (b"\0\0", b"\0\1")
            and named.decode("latin-1") in _HANDLERS
        )

    return holds


def _reference(content: bytes) -> bool:
    """The data is in this very file: no path, no address."""
    found = content[:8] == b"\0\0\0\0\0\0\0\1" and content[8:12] == b"\0\0\0\x0c"
    return found and content[12:16] in (b"url ", b"alis") and content[16:] == b"\0\0\0\1"


def _parameters(codec: str) -> Holds:
    def holds(content: bytes) -> bool:
        try:
            return StreamCleaner(codec, content).head == content
        except BadStream:
            return False

    return holds


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
    b"stts": table(8),
    b"ctts": table(8, versions=2),
    b"stss": table(4),
    b"stps": table(4),
    b"stsc": table(12),
    b"stsz": sizes,
    b"stco": table(4),
    b"co64": table(8),
    b"sdtp": dependencies,
    b"cslg": shift_of_times,
    b"sgpd": groups,
    b"sbgp": grouping,
}
_INFORMATION: Rules = {
    b"vmhd": picture_look,
    b"smhd": balance,
    b"hdlr": _handler(b"url ", b"alis"),
    b"dinf": {b"dref": _reference},
    b"stbl": _TABLES,
}
TRACK: Rules = {
    **PADDING,
    b"tkhd": track_head,
    b"edts": {b"elst": edits},
    b"tapt": {b"clef": side_lengths, b"prof": side_lengths, b"enof": side_lengths},
    b"load": preload,
    b"mdia": {
        b"mdhd": media_head,
        b"hdlr": _handler(b"vide", b"soun"),
        b"minf": _INFORMATION,
    },
}
MOVIE: Rules = {**PADDING, b"mvhd": movie_head, b"trak": TRACK}
_PICTURE: Rules = {
    **PADDING,
    b"colr": color,
    b"pasp": pixel_sides,
    b"clap": aperture,
    b"fiel": field_order,
    b"gama": gamma,
    b"btrt": rates,
    b"mdcv": mastering_is_sane,
    b"clli": light_levels_are_sane,
}
_H264: Rules = {**_PICTURE, b"avcC": _parameters("h264")}
_HEVC: Rules = {**_PICTURE, b"hvcC": _parameters("hevc")}
_WAVE: Rules = {
    b"frma": lambda content: content == b"mp4a",
    b"mp4a": _zeros,
    b"esds": is_plain_esds,
    bytes(4): _zeros,
}
_SOUND: Rules = {**PADDING, b"esds": is_plain_esds, b"wave": _WAVE, b"chan": channel_layout}
_SOUND |= {b"btrt": rates}
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
        and picture_numbers(content)
        and _encoder(name[1 : 1 + name[0]])
    )
    return 78 if plain else None


def sound_head_bytes(content: bytes) -> int | None:
    """As ``picture_head_bytes``, of sound."""
    length = {b"\0\0": 28, b"\0\1": 44}.get(content[8:10])
    if length is None or len(content) < length:
        return None
    plain = _zeros(content[:6] + content[10:12]) and content[12:16] in _MAKERS
    return length if plain and sound_numbers(content[:length]) else None
