"""Writing a new file for a person: whole or not at all, and never over another one.

Standard library alone: used by the parent as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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
            os.fsync(file.fileno())
    except OSError as error:
        Path(path).unlink(missing_ok=True)
        raise _fault(error, path) from error
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


def place(made: str, path: str) -> None:
    """Move a finished file to its new name, which must be free. Raises MediaError."""
    try:
        os.link(made, path)  # fails where something is there; at once on the same disk
    except FileExistsError as error:
        raise MediaError(MediaCode.EXISTS, path) from error
    except (OSError, ValueError):  # another disk, or one without links
        with created(path) as target, open(made, "rb") as source:
            shutil.copyfileobj(source, target)
    Path(made).unlink(missing_ok=True)


def _fault(error: OSError | ValueError, path: str) -> MediaError:
    if isinstance(error, ValueError):
        return MediaError(MediaCode.UNWRITABLE, path, str(error))
    return writing_fault(error, path)
