"""What can go wrong with this computer's storage: codes with values, no sentences."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class Reason(StrEnum):
    """Why something could not be written (or read)."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"  # the file system or the permissions refuse
    MISSING = "missing"  # the folder or the file vanished
    NOT_A_FOLDER = "not_a_folder"  # something else stands in its place
    DAMAGED = "damaged"  # found while the journal was open; the next start sets it aside
    NO_LOCKS = "no_locks"  # the file system has none
    NO_HOME = "no_home"  # the system knows no such home folder
    NO_LIBRARY = "no_library"  # nothing of the program's was ever kept there
    NOT_MOUNTED = "not_mounted"  # the disk that belongs there: nothing is made in its place
    CLOSED = "closed"  # a late call after ``close()``
    IO = "io"  # the system reported another error


class StoreError(Exception):
    """Base of everything this room raises; ``file`` is what it is about."""

    def __init__(self, file: Path, detail: str = "") -> None:
        super().__init__(f"{type(self).__name__}: {file}" + (f" ({detail})" if detail else ""))
        self.file = file
        self.detail = detail  # the system's words, for "Details"


class StoreUnwritable(StoreError):
    """A file or folder could not be written; what was there before is still there."""

    def __init__(self, file: Path, reason: Reason, detail: str = "") -> None:
        super().__init__(file, f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


class HeldElsewhere(StoreError):
    """By what ``file`` says, ``host`` has the folder since then, and cannot be asked from here."""

    def __init__(self, file: Path, host: str, since: float) -> None:
        super().__init__(file, host)
        self.host = host
        self.since = since


class JournalError(StoreError):
    """Base of what the journal raises."""


class JournalNewer(JournalError):
    """The journal was written by a newer version of this program. It was not touched."""

    def __init__(self, file: Path, version: int, known: int) -> None:
        super().__init__(file, f"version {version}, known up to {known}")
        self.version = version
        self.known = known


class JournalLocked(JournalError):
    """Another program holds the journal for longer than we wait."""


class JournalUnwritable(JournalError, StoreUnwritable):
    """The journal cannot be written (or opened). The write was not applied."""

    def __init__(self, file: Path, reason: Reason, detail: str = "") -> None:
        StoreUnwritable.__init__(self, file, reason, detail)


class WitnessUnwritable(JournalUnwritable):
    """As this, of the second record beside the journal."""


class JournalDamaged(JournalUnwritable):
    """The journal's file is damaged, found outside of opening it."""

    def __init__(self, file: Path, detail: str = "") -> None:
        super().__init__(file, Reason.DAMAGED, detail)


class JournalConflict(JournalError):
    """The row is not (any more) what the caller believed; nothing was written."""

    def __init__(self, file: Path, job_id: str) -> None:
        super().__init__(file, job_id)
        self.job_id = job_id
