"""When an MP4 or MOV was made, to the second: numbers at known places, which may be set to 0."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import BinaryIO

from .boxes import boxes
from .files import size_bytes

_HEADS = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_PARENTS = frozenset({b"moov", b"trak", b"mdia"})
_TIMES = {0: 8, 1: 16}  # by the box's version: made and changed, behind version and flags


def is_dated(file: BinaryIO) -> bool:
    """Raises BadBoxes; OSError of reading."""
    return any(_read(file, begin, size).strip(b"\0") for begin, size in _places(file))


def copy_undated(file: BinaryIO, target: BinaryIO) -> None:
    """All of it, but for the times. Raises BadBoxes; OSError of reading and writing."""
    file.seek(0)
    shutil.copyfileobj(file, target)
    for begin, size in _places(file):
        target.seek(begin)
        target.write(bytes(size))


def _places(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(offset, how many bytes) of each pair of times."""
    within = [(0, size_bytes(file))]
    while within:
        for box in boxes(file, *within.pop()):
            if box.name in _PARENTS:
                within.append((box.inner, box.end))
            elif box.name in _HEADS:
                yield box.inner + 4, _TIMES.get(_read(file, box.inner, 1)[0], 0)


def _read(file: BinaryIO, begin: int, size: int) -> bytes:
    file.seek(begin)
    return file.read(size)
