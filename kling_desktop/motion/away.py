"""A folder of the person's own that is not there to be written to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What was found in its place."""

    GONE = "gone"  # no such folder
    UNPLUGGED = "unplugged"  # a folder, and not the disk or share that was mounted there
    OTHER_DISK = "other_disk"  # another disk or share than the one that was chosen
    SILENT = "silent"  # no answer: a dead share


@dataclass(frozen=True, slots=True)
class Away:
    folder: str
    why: Why
