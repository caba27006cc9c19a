"""Renaming and removing a person's files, in spite of what holds them open for a moment.

A virus scanner, a search index, a sync client or a network share refuses for a second or two what
it takes a moment later. Here alone videos get their names. Everything blocks: for worker threads.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from .durable import flush
from .plain_file import plain

_log = logging.getLogger(__name__)

# Between one try and the next: some seconds in all.
PAUSES_S: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.75, 1.5)
_PASSING = frozenset(
    {
        errno.EACCES,  # Windows: a sharing violation
        errno.EPERM,
        errno.EBUSY,
        errno.ETXTBSY,
        errno.EAGAIN,
        errno.EIO,
        getattr(errno, "ESTALE", errno.EIO),  # a network share that was away
    }
)


def replace(made: Path, target: Path) -> None:
    """Rename, over what stands there. Raises OSError."""
    _patiently(lambda: os.replace(made, target))


def remove(path: Path) -> None:
    """Raises OSError where it stays; one that is not there is none."""
    with contextlib.suppress(FileNotFoundError):
        _patiently(lambda: os.unlink(path))


def discard(path: Path) -> None:
    """As ``remove``, for what is of no use any more: where it stays, it stays."""
    try:
        remove(path)
    except OSError as error:
        _log.warning("a file that nobody needs any more stays: %s", error)


def move_new(made: Path, target: Path) -> None:
    """Rename without replacing: FileExistsError where the target is there. Raises OSError.

    Once the target is whole under its name, what cannot be removed of the old name is left.
    """
    try:
        _rename_new(made, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry_over(made, target)


def _rename_new(made: Path, target: Path) -> None:
    if os.name == "nt":
        _patiently(lambda: os.rename(made, target))  # refuses to replace on Windows
        return
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.ENOENT):
            raise
        _take_name(made, target)  # a file system without hard links: FAT, some network folders
    else:
        discard(made)


def _take_name(made: Path, target: Path) -> None:
    """The name is taken once, however long the rest takes."""
    _patiently(lambda: os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY)))
    try:
        replace(made, target)
    except OSError:
        discard(target)  # an empty file is no video
        raise


def _carry_over(made: Path, target: Path) -> None:
    """To another disk: copied beside the target first, so that no half file has its name."""
    beside = target.with_name(f".{made.name.lstrip('.')}.moved")
    try:
        copy(made, beside)
        _take_name(beside, target)
    except OSError:
        discard(beside)
        raise
    discard(made)


def copy(source: Path, target: Path) -> None:
    """All bytes, for good on the disk. Raises OSError; then half a target may be there."""
    with (
        open(source, "rb", opener=plain) as bytes_from,
        open(target, "wb", opener=plain) as bytes_to,
    ):
        shutil.copyfileobj(bytes_from, bytes_to)
        bytes_to.flush()
        flush(bytes_to.fileno())


def _patiently(act: Callable[[], None]) -> None:
    """Raises the last OSError."""
    for pause_s in PAUSES_S:
        try:
            act()
            return
        except OSError as error:
            if error.errno not in _PASSING:
                raise
        time.sleep(pause_s)
    act()
