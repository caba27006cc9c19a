"""Opening what may have been put in the place of a file: only plain ones, without ever waiting.

A pipe waits for its writer, a device never ends, a file of gigabytes fills the memory: none of
them may hang a start. Everything that this program reads of its own goes through here.
"""

from __future__ import annotations

import errno
import os
import stat

# A pipe that takes the file's place after it was looked at is opened without waiting, too.
_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_TO_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


_HELD = frozenset({32, 33})  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN})  # a lock that the system keeps up itself


class NotPlain(OSError):
    """A folder, a pipe, a device, a socket, or more bytes than are sane. Nothing was touched."""

    def __init__(self, path: str | os.PathLike[str], why: str) -> None:
        super().__init__(errno.ENOTSUP, why, os.fspath(path))


class TooLarge(NotPlain):
    """A plain file of more bytes than are sane."""


def plain(path: str | os.PathLike[str], flags: int, mode: int = 0o666) -> int:
    """For ``open(…, opener=plain)``, to read or to write. Raises OSError, of which NotPlain."""
    try:
        _check(path, os.stat(path))
    except FileNotFoundError:
        pass  # opening it says so, or makes it
    descriptor = os.open(path, flags | _NEVER_WAIT, mode)
    try:
        _check(path, os.fstat(descriptor))
    except NotPlain:
        os.close(descriptor)
        raise
    return descriptor


def read_plain(path: str | os.PathLike[str], most_bytes: int) -> bytes:
    """All of it. Raises OSError, of which TooLarge for one of more than ``most_bytes``."""
    descriptor = plain(path, _TO_READ)
    with open(descriptor, "rb", buffering=0) as file:
        if os.fstat(descriptor).st_size > most_bytes:
            raise TooLarge(path, f"more than {most_bytes} bytes")
        parts, left = [], most_bytes + 1
        while left and (part := file.read(min(left, 1 << 20))):  # it may grow meanwhile
            parts.append(part)
            left -= len(part)
    if not left:
        raise TooLarge(path, f"more than {most_bytes} bytes")
    return b"".join(parts)


def is_in_use(error: OSError) -> bool:
    """Whether another program holds the file so that nobody else may open it."""
    return getattr(error, "winerror", None) in _HELD or error.errno in _BUSY


def is_odd(path: str | os.PathLike[str]) -> bool:
    """Whether something is there that is no plain file. Raises OSError."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _check(path: str | os.PathLike[str], found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotPlain(path, "no plain file")
