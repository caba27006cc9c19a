"""The draft in Compose, kept over a restart."""

from __future__ import annotations

import json
from pathlib import Path

from ..motion.request import Draft
from .errors import StoreUnwritable
from .files import set_aside, unwritable, write_whole


class DraftStore:
    """One small JSON file. Blocks for the time of a write with fsync."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Draft | None:
        """The saved draft; None where there is none, or where it was damaged and set aside.

        Raises StoreUnwritable where the file is there and the system refuses it.
        """
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unwritable(self._file, error) from error
        try:
            return Draft.from_json(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._put_aside()
            return None

    def _put_aside(self) -> None:
        try:
            set_aside(self._file)
        except StoreUnwritable:  # it stays, and ``save`` fails for the same reason
            return

    def save(self, draft: Draft) -> None:
        """Raises StoreUnwritable; the draft saved before is then still there."""
        write_whole(self._file, json.dumps(draft.to_json(), indent=1).encode("ascii"))
