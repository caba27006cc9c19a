"""The journal of jobs. The only room of the program that knows SQLite."""

from ..errors import (
    JournalConflict,
    JournalDamaged,
    JournalError,
    JournalLocked,
    JournalNewer,
    JournalUnwritable,
    Reason,
)
from .journal import Journal
from .reading import JobEvent

__all__ = [
    "JobEvent",
    "Journal",
    "JournalConflict",
    "JournalDamaged",
    "JournalError",
    "JournalLocked",
    "JournalNewer",
    "JournalUnwritable",
    "Reason",
]
