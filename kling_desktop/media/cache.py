"""The folder of what can be made again: thumbnails, frames, fitted pictures. Worker side."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from pathlib import Path

from .errors import MediaCode, MediaError

CACHE_MAX_BYTES = 500_000_000  # about 20,000 thumbnails; small beside the videos themselves
LEFTOVER_AGE_S = 3600.0  # a temporary file this old belongs to no one
TEMPORARY_PREFIX = ".writing-"
ROOMS = ("thumbs", "frames", "fitted")
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


class Cache:
    """Files in ``folder``, written whole or not at all, readable by their owner only."""

    def __init__(self, folder: Path, max_bytes: int = CACHE_MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def entry(self, room: str, name: str) -> Path:
        return self._folder / room / name

    def write(self, target: Path, data: bytes) -> None:
        """Put the data in place in one step. Raises MediaError about the cache folder."""
        temporary = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, target)
        except OSError as error:
            if temporary is not None:
                _remove(Path(temporary))
            code = MediaCode.NO_ROOM if error.errno in _FULL else MediaCode.UNWRITABLE
            raise MediaError(code, os.fspath(self._folder), str(error)) from error

    def touch(self, target: Path) -> None:
        """Mark as used now: what was used last is removed last."""
        try:
            os.utime(target)
        except OSError:  # a read-only cache still serves
            pass

    def trim(self) -> None:
        """Remove the oldest entries over the limit, and what a killed worker left half written."""
        kept: list[tuple[float, int, Path]] = []
        for path in self._files():
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
            if total <= self._max_bytes:
                return
            _remove(path)
            total -= size

    def _files(self) -> list[Path]:
        found: list[Path] = []
        for room in ROOMS:
            try:
                found += [p for p in (self._folder / room).iterdir() if p.is_file()]
            except OSError:  # not made yet
                continue
        return found


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:  # gone already, or in use on Windows: the next start tries again
        pass
