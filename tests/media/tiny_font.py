"""A TrueType font of a few letters, each a block of its own width, written by hand."""

from __future__ import annotations

import struct
from pathlib import Path

UNITS = 1000  # of the em
EMPTY, LEFT, RIGHT, TOP, BOTTOM = 0, 100, 500, 800, 0  # of the box that stands for no letter


def write_font(path: Path, letters: str) -> Path:
    """``letters`` in ascending order; the n-th is a block of ``block_units(n)``."""
    glyphs = [_block(LEFT, RIGHT), *(_block(LEFT, block_units(n)) for n in range(len(letters)))]
    offsets, outlines = [0], b""
    for glyph in glyphs:
        outlines += glyph
        offsets.append(len(outlines))
    head = struct.pack(
        ">IIIIHHQQhhhhHHhhh",
        *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, UNITS, 0, 0, 0, 0, UNITS, UNITS, 0, 8, 2, 1, 0),
    )
    hhea = struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, TOP, -200, 0, UNITS, *([0] * 11), len(glyphs))
    maxp = struct.pack(">I14H", 0x10000, len(glyphs), 4, 1, *([0] * 11))
    tables = {
        b"cmap": _cmap(letters),
        b"glyf": outlines,
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">Hh", UNITS, LEFT) * len(glyphs),
        b"loca": struct.pack(f">{len(offsets)}I", *offsets),
        b"maxp": maxp,
    }
    entries, data = b"", b""
    begin = 12 + 16 * len(tables)
    for name, table in tables.items():
        entries += name + struct.pack(">III", 0, begin + len(data), len(table))
        data += table + b"\0" * (-len(table) % 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack(">IHHHH", 0x10000, len(tables), 0, 0, 0) + entries + data)
    return path


def block_units(number: int) -> int:
    """Where the block of the n-th letter ends."""
    return RIGHT + 100 * (number + 1)


def _block(left: int, right: int) -> bytes:
    head = struct.pack(">hhhhhHH", 1, left, BOTTOM, right, TOP, 3, 0)
    across = struct.pack(">hhhh", left, 0, right - left, 0)
    down = struct.pack(">hhhh", BOTTOM, TOP - BOTTOM, 0, BOTTOM - TOP)
    data = head + b"\x01" * 4 + across + down
    return data + b"\0" * (-len(data) % 4)


def _cmap(letters: str) -> bytes:
    groups = b"".join(struct.pack(">III", ord(c), ord(c), n + 1) for n, c in enumerate(letters))
    body = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(letters)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + body
