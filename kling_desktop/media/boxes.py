"""The boxes that MP4 and MOV files are made of (ISO 14496-12). Pure Python, reads headers only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_HEAD = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")
_TO_THE_END = 0  # a size of 0: the box fills the rest
_IS_LARGE = 1  # a size of 1: 64 bits follow
MAX_BOXES = 10_000  # fragments included; a hostile file could hold millions of empty ones


@dataclass(frozen=True, slots=True)
class Box:
    """One box: ``begin`` and ``end`` within the file, ``inner`` behind its header."""

    name: bytes
    begin: int
    inner: int
    end: int


class BadBoxes(ValueError):
    """What was read is no chain of boxes."""


def boxes(file: BinaryIO, begin: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets. Raises BadBoxes; OSError of reading."""
    count = 0
    while begin + _HEAD.size <= end:
        file.seek(begin)
        size, name = _HEAD.unpack(_read(file, _HEAD.size))
        inner = begin + _HEAD.size
        if size == _IS_LARGE:
            (size,) = _LARGE.unpack(_read(file, _LARGE.size))
            inner += _LARGE.size
        elif size == _TO_THE_END:
            size = end - begin
        count += 1
        if size < inner - begin or begin + size > end or count > MAX_BOXES:
            raise BadBoxes(f"{name!r} at {begin} with {size} bytes")
        yield Box(name, begin, inner, begin + size)
        begin += size


def box_bytes(name: bytes, content: bytes) -> bytes:
    return _HEAD.pack(_HEAD.size + len(content), name) + content


def _read(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise BadBoxes("cut off")
    return data
