"""Opening a stranger's file, and telling two contents apart. Worker side."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from kling_desktop.motion.agreement import Content, FileMark
from kling_desktop.plain_file import is_in_use, plain

from .errors import MediaCode, MediaError

KEY_SAMPLE_BYTES = 64 * 1024  # head and tail: where formats keep what differs
HASH_BLOCK_BYTES = 1024 * 1024
KEY_HEX_DIGITS = 32  # 128 bits: no two files of one person meet
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
    """A short name for this content and purpose: size, time of change, head and tail.

    Where the whole content is known, that alone counts.
    """
    if content is not None:
        return hashlib.sha256(repr((content.sha256, purpose)).encode()).hexdigest()[:KEY_HEX_DIGITS]
    with open_file(path) as file:
        found = os.fstat(file.fileno())
        digest = hashlib.sha256(repr((found.st_size, found.st_mtime_ns, purpose)).encode())
        try:
            digest.update(file.read(KEY_SAMPLE_BYTES))
            file.seek(max(0, found.st_size - KEY_SAMPLE_BYTES))
            digest.update(file.read(KEY_SAMPLE_BYTES))
        except OSError as error:
            raise read_fault(error, path) from error
    return digest.hexdigest()[:KEY_HEX_DIGITS]


def content_to_json(content: Content | None) -> dict[str, Any] | None:
    return None if content is None else asdict(content)


def content_from(data: Mapping[str, Any] | None) -> Content | None:
    """Raises KeyError or TypeError on what ``content_to_json`` did not write."""
    return None if data is None else Content(data["sha256"], FileMark(**data["mark"]))


def size_bytes(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
