"""Reading a JPEG's scans (ISO 10918-1) to their last bit, so that nothing stands behind it.

No pixel is made: only how long each code is counts. Pure Python, about a second for ten megapixels.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .bare_profile import NotWhole

_RESTARTS = re.compile(rb"\xff+[\xd0-\xd7]")
_BLOCK = 8
_VALUES = 64  # of a block
_END = 128  # of a block: a step beyond all
_CODE_BITS = 16
_LONGEST_SIZE = 11  # bits of a value, 8-bit samples
_ALL_ZEROS = 0xF0
_PROGRESSIVE = 0xC2


class _Table:
    """By the next 16 bits: how many belong to the code, and which symbol it is."""

    def __init__(self, counts: bytes, symbols: bytes) -> None:
        if len(set(symbols)) != len(symbols):
            raise NotWhole("a symbol twice")
        self.symbols = symbols
        self.used = False
        self._lengths: array[int] | None = None
        self._steps: array[int] | None = None
        self._codes = array("H", bytes(2 << _CODE_BITS))
        at = code = 0
        for length, count in enumerate(counts, 1):
            span = 1 << (_CODE_BITS - length)
            for symbol in symbols[at : at + count]:
                if code + span > 1 << _CODE_BITS:
                    raise NotWhole("too many codes")
                self._codes[code : code + span] = array("H", [length << 8 | symbol]) * span
                code += span
            at += count

    def codes(self) -> array[int]:
        """The length of a code above, its symbol below; 0 where there is none."""
        self.used = True
        return self._codes

    def lengths(self) -> array[int]:
        """Of a code with the value behind it."""
        self.used = True
        if self._lengths is None:
            self._lengths = self._mapped(lambda length, symbol: length + symbol)
        return self._lengths

    def steps(self) -> array[int]:
        """The same above; below, how many values it stands for."""

        def step(length: int, symbol: int) -> int:
            run, size = symbol >> 4, symbol & 0xF
            count = run + 1 if size or symbol == _ALL_ZEROS else _END
            return length + size << 8 | count

        self.used = True
        if self._steps is None:
            self._steps = self._mapped(step)
        return self._steps

    def _mapped(self, change: Callable[[int, int], int]) -> array[int]:
        made = {entry: change(entry >> 8, entry & 0xFF) for entry in set(self._codes) - {0}}
        return array("H", map({0: 0, **made}.__getitem__, self._codes))


@dataclass(slots=True)
class _Component:
    across: int  # blocks of one unit
    down: int
    columns: int  # blocks that hold a part of the picture
    rows: int
    stride: int  # blocks in a row, as they are stored
    found: bytearray  # which values are not zero so far, where the picture comes in steps


class Damaged(NotWhole):
    """Codes that are none, or fewer of them than the picture has blocks."""


_Part = tuple[_Component, _Table | None, _Table | None]  # of a scan: its first and other values


class Scans:
    """What was said so far, and the scans as they are read.

    ``lenient``: tables that nothing uses and bytes behind the pixels are passed over.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self._lenient = lenient
        self._seen: set[int] = set()
        self._behind = False  # bytes behind the pixels of the last scan
        self._tables: dict[int, _Table] = {}
        self._components: dict[int, _Component] = {}
        self._progressive = False
        self._units = (0, 0)
        self._restart = 0

    def take_frame(self, marker: int, segment: bytes) -> None:
        """``segment`` begins with its length. Raises NotWhole."""
        high, wide = int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[5:7], "big")
        parts = [segment[at : at + 3] for at in range(8, len(segment), 3)]
        sides = [(part[1] >> 4, part[1] & 0xF) for part in parts]
        plain = segment[2] == 8 and wide and high and parts and not self._components
        if not plain or not all(0 < side <= 4 for pair in sides for side in pair):
            raise NotWhole("a frame that is not known")
        self._progressive = marker == _PROGRESSIVE
        most = max(across for across, _ in sides), max(down for _, down in sides)
        across, down = _parts(wide, _BLOCK * most[0]), _parts(high, _BLOCK * most[1])
        self._units = (across, down)
        for part, (h, v) in zip(parts, sides, strict=True):
            columns = _parts(_parts(wide * h, most[0]), _BLOCK)
            rows = _parts(_parts(high * v, most[1]), _BLOCK)
            blocks = across * h * down * v if self._progressive else 0
            self._components[part[0]] = _Component(
                h, v, columns, rows, across * h, bytearray(blocks * _VALUES)
            )

    def take_tables(self, segment: bytes) -> None:
        at = 2
        while at < len(segment):
            count = sum(segment[at + 1 : at + 17])
            self._forget(segment[at])
            symbols = segment[at + 17 : at + 17 + count]
            longest = max((symbol & 0xF for symbol in symbols), default=0)
            is_first = segment[at] < 0x10
            if longest > _LONGEST_SIZE or (is_first and max(symbols, default=0) > _LONGEST_SIZE):
                raise NotWhole("a size that no value has")
            self._tables[segment[at]] = _Table(segment[at + 1 : at + 17], symbols)
            at += 17 + count

    def take_restart(self, segment: bytes) -> None:
        self._restart = int.from_bytes(segment[2:4], "big")

    def take_scan(self, segment: bytes, data: bytes) -> None:
        """``data``: up to the marker behind it. Raises NotWhole."""
        chosen = [(segment[at], segment[at + 1]) for at in range(3, len(segment) - 3, 2)]
        first, last, steps = segment[-3:]
        parts = [self._part(*one) for one in chosen]
        kind = (first > 0, steps >> 4 > 0) if self._progressive else None
        if not self._progressive and (first, last, steps) != (0, _VALUES - 1, 0):
            raise NotWhole("a scan that is not known")
        if last >= _VALUES or first > last or (first and len(parts) != 1) or not parts:
            raise NotWhole("a scan that is not known")
        if self._progressive and not first and last:
            raise NotWhole("a scan that is not known")
        blocks = self._blocks([component for component, _, _ in parts])
        pieces = _RESTARTS.split(data)
        whole = len(blocks)
        each = self._restart or whole
        wanted = -(-whole // each)
        if len(pieces) != wanted and not (self._lenient and len(pieces) > wanted):
            raise Damaged("not as many parts as it says")
        self._behind = len(pieces) > wanted
        for number, piece in enumerate(pieces[:wanted]):
            span = slice(number * each, (number + 1) * each)
            run = _Run(piece.replace(b"\xff\x00", b"\xff"))
            try:
                if kind is None:
                    run.read(len(blocks[span]), parts)
                elif not kind[0]:
                    run.read_first(len(blocks[span]), parts, refined=kind[1])
                else:
                    run.read_band(blocks[span], parts[0], first, last, refined=kind[1])
            except IndexError as error:
                raise Damaged("cut off") from error
            if not run.is_at_end():
                if not self._lenient:
                    raise NotWhole("bytes behind the pixels")
                self._behind = True
        self._seen.update(segment[3:-3:2])

    def check_whole(self, *, ended: bool) -> None:
        """Behind all scans, and the picture's end if there is one. Raises NotWhole."""
        if not self._seen.issuperset(self._components) or not self._components:
            raise Damaged("no scan of a part")
        if not ended and (self._behind or self._progressive):
            raise Damaged("no end")

    def check_used(self) -> None:
        for number in list(self._tables):
            self._forget(number)

    def _forget(self, number: int) -> None:
        table = self._tables.pop(number, None)
        if table is not None and not table.used and not self._lenient:
            raise NotWhole("a table that nothing uses")

    def _part(self, name: int, tables: int) -> _Part:
        component = self._components.get(name)
        if component is None:
            raise NotWhole("a scan of nothing")
        return component, self._tables.get(tables >> 4), self._tables.get(0x10 | tables & 0xF)

    def _blocks(self, components: list[_Component]) -> Sequence[int]:
        """Of a scan of one: where each block is stored. Of several: the units."""
        if len(components) > 1:
            return range(self._units[0] * self._units[1])
        (one,) = components
        return [row * one.stride + n for row in range(one.rows) for n in range(one.columns)]


class _Run:
    """The data between two restarts."""

    def __init__(self, data: bytes) -> None:
        self._bits = 8 * len(data)
        self._at = 0
        self._last = data[-1:]
        # The four bytes from each one on, as a number: a code is found by one look.
        count = len(data) // 4 + 2
        padded = data.ljust(4 * count + 4, b"\0")
        self._words = array("I", bytes(16 * count))
        for shift in range(4):
            words = array("I", padded[shift : shift + 4 * count])
            if sys.byteorder == "little":
                words.byteswap()
            self._words[shift::4] = words

    def read(self, count: int, parts: list[_Part]) -> None:
        """Whole blocks."""
        words, at = self._words, self._at
        unit: list[tuple[array[int], array[int]]] = []
        for component, dc, ac in parts:
            tables = (_there(dc).lengths(), _there(ac).steps())
            unit += [tables] * (component.across * component.down if len(parts) > 1 else 1)
        for _ in range(count):
            for lengths, steps in unit:
                step = lengths[words[at >> 3] >> 16 - (at & 7) & 0xFFFF]
                at += step
                number = 1 if step else _END + _END
                while number < _VALUES:
                    step = steps[words[at >> 3] >> 16 - (at & 7) & 0xFFFF]
                    at += step >> 8
                    number += step & 0xFF or _END + _END
                if number >= _END + _END or _VALUES < number < _END:
                    raise Damaged("a code that is none")
        self._at = at

    def read_first(self, count: int, parts: list[_Part], *, refined: bool) -> None:
        """The first value of each block, or one more bit of it."""
        words, at = self._words, self._at
        unit: list[array[int] | None] = []
        for component, dc, _ in parts:
            lengths = None if refined else _there(dc).lengths()
            unit += [lengths] * (component.across * component.down if len(parts) > 1 else 1)
        if refined:
            self._at += count * len(unit)
            return
        for _ in range(count):
            for lengths in unit:
                assert lengths is not None
                step = lengths[words[at >> 3] >> 16 - (at & 7) & 0xFFFF]
                if not step:
                    raise Damaged("a code that is none")
                at += step
        self._at = at

    def read_band(
        self, blocks: Sequence[int], part: _Part, first: int, last: int, *, refined: bool
    ) -> None:
        """Some of the other values of each block, or one more bit of them."""
        component, _, ac = part
        codes, found = _there(ac).codes(), component.found
        left = 0  # blocks that have no more
        for block in blocks:
            number, end = block * _VALUES + first, block * _VALUES + last + 1
            while number < end and not left:
                entry = self._take_code(codes)
                run, size = entry >> 4 & 0xF, entry & 0xF
                if not size and run < 15:
                    left = (1 << run) + self._take(run)
                    break
                if refined:
                    number = self._skip(found, number, end, run)
                    self._at += 1 if size else 0
                else:
                    number += run
                    self._at += size
                if number >= end:
                    raise Damaged("more values than a block has")
                if size:
                    found[number] = 1
                number += 1
            if left:
                left -= 1
                if refined:
                    self._at += found.count(1, number, end)
        if left:
            raise Damaged("more blocks than there are")

    def _skip(self, found: bytearray, number: int, end: int, zeros: int) -> int:
        """Past so many values that are still zero; each of the others has a bit here."""
        while number < end:
            if found[number]:
                self._at += 1
            elif zeros:
                zeros -= 1
            else:
                break
            number += 1
        return number

    def _take_code(self, codes: array[int]) -> int:
        at = self._at
        entry = codes[self._words[at >> 3] >> 16 - (at & 7) & 0xFFFF]
        if not entry:
            raise Damaged("a code that is none")
        self._at += entry >> 8
        return entry

    def _take(self, count: int) -> int:
        at = self._at
        self._at += count
        return self._words[at >> 3] >> 32 - (at & 7) - count & (1 << count) - 1

    def is_at_end(self) -> bool:
        """Whether less than a byte is left, and that is filled with ones or zeros. Raises Damaged
        where more was read than there is.
        """
        left = self._bits - self._at
        if left < 0:
            raise Damaged("cut off")
        rest = self._last[0] & (1 << left) - 1 if 0 < left < 8 else 0
        return left < 8 and rest in (0, (1 << left) - 1)


def _parts(whole: int, size: int) -> int:
    return -(-whole // size)


def _there(table: _Table | None) -> _Table:
    if table is None:
        raise NotWhole("a table that is not there")
    return table
