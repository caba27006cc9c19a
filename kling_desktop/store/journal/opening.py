"""Opening the journal's file: check, migrate, rebuild where damaged; SQLite's errors as ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from ...durable import Lack, flushes_files, live_without, look_for_locks
from ...plain_file import is_odd
from ..errors import (
    JournalDamaged,
    JournalError,
    JournalLocked,
    JournalNewer,
    JournalUnwritable,
    Reason,
)
from .connecting import SQLITE_ERRORS, SqliteError, connect, lacks_locks
from .rebuild import copy_whole, is_halfway, log_of, odd_part, rebuild
from .schema import STEPS

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5000  # a second program only reads; longer than this is a program that hangs
_SMALLEST_PAGE_BYTES = 512  # SQLite's file format: no database that is not empty is smaller
_PRIMARY_CODE = 0xFF  # SQLite's extended codes keep the primary one in the low byte

_REASONS: Mapping[int, Reason] = {
    sqlite3.SQLITE_FULL: Reason.DISK_FULL,
    sqlite3.SQLITE_READONLY: Reason.READ_ONLY,
    sqlite3.SQLITE_PERM: Reason.READ_ONLY,
}
# Of a file system that has no locks, or no memory that programs share: some shared folders.
_NO_LOCKS = frozenset(
    {
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
        sqlite3.SQLITE_IOERR_UNLOCK,
        sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMLOCK,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def translated(file: Path, error: SqliteError) -> JournalError:
    """SQLite's error as ours."""
    if isinstance(error, UnicodeDecodeError):
        return JournalDamaged(file, str(error))
    code = getattr(error, "sqlite_errorcode", None)
    detail = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if code is None:  # Python's own, which have no number
        reason = Reason.CLOSED if "closed database" in str(error) else Reason.IO
        return JournalUnwritable(file, reason, detail)
    primary = code & _PRIMARY_CODE
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JournalLocked(file, detail)
    if primary in _DAMAGED:
        return JournalDamaged(file, detail)
    reason = Reason.NO_LOCKS if code in _NO_LOCKS else _REASONS.get(primary, Reason.IO)
    if primary == sqlite3.SQLITE_CANTOPEN:
        reason = Reason.READ_ONLY if file.parent.is_dir() else Reason.MISSING
    return JournalUnwritable(file, reason, detail)


def _or_without_locks(act: Callable[[], T]) -> T:
    """The folder's own lock keeps other programs out: SQLite's are not needed for that."""
    try:
        return act()
    except JournalUnwritable as error:
        if error.reason is not Reason.NO_LOCKS or lacks_locks():
            raise
        live_without(Lack.LOCKS, error)
    return act()


def open_journal(
    file: Path,
    steps: Sequence[Sequence[str]] = STEPS,
    *,
    lost: bool = False,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to a whole journal of this version, and where a damaged one was put.

    One that is ``lost`` is damaged, too. Raises JournalNewer, JournalLocked, JournalUnwritable.
    """
    check_plain(file)
    look_for_locks(file.parent)
    return _or_without_locks(lambda: _open_journal(file, steps, lost, busy_timeout_ms))


def _open_journal(
    file: Path, steps: Sequence[Sequence[str]], lost: bool, busy_timeout_ms: int
) -> tuple[sqlite3.Connection, Path | None]:
    try:
        if lost:
            _keep_its_place(file)
            raise JournalDamaged(file, "0 bytes")
        _look(file, steps)
        return _open_whole(file, steps, busy_timeout_ms), None
    except JournalDamaged:
        aside = _rebuild(file, steps)
    return _open_whole(file, steps, busy_timeout_ms), aside


def check_plain(file: Path) -> None:
    """Raises JournalUnwritable where something else stands in its place, or beside it."""
    try:
        odd = odd_part(file)
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error
    if odd is not None:
        raise JournalUnwritable(odd, Reason.IO, "no plain file")


def is_lost(file: Path, beside: Sequence[Path]) -> bool:
    """Whether there was a journal before, of which nothing is left in its file.

    ``beside`` are files that are written only where there is a journal.
    """
    try:
        if is_odd(file) or (file.exists() and file.stat().st_size):
            return False
        older = file.parent.glob(f"{file.stem}.*{file.suffix}")  # set aside, or kept of a version
        return log_of(file).exists() or any(older) or any(each.exists() for each in beside)
    except OSError:  # SQLite says why it cannot be looked at
        return False


def _keep_its_place(file: Path) -> None:
    """A missing file becomes an empty one: a rebuild that is killed begins again from it."""
    try:
        file.touch()
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error


def _look(file: Path, steps: Sequence[Sequence[str]]) -> None:
    """Refuse a newer or a damaged journal through a connection that cannot write.

    Closing one that can would merge an earlier version's log into the file, and neither is to be
    touched. Raises JournalNewer, JournalDamaged, JournalLocked, JournalUnwritable.
    """
    size_bytes = _size_bytes(file)
    if size_bytes is None or size_bytes == 0:
        return
    if size_bytes < _SMALLEST_PAGE_BYTES:  # SQLite would take it for an empty one
        raise JournalDamaged(file, f"{size_bytes} bytes")
    try:
        with closing(_open_to_read(file, _way_in(file), steps)) as connection:
            _check_whole(connection, file, version_of(connection))
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
    except JournalUnwritable as error:
        # A kill during the very first start leaves a file that only a writer can mend.
        if error.reason is not Reason.READ_ONLY:
            raise


def _size_bytes(file: Path) -> int | None:
    """None where there is no such file, or none that can be looked at: SQLite says why."""
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None


def open_to_read(file: Path, steps: Sequence[Sequence[str]] = STEPS) -> sqlite3.Connection:
    """A connection that cannot write, beside a running program. Raises as ``open_journal``."""
    check_plain(file)
    look_for_locks(file.parent)
    # Without locks nobody can tell what a kill left from what is being written just now.
    way = "mode=ro" if lacks_locks() else _way_in(file)
    try:
        return _or_without_locks(lambda: _open_to_read(file, way, steps))
    except JournalUnwritable as error:
        if error.reason not in (Reason.MISSING, Reason.READ_ONLY):
            raise
    return _open_copy(file, steps)


def _open_copy(file: Path, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    """Where SQLite may make no side files: the file with what belongs to it, read elsewhere."""
    try:
        with TemporaryDirectory() as folder:
            copy = Path(folder) / file.name
            copy_whole(file, copy)
            with closing(_open_to_read(copy, "mode=rw", steps)) as connection:
                memory = sqlite3.connect(":memory:", check_same_thread=False)
                connection.backup(memory)
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error
    _read_as(memory)
    return memory


def _way_in(file: Path) -> str:
    """To read it. A write that a kill cut off is taken back first, which needs one that writes."""
    return "mode=rw" if is_halfway(file) else "mode=ro"


def _open_to_read(file: Path, how: str, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    try:
        connection = connect(file, how)
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
    try:
        _read_as(connection)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _checked_version(connection, file, len(steps))
    except SQLITE_ERRORS as error:
        connection.close()
        raise translated(file, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def _open_whole(
    file: Path, steps: Sequence[Sequence[str]], busy_timeout_ms: int
) -> sqlite3.Connection:
    """Raises JournalDamaged too."""
    try:
        connection = connect(file)
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
    try:
        _read_as(connection)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        # Before anything that writes: a newer version's journal stays as it is.
        version = _checked_version(connection, file, len(steps))
        if version == 0:
            _check_whole(connection, file, version)
        _write_in_place(connection)
        # FULL: a commit is on the disk before the act that it announces, power cut or not.
        connection.execute(
            f"PRAGMA synchronous = {'FULL' if flushes_files(file.parent) else 'OFF'}"
        )
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, file, version, steps)
        # SQLite opens a file that it may not write without a word: ask now, not at the first job.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM jobs WHERE FALSE")
        connection.execute("ROLLBACK")
    except SQLITE_ERRORS as error:
        connection.close()
        raise translated(file, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def _write_in_place(connection: sqlite3.Connection) -> None:
    """No WAL mode: its index is mapped memory, and a disk that takes that away ends the program.

    TRUNCATE: unlike a name that was deleted, an end of the file is flushed with it.
    """
    try:
        connection.execute("PRAGMA journal_mode = TRUNCATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
            raise  # else someone reads what an earlier version wrote: at the next start


def _read_as(connection: sqlite3.Connection) -> None:
    """Rows by names; a flipped bit in a text costs that row at most, not the whole journal."""
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema's version; 0 for a file with nothing in it yet. Raises sqlite3.Error."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _checked_version(connection: sqlite3.Connection, file: Path, known: int) -> int:
    version = version_of(connection)
    if version < 0:
        raise JournalDamaged(file, f"version {version}")
    if version > known:
        raise JournalNewer(file, version, known)
    return version


def _check_whole(connection: sqlite3.Connection, file: Path, version: int) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise JournalDamaged(file, str(answer))
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise JournalDamaged(file, "a database that is no journal")


def _migrate(
    connection: sqlite3.Connection, file: Path, version: int, steps: Sequence[Sequence[str]]
) -> None:
    """Each step in one transaction with its version; before it, a copy of the file is kept."""
    for number in range(version, len(steps)):
        if number > 0:
            _keep_copy(connection, file.with_name(f"{file.stem}.version-{number}{file.suffix}"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in steps[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except SQLITE_ERRORS:
            roll_back(connection)
            raise


def _keep_copy(connection: sqlite3.Connection, target: Path) -> None:
    """A whole copy through SQLite's backup call; it replaces that of an interrupted try."""
    unfinished = target.with_name(f"{target.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(connect(unfinished)) as copy:
            connection.backup(copy)
        unfinished.replace(target)
    except OSError as error:
        raise JournalUnwritable(target, Reason.IO, str(error)) from error


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo the open transaction; SQLite has often done so itself after an error."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except SQLITE_ERRORS:  # nothing was committed, and the first error is the one to tell
        return


def _rebuild(file: Path, steps: Sequence[Sequence[str]]) -> Path:
    def open_fresh(fresh: Path) -> sqlite3.Connection:
        return _open_whole(fresh, steps, BUSY_TIMEOUT_MS)

    try:
        return rebuild(file, open_fresh)
    except SQLITE_ERRORS as error:
        raise translated(file, error) from error
