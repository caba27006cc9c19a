"""Making what was written last, as far as its disk can: some network and shared folders do less.

What a disk does not offer at all is lived without, and told once. A failure of the disk is raised.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
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


def look_for_locks(folder: Path) -> None:
    """For who reads what another program may be writing there. Never raises."""
    if sys.platform == "win32" or Lack.LOCKS in _lacking:
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NOT_OFFERED:
            live_without(Lack.LOCKS, error)


def flush(file_no: int) -> None:
    """What was written to a file is on its disk. Raises OSError."""
    try:
        os.fsync(file_no)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        live_without(Lack.SYNC, error)


def flush_folder(folder: Path) -> None:
    """A name that is new in ``folder`` lasts through a power cut. Raises OSError."""
    if os.name != "posix":  # Windows has no such call
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        live_without(Lack.SYNC, error)


def make_private(folder: Path, mode: int) -> None:
    """Close it to others. Raises OSError."""
    try:
        folder.chmod(mode)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        live_without(Lack.MODES, error)
