"""What is sent: bodies that stream, count, and know whether anything of them was handed over.

http.client asks for the body only after the connection stands and the headers are out. So a body
that was never asked for provably never arrived, whatever error came.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping

from ..plain_file import plain
from .errors import LocalFileError

# The largest piece given to the socket at once; large enough for loopback, small enough that
# one piece gets through a slow line within the write timeout.
BLOCK_BYTES = 256 * 1024
_MAX_NAME_BYTES = 255  # what file systems allow
_MIME_SHAPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")
_NAME_TRASH = re.compile(r"[\x00-\x1f\x7f/\\]")


class Body:
    """The common part: a length, reading in pieces, and ``handed_over``."""

    content_type = "application/octet-stream"

    def __init__(self) -> None:
        self.handed_over = False  # True as soon as any byte may be on the wire
        self.before_first_read: Callable[[], None] = _nothing

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[bytes]:
        """Only marks this as a stream for requests; http.client calls ``read``."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        if not self.handed_over:
            self.before_first_read()
            self.handed_over = True
        return self._read(size)

    def _read(self, size: int) -> bytes:
        raise NotImplementedError


class JsonBody(Body):
    """A JSON object, encoded once."""

    content_type = "application/json"

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__()
        # Lone surrogates cannot be sent as UTF-8; ASCII escapes carry everything.
        self._rest = json.dumps(data, allow_nan=False).encode("ascii")
        self._length = len(self._rest)

    def __len__(self) -> int:
        return self._length

    def _read(self, size: int) -> bytes:
        block, self._rest = self._rest[:size], self._rest[size:]
        return block


class FileBody(Body):
    """``multipart/form-data`` with one part named ``file``, read from disk while it is sent.

    Raises LocalFileError where the file vanishes, cannot be read or shrinks meanwhile.
    ``on_progress`` gets (bytes of the file handed to the network, bytes of the file).
    ``sha256``: of any other content nothing is sent ("changed"). A file that changes while it is
    sent ends there, and what is sent is hashed besides: the last block of another content is held
    back, so that no host ever gets it whole.
    """

    def __init__(
        self,
        path: str,
        *,
        file_name: str,
        mime: str,
        on_progress: Callable[[int, int], None] | None = None,
        sha256: str | None = None,
    ) -> None:
        super().__init__()
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._path = path
        self._on_progress = on_progress
        self._head = part_head(boundary, file_name, mime)
        self._tail = f"\r\n--{boundary}--\r\n".encode("ascii")
        self._framing_bytes = len(self._head) + len(self._tail)
        try:
            self._file = open(path, "rb", buffering=0, opener=plain)  # noqa: SIM115  # see close()
            self._mark = self._marked()
            self.size_bytes = self._mark[0]
            if sha256 is not None:
                self._check_before(sha256)
        except OSError as problem:
            raise _local(problem, path) from None
        self._left = self.size_bytes

    def _marked(self) -> tuple[int, int]:
        """Size in bytes, time of the last change in nanoseconds."""
        now = os.fstat(self._file.fileno())
        return now.st_size, now.st_mtime_ns

    def _check_before(self, sha256: str) -> None:
        """It may have been written over since it was prepared: no byte of that leaves."""
        digest = hashlib.file_digest(self._file, "sha256")
        if digest.hexdigest() != sha256:
            self._file.close()
            raise LocalFileError("changed", self._path)
        self._file.seek(0)

    def __len__(self) -> int:
        return self._framing_bytes + self.size_bytes

    def close(self) -> None:
        self._file.close()

    def _read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        if self._left:
            return self._read_file(size)
        if not self.size_bytes:
            self._check_content()
        tail, self._tail = self._tail, b""
        return tail

    def _read_file(self, size: int) -> bytes:
        if self._on_progress is not None:
            self._on_progress(self.size_bytes - self._left, self.size_bytes)
        try:
            block = self._file.read(min(size, self._left))
            is_as_it_was = self._marked() == self._mark
        except OSError as problem:
            raise _local(problem, self._path) from None
        if not block:  # it shrank: the announced length can no longer be kept
            raise LocalFileError("unreadable", self._path)
        if self._sha256 is not None and not is_as_it_was:
            raise LocalFileError("changed", self._path)
        self._left -= len(block)
        if self._sha256 is not None:
            self._digest.update(block)
        if not self._left:
            self._check_content()
        if not self._left and self._on_progress is not None:
            self._on_progress(self.size_bytes, self.size_bytes)
        return block

    def _check_content(self) -> None:
        if self._sha256 is not None and self._digest.hexdigest() != self._sha256:
            raise LocalFileError("changed", self._path)


def part_head(boundary: str, file_name: str, mime: str) -> bytes:
    """The part's header; names are escaped as browsers do (WHATWG HTML, multipart/form-data)."""
    name = _NAME_TRASH.sub("_", file_name).encode("utf-8", "replace")[-_MAX_NAME_BYTES:]
    name = name.decode("utf-8", "ignore").replace('"', "%22").encode("utf-8") or b"file"
    if not _MIME_SHAPE.fullmatch(mime):
        mime = "application/octet-stream"
    return b"".join(
        (
            f"--{boundary}\r\n".encode("ascii"),
            b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\n',
            f"Content-Type: {mime}\r\n\r\n".encode("ascii"),
        )
    )


def _local(problem: OSError, path: str) -> LocalFileError:
    gone = isinstance(problem, FileNotFoundError | NotADirectoryError)
    return LocalFileError("vanished" if gone else "unreadable", path)


def _nothing() -> None:
    return None
