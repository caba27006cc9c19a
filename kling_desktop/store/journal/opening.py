"""Opening the journal's file: check, migrate, set aside what is damaged, carry over."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..errors import (
    JournalDamaged,
    JournalError,
    JournalLocked,
    JournalNewer,
    JournalUnwritable,
    Reason,
)
from ..rows import RowError, job_from_row
from .schema import STEPS, TABLES

BUSY_TIMEOUT_MS = 5000  # a second program only reads; longer than this is a program that hangs
_PRIMARY_CODE = 0xFF  # SQLite's extended codes keep the primary one in the low byte
_SIDE_FILES = ("-wal", "-shm")  # SQLite's own files beside a database in WAL mode
# How far to look for rows beyond the last one seen, where the end of a table cannot be read.
_ROWS_BEYOND = 10_000

_REASONS: Mapping[int, Reason] = {
    sqlite3.SQLITE_FULL: Reason.DISK_FULL,
    sqlite3.SQLITE_READONLY: Reason.READ_ONLY,
    sqlite3.SQLITE_PERM: Reason.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Reason.MISSING,
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def translated(file: Path, error: sqlite3.Error) -> JournalError:
    """SQLite's error as ours."""
    code = getattr(error, "sqlite_errorcode", None)
    detail = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if code is None:  # Python's own: the connection was closed
        return JournalUnwritable(file, Reason.CLOSED, detail)
    primary = code & _PRIMARY_CODE
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JournalLocked(file, detail)
    if primary in _DAMAGED:
        return JournalDamaged(file, detail)
    return JournalUnwritable(file, _REASONS.get(primary, Reason.IO), detail)


def open_journal(
    file: Path, steps: Sequence[Sequence[str]] = STEPS
) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to a whole journal of this version, and where a damaged one was put.

    Raises JournalNewer, JournalLocked, JournalUnwritable.
    """
    try:
        return _open_whole(file, steps), None
    except JournalDamaged:
        aside = _set_aside(file)
    connection = _open_whole(file, steps)
    try:
        _carry_over(aside, connection)
    except sqlite3.Error as error:
        connection.close()
        raise translated(file, error) from error
    return connection, aside


def open_to_read(file: Path, steps: Sequence[Sequence[str]] = STEPS) -> sqlite3.Connection:
    """A connection that cannot write, beside a running program. Raises as ``open_journal``."""
    try:
        return _open_to_read(file, "mode=ro", steps)
    except JournalUnwritable as error:
        if error.reason not in (Reason.MISSING, Reason.READ_ONLY):
            raise
    # Where SQLite may not make its side files, nobody else writes: the file is all there is.
    return _open_to_read(file, "mode=ro&immutable=1", steps)


def _open_to_read(file: Path, how: str, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?{how}", uri=True, isolation_level=None
        )
    except sqlite3.Error as error:
        raise translated(file, error) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _checked_version(connection, file, len(steps))
    except sqlite3.Error as error:
        connection.close()
        raise translated(file, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def _open_whole(file: Path, steps: Sequence[Sequence[str]]) -> sqlite3.Connection:
    """Raises JournalDamaged too."""
    if file.parent.is_dir() and file.exists() and not file.is_file():
        raise JournalUnwritable(file, Reason.IO, "not a regular file")
    try:
        # isolation_level=None: transactions are begun by hand, where they are meant
        connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise translated(file, error) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        # Before anything that writes: a newer version's journal stays as it is.
        version = _checked_version(connection, file, len(steps))
        _check_whole(connection, file, version)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit is on the disk before the act that it announces, power cut or not.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, file, version, steps)
    except sqlite3.Error as error:
        connection.close()
        raise translated(file, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def _checked_version(connection: sqlite3.Connection, file: Path, known: int) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > known:
        raise JournalNewer(file, version, known)
    return version


def _check_whole(connection: sqlite3.Connection, file: Path, version: int) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise JournalDamaged(file, str(answer))
    if version <= 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
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
        except sqlite3.Error:
            roll_back(connection)
            raise


def _keep_copy(connection: sqlite3.Connection, target: Path) -> None:
    """A whole copy through SQLite's backup call; it replaces that of an interrupted try."""
    unfinished = target.with_name(f"{target.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as copy:
            connection.backup(copy)
        unfinished.replace(target)
    except OSError as error:
        raise JournalUnwritable(target, Reason.IO, str(error)) from error


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo the open transaction; SQLite has often done so itself after an error."""
    if not connection.in_transaction:
        return
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error:  # nothing was committed, and the first error is the one to tell
        return


def _set_aside(file: Path) -> Path:
    """Rename the damaged file, and its side files with it. Raises JournalUnwritable."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = f"{file.stem}.damaged-{stamp}"
    target = file.with_name(f"{stem}{file.suffix}")
    number = 2
    while target.exists():
        target = file.with_name(f"{stem}-{number}{file.suffix}")
        number += 1
    try:
        for ending in _SIDE_FILES:
            side = file.with_name(file.name + ending)
            if side.exists():
                side.rename(target.with_name(target.name + ending))
        file.rename(target)
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error
    return target


def _carry_over(damaged: Path, connection: sqlite3.Connection) -> None:
    """Write every row that can still be read into the fresh journal, in one transaction.

    A copy is read, so that the damaged file stays as it was found for whoever wants to try harder.
    """
    copy = damaged.with_name(f"{damaged.stem}.copy")
    copies = [copy.with_name(copy.name + ending) for ending in ("", "-wal", "-shm")]
    try:
        shutil.copyfile(damaged, copy)
        wal = damaged.with_name(damaged.name + "-wal")
        if wal.exists():
            shutil.copyfile(wal, copies[1])
        with closing(sqlite3.connect(copy, isolation_level=None)) as source:
            source.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                for row in _readable_rows(source, table):
                    _insert_if_sound(connection, table, row)
            connection.execute("COMMIT")
    except OSError as error:
        roll_back(connection)
        raise JournalUnwritable(damaged, Reason.IO, str(error)) from error
    finally:
        for leftover in copies:
            leftover.unlink(missing_ok=True)


def _readable_rows(source: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    """Row after row by number, stepping over those on damaged pages."""
    try:
        last = source.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0
        beyond = 0
    except sqlite3.Error:
        last, beyond = 0, _ROWS_BEYOND
    number = 0
    while number < last + beyond:
        number += 1
        try:
            found = source.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()
        except sqlite3.OperationalError:  # no such table: its description is lost
            return
        except (sqlite3.Error, UnicodeDecodeError):
            continue
        if found is not None:
            last = max(last, number)
            yield dict(found)


def _insert_if_sound(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    """Insert what the tables' rules and, for a job, the codec accept; the rest stays aside."""
    if table == "jobs":
        try:
            job_from_row(row)
        except RowError:
            return
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    try:
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
    except sqlite3.IntegrityError:  # twice the same, or an event whose job is lost
        return
