"""Values on their way into the journal, beside it in a file until they are there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..motion.reading import JSON_MAX_BYTES, Unreadable, parsed_object
from ..plain_file import NotPlain, TooLarge, plain, read_plain
from .errors import StoreUnwritable
from .files import write_whole


class Aside:
    """Blocks; one owner, the holder of the library's lock."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> dict[str, str] | None:
        """By key; empty where there is none of ours. None: there is one that cannot be read."""
        try:
            found = parsed_object(read_plain(self._file, JSON_MAX_BYTES))
        except (TooLarge, Unreadable):
            return None
        except (FileNotFoundError, NotPlain):
            return {}
        except OSError:
            return None
        return {key: text for key, text in found.items() if isinstance(text, str)}

    def write(self, values: Mapping[str, str]) -> None:
        """Raises StoreUnwritable; one that cannot be read is left then, if that much can be made.

        A full disk has no room for a byte, but often for a name.
        """
        try:
            write_whole(self._file, json.dumps(dict(values)).encode("ascii"))
        except StoreUnwritable:
            with suppress(OSError):
                os.close(plain(self._file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
            raise

    def remove(self) -> bool:
        """The journal has them now. False where it cannot be removed just now."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError:
            return False
        return True
