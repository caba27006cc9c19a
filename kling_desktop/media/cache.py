"""The folder of what can be made again: thumbnails, frames, what was made to fit. Worker side."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from kling_desktop.motion.reading import JSON_MAX_BYTES, Unreadable, parsed, read
from kling_desktop.plain_file import read_plain

from .errors import MediaCode, MediaError
from .fitted import FittedClip, FittedImage

Fitted = TypeVar("Fitted", FittedImage, FittedClip)

CACHE_MAX_BYTES = 2_000_000_000  # twenty clips of the largest size that is sent
LEFTOVER_AGE_S = 3600.0  # a temporary file this old belongs to no one
TEMPORARY_PREFIX = ".writing-"
ROOMS = ("thumbs", "frames", "fitted", "shown")
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})

_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG})


class Cache:
    """Files in ``folder``, written whole or not at all, readable by their owner only."""

    def __init__(self, folder: Path, max_bytes: int = CACHE_MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def entry(self, room: str, name: str) -> Path:
        return self._folder / room / name

    def note(self, key: str) -> Path:
        """Where it is written down what was made to fit."""
        return self.entry("fitted", f"{key}.json")

    def noted(self, kind: type[Fitted], key: str) -> Fitted:
        """What is written down of this entry: of no other file. Raises OSError, Unreadable."""
        kept = read(kind, parsed(read_plain(self.note(key), JSON_MAX_BYTES)))
        made = Path(kept.path)
        if made.stem != key or made != self.entry("fitted", made.name):
            raise Unreadable("a note of another file")
        return kept

    def write(self, target: Path, data: bytes) -> None:
        """Put the data in place in one step. Raises MediaError about the cache folder."""
        with self.scratch(target.parent.name, target.suffix) as temporary:
            try:
                temporary.write_bytes(data)
            except OSError as error:
                raise self.fault(error) from error
            self.adopt(temporary, target)

    @contextmanager
    def scratch(self, room: str, suffix: str = "") -> Iterator[Path]:
        """An empty file to write into; removed at the end unless it was adopted.

        Its name carries this process's id, so that the parent can remove what a killed one left.
        """
        folder = self._folder / room
        try:
            folder.mkdir(parents=True, exist_ok=True)
            prefix = f"{TEMPORARY_PREFIX}{os.getpid()}-"
            handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
            os.close(handle)
        except OSError as error:
            raise self.fault(error) from error
        try:
            yield Path(name)
        finally:
            _remove(Path(name))

    def adopt(self, temporary: Path, target: Path) -> None:
        """Put a finished scratch file in place in one step."""
        try:
            os.replace(temporary, target)
        except OSError as error:
            raise self.fault(error) from error

    def set_aside(self, temporary: Path) -> Path:
        """Keep a finished scratch file, under another name, for the parent to take away."""
        kept = temporary.with_name(f"{temporary.stem}-whole{temporary.suffix}")
        self.adopt(temporary, kept)
        return kept

    def fault(self, error: OSError) -> MediaError:
        """An error of writing, about the cache folder."""
        return writing_fault(error, os.fspath(self._folder))

    def touch(self, target: Path) -> None:
        """Mark as used now: what was used last is removed last."""
        try:
            os.utime(target)
        except OSError:  # a read-only cache still serves
            pass

    def trim(self) -> None:
        """Remove the oldest entries over the limit, and what a killed worker left half written."""
        self._trim(self._files(ROOMS), self._max_bytes)

    def trim_room(self, room: str, max_bytes: int, keep: tuple[Path, ...] = ()) -> None:
        """Remove the oldest entries of one room over its own limit, but never those to keep."""
        self._trim([path for path in self._files((room,)) if path not in keep], max_bytes)

    def _trim(self, files: list[Path], max_bytes: int) -> None:
        kept: list[tuple[float, int, Path]] = []
        for path in files:
            try:
                found = path.stat()
            except OSError:  # another program was faster
                continue
            if path.name.startswith(TEMPORARY_PREFIX):
                if time.time() - found.st_mtime > LEFTOVER_AGE_S:
                    _remove(path)
                continue
            kept.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= max_bytes:
                return
            _remove(path)
            total -= size

    def _files(self, rooms: tuple[str, ...]) -> list[Path]:
        found: list[Path] = []
        for room in rooms:
            try:
                found += [p for p in (self._folder / room).iterdir() if p.is_file()]
            except OSError:  # not made yet
                continue
        return found

    def making_fault(self, error: OSError, path: str) -> MediaError:
        """FFmpeg's errors are OSErrors as well: about the disk, or about the file it read."""
        if is_disks(error):
            return self.fault(error)
        return MediaError(MediaCode.TRUNCATED, path, repr(error))


def is_disks(error: OSError) -> bool:
    """Whether the disk is at fault, not what was read."""
    return error.errno in _FULL or error.errno in _REFUSED


def writing_fault(error: OSError, path: str) -> MediaError:
    code = MediaCode.NO_ROOM if error.errno in _FULL else MediaCode.UNWRITABLE
    return MediaError(code, path, str(error))


def remove_half_written(folder: Path, pid: int) -> None:
    """Remove what a killed worker was writing. For the parent."""
    for room in ROOMS:
        for path in (folder / room).glob(f"{TEMPORARY_PREFIX}{pid}-*"):
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:  # gone already, or in use on Windows: the next start tries again
        pass
