"""Writing a new file for a person: whole or not at all, and never over another one.

Standard library and what needs no more: used by the parent as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kling_desktop.durable import flush
from kling_desktop.moving import discard

from .cache import writing_fault
from .errors import MediaCode, MediaError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextmanager
def created(path: str) -> Iterator[BinaryIO]:
    """The new file, open for writing; removed again where the block fails. Raises MediaError."""
    try:
        file = os.fdopen(os.open(path, _NEW, 0o666), "wb")
    except FileExistsError as error:
        raise MediaError(MediaCode.EXISTS, path) from error
    except (OSError, ValueError) as error:
        raise _fault(error, path) from error
    try:
        with file:
            yield file
            file.flush()
            flush(file.fileno())
    except OSError as error:
        discard(Path(path))
        raise _fault(error, path) from error
    except BaseException:
        discard(Path(path))
        raise


def check_free(path: str) -> None:
    """Before long work: raises MediaError where a file can't be written there."""
    if os.path.lexists(path):
        raise MediaError(MediaCode.EXISTS, path)
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise MediaError(MediaCode.UNWRITABLE, path, "no such folder")


def place(made: str, path: str) -> None:
    """Move a finished file to its new name, which must be free. Raises MediaError.

    By copying: it may lie on another disk, and it gets the permissions of a person's own file.
    """
    try:
        with created(path) as target, open(made, "rb") as source:
            shutil.copyfileobj(source, target)
    finally:
        discard(Path(made))


def _fault(error: OSError | ValueError, path: str) -> MediaError:
    if isinstance(error, ValueError):
        return MediaError(MediaCode.UNWRITABLE, path, str(error))
    return writing_fault(error, path)
