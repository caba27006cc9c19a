"""A download's part file on disk, with what is needed to go on with it later."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import FileIO
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Annotated

from ..durable import flush
from ..motion.reading import Unreadable, parsed, read, whole
from ..moving import replace
from ..plain_file import NotPlain, TooLarge, plain, read_plain
from .errors import LocalFileError
from .http import Stream

META_SUFFIX = ".meta"
_MAX_META_BYTES = 16_384
_RANGE_SHAPE = re.compile(r"bytes\s+(?:(\d{1,15})-(\d{1,15})|\*)/(?:(\d{1,15})|\*)")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def _header(value: object) -> str:
    """A header's value that may be sent back: visible ASCII and spaces, at most 1,000 of them."""
    if not isinstance(value, str) or not re.fullmatch(r"[ -~]{1,1000}", value.strip()):
        raise Unreadable("no header")
    return value.strip()


@dataclass(frozen=True, slots=True)
class Validator:
    """What tells one version of a remote file from another. Never its link: that is a secret."""

    etag: Annotated[str, _header] | None = None
    last_modified: Annotated[str, _header] | None = None
    total: Annotated[int, whole(1)] | None = None

    @property
    def if_range(self) -> str | None:
        """A value for ``If-Range``: a strong ETag, else a date (RFC 9110, 13.1.5)."""
        if self.etag is not None and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def same_file(self, other: Validator) -> bool:
        """Whether nothing that both know differs."""
        pairs = zip(self._known(), other._known(), strict=True)
        return all(mine == theirs for mine, theirs in pairs if mine and theirs)

    def _known(self) -> tuple[object, ...]:
        return self.etag, self.last_modified, self.total


class PartFile:
    """The bytes that are here. Open for the length of one attempt; a context manager.

    All methods raise LocalFileError ("no_room" with the bytes needed, or "unwritable").
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.size_bytes = 0
        self._meta_path = path + META_SUFFIX
        self._known = Validator()
        self._file: FileIO | None = None
        self._total: int | None = None

    def __enter__(self) -> PartFile:
        self._known = self._read_meta()
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            self._file = FileIO(_opened(self.path, flags), "r+b")
            descriptor = self._file.fileno()
            self.size_bytes = os.fstat(descriptor).st_size
        except OSError as problem:
            raise self._error(problem) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._file is not None
        self._file.close()

    def resume_headers(self) -> Mapping[str, str]:
        """``Range`` and ``If-Range`` where there is something to go on with."""
        headers = {"Accept": "*/*"}
        total = self._known.total
        if self.size_bytes == 0 or (total is None and self._known.if_range is None):
            return headers
        if total is not None and self.size_bytes >= total:
            self.size_bytes = total - 1  # one byte again, to hear that it is still the same file
        if self.size_bytes <= 0:
            self.size_bytes = 0
            return headers
        headers["Range"] = f"bytes={self.size_bytes}-"
        if self._known.if_range is not None:
            headers["If-Range"] = self._known.if_range
        return headers

    def begin(self, stream: Stream, *, packed: bool = False) -> int | None:
        """Take in the head of an answer with the file; returns the file's whole size, if told.

        ``packed``: its bytes are unpacked on the way, so nothing goes on in the middle of them.
        Raises OtherFile where a 206 does not go on with what is here.
        """
        if packed:
            self.size_bytes = 0
            self._cut_at(0)
            self._write_meta(Validator())
            return None
        start, total = content_range(stream.headers.get("content-range", ""))
        length = _digits(stream.headers.get("content-length", ""))
        is_whole = stream.status != 206 or (start is None and self.size_bytes == 0)
        if is_whole:
            start, total = 0, length
        elif total is None and length is not None and start is not None:
            total = start + length
        told = Validator(
            _header_text(stream.headers.get("etag")),
            _header_text(stream.headers.get("last-modified")),
            total,
        )
        if not is_whole and (start != self.size_bytes or not self._goes_on(told)):
            raise OtherFile
        if is_whole:
            self.size_bytes = 0
        self._cut_at(self.size_bytes)
        self._total = total
        self._write_meta(told)
        self._need_room()
        return total

    def reset(self) -> None:
        """Forget what is here; the next attempt starts from the first byte."""
        self.size_bytes = 0
        self._known = Validator()
        self._cut_at(0)

    def write(self, block: bytes) -> None:
        assert self._file is not None
        left = memoryview(block)
        try:
            while left:
                left = left[self._file.write(left) or 0 :]
        except OSError as problem:
            raise self._error(problem) from None
        self.size_bytes += len(block)

    def finish(self) -> None:
        """Make sure that the bytes outlive a power cut."""
        assert self._file is not None
        try:
            flush(self._file.fileno())
        except OSError as problem:
            raise self._error(problem) from None

    def _goes_on(self, told: Validator) -> bool:
        return self.size_bytes == 0 or self._known.same_file(told)

    def _cut_at(self, size: int) -> None:
        assert self._file is not None
        try:
            self._file.truncate(size)
            self._file.seek(size)
        except OSError as problem:
            raise self._error(problem) from None

    def _need_room(self) -> None:
        """Refuse at once what cannot fit; without a known size the disk has to tell."""
        if self._total is None:
            return
        needed = self._total - self.size_bytes
        try:
            free = shutil.disk_usage(os.path.dirname(os.path.abspath(self.path))).free
        except OSError:
            return  # some network folders do not tell
        if free < needed:
            raise LocalFileError("no_room", self.path, needed)

    def _error(self, problem: OSError) -> LocalFileError:
        if problem.errno in _NO_ROOM:
            needed = None if self._total is None else max(0, self._total - self.size_bytes)
            return LocalFileError("no_room", self.path, needed)
        return LocalFileError("unwritable", self.path)

    def _read_meta(self) -> Validator:
        """What was noted; nothing where the note is missing or not ours."""
        try:
            return read(Validator, parsed(read_plain(self._meta_path, _MAX_META_BYTES)), [])
        except (OSError, Unreadable):
            return Validator()

    def _write_meta(self, told: Validator) -> None:
        self._known = told
        try:
            with open(self._meta_path, "w", encoding="ascii", opener=_opened) as file:
                json.dump(asdict(told), file)
        except OSError as problem:
            raise self._error(problem) from None


def _opened(path: str, flags: int) -> int:
    """As ``plain``; what stands in the file's place and is none gets another name. OSError."""
    try:
        return plain(path, flags)
    except TooLarge:
        raise
    except NotPlain:
        aside = next(name for n in count(1) if not os.path.lexists(name := f"{path}.not-ours-{n}"))
        replace(Path(path), Path(aside))
    return plain(path, flags)


class OtherFile(Exception):
    """The service goes on with something else than what is here: start over."""


def content_range(text: str) -> tuple[int | None, int | None]:
    """(first byte, bytes in all) of a ``Content-Range``, each None where it does not say."""
    match = _RANGE_SHAPE.fullmatch(text.strip())
    if match is None:
        return None, None
    first, _, total = match.groups()
    return (None if first is None else int(first)), (None if total is None else int(total))


def _digits(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text.strip()) else None


def _header_text(text: object) -> str | None:
    try:
        return _header(text)
    except Unreadable:
        return None
