"""Values that the journal did not take before the program closed, beside it in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..motion.reading import JSON_MAX_BYTES, Unreadable, parsed_object
from ..plain_file import TooLarge, read_plain
from .files import write_whole


class Aside:
    """Blocks; one owner, the holder of the library's lock."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> dict[str, str] | None:
        """By key; empty where there is no such file. None: there is one that cannot be read."""
        try:
            found = parsed_object(read_plain(self._file, JSON_MAX_BYTES))
        except OSError:
            return {}
        except (TooLarge, Unreadable):
            return None
        return {key: text for key, text in found.items() if isinstance(text, str)}

    def write(self, values: Mapping[str, str]) -> None:
        """Raises StoreUnwritable."""
        write_whole(self._file, json.dumps(dict(values)).encode("ascii"))

    def remove(self) -> None:
        """The journal has them now. One that cannot be removed is read again, and says the same."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError:
            pass
