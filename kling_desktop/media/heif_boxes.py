"""What a HEIC or AVIF says of its picture (ISO 23008-12): colours and crop. Pure Python."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import BinaryIO

from .boxes import BadBoxes, boxes

_META_MAX_BYTES = 16 * 1024 * 1024
_FULL_BOX_BYTES = 4  # version and flags

Property = tuple[bytes, bytes]  # name, content


def properties(file: BinaryIO, size_bytes: int) -> list[Property]:
    """Of the primary picture, in their order; none where it cannot be told."""
    try:
        return _properties(_meta(file, size_bytes))
    except (BadBoxes, struct.error, LookupError, StopIteration, OSError):
        return []


def nclx_of(found: list[Property]) -> tuple[int, int] | None:
    """Primaries and curve as H.273 numbers them; None where a profile, or nothing, says more."""
    colors = [content for name, content in found if name == b"colr"]
    if any(content[:4] in (b"prof", b"rICC") for content in colors):
        return None
    for content in colors:
        if content[:4] == b"nclx" and len(content) >= 8:
            primaries, curve = struct.unpack_from(">HH", content, 4)
            return primaries, curve
    return None


def crop_of(found: list[Property], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the clean aperture, before any turn; None where it is whole."""
    for name, content in found:
        if name != b"clap" or len(content) < 32:
            continue
        numbers = struct.unpack(">IIIIiIiI", content[:32])
        if 0 in numbers[1::2]:
            return None
        width, height, across, down = (
            Fraction(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)
        )
        left = round(across + (size[0] - width) / 2)
        top = round(down + (size[1] - height) / 2)
        box = (left, top, left + round(width), top + round(height))
        inside = 0 <= left < box[2] <= size[0] and 0 <= top < box[3] <= size[1]
        return box if inside and box != (0, 0, *size) else None
    return None


def _meta(file: BinaryIO, size_bytes: int) -> dict[bytes, bytes]:
    for box in boxes(file, 0, size_bytes):
        if box.name == b"meta" and box.end - box.inner <= _META_MAX_BYTES:
            file.seek(box.inner + _FULL_BOX_BYTES)
            return dict(_within(file.read(box.end - box.inner - _FULL_BOX_BYTES)))
    raise BadBoxes("no meta")


def _within(content: bytes) -> list[Property]:
    found = boxes(io.BytesIO(content), 0, len(content))
    return [(box.name, content[box.inner : box.end]) for box in found]


def _properties(meta: dict[bytes, bytes]) -> list[Property]:
    form = ">H" if meta[b"pitm"][0] == 0 else ">I"
    (primary,) = struct.unpack_from(form, meta[b"pitm"], _FULL_BOX_BYTES)
    inner = _within(meta[b"iprp"])
    store = next(_within(content) for name, content in inner if name == b"ipco")
    for name, content in inner:
        if name == b"ipma":
            numbers = _associated(content, primary)
            if numbers is not None:
                return [store[number - 1] for number in numbers if 0 < number <= len(store)]
    return []


def _associated(content: bytes, wanted: int) -> list[int] | None:
    """Numbers of the item's properties."""
    item, entry = (">H" if content[0] == 0 else ">I"), (">H" if content[3] & 1 else ">B")
    mask = 0x7FFF if content[3] & 1 else 0x7F
    (count,) = struct.unpack_from(">I", content, _FULL_BOX_BYTES)
    at = _FULL_BOX_BYTES + 4
    for _ in range(count):
        (number,) = struct.unpack_from(item, content, at)
        at += struct.calcsize(item)
        length = content[at]
        at += 1
        step = struct.calcsize(entry)
        if number == wanted:
            found = (struct.unpack_from(entry, content, at + n * step)[0] for n in range(length))
            return [one & mask for one in found]
        at += length * step
    return None
