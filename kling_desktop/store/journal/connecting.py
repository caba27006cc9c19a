"""How SQLite opens a file, also on a disk that has no locks."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ...durable import Lack, lacking

# Python reads SQLite's words strictly, and those about a damaged file may quote its bytes.
SqliteError = sqlite3.Error | UnicodeDecodeError
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def connect(file: Path, how: str = "mode=rwc") -> sqlite3.Connection:
    """A connection for any one thread a time, without SQLite's locks where the disk has none.

    Raises sqlite3.Error.
    """
    vfs = "&vfs=unix-none" if lacks_locks() else ""
    # isolation_level=None: transactions are begun by hand, where they are meant
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?{how}{vfs}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    if vfs:  # else SQLite wants shared memory for a file of earlier versions
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def lacks_locks() -> bool:
    """Whether that was met: the folder's own lock keeps other programs out."""
    return os.name == "posix" and Lack.LOCKS in lacking()
