"""The parts of a PNG (ISO 15948) that make its picture. Pure Python."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from .bare_profile import NotWhole, bare_profile, is_known_text
from .sei_messages import mastering_is_sane

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunk: its numbers, and the most that each can be.
_NUMBERS = {
    **{b"gAMA": ("I", 1_000_000), b"cHRM": ("8I", 200_000), b"sRGB": ("B", 3)},
    **{b"cICP": ("4B", 22), b"pHYs": ("IIB", 1_000_000), b"mDCV": ("24B", 255)},
    b"cLLI": ("II", 10_000 * 10_000),
}
_PALETTE = 3
_SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}  # whose depth is told, by the kind of colours
_PLAIN = {0: "H", 2: "3H", 4: "H", 6: "3H"}  # one colour
_PROFILE_NAME = b"ICC Profile"
_PROFILE_MAX_BYTES = 16 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the kind of colours
# Adam7: where each pass begins, and its steps.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)),
    (0, 1, 1, 2),
)


def png_parts(data: bytes) -> Iterator[bytes]:
    """Raises NotWhole."""
    if not data.startswith(_SIGNATURE):
        raise NotWhole("no PNG")
    yield _SIGNATURE
    head, pixels, seen = b"", [], set()
    for name, content, whole in _chunks(data):
        if name == b"IHDR" and not head and len(content) == 13:
            head = content
        elif name == b"IDAT":
            pixels.append(content)
        elif name == b"IEND" and not content:
            _check_pixels(head, pixels)
            yield whole
            return
        elif name in seen or pixels:
            continue
        elif name == b"iCCP":
            whole = _profile(content, whole)
        elif not _is_known(name, content, head):
            continue
        seen.add(name)
        yield whole


def _is_known(name: bytes, content: bytes, head: bytes) -> bool:
    """Numbers alone: how colours are meant, how large a pixel is; each in its range."""
    if len(head) != 13 or head[9] not in _CHANNELS:
        raise NotWhole("no header")
    depth, colors = head[8:10]
    if colors == _PALETTE:
        raise NotWhole("a palette may hold colours of no pixel")
    form, most = _NUMBERS.get(name, ("", 0))
    of_depth = {b"sBIT": (_SAMPLES[colors] * "B", depth), b"bKGD": (_PLAIN[colors], 2**depth - 1)}
    if colors in (0, 2):
        of_depth[b"tRNS"] = (_PLAIN[colors], 2**depth - 1)
    form, most = of_depth.get(name, (form, most))
    if not form or len(content) != struct.calcsize(">" + form):
        return False
    if name == b"cICP":
        return content[2:3] == b"\0" and content[3] <= 1 and max(content) <= most
    if name == b"mDCV":
        return mastering_is_sane(content)
    numbers = struct.unpack(">" + form, content)
    return all(number <= most for number in numbers)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(name, content, all of it)."""
    at = len(_SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise NotWhole("cut off")
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise NotWhole("cut off")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise NotWhole("damaged")
        yield name, data[at + 8 : end - 4], data[at:end]
        at = end


def _profile(content: bytes, whole: bytes) -> bytes:
    name, _, packed = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _PROFILE_MAX_BYTES)
    except zlib.error as error:
        raise NotWhole(str(error)) from error
    if not unpacker.eof:
        raise NotWhole("a profile that has no end")
    bare = bare_profile(profile)
    known = name == _PROFILE_NAME or is_known_text(name.decode("latin-1"))
    if bare == profile and known and not unpacker.unused_data:
        return whole
    body = b"iCCP" + _PROFILE_NAME + b"\0\0" + zlib.compress(bare)
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _check_pixels(head: bytes, parts: list[bytes]) -> None:
    """Whether nothing follows the last pixel."""
    unpacker, found = zlib.decompressobj(), 0
    try:
        for part in parts:
            while part:
                if unpacker.eof:
                    raise NotWhole("bytes behind the pixels")
                found += len(unpacker.decompress(part, _BLOCK_BYTES))
                part = unpacker.unconsumed_tail
    except zlib.error as error:
        raise NotWhole(str(error)) from error
    if not unpacker.eof or unpacker.unused_data or found != _pixels_bytes(head):
        raise NotWhole("not as many pixels as it says")


def _pixels_bytes(head: bytes) -> int:
    if len(head) != 13 or head[9] not in _CHANNELS:
        raise NotWhole("no header")
    width, height, depth, colors, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    bits = depth * _CHANNELS[colors]
    total = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
