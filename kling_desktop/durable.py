"""Making what was written last, as far as its disk can: some network and shared folders do less.

What a disk does not offer at all is lived without, and told once. A failure of the disk is raised.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_log = logging.getLogger(__name__)

# By these a file system says that it has no such call: CIFS, vboxsf, FAT, some of FUSE.
NOT_OFFERED = frozenset(
    {
        errno.EINVAL,
        errno.ENOSYS,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
        errno.ENOTTY,
        getattr(errno, "ENOLCK", errno.ENOSYS),
    }
)
# To who is not the owner, as a share sees it; of a folder that can be opened and nothing more.
_REFUSED = NOT_OFFERED | {errno.EPERM, errno.EACCES, errno.EBADF, errno.EISDIR}


class Lack(StrEnum):
    """What a disk does not offer."""

    SYNC = "sync"  # a power cut may take what was written in the last seconds
    MODES = "modes"  # others who use this computer may be able to read it
    LOCKS = "locks"  # two programs are kept apart by a file


_lacking: set[Lack] = set()


def lacking() -> frozenset[Lack]:
    """What this program has lived without so far."""
    return frozenset(_lacking)


def live_without(lack: Lack, why: object) -> None:
    """Any thread."""
    if lack not in _lacking:
        _lacking.add(lack)
        _log.warning("a disk does not offer %s: %s", lack, why)


@contextmanager
def _or_without(lack: Lack, refusals: frozenset[int] = NOT_OFFERED) -> Iterator[None]:
    """What a disk does not offer is lived without. Raises OSError where it fails in another way."""
    try:
        yield
    except OSError as error:
        if error.errno not in refusals:
            raise
        live_without(lack, error)


def look_for_locks(folder: Path) -> None:
    """Beforehand: without them SQLite would wait, and say that it is locked. Never raises."""
    if sys.platform == "win32" or Lack.LOCKS in _lacking:
        return
    with (
        suppress(OSError),
        _or_without(Lack.LOCKS),
        tempfile.TemporaryFile(dir=folder) as file,
    ):
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the other kind, which SQLite takes


def flushes_files(folder: Path) -> bool:
    """Whether files there can be flushed at all; True where that cannot be found out."""
    with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        try:
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno in NOT_OFFERED:
                live_without(Lack.SYNC, error)
                return False
    return True


def flush(file_no: int) -> None:
    """What was written to a file is on its disk. Raises OSError."""
    with _or_without(Lack.SYNC):
        os.fsync(file_no)


def flush_folder(folder: Path) -> None:
    """A name that is new in ``folder`` lasts through a power cut. Raises OSError."""
    if os.name != "posix":  # Windows has no such call
        return
    with _or_without(Lack.SYNC, _REFUSED):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_private(folder: Path, mode: int) -> None:
    """Close it to others. Raises OSError."""
    with _or_without(Lack.MODES, _REFUSED):
        folder.chmod(mode)
