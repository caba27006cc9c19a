"""The recipe of a result, kept in the saved file itself. Worker side.

It stands in the file's comment (iTunes' ``©cmt``), because that is what players show, and what
FFmpeg and its kin carry along when a file is copied or put into another container. Only the index
of the file is written anew: pictures and sound stay where they are, bit for bit.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from typing import BinaryIO

from .boxes import BadBoxes, Box, box_bytes, boxes
from .clips import open_clip
from .errors import MediaCode, MediaError
from .files import open_file, size_bytes
from .placing import created

MARK = "Kling Desktop recipe: "  # how our comment begins; a person may meet it in a player
INDEX_MAX_BYTES = 64 * 1024 * 1024  # an index larger than this is no clip's
COMMENT_MAX_CHARS = 1_000_000  # a recipe is a few kilobytes
COMMENT = b"\xa9cmt"
_UTF8 = struct.pack(">II", 1, 0)  # iTunes: the value is UTF-8 text, of no country
_DATA_HEAD_BYTES = 16  # of a value: size, "data", type, country
_FULL_BOX_BYTES = 4  # version and flags
_HANDLER = box_bytes(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
COPY_BYTES = 1024 * 1024
_TABLES = {b"stco": ">I", b"co64": ">Q"}  # where each chunk of pictures or sound begins
_PATH_TO_TABLES = frozenset({b"trak", b"mdia", b"minf", b"stbl"})


def write_recipe(path: str, out: str, recipe_json: str) -> None:
    """Copy ``path`` to the new file ``out`` with the recipe in it. Raises MediaError."""
    json.loads(recipe_json)  # what can't be read back is not written
    with open_file(path) as source, created(out) as target:
        try:
            _write(source, target, recipe_json)
        except BadBoxes as error:
            raise MediaError(MediaCode.NOT_A_VIDEO, path, str(error)) from error
        except struct.error as error:  # an offset that does not fit any more
            raise MediaError(MediaCode.TRUNCATED, path, str(error)) from error


def read_recipe(path: str) -> str | None:
    """The recipe as it was written; None where there is none. Raises MediaError."""
    with open_clip(path) as clip:
        tags = {name.lower(): value for name, value in clip.container.metadata.items()}
    return _recipe_in(tags.get("comment", ""))


def _recipe_in(comment: str) -> str | None:
    if not comment.startswith(MARK) or len(comment) > COMMENT_MAX_CHARS:
        return None
    text = comment.removeprefix(MARK)
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return text[:end]


def _write(source: BinaryIO, target: BinaryIO, recipe_json: str) -> None:
    top = list(boxes(source, 0, size_bytes(source)))
    index = next((box for box in top if box.name == b"moov"), None)
    if index is None or index.end - index.begin > INDEX_MAX_BYTES:
        raise BadBoxes("no index")
    if any(box.name == b"moof" for box in top):
        raise BadBoxes("in fragments")
    old = _read(source, index.inner, index.end)
    new = _with_comment(old, recipe_json)
    grown = 8 + len(new) - (index.end - index.begin)
    new = bytes(_moved(new, index.end, grown))
    _copy(source, target, 0, index.begin)
    target.write(box_bytes(b"moov", new))
    _copy(source, target, index.end, size_bytes(source))


def _with_comment(index: bytes, recipe_json: str) -> bytes:
    """The index's content with our comment; one that was there before stands behind ours."""
    outer = [(n, c) for n, c in _parts(index) if n != b"udta"]
    user = [part for n, c in _parts(index) if n == b"udta" for part in _parts(c)]
    tags: list[tuple[bytes, bytes]] = []
    kept = []
    for name, content in user:
        if name == b"meta" and b"mdir" in content[:64]:
            tags += [
                t for n, c in _parts(content[_FULL_BOX_BYTES:]) if n == b"ilst" for t in _parts(c)
            ]
        else:
            kept.append((name, content))
    earlier = [c[_DATA_HEAD_BYTES:].decode("utf-8", "replace") for n, c in tags if n == COMMENT]
    earlier = [text for text in earlier if _recipe_in(text) is None]
    text = "\n\n".join([MARK + recipe_json, *earlier])
    value = box_bytes(b"data", _UTF8 + text.encode("utf-8", "backslashreplace"))
    tags = [(COMMENT, value), *(t for t in tags if t[0] != COMMENT)]
    meta = bytes(_FULL_BOX_BYTES) + _HANDLER + box_bytes(b"ilst", _joined(tags))
    return _joined([*outer, (b"udta", _joined([*kept, (b"meta", meta)]))])


def _parts(content: bytes) -> list[tuple[bytes, bytes]]:
    """(name, content) of each box in a box."""
    return [(b.name, content[b.inner : b.end]) for b in boxes(io.BytesIO(content), 0, len(content))]


def _joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(box_bytes(name, content) for name, content in parts)


def _moved(index: bytes, behind: int, by: int) -> bytearray:
    """The index with every offset beyond ``behind`` moved: what follows the index has moved."""
    moved = bytearray(index)
    for table in _tables(index, 0, len(index)):
        form = _TABLES[table.name]
        width = struct.calcsize(form)
        (count,) = struct.unpack_from(">I", index, table.inner + _FULL_BOX_BYTES)
        first = table.inner + _FULL_BOX_BYTES + 4
        if first + count * width > table.end:
            raise BadBoxes("a table that is longer than its box")
        for at in range(first, first + count * width, width):
            (offset,) = struct.unpack_from(form, index, at)
            if offset >= behind:
                struct.pack_into(form, moved, at, offset + by)
    return moved


def _tables(index: bytes, begin: int, end: int) -> Iterator[Box]:
    for box in boxes(io.BytesIO(index), begin, end):
        if box.name in _TABLES:
            yield box
        elif box.name in _PATH_TO_TABLES:
            yield from _tables(index, box.inner, box.end)


def _read(source: BinaryIO, begin: int, end: int) -> bytes:
    source.seek(begin)
    return source.read(end - begin)


def _copy(source: BinaryIO, target: BinaryIO, begin: int, end: int) -> None:
    source.seek(begin)
    left = end - begin
    while left > 0:
        block = source.read(min(left, COPY_BYTES))
        if not block:
            raise BadBoxes("cut off")
        target.write(block)
        left -= len(block)
