"""Whether an MP4 or MOV is proven to tell of no one, so that it may be sent byte for byte.

All of it has to be known: each box at its place, and each byte of the data as part of a picture
or of sound. What is not proven may still be harmless; a copy of it is by its making. Worker side.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from .boxes import BadBoxes, Box, boxes
from .dates import is_dated
from .files import size_bytes
from .harmless_boxes import (
    DESCRIPTIONS,
    META,
    MOVIE,
    PADDING,
    SOUND_KINDS,
    TOP,
    USER_DATA,
    Rules,
    picture_head_bytes,
    sound_head_bytes,
)

_INDEX_MAX_BYTES = 16 * 1024 * 1024
_FRAGMENTS = frozenset({b"moof", b"styp", b"sidx", b"ssix", b"mfra"})
_BLOCK_BYTES = 1024 * 1024
_END_OF_LIST = bytes(4)  # QuickTime's, behind user data and descriptions
_MOST_SAMPLES = 1_000_000  # six hours of sound
_MOST_DATA_BOXES = 64
_SLOWEST_S, _LATEST_S = 60, 10  # one sample lasts, is shown behind its decoding
# Packets of sound that are not heard: iPhones begin with 2112 samples, which are two and a part.
_MOST_HIDDEN = 2


class _NotKnown(Exception):
    """Something that no list knows."""


class _OtherKind(_NotKnown):
    """A form of the container, or of sound, that is not looked into."""


@dataclass(frozen=True, slots=True)
class Proof:
    pictures: int | None  # how many it holds; None where it is not proven to be harmless
    odd: bool = False  # something was found that no list knows
    dated: bool = False  # it tells when it was made


def prove(file: BinaryIO) -> Proof:
    try:
        return Proof(_pictures(file), dated=is_dated(file))
    except _OtherKind:
        return Proof(None)
    except (_NotKnown, BadBoxes, OSError, struct.error, IndexError):
        return Proof(None, odd=True)


def _pictures(file: BinaryIO) -> int:
    top = list(boxes(file, 0, size_bytes(file)))
    if not top or top[-1].end != size_bytes(file):
        raise _NotKnown("bytes behind the boxes")
    index = [box for box in top if box.name == b"moov"]
    if len(index) != 1:
        raise _NotKnown("no index, or several")
    for box in top:
        if box.name in PADDING:
            _check_empty(file, box.inner, box.end)
        elif box.name in _FRAGMENTS:
            raise _OtherKind(box.name)
        elif box.name not in (b"moov", b"mdat"):
            _walk_one(box.name, _content(file, box), TOP)
    moov = _content(file, index[0])
    tracks = []
    for name, content in _within(moov):
        if name == b"udta":
            _check_user_data(content)
        else:
            _walk_one(name, content, MOVIE)
        if name == b"trak":
            tracks.append(_Track(content))
    kinds = sorted(track.is_picture for track in tracks)
    if kinds not in ([True], [False, True]):  # what plays shows one of each; others may tell more
        raise _OtherKind("not one picture track, and one of sound at most")
    ticks = _ticks(_only(moov, b"mvhd"))
    for track in tracks:
        track.check_times(ticks)
    _check_data(file, [box for box in top if box.name == b"mdat"], tracks)
    return next(track.count for track in tracks if track.is_picture)


class _Track:
    """Where a track's samples lie, by its tables."""

    def __init__(self, content: bytes) -> None:
        self._edits = _edits(content)
        content = _only(content, b"mdia")
        self._ticks = _ticks(_only(content, b"mdhd"))
        for name in (b"minf", b"stbl"):
            content = _only(content, name)
        self._tables = content
        self.is_picture = _describes_pictures(_only(content, b"stsd"))
        sizes = _only(content, b"stsz")
        same, self.count = _column(sizes[4:12], ">I")
        if self.count > _MOST_SAMPLES:
            raise _NotKnown("too many samples")
        each = [same] * self.count if same else _column(sizes[12:], ">I")
        self.chunks = list(self._chunks(content, each))
        for table in (b"stss", b"stps"):
            if any(n > self.count for n in _column(_only(content, table, True)[8:], ">I")):
                raise _NotKnown("marks of no sample")
        for name, inner in _within(content):
            if name == b"sbgp" and sum(_column(inner[12:], ">I4x")) > self.count:
                raise _NotKnown("groups of no sample")

    def check_times(self, movie_ticks: int) -> None:
        """Whether they are a film's, and whether all that is in the track is shown."""
        lengths = self._runs(b"stts", ">II")
        behind = self._runs(b"ctts", ">Ii") or [0] * self.count
        slowest, latest = _SLOWEST_S * self._ticks, _LATEST_S * self._ticks
        if any(length > slowest for length in lengths[:-1]):
            raise _NotKnown("samples that last too long")
        if any(abs(n) > latest for n in behind):
            raise _NotKnown("samples shown too late")
        ends = list(accumulate(lengths))
        total = ends[-1] if ends else 0
        shift = _only(self._tables, b"cslg", True)
        if shift:
            *near, begin, end = struct.unpack(">5q" if len(shift) == 44 else ">5i", shift[4:])
            if any(abs(n) > latest for n in (*near, begin)) or not 0 <= end <= total + latest:
                raise _NotKnown("times of no sample")
        if self._edits and not self.is_picture:  # pictures that are hidden are counted
            self._check_hidden(ends, movie_ticks)

    def _check_hidden(self, ends: list[int], movie_ticks: int) -> None:
        """Sound may have what decoding begins with, and what fills the last packet."""
        shown = [(length, begin) for length, begin in self._edits if begin >= 0]
        if len(shown) != 1 or self._edits[-1] != shown[0] or len(self._edits) > 2:
            raise _OtherKind("an edit list in parts")
        length, begin = shown[0]
        end = begin + -(-(length + 1) * self._ticks // movie_ticks)
        before = bisect_right(ends, begin)
        after = self.count - 1 - bisect_left(ends, end) if length else 0
        if before > _MOST_HIDDEN or after > _MOST_HIDDEN:
            raise _OtherKind("sound that is not heard")

    def _runs(self, name: bytes, form: str) -> list[int]:
        """One number for each sample."""
        runs = list(struct.iter_unpack(form, _only(self._tables, name, True)[8:]))
        if sum(count for count, _ in runs) not in (0, self.count) or not all(n for n, _ in runs):
            raise _NotKnown("times of no sample")
        return [number for count, number in runs for _ in range(count)]

    @staticmethod
    def _chunks(content: bytes, sizes: list[int]) -> Iterator[tuple[int, int]]:
        """(begin, end) of each, in the file."""
        offsets = _column(_only(content, b"stco", True)[8:], ">I")
        offsets += _column(_only(content, b"co64", True)[8:], ">Q")
        runs = list(struct.iter_unpack(">III", _only(content, b"stsc")[8:]))
        ends = [*(first for first, _, _ in runs[1:]), len(offsets) + 1]
        at, expected = 0, 1
        for (first, samples, description), last in zip(runs, ends, strict=True):
            if first != expected or description != 1 or not first < last <= len(offsets) + 1:
                raise _NotKnown("chunks that are not there")
            expected = last
            for offset in offsets[first - 1 : last - 1]:
                yield offset, offset + sum(sizes[at : at + samples])
                at += samples
        if at != len(sizes) or expected != len(offsets) + 1:
            raise _NotKnown("samples without a chunk, or chunks without samples")


def _edits(track: bytes) -> list[tuple[int, int]]:
    """(how long, from where in the track; -1: nothing) of each."""
    for name, inner in _within(track):
        if name == b"edts":
            listed = _only(inner, b"elst")
            form = ">Qq4x" if listed[:1] == b"\1" else ">Ii4x"
            return list(struct.iter_unpack(form, listed[8:]))
    return []


def _ticks(head: bytes) -> int:
    """A second's."""
    (ticks,) = struct.unpack_from(">I", head, 20 if head[:1] == b"\1" else 12)
    return int(ticks)


def _describes_pictures(content: bytes) -> bool:
    """Whether the one description is of pictures; else it is of sound."""
    entries = _within(content[8:])
    if len(entries) != 1 or content[:8] != bytes(7) + b"\1":
        raise _NotKnown("not one description")
    ((name, entry),) = entries
    rules, is_sound = DESCRIPTIONS.get(name), name in SOUND_KINDS
    length = sound_head_bytes(entry) if is_sound else picture_head_bytes(entry)
    if not isinstance(rules, dict):
        raise _OtherKind(name)
    if length is None:
        raise _NotKnown(name)
    _walk(entry[length:], rules)
    return not is_sound


def _only(content: bytes, name: bytes, may_lack: bool = False) -> bytes:
    found = [inner for child, inner in _within(content) if child == name]
    if len(found) != 1 and not (may_lack and not found):
        raise _NotKnown(name)
    return found[0] if found else b""


def _column(table: bytes, form: str) -> list[int]:
    return [number for (number,) in struct.iter_unpack(form, table)]


def _check_user_data(content: bytes) -> None:
    for name, inner in _within(content):
        if name != b"meta":
            _walk_one(name, inner, USER_DATA)
        elif inner[:4] != bytes(4):
            raise _NotKnown(name)
        else:
            _walk(inner[4:], META)


def _walk(content: bytes, rules: Rules) -> None:
    for name, inner in _within(content):
        _walk_one(name, inner, rules)


def _walk_one(name: bytes, content: bytes, rules: Rules) -> None:
    rule = rules.get(name)
    if isinstance(rule, dict):
        _walk(content, rule)
    elif rule is None or not rule(content):
        raise _NotKnown(name)


def _within(content: bytes) -> list[tuple[bytes, bytes]]:
    """(name, content) of the boxes that fill a box."""
    found = list(boxes(io.BytesIO(content), 0, len(content)))
    if content[found[-1].end if found else 0 :] not in (b"", _END_OF_LIST):
        raise _NotKnown("bytes behind the boxes")
    return [(box.name, content[box.inner : box.end]) for box in found]


def _content(file: BinaryIO, box: Box) -> bytes:
    if box.end - box.inner > _INDEX_MAX_BYTES:
        raise _NotKnown("too large to be looked at")
    file.seek(box.inner)
    return file.read(box.end - box.inner)


def _check_data(file: BinaryIO, data: list[Box], tracks: list[_Track]) -> None:
    """Whether what no sample covers is empty."""
    if len(data) > _MOST_DATA_BOXES:
        raise _NotKnown("data in too many parts")
    at, gaps = 0, []
    for begin, end in sorted(chunk for track in tracks for chunk in track.chunks):
        if not any(box.inner <= begin and end <= box.end for box in data):
            raise _NotKnown("samples outside the data")
        gaps.append((at, begin))
        at = max(at, end)
    gaps.append((at, size_bytes(file)))
    for box in data:
        for begin, end in gaps:
            _check_empty(file, max(begin, box.inner), min(end, box.end))


def _check_empty(file: BinaryIO, begin: int, end: int) -> None:
    while begin < end:
        file.seek(begin)
        block = file.read(min(_BLOCK_BYTES, end - begin))
        if not block or block.strip(b"\0"):
            raise _NotKnown("data of no track")
        begin += len(block)
