"""A damaged journal: set it aside, and carry what can be read over into a fresh one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ...plain_file import TooLarge, is_odd
from ..errors import JournalUnwritable, Reason
from ..rows import RowError, job_from_row
from .connecting import SQLITE_ERRORS, connect
from .schema import TABLES

# SQLite's own files beside a database: what takes an unfinished write back; of earlier versions
# of this program, which used WAL mode, what is not in the file yet, and its index.
_BACK, _LOG, _INDEX = "-journal", "-wal", "-shm"
# The window waits for the copy. What is larger than a journal of 200,000 videos is left, and said.
COPIED_MAX_BYTES = 1024**3
# How many unreadable rows in a row end a table: far more than fit on a few damaged pages.
_ROWS_BEYOND = 10_000
# SQLite deletes a log beside an empty file; beside any other it reads the pages that it holds.
_NO_PAGE = bytes(512)


def rebuild(file: Path, open_fresh: Callable[[Path], sqlite3.Connection]) -> Path:
    """Put a fresh journal with all that is readable in the place of ``file``; where that went.

    The damaged files keep their place until the fresh one is complete, so that a crash or a full
    disk on the way loses nothing: the next start does it again, or finishes it.
    Raises JournalUnwritable, sqlite3.Error.
    """
    fresh = fresh_file(file)
    copy = file.with_name(f"{file.name}.copy")
    try:
        delete(fresh)
        delete(copy)
        copy_whole(file, copy)
        with closing(open_fresh(fresh)) as target, closing(_open_copy(copy)) as source:
            _carry_over(source, target)
        aside = move_aside(file)
        fresh.rename(file)
        forget_writes(fresh)
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error
    finally:
        delete(copy)
    return aside


def finish_rebuild(file: Path) -> None:
    """After a crash between the two renames: the fresh journal is complete, and takes its place.

    Raises JournalUnwritable.
    """
    fresh = fresh_file(file)
    try:
        if file.exists() or not fresh.is_file():
            return
        move_aside(file)  # SQLite would take a side file that stayed for the fresh journal's
        fresh.rename(file)
    except OSError as error:
        raise JournalUnwritable(file, Reason.IO, str(error)) from error


def fresh_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.rebuilt")


def odd_part(file: Path) -> Path | None:
    """What of these is no plain file: SQLite would wait for a pipe, and a device has no end.

    Raises OSError.
    """
    return next((part for part in _with_sides(file) if is_odd(part)), None)


def _with_sides(file: Path) -> list[Path]:
    return [file, *_writes_of(file), file.with_name(file.name + _INDEX)]


def _writes_of(file: Path) -> list[Path]:
    """What SQLite would carry out in the file, or take back, before it reads it."""
    return [file.with_name(file.name + ending) for ending in (_BACK, _LOG)]


def log_of(file: Path) -> Path:
    """SQLite's log, in which earlier versions kept what was not in the file yet."""
    return file.with_name(file.name + _LOG)


def is_halfway(file: Path) -> bool:
    """Whether a write may stand half in the file, for SQLite to take back."""
    try:
        return file.with_name(file.name + _BACK).stat().st_size > 0
    except OSError:  # none; or SQLite says why it cannot be looked at
        return False


def forget_writes(file: Path) -> None:
    """Those that were of another file under this name: SQLite would carry them out in this one.

    Raises OSError.
    """
    for part in _writes_of(file):
        part.unlink(missing_ok=True)


def delete(file: Path) -> None:
    """Only ever our own intermediate files."""
    for part in _with_sides(file):
        part.unlink(missing_ok=True)


def copy_whole(file: Path, copy: Path) -> None:
    """The file and what belongs to it. Reading the copy leaves the damaged one as it was found.

    Raises OSError, of which TooLarge.
    """
    if file.stat().st_size > COPIED_MAX_BYTES:
        raise TooLarge(file, f"more than {COPIED_MAX_BYTES} bytes")
    shutil.copyfile(file, copy)
    for part, new in zip(_writes_of(file), _writes_of(copy), strict=True):
        if part.exists():
            shutil.copyfile(part, new)
    if log_of(copy).exists() and not copy.stat().st_size:
        copy.write_bytes(_NO_PAGE)


def move_aside(file: Path) -> Path:
    """Rename to ``<stem>.damaged-<UTC time>.sqlite``, side files with it; over nothing."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = f"{file.stem}.damaged-{stamp}"
    target = file.with_name(f"{stem}{file.suffix}")
    number = 2
    while any(part.exists() for part in _with_sides(target)):
        target = file.with_name(f"{stem}-{number}{file.suffix}")
        number += 1
    for part, new_name in zip(_with_sides(file), _with_sides(target), strict=True):
        if part.exists():
            part.rename(new_name)
    return target


def _open_copy(copy: Path) -> sqlite3.Connection:
    connection = connect(copy)
    connection.row_factory = sqlite3.Row
    # Lets SQLite read a file that is shorter than its header says (lockBtree in btree.c).
    connection.execute("PRAGMA writable_schema = ON")
    return connection


def _carry_over(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Every row that can still be read, in one transaction; closing ``target`` undoes half."""
    target.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        known = [column[0] for column in target.execute(f"SELECT * FROM {table}").description]
        for row in _readable_rows(source, table):
            _insert_if_sound(target, table, {name: row[name] for name in known if name in row})
    target.execute("COMMIT")


def _readable_rows(source: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    """Row after row by number, stepping over those on damaged pages.

    Rows are numbered without gaps, as the journal never deletes any; a number read from a damaged
    page may be anything, so the end of the table is not asked for but looked for.
    """
    number = last = 0
    while number < last + _ROWS_BEYOND:
        number += 1
        try:
            found = source.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()
        except SQLITE_ERRORS:
            continue
        if found is not None:
            last = number
            yield dict(found)


def _insert_if_sound(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    """Insert what the tables' rules and, for a job, the codec accept; the rest stays aside."""
    if table == "jobs":
        try:
            job_from_row(row)
        except RowError:
            return
    if not row:  # a stranger's table of the same name
        return
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    try:
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
    except sqlite3.IntegrityError:  # twice the same, or an event whose job is lost
        return
