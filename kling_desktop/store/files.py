"""Writing small files whole or not at all."""

from __future__ import annotations

import errno
import logging
import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ..durable import flush, flush_folder
from ..plain_file import read_plain
from .errors import Reason, StoreUnwritable

_log = logging.getLogger(__name__)

_REASONS = {
    errno.ENOSPC: Reason.DISK_FULL,
    errno.EDQUOT: Reason.DISK_FULL,
    errno.EFBIG: Reason.DISK_FULL,
    errno.EROFS: Reason.READ_ONLY,
    errno.EACCES: Reason.READ_ONLY,
    errno.EPERM: Reason.READ_ONLY,
    errno.ENOENT: Reason.MISSING,
    errno.ENOTDIR: Reason.MISSING,
}


def unwritable(file: Path, error: OSError) -> StoreUnwritable:
    """The system's error as ours."""
    reason = _REASONS.get(error.errno or 0, Reason.IO)
    return StoreUnwritable(file, reason, error.strerror or type(error).__name__)


def write_whole(file: Path, data: bytes) -> None:
    """Replace ``file`` by ``data``, readable by its owner only (0600). Raises StoreUnwritable.

    A temporary file beside it is written and fsynced, then renamed, so that a crash leaves the
    old content or the new one.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # 0600
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            flush(stream.fileno())
        os.replace(temporary, file)
    except OSError as error:
        if temporary:
            _remove(Path(temporary))
        raise unwritable(file, error) from error
    try:
        flush_folder(file.parent)
    except OSError as error:  # it is written: the old content may come back with a power cut
        _log.warning("the disk did not secure %s: %s", file.name, error)


def identity(file: Path) -> tuple[int, int] | None:
    """Which file the name stands for: device and number; None where it stands for none."""
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def set_aside(file: Path) -> Path:
    """Rename a damaged file to ``<name>.damaged`` (``-2``, ``-3`` … where taken); never deletes.

    Raises StoreUnwritable.
    """
    target = next(name for name in _damaged_names(file) if not os.path.lexists(name))
    try:
        file.rename(target)
    except OSError as error:
        raise unwritable(file, error) from error
    return target


def keep_copy(file: Path, content: bytes) -> Path:
    """As ``set_aside``, but of a file that stays; the same content is kept once.

    Raises StoreUnwritable.
    """
    for target in _damaged_names(file):
        try:
            if read_plain(target, len(content)) == content:
                return target
        except FileNotFoundError:
            write_whole(target, content)
            return target
        except OSError:  # taken by something else, or larger
            continue
    raise AssertionError("names do not run out")


def _damaged_names(file: Path) -> Iterator[Path]:
    yield file.with_name(f"{file.name}.damaged")
    for number in count(2):
        yield file.with_name(f"{file.name}.damaged-{number}")


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:  # the write has failed already, and that is what the caller hears of
        return
