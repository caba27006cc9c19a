"""Opening a stranger's file, and telling two contents apart. Worker side."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from kling_desktop.motion.agreement import Content, FileMark
from kling_desktop.plain_file import is_in_use, plain

from .errors import MediaCode, MediaError

# A second's work; what is larger than that is not sent as it is, and what is sent is hashed anyway.
HASHED_MAX_BYTES = 512 * 1024 * 1024
HASH_BLOCK_BYTES = 1024 * 1024
KEY_HEX_DIGITS = 32  # 128 bits: no two files of one person meet
_MOST_HASHED = 1000  # files; a strip, a poster and a frame of each ask for it
_HASHED: dict[tuple[object, ...], str] = {}
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP})


def open_file(path: str) -> BinaryIO:
    """A plain file that isn't empty, open for reading. Raises MediaError.

    It carries no name: decoders then judge by content alone, and odd names can't hurt.
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise MediaError(MediaCode.IS_DIRECTORY, path)
        file = open(path, "rb", opener=plain)  # noqa: SIM115  # the caller's to close
    except (OSError, ValueError) as error:
        raise _open_error(error, path) from error
    if found.st_size == 0:
        file.close()
        raise MediaError(MediaCode.EMPTY, path)
    return file


def _open_error(error: OSError | ValueError, path: str) -> MediaError:
    if isinstance(error, ValueError) or error.errno in _GONE:  # ValueError: a NUL in the name
        return MediaError(MediaCode.MISSING, path, str(error))
    return read_fault(error, path)


def read_fault(error: OSError, path: str) -> MediaError:
    """Of a file that is there."""
    code = MediaCode.REFUSED if isinstance(error, PermissionError) else MediaCode.UNREADABLE
    return MediaError(MediaCode.IN_USE if is_in_use(error) else code, path, str(error))


def mark_of(path: str) -> FileMark:
    """What a glance at the file tells. Raises MediaError."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        raise _open_error(error, path) from error
    return FileMark(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def content_of(path: str, stop: threading.Event | None = None) -> Content:
    """The whole file, hashed. Blocks; a set ``stop`` ends it with ``cancelled``.

    Raises MediaError, ``changed`` where it was written to meanwhile.
    """
    mark = mark_of(path)
    digest, read_bytes = hashlib.sha256(), 0
    with open_file(path) as file:
        try:
            while (block := file.read(HASH_BLOCK_BYTES)) and read_bytes <= mark.size_bytes:
                digest.update(block)
                read_bytes += len(block)
                if stop is not None and stop.is_set():
                    raise MediaError(MediaCode.CANCELLED, path)
        except OSError as error:
            raise read_fault(error, path) from error
    content = Content(digest.hexdigest(), mark)
    check_unchanged(path, content)
    return content


def check_unchanged(path: str, content: Content | None) -> None:
    """Raises MediaError ``changed`` where the file was written to or replaced since."""
    if content is not None and mark_of(path) != content.mark:
        raise MediaError(MediaCode.CHANGED, path)


def content_key(path: str, *purpose: object, content: Content | None = None) -> str:
    """A short name for this content, all of it, and purpose. Raises MediaError.

    Two files of one size, time and head may differ; only what was hashed is known.
    """
    sha256 = content.sha256 if content is not None else _known_by(path)
    return hashlib.sha256(repr((sha256, purpose)).encode()).hexdigest()[:KEY_HEX_DIGITS]


def _known_by(path: str) -> str:
    """SHA-256 of the whole file, hashed once for as long as nothing happens to it."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        raise _open_error(error, path) from error
    times = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    seen = (os.path.abspath(path), found.st_dev, found.st_ino, *times)
    if found.st_size > HASHED_MAX_BYTES:  # which file it is, then, where it lies: never two of them
        return repr(seen)
    if seen not in _HASHED:
        digest = content_of(path).sha256
        while len(_HASHED) >= _MOST_HASHED:
            _HASHED.pop(next(iter(_HASHED)))
        _HASHED[seen] = digest
    return _HASHED[seen]


def content_to_json(content: Content | None) -> dict[str, Any] | None:
    return None if content is None else asdict(content)


def content_from(data: Mapping[str, Any] | None) -> Content | None:
    """Raises KeyError or TypeError on what ``content_to_json`` did not write."""
    return None if data is None else Content(data["sha256"], FileMark(**data["mark"]))


def size_bytes(file: BinaryIO) -> int:
    if isinstance(file, io.BytesIO):
        return file.getbuffer().nbytes
    return os.fstat(file.fileno()).st_size
