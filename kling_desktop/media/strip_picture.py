"""Taking personal data out of a JPEG or PNG without touching its pixels. Pure Python.

What the picture needs to look the same stays: the colour profile, Adobe's note on the colour
transform, gamma and the like. EXIF (place, camera, thumbnail), XMP, IPTC, comments, texts, maker
notes and whatever follows the picture's end go.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP2, _APP14, _APP15, _COM = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST: no length follows
_KEPT_APPS = {_APP0: b"JFIF\0", _APP2: b"ICC_PROFILE\0", _APP14: b"Adobe"}
_JFIF_PLAIN_BYTES = 16  # length, name, version, density; then the thumbnail's sides and pixels

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_OPTIONAL_KEPT = frozenset(
    {
        *(b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"),
        *(b"hIST", b"sPLT", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"),
    }
)
_ANCILLARY = 0x20  # PNG: a lower-case first letter means that a decoder may pass over it


class NotWhole(ValueError):
    """What was read is no whole JPEG or PNG."""


def without_personal(data: bytes, name: str) -> bytes:
    """The same picture without personal data; equal where there was none. Raises NotWhole."""
    return b"".join(_jpeg_parts(data) if name == "jpeg" else _png_parts(data))


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    if data[:2] != bytes((0xFF, _SOI)):
        raise NotWhole("no JPEG")
    yield data[:2]
    at = 2
    while True:
        marker, at, begin = _marker(data, at)
        if marker == _EOI:
            yield data[begin:at]
            return  # previews and films of phones follow here
        end = at if marker in _STANDALONE else at + _length(data, at)
        if end > len(data):
            raise NotWhole("cut off")
        segment = data[begin:end]
        if marker == _SOS:
            end = _scan_end(data, end)
            segment = data[begin:end]
        if _is_kept(marker, data[at + 2 : end]):
            yield _without_thumbnail(segment) if marker == _APP0 else segment
        at = end


def _marker(data: bytes, at: int) -> tuple[int, int, int]:
    """(marker, offset behind it, offset of its last 0xFF); fill bytes are passed over."""
    begin = at
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data) or at == begin:
        raise NotWhole("no marker")
    return data[at], at + 1, at - 1


def _length(data: bytes, at: int) -> int:
    if at + 2 > len(data):
        raise NotWhole("cut off")
    length: int = struct.unpack_from(">H", data, at)[0]
    if length < 2:
        raise NotWhole("a segment shorter than its own length")
    return length


def _scan_end(data: bytes, at: int) -> int:
    """Where the pixels end: at the next marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise NotWhole("cut off")
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or following in _STANDALONE:
            at += 2
        else:
            return at


def _is_kept(marker: int, content: bytes) -> bool:
    if marker == _COM:
        return False
    if _APP0 <= marker <= _APP15:
        name = _KEPT_APPS.get(marker)
        return name is not None and content.startswith(name)
    return True


def _without_thumbnail(segment: bytes) -> bytes:
    """JFIF may hold a small picture of the uncropped one."""
    plain = 2 + _JFIF_PLAIN_BYTES
    if len(segment) <= plain or segment[plain - 2 : plain] == b"\0\0":
        return segment
    return segment[:2] + struct.pack(">H", _JFIF_PLAIN_BYTES) + segment[4 : plain - 2] + b"\0\0"


def _png_parts(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_SIGNATURE):
        raise NotWhole("no PNG")
    yield _PNG_SIGNATURE
    at = len(_PNG_SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise NotWhole("cut off")
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise NotWhole("cut off")
        if not name[0] & _ANCILLARY or name in _PNG_OPTIONAL_KEPT:
            yield data[at:end]
        if name == b"IEND":
            return
        at = end
