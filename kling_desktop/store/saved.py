"""One JSON object in a file of its own: the settings, the draft, what was waved off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..motion.left_out import Damage, LeftOut, Saved
from ..motion.reading import JSON_MAX_BYTES, Unreadable, parsed_object
from ..plain_file import TooLarge, read_plain
from .errors import StoreUnwritable
from .files import keep_copy, set_aside, unwritable, write_whole


class SavedObject:
    """Read whatever it holds, written whole or not at all. Blocks; one owner."""

    def __init__(self, file: Path, saved: Saved) -> None:
        self._file = file
        self._saved = saved
        self._content = b""
        self.left_out: LeftOut | None = None  # of the last ``load``

    def load(self) -> dict[str, Any]:
        """The object; empty where there is no file, or nothing that can be read. Never raises.

        What is no JSON object is set aside as ``<name>.damaged``; ``left_out`` tells.
        """
        self.left_out = None
        try:
            return self._read()
        except (TooLarge, Unreadable):
            self.left_out = LeftOut(self._saved, Damage.WHOLE, self._put_aside())
        except OSError:
            self.left_out = LeftOut(self._saved, Damage.REFUSED, self._file.name)
        return {}

    def note(self, fields: list[str]) -> None:
        """These fields of what was loaded made no sense: the file is kept as it was."""
        if not fields:
            return
        try:
            kept_as = keep_copy(self._file, self._content).name
        except StoreUnwritable:  # it is still said; writing fails for the same reason
            kept_as = ""
        self.left_out = LeftOut(self._saved, Damage.PART, kept_as, tuple(fields))

    def save(self, data: Mapping[str, Any], *, known: frozenset[str] | None = None) -> None:
        """Raises StoreUnwritable; then the file is as it was.

        With the names that this version ``known``, those of a newer one are carried on.
        """
        try:
            old = self._read()
        except (TooLarge, Unreadable):
            set_aside(self._file)
            old = {}
        except OSError as error:  # what cannot be read is not written over
            raise unwritable(self._file, error) from error
        newer = {} if known is None else {k: v for k, v in old.items() if k not in known}
        write_whole(self._file, json.dumps({**data, **newer}, indent=2).encode("ascii"))

    def _read(self) -> dict[str, Any]:
        """Raises OSError, of which TooLarge; Unreadable."""
        try:
            self._content = read_plain(self._file, JSON_MAX_BYTES)
        except FileNotFoundError:
            if self._file.is_symlink():
                raise  # what it leads to is away, which is no first start
            return {}
        return parsed_object(self._content)

    def _put_aside(self) -> str:
        try:
            return set_aside(self._file).name
        except StoreUnwritable:  # it stays, and ``save`` fails for the same reason
            return ""
