"""An ICC profile (ICC.1) as it may be sent: what colours mean, and no text of anybody's.

Texts name devices, programs and people. Those of the usual profiles are known and stay.
"""

from __future__ import annotations

import re
import struct

from .profile_numbers import are_plain_numbers, is_plain_header, is_plain_rest

_HEADER_BYTES, _ENTRY_BYTES = 128, 12
_KINDS = frozenset({b"mntr", b"scnr", b"spac", b"prtr"})
_SPACES = frozenset({b"RGB ", b"GRAY"})
# Of the header: version, class, colours, where they meet, mark, flags, intent, white.
_HEADER_KEPT = ((8, 24), (36, 40), (44, 48), (64, 80))
_HEADER_EMPTY = slice(100, 128)
_MAKERS_AT = (4, 40, 48, 52, 80)
_MAKERS = frozenset(
    {
        *(bytes(4), b"APPL", b"appl", b"Lino", b"lcms", b"MSFT", b"IEC ", b"sRGB", b"HP  "),
        *(b"ADBE", b"none", b"GOOG", b"*nix", b"SGI ", b"SUNW"),
    }
)
_XYZ = (b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt", b"bkpt", b"lumi")
_CURVES = (b"rTRC", b"gTRC", b"bTRC", b"kTRC")
_NAMES = frozenset({b"desc", b"cprt", b"dmnd", b"dmdd", b"vued", b"dscm"})  # of texts
_COLORS = frozenset({*_XYZ, *_CURVES, b"chad", b"cicp"}) - {b"lumi"}
_TEXTS = frozenset(
    {
        *("", "sRGB", "sRGB built-in", "RGB built-in", "No copyright, use freely", "CC0"),
        *("sRGB IEC61966-2.1", "Copyright (c) 1998 Hewlett-Packard Company"),
        *("IEC http://www.iec.ch", "IEC 61966-2.1 Default RGB colour space - sRGB"),
        *("Reference Viewing Condition in IEC61966-2.1", "Adobe RGB (1998)"),
        *("Copyright 1999 Adobe Systems Incorporated", "Display P3", "Public Domain"),
        *("Copyright Apple Inc., 2015", "Copyright Apple Inc., 2017", "Copyright Apple Inc., 2022"),
        *("Google Inc. 2016", "sRGB2014", "Copyright International Color Consortium, 2015"),
        *("GIMP built-in sRGB", "c2", "gray built-in"),
    }
)
_COUNTRY = re.compile(rb"[a-z]{2}(?:[A-Z]{2}|\0\0)|\0{4}")
_NAME = "colors"  # a profile without a name and a copyright is not valid


class NotWhole(ValueError):
    """What was read is not whole, or of a kind that is not looked into."""


def bare_profile(profile: bytes) -> bytes:
    """The same colours; the profile itself where all in it is known. Raises NotWhole."""
    try:
        tags = _tags(profile)
        if profile[12:16] not in _KINDS or profile[16:20] not in _SPACES:
            raise NotWhole("a profile of another kind")
        if not is_plain_header(profile):
            raise NotWhole("an odd header")
        if any(name[:3] in (b"A2B", b"B2A", b"D2B", b"B2D") for name in tags):
            raise NotWhole("colours by a table")
        colors = {name: tags[name] for name in tags if name in _COLORS}
        if not all(are_plain_numbers(name, value) for name, value in colors.items()):
            raise NotWhole("an odd colour")
        if _is_known(profile, tags):
            return profile
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotWhole(str(error)) from error
    return _made(profile, colors)


def is_known_text(text: str) -> bool:
    return text in _TEXTS


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    if len(profile) < _HEADER_BYTES + 4 + count * _ENTRY_BYTES or count > 100:
        raise NotWhole("cut off")
    found = {}
    for number in range(count):
        at = _HEADER_BYTES + 4 + number * _ENTRY_BYTES
        name, begin, size = struct.unpack_from(">4sII", profile, at)
        if begin + size > len(profile) or name in found:
            raise NotWhole("cut off")
        found[name] = profile[begin : begin + size]
    return found


def _is_known(profile: bytes, tags: dict[bytes, bytes]) -> bool:
    makers = {profile[at : at + 4] for at in _MAKERS_AT}
    known = all(are_plain_numbers(n, v) or _is_known_text(n, v) for n, v in tags.items())
    empty = not profile[_HEADER_EMPTY].strip(b"\0") and is_plain_rest(profile)
    return known and empty and makers <= _MAKERS and not _between(profile).strip(b"\0")


def _between(profile: bytes) -> bytes:
    """What no tag holds."""
    rest = bytearray(profile)
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    head = _HEADER_BYTES + 4 + count * _ENTRY_BYTES
    rest[:head] = bytes(head)
    for number in range(count):
        at = _HEADER_BYTES + 4 + number * _ENTRY_BYTES
        begin, size = struct.unpack_from(">II", profile, at + 4)
        rest[begin : begin + size] = bytes(size)
    return bytes(rest)


def _is_known_text(name: bytes, value: bytes) -> bool:
    if name not in _NAMES or value[4:8] != bytes(4):
        return False
    texts = {b"text": _text, b"desc": _description, b"mluc": _translations}.get(value[:4])
    return texts is not None and all(map(is_known_text, texts(value)))


def _text(value: bytes) -> list[str]:
    return [value[8:].rstrip(b"\0").decode("latin-1")]


def _description(value: bytes) -> list[str]:
    """In ASCII, in Unicode and in a Macintosh script."""
    (count,) = struct.unpack_from(">I", value, 8)
    at = 12 + count
    (wide,) = struct.unpack_from(">I", value, at + 4)
    script = at + 8 + 2 * wide
    return [
        (value[12:at] + value[at : at + 4]).rstrip(b"\0").decode("latin-1"),
        value[at + 8 : script].decode("utf-16-be").rstrip("\0"),
        value[script + 3 :].rstrip(b"\0").decode("latin-1"),
    ]


def _translations(value: bytes) -> list[str]:
    count, record = struct.unpack_from(">II", value, 8)
    texts = []
    end = 16 + count * record
    for number in range(count):
        where, size, begin = struct.unpack_from(">4sII", value, 16 + number * record)
        texts.append("" if _COUNTRY.fullmatch(where) else "?")
        texts.append(value[begin : begin + size].decode("utf-16-be").rstrip("\0"))
        end = max(end, begin + size)
    return [*texts, value[end:].rstrip(b"\0").decode("latin-1")] if record == 12 else ["?"]


def _made(profile: bytes, colors: dict[bytes, bytes]) -> bytes:
    header = bytearray(_HEADER_BYTES)
    for begin, end in _HEADER_KEPT:
        header[begin:end] = profile[begin:end]
    name = _NAME.encode("ascii") + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    tags = {b"desc": described, b"cprt": b"text" + bytes(4) + b"CC0\0", **colors}
    if profile[8] >= 4:
        wide = _NAME.encode("utf-16-be")
        words = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(wide), 28) + wide
        tags |= {b"desc": words, b"cprt": words}
    at = _HEADER_BYTES + 4 + len(tags) * _ENTRY_BYTES
    table, values = bytearray(struct.pack(">I", len(tags))), bytearray()
    for tag, value in tags.items():
        table += struct.pack(">4sII", tag, at + len(values), len(value))
        values += value + bytes(-len(value) % 4)
    whole = bytes(header + table + values)
    return struct.pack(">I", len(whole)) + whole[4:]
