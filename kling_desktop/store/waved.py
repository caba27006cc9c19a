"""Advice that the person waved off, remembered for each file."""

from __future__ import annotations

import json
from pathlib import Path

from .errors import StoreUnwritable
from .files import set_aside, write_whole

KEPT_FILES = 500  # the oldest are forgotten


class WavedStore:
    """One small JSON file: content key → codes. Blocks; one owner."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._codes: dict[str, list[str]] | None = None

    def codes(self, key: str) -> frozenset[str]:
        """What was waved off for this file; nothing where the list cannot be read."""
        return frozenset(self._load().get(key, ()))

    def add(self, key: str, code: str) -> None:
        """Raises StoreUnwritable; it is then remembered until the end of the program."""
        known = self._load()
        codes = known.pop(key, [])
        known[key] = [*codes, code] if code not in codes else codes  # the newest stand last
        while len(known) > KEPT_FILES:
            del known[next(iter(known))]
        write_whole(self._file, json.dumps(known, indent=1).encode("ascii"))

    def _load(self) -> dict[str, list[str]]:
        if self._codes is None:
            self._codes = self._read()
        return self._codes

    def _read(self) -> dict[str, list[str]]:
        try:
            data = json.loads(self._file.read_bytes())
        except OSError:
            return {}
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            try:
                set_aside(self._file)
            except StoreUnwritable:  # it stays; ``add`` fails for the same reason
                return {}
            return {}
        return {
            str(key): [str(code) for code in codes]
            for key, codes in data.items()
            if isinstance(codes, list)
        }
