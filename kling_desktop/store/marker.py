"""A lock that is a file which is there or not, for disks without locks of their own.

filelock takes over what a dead process of this computer left, and what makes no sense. What is
left is what nobody can tell from here: the person is asked, with what they need to know.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from filelock import SoftFileLock, Timeout

from ..plain_file import TooLarge, plain, read_plain
from .errors import HeldElsewhere

MOST_BYTES = 1024  # filelock reads no more of it
BEGUN_S = 60.0  # whoever makes one writes into it at once
SETTLED_S = 3.0  # filelock watches for two seconds what makes no sense
_TO_ADD = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)


def marker(file: Path) -> SoftFileLock:
    return SoftFileLock(file, mode=0o600, thread_local=False)


def take(lock: SoftFileLock) -> None:
    """Raises Timeout where another program of this computer has it, HeldElsewhere, OSError."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        _wait_where_it_says_nothing(lock)
        lock.acquire(timeout=SETTLED_S)
    if not lock.is_lock_held_by_us:  # we stood still for long between making and writing it
        lock.release()
        raise Timeout(lock.lock_file)


def _wait_where_it_says_nothing(lock: SoftFileLock) -> None:
    """Raises Timeout and HeldElsewhere where it says something; OSError."""
    file = Path(lock.lock_file)
    try:
        said, since = read_plain(file, MOST_BYTES), file.stat().st_mtime
    except TooLarge:
        return
    except OSError:  # let go of just now, or nothing that filelock would take over
        raise Timeout(lock.lock_file) from None
    here, now = _written_here(file)
    if host := _host(said):
        if host == here:
            raise Timeout(lock.lock_file)
        raise HeldElsewhere(file, host.partition("?")[0], since)
    if not said:
        if now - since < BEGUN_S:
            raise Timeout(lock.lock_file)
        _spoil(file)


def _written_here(file: Path) -> tuple[str, float]:
    """This computer's name as filelock writes it, and the time as that disk knows it."""
    with marker(file.with_name(f"{file.name}.{secrets.token_hex(4)}")) as probe:
        there = Path(probe.lock_file)
        return _host(read_plain(there, MOST_BYTES)), there.stat().st_mtime


def _host(said: bytes) -> str:
    """Of who wrote it; empty where it is no whole record: number, host, perhaps when it began."""
    lines = said.decode("utf-8", "replace").splitlines() if said.endswith(b"\n") else []
    return lines[1] if len(lines) in (2, 3) and lines[0].isdecimal() else ""


def _spoil(file: Path) -> None:
    """filelock waits for ever for who made it to write. What they add is whole all the same."""
    with suppress(OSError):
        descriptor = plain(file, _TO_ADD)
        try:
            os.write(descriptor, b"\n")
        finally:
            os.close(descriptor)
