"""What MP4 and MOV say of a track's picture beside its packets. Worker side."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from .boxes import BadBoxes, Box, boxes
from .files import size_bytes

Edges = tuple[int, int, int, int]  # left, top, right, bottom in coded px: not shown
Colors = tuple[int, int, int]  # matrix, primaries, curve (ISO 23091-2)
_TO_ENTRIES = (b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEAD_BYTES = 8
_ENTRY_HEAD_BYTES = 78  # of a VisualSampleEntry (ISO 14496-12), before its boxes
_SIDES_AT = 24  # in it: width and height
_COLR = struct.Struct(">HHH")
_CLAP = struct.Struct(">IIIIiIiI")  # width, height, offsets of the middle: all are fractions


def mp4_edges(file: BinaryIO, track_id: int) -> Edges | None:
    """What the box ``clap`` of that track cuts off at the left, top, right and bottom."""
    try:
        entry = _entry_of(file, track_id)
        return _clean_aperture(file, entry) if entry is not None else None
    except (BadBoxes, OSError, struct.error):
        return None


def mp4_colors(file: BinaryIO, track_id: int) -> Colors | None:
    """What the box ``colr`` of that track says, where it says it in numbers."""
    try:
        entry = _entry_of(file, track_id)
        if entry is None:
            return None
        for box in boxes(file, entry.inner + _ENTRY_HEAD_BYTES, entry.end):
            file.seek(box.inner)
            if box.name == b"colr" and file.read(4) in (b"nclx", b"nclc"):
                primaries, curve, matrix = _COLR.unpack(file.read(_COLR.size))
                return matrix, primaries, curve
    except (BadBoxes, OSError, struct.error):
        return None
    return None


def _entry_of(file: BinaryIO, track_id: int) -> Box | None:
    for trak in _traks(file):
        if _id_of(file, trak) != track_id:
            continue
        for stsd in _inside(file, trak, _TO_ENTRIES):
            for entry in boxes(file, stsd.inner + _STSD_HEAD_BYTES, stsd.end):
                return entry
    return None


def _traks(file: BinaryIO) -> Iterator[Box]:
    for box in boxes(file, 0, size_bytes(file)):
        if box.name == b"moov":
            yield from (one for one in boxes(file, box.inner, box.end) if one.name == b"trak")


def _inside(file: BinaryIO, box: Box, path: tuple[bytes, ...]) -> Iterator[Box]:
    if not path:
        yield box
        return
    for inner in boxes(file, box.inner, box.end):
        if inner.name == path[0]:
            yield from _inside(file, inner, path[1:])


def _id_of(file: BinaryIO, trak: Box) -> int | None:
    for tkhd in _inside(file, trak, (b"tkhd",)):
        file.seek(tkhd.inner)
        head = file.read(24)
        at = 20 if head[:1] == b"\1" else 12  # times of 64 or of 32 bits before it
        return int.from_bytes(head[at : at + 4], "big")
    return None


def _clean_aperture(file: BinaryIO, entry: Box) -> Edges | None:
    file.seek(entry.inner + _SIDES_AT)
    sides = struct.unpack(">2H", file.read(4))
    for box in boxes(file, entry.inner + _ENTRY_HEAD_BYTES, entry.end):
        if box.name != b"clap":
            continue
        file.seek(box.inner)
        numbers = _CLAP.unpack(file.read(_CLAP.size))
        if not all(numbers[1::2]):
            return None
        wide, high, right, down = (numbers[n] / numbers[n + 1] for n in range(0, 8, 2))
        left = round(right + (sides[0] - wide) / 2)
        top = round(down + (sides[1] - high) / 2)
        edges = left, top, sides[0] - left - round(wide), sides[1] - top - round(high)
        return edges if min(edges) >= 0 else None
    return None
