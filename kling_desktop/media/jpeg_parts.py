"""The parts of a JPEG (ISO 10918-1) that make its picture, byte for byte. Pure Python."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from .bare_profile import NotWhole, bare_profile
from .jpeg_scan import Scans

JPEG_START, JPEG_END, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: all that is decoded
_APP0, _APP2, _APP14, _APP15, _COM = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
_LEFT_OUT = frozenset({*range(_APP0, _APP15 + 1), *range(0xF0, 0xFF)})  # notes, extensions
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST: no length follows
_PROFILE = b"ICC_PROFILE\0"
_PROFILE_PART_BYTES = 0xFFFF - 2 - len(_PROFILE) - 2
_JFIF_PLAIN_BYTES = 16  # length, name, version, density; then the thumbnail's sides and pixels
_ADOBE_BYTES = 14  # length, name, version, flags, which colours


def jpeg_parts(data: bytes) -> Iterator[bytes]:
    """Raises NotWhole."""
    segments = list(_segments(data))
    profile = _profile_of(segments)
    bare = bare_profile(profile) if profile is not None else None
    _check_tables(segments)
    yield data[:2]
    for marker, segment in segments:
        if _is_profile(marker, segment):
            if bare == profile:
                yield segment
            elif bare is not None:  # in the place of the first part
                yield from _profile_segments(bare)
                bare = None
        elif marker == _APP0:
            yield _without_thumbnail(segment)
        elif marker not in _LEFT_OUT or marker == _APP14:
            yield segment


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, all of it) up to the end of the picture: previews and films of phones follow."""
    if data[:2] != bytes((0xFF, JPEG_START)):
        raise NotWhole("no JPEG")
    at, scans = 2, Scans()
    while True:
        marker, at, begin = next_marker(data, at)
        if marker == JPEG_END:
            scans.check_used()
            yield marker, data[begin:at]
            return
        if marker in _STANDALONE:
            continue
        end = segment_end(data, at)
        if not _is_known(marker, data[at:end]):
            raise NotWhole(f"segment {marker:02x}")
        at = _scan_end(data, end) if marker == _SOS else end
        if marker == _SOS:
            scans.take_scan(data[begin + 2 : end], data[end:at])
        elif marker in _FRAMES:
            scans.take_frame(marker, data[begin + 2 : end])
        elif marker == _DHT:
            scans.take_tables(data[begin + 2 : end])
        elif marker == _DRI:
            scans.take_restart(data[begin + 2 : end])
        if _is_wanted(marker, data[begin:end]):
            yield marker, data[begin:at]


def _is_wanted(marker: int, segment: bytes) -> bool:
    if marker == _APP0:
        return segment[4:9] == b"JFIF\0" and len(segment) >= 2 + _JFIF_PLAIN_BYTES
    if marker == _APP14:
        return segment[4:9] == b"Adobe" and len(segment) == 2 + _ADOBE_BYTES
    return marker not in _LEFT_OUT or _is_profile(marker, segment)


def _is_known(marker: int, content: bytes) -> bool:
    """Whether it is as long as what is in it. ``content`` begins with the length."""
    if marker == _DQT:
        return _fits(content, lambda at: 1 + (128 if content[at] & 0xF0 else 64))
    if marker == _DHT:
        return _fits(content, lambda at: 17 + sum(content[at + 1 : at + 17]))
    if marker in _FRAMES:
        return len(content) >= 8 and len(content) == 8 + 3 * content[7]
    if marker == _SOS:
        return len(content) >= 6 and len(content) == 6 + 2 * content[2]
    return (marker == _DRI and len(content) == 4) or marker in _LEFT_OUT


def _fits(content: bytes, size_at: Callable[[int], int]) -> bool:
    at = 2
    while at < len(content):
        at += size_at(at)
    return at == len(content)


def _check_tables(segments: list[tuple[int, bytes]]) -> None:
    """A quantization table that no part of the picture uses may hold anything."""
    used, defined = set(), []
    for marker, segment in segments:
        if marker in _FRAMES:
            used |= set(segment[12::3])
        at = 4
        while marker == _DQT and at < len(segment):
            defined.append(segment[at] & 0x0F)
            at += 1 + (128 if segment[at] & 0xF0 else 64)
    if len(defined) != len(set(defined)) or not used.issuperset(defined):
        raise NotWhole("tables that are not used")


def _is_profile(marker: int, segment: bytes) -> bool:
    return marker == _APP2 and segment[4:].startswith(_PROFILE)


def _profile_of(segments: list[tuple[int, bytes]]) -> bytes | None:
    parts = [s[4 + len(_PROFILE) :] for marker, s in segments if _is_profile(marker, s)]
    parts.sort(key=lambda part: part[0] if part else 0)
    numbers = [tuple(part[:2]) for part in parts]
    if numbers != [(number, len(parts)) for number in range(1, len(parts) + 1)]:
        raise NotWhole("parts of a profile")
    return b"".join(part[2:] for part in parts) if parts else None


def _profile_segments(profile: bytes) -> list[bytes]:
    size = _PROFILE_PART_BYTES
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    made = []
    for number, part in enumerate(parts, 1):
        content = _PROFILE + bytes((number, len(parts))) + part
        made.append(struct.pack(">BBH", 0xFF, _APP2, len(content) + 2) + content)
    return made


def next_marker(data: bytes, at: int) -> tuple[int, int, int]:
    """(marker, offset behind it, offset of its last 0xFF); fill bytes are passed over."""
    begin = at
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data) or at == begin:
        raise NotWhole("no marker")
    return data[at], at + 1, at - 1


def segment_end(data: bytes, at: int) -> int:
    """``at``: of its length."""
    if at + 2 > len(data):
        raise NotWhole("cut off")
    length: int = struct.unpack_from(">H", data, at)[0]
    if length < 2:
        raise NotWhole("a segment shorter than its own length")
    if at + length > len(data):
        raise NotWhole("cut off")
    return at + length


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


def _without_thumbnail(segment: bytes) -> bytes:
    """JFIF may hold a small picture of the uncropped one."""
    plain = 2 + _JFIF_PLAIN_BYTES
    if len(segment) == plain and segment[plain - 2 : plain] == b"\0\0":
        return segment
    return segment[:2] + struct.pack(">H", _JFIF_PLAIN_BYTES) + segment[4 : plain - 2] + b"\0\0"
