"""Takes the one part named ``file`` out of a multipart body, straight to disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import BinaryIO

CHUNK_BYTES = 256 * 1024
_MAX_HEAD_BYTES = 16 * 1024  # a part's headers; real ones have some hundred bytes
_FIELD = "file"

# Reads at most this many bytes of the body; empty at its end.
Reader = Callable[[int], bytes]


class BadMultipart(Exception):
    """The body is not what the service takes."""


class TooLarge(Exception):
    """The file is over the limit."""


@dataclass(frozen=True, slots=True)
class Part:
    """The file that came: its own name and type, as the client wrote them."""

    file_name: str
    content_type: str | None
    size_bytes: int


def boundary_of(content_type: str) -> bytes:
    """Raises BadMultipart."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise BadMultipart("not multipart/form-data")
    return boundary.encode("latin-1", "replace")


def save_file_part(read: Reader, boundary: bytes, out: BinaryIO, limit_bytes: int) -> Part:
    """Write the part named ``file`` to ``out``. Raises BadMultipart, TooLarge."""
    scanner = _Scanner(read, b"\r\n--" + boundary)
    scanner.skip_part()  # the preamble
    found: Part | None = None
    while scanner.has_part():
        head = BytesHeaderParser().parsebytes(scanner.head())
        name = head.get_param("name", header="content-disposition")
        if name != _FIELD or found is not None:
            scanner.skip_part()
            continue
        size_bytes = scanner.copy_part(out, limit_bytes)
        typed = head.get_content_type() if head["content-type"] else None
        found = Part(head.get_filename() or "", typed, size_bytes)
    if found is None:
        raise BadMultipart("no part named file")
    return found


class _Scanner:
    """Cuts a stream at a delimiter, holding little more than a chunk."""

    def __init__(self, read: Reader, delimiter: bytes) -> None:
        self._read = read
        self._delimiter = delimiter
        self._held = b"\r\n"  # so that the first delimiter looks like the others

    def _more(self) -> None:
        chunk = self._read(CHUNK_BYTES)
        if not chunk:
            raise BadMultipart("the body ends too early")
        self._held += chunk

    def has_part(self) -> bool:
        """After a delimiter: whether a part follows, or the end."""
        while len(self._held) < 2:
            self._more()
        mark, self._held = self._held[:2], self._held[2:]
        if mark not in (b"\r\n", b"--"):
            raise BadMultipart("a broken delimiter")
        return mark == b"\r\n"

    def head(self) -> bytes:
        self._held = b"\r\n" + self._held  # a part without headers starts with the empty line
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _MAX_HEAD_BYTES:
                raise BadMultipart("a part with too many headers")
            self._more()
        head, self._held = self._held[2 : end + 2], self._held[end + 4 :]
        return head

    def skip_part(self) -> None:
        self._walk(lambda data: None)

    def copy_part(self, out: BinaryIO, limit_bytes: int) -> int:
        size_bytes = 0

        def write(data: bytes) -> None:
            nonlocal size_bytes
            size_bytes += len(data)
            if size_bytes > limit_bytes:
                raise TooLarge
            out.write(data)

        self._walk(write)
        return size_bytes

    def _walk(self, take: Callable[[bytes], None]) -> None:
        """Hand over everything before the next delimiter, and stand behind it."""
        while (end := self._held.find(self._delimiter)) < 0:
            safe = len(self._held) - len(self._delimiter) + 1
            if safe > 0:
                take(self._held[:safe])
                self._held = self._held[safe:]
            self._more()
        take(self._held[:end])
        self._held = self._held[end + len(self._delimiter) :]
