"""Advice that the person waved off, remembered for each file."""

from __future__ import annotations

from pathlib import Path

from ..motion.left_out import LeftOut, Saved
from ..motion.reading import Unreadable, line
from .saved import SavedObject

KEPT_FILES = 500  # the oldest are forgotten


class WavedStore:
    """One small JSON file: content key → codes. Blocks; one owner."""

    def __init__(self, file: Path) -> None:
        self._saved = SavedObject(file, Saved.WAVED)
        self._codes: dict[str, list[str]] | None = None

    @property
    def left_out(self) -> LeftOut | None:
        """What could not be read of it."""
        return self._saved.left_out

    def codes(self, key: str) -> frozenset[str]:
        """What was waved off for this file; nothing where the list cannot be read."""
        return frozenset(self.load().get(key, ()))

    def add(self, key: str, code: str) -> None:
        """Raises StoreUnwritable; it is then remembered until the end of the program."""
        known = self.load()
        codes = known.pop(key, [])
        known[key] = [*codes, code] if code not in codes else codes  # the newest stand last
        while len(known) > KEPT_FILES:
            del known[next(iter(known))]
        self._saved.save(known)

    def load(self) -> dict[str, list[str]]:
        """All of it, read once. Never raises."""
        if self._codes is None:
            self._codes = self._read()
        return self._codes

    def _read(self) -> dict[str, list[str]]:
        found, left_out = {}, []
        for key, codes in self._saved.load().items():
            try:
                found[line(key)] = _lines(codes)
            except Unreadable:
                left_out.append(key)
        self._saved.note(left_out)
        return found


def _lines(values: object) -> list[str]:
    if not isinstance(values, list):
        raise Unreadable("no list")
    return [line(value) for value in values]
