"""A camera's raw file: known as one, and the largest picture that the camera put in it.

What the sensor saw needs a program of the photographer's choice; the JPEG in it is how the camera
developed it. Worker side.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

LARGE_PX = 1000  # the longer side; smaller ones are for the camera's own screen
_MAX_BYTES = 512 * 1024 * 1024  # twice the largest of 150-megapixel cameras
_MAX_IFDS, _MAX_ENTRIES = 32, 512
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_CFA, _LINEAR_RAW = 32803, 34892  # photometric interpretations: TIFF/EP, DNG
_PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 262, 330, 50706
_SHORT, _LONG, _IFD = 3, 4, 13
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # of what is decoded; a sensor's data are lossless, C3
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_ORIENTATION, _UPRIGHT = 0x0112, 1


def is_raw(head: bytes, file: BinaryIO) -> bool:
    """Whether a TIFF is one; the kinds that are no TIFF are known by their head."""
    order = _ORDERS.get(head[:4])
    if order is None:
        return False
    if head[8:10] == b"CR":  # Canon's
        return True
    try:
        return any(_tells_raw(ifd) for ifd in _ifds(file, order))
    except (struct.error, OSError):
        return False


def preview_of(file: BinaryIO) -> bytes | None:
    """The largest JPEG in it; None where none is large."""
    file.seek(0)
    data = file.read(_MAX_BYTES)
    best, best_area = -1, 0
    at = data.find(_JPEG)
    while at >= 0:
        size = _jpeg_size(data, at)
        if size is not None and max(size) >= LARGE_PX and size[0] * size[1] > best_area:
            best, best_area = at, size[0] * size[1]
        at = data.find(_JPEG, at + 2)
    return data[best:] if best >= 0 else None


def orientation_of(file: BinaryIO) -> int:
    """As the raw file has it; where its preview says nothing, that counts."""
    file.seek(0)
    head = file.read(1024 * 1024)
    at = 0 if head[:4] in _ORDERS else head.find(b"CMT1") + 4  # Canon's newer kind, a box
    if head[at : at + 4] not in _ORDERS:
        return _UPRIGHT
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + head[at:])
        value = exif.get(_ORIENTATION, _UPRIGHT)
    except Exception:  # damaged: the picture itself is fine
        return _UPRIGHT
    return value if isinstance(value, int) and 1 <= value <= 8 else _UPRIGHT


def _tells_raw(ifd: dict[int, list[int]]) -> bool:
    kind = ifd.get(_PHOTOMETRIC, [0])[0]
    return _DNG_VERSION in ifd or kind in (_CFA, _LINEAR_RAW)


def _ifds(file: BinaryIO, order: str) -> Iterator[dict[int, list[int]]]:
    """Tags with their numbers, of those that hold pictures."""
    file.seek(4)
    waiting = [struct.unpack(order + "I", file.read(4))[0]]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_IFDS:
        at = waiting.pop(0)
        if at == 0 or at in seen:
            continue
        seen.add(at)
        file.seek(at)
        (count,) = struct.unpack(order + "H", file.read(2))
        table = file.read(min(count, _MAX_ENTRIES) * 12 + 4)
        found: dict[int, list[int]] = {}
        for entry in range(min(count, _MAX_ENTRIES)):
            tag, form, length = struct.unpack_from(order + "HHI", table, entry * 12)
            value = table[entry * 12 + 8 : entry * 12 + 12]
            if tag in (_PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION):
                found[tag] = _numbers(file, order, form, length, value)
        yield found
        waiting += found.get(_SUB_IFDS, [])
        if count <= _MAX_ENTRIES:
            waiting.append(struct.unpack_from(order + "I", table, count * 12)[0])


def _numbers(file: BinaryIO, order: str, form: int, length: int, value: bytes) -> list[int]:
    letter = {_SHORT: "H", _LONG: "I", _IFD: "I"}.get(form)
    if letter is None:
        return [0]
    length = min(length, _MAX_IFDS)
    size = struct.calcsize(letter) * length
    if size > 4:
        file.seek(struct.unpack(order + "I", value)[0])
        value = file.read(size)
    return list(struct.unpack(f"{order}{length}{letter}", value[:size])) or [0]


def _jpeg_size(data: bytes, at: int) -> tuple[int, int] | None:
    """Width and height; None where it is no picture that can be decoded."""
    at += 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in (0xFF, *_NO_LENGTH):
            at += 1 if marker == 0xFF else 2
            continue
        if not 0xC4 <= marker <= 0xFE or marker in (0xD8, 0xD9, 0xDA):
            return None
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
