"""A journal whose file or folder goes away under the program: put back, with all it held."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

from ...durable import flush_folder
from ..errors import JournalUnwritable, Reason, StoreUnwritable
from ..files import identity
from ..paths import make_private
from ..volumes import volume_around
from .connecting import SQLITE_ERRORS, connect
from .opening import translated
from .rebuild import delete, forget_writes, fresh_file, move_aside


class Place:
    """Where a journal is: on which volume, and which files its names stand for. Blocks."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        """Of a journal that was opened just now."""
        self._file = file
        self._volume = volume_around(file.parent)
        self.look(connection)

    def look(self, connection: sqlite3.Connection) -> None:
        """The file that is there is the journal's, and ``connection`` is to it."""
        self._identity = identity(self._file)
        self._others_writes = _others_writes(connection)

    @property
    def is_as_it_was(self) -> bool:
        """POSIX lets us write to a file whose name is gone: a journal nobody would find again."""
        return self.is_there and not self.is_strange

    @property
    def is_there(self) -> bool:
        return identity(self._file) is not None

    @property
    def is_strange(self) -> bool:
        """Whether another file stands in the journal's place."""
        return self.is_there and identity(self._file) != self._identity

    def is_overwritten(self, connection: sqlite3.Connection) -> bool:
        """Whether something else wrote to the file in its place: a sync client, a copy."""
        try:
            return _others_writes(connection) != self._others_writes
        except sqlite3.OperationalError:  # it cannot be read just now
            return False
        except SQLITE_ERRORS:  # there is no journal in it any more
            return True

    def make_folder(self) -> None:
        """Where it was deleted. A disk or a share that is away is waited for, and never made anew.

        Raises JournalUnwritable.
        """
        folder = self._file.parent
        lost_link = self._file.is_symlink() and not self.is_there
        if lost_link or self._volume is None or volume_around(folder) != self._volume:
            raise JournalUnwritable(self._file, Reason.MISSING, "its disk or share is away")
        try:
            if not folder.is_dir():
                make_private(folder, tighten=True)
        except StoreUnwritable as error:
            raise JournalUnwritable(self._file, error.reason, error.detail) from error


def is_readable(connection: sqlite3.Connection) -> bool:
    """Whether all of it can still be read, as of a file that has no name any more."""
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except SQLITE_ERRORS:
        return False


def put_back(file: Path, connection: sqlite3.Connection, *, strange: bool) -> Path | None:
    """Write what ``connection`` reads to a file in the journal's place, and close it.

    What stands there is set aside where it is ``strange``; where that went. A crash on the way is
    mended by ``finish_rebuild``. Raises JournalError; then the connection is as it was.
    """
    fresh = fresh_file(file)
    try:
        delete(fresh)
        with closing(connect(fresh)) as copy:
            connection.backup(copy)
        aside = move_aside(file) if strange else None
        forget_writes(file)
        fresh.replace(file)
        flush_folder(file.parent)
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error
    # Before the next one is opened: SQLite removes the log by its name when it closes.
    with contextlib.suppress(sqlite3.Error):
        connection.close()
    return aside


def _others_writes(connection: sqlite3.Connection) -> int:
    """A number that is another one after each of them. Raises sqlite3.Error."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
