"""The journal: every job, written before the act that it announces."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ...motion.job import Job, JobState
from ...motion.reading import LARGEST, TIME_MAX, Unreadable, link, text
from ..errors import (
    JournalConflict,
    JournalDamaged,
    JournalError,
    JournalLocked,
    JournalUnwritable,
    Reason,
    StoreUnwritable,
)
from ..files import identity
from ..rows import COLUMNS, Value, job_to_row, storable
from .connecting import SQLITE_ERRORS
from .opening import (
    BUSY_TIMEOUT_MS,
    check_plain,
    is_lost,
    open_journal,
    open_to_read,
    roll_back,
    translated,
    version_of,
)
from .place import Place, is_readable, put_back
from .reading import REMOVED, JobEvent, is_job, read_event, read_jobs
from .rebuild import finish_rebuild
from .writing import add_event, insert, put


class Journal:
    """SQLite behind one lock; call it from any thread. Each call blocks for its write.

    A call that raises has changed nothing. No token may ever be given to it.
    """

    def __init__(
        self,
        file: Path,
        *,
        beside: Sequence[Path] = (),
        is_still_ours: Callable[[], bool] = lambda: True,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    ) -> None:
        """Open, check, migrate. Raises JournalNewer, JournalLocked, JournalUnwritable.

        A damaged file is set aside, and what could be read of it carried over: ``set_aside``. So is
        an empty one, or none, where one of the files ``beside`` it tells of an earlier run:
        ``was_lost``. ``is_still_ours``: asked at each write whether no other program took the
        library; raises StoreUnwritable where that cannot be told.
        """
        self._file = file
        self._lock = threading.Lock()
        self._is_still_ours = is_still_ours
        self._busy_timeout_ms = busy_timeout_ms
        finish_rebuild(file)
        self.was_lost = is_lost(file, beside)
        self._connection, self.set_aside = open_journal(
            file, lost=self.was_lost, busy_timeout_ms=busy_timeout_ms
        )
        self._place = Place(file, self._connection)
        self._closed = False
        self._written: dict[str, Job] = {}  # in this run, each as it was written last
        self._removed_at: dict[str, float | None] = {}
        # The jobs as whoever writes knows them, and who hears that a journal that was gone under
        # the program is back, with where a file went that stood there. Called in any thread.
        self.memory: Callable[[], list[Job]] = list
        self.on_put_back: Callable[[Path | None], None] = lambda _aside: None
        # Filled by ``load``: ids of rows that this version cannot read, which stay in the file,
        # and of those of which a part made no sense.
        self.unreadable: tuple[str, ...] = ()
        self.read_in_part: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return self._file.parent

    @property
    def name(self) -> str:
        """Of its file."""
        return self._file.name

    def load(self) -> list[Job]:
        """All jobs that were not removed, ordered by position."""
        with self._reading() as connection:
            jobs, self.unreadable, self.read_in_part = read_jobs(connection)
            return jobs

    def removed(self) -> list[Job]:
        """The jobs that were removed, oldest first: what they cost is still part of the ledger."""
        with self._reading() as connection:
            return read_jobs(connection, REMOVED)[0]

    def insert(self, job: Job, *, note: str = "") -> None:
        """A new job, with its first event. Raises JournalConflict where the id is taken."""
        with self._writing() as connection:
            try:
                insert(connection, job)
            except sqlite3.IntegrityError as error:
                raise JournalConflict(self._file, job.job_id) from error
            add_event(connection, job, note)
        self._written[job.job_id] = job

    def replace_unreadable(self, job: Job, *, note: str = "") -> None:
        """Put the job in the place of a row that is none; that is kept, as a value, whole.

        Raises JournalConflict where there is no such row, or it is a job, or was removed.
        """
        with self._writing() as connection:
            query = "SELECT * FROM jobs WHERE job_id = ? AND removed_at IS NULL"
            row = connection.execute(query, (job.job_id,)).fetchone()
            if row is None or is_job(row):
                raise JournalConflict(self._file, job.job_id)
            aside = json.dumps(dict(row), default=repr, ensure_ascii=True)
            connection.execute(
                'INSERT OR REPLACE INTO "values" VALUES (?, ?)', (f"row of {job.job_id}", aside)
            )
            changes = ", ".join(f"{name} = :{name}" for name in COLUMNS)
            connection.execute(f"UPDATE jobs SET {changes} WHERE job_id = :job_id", job_to_row(job))
            add_event(connection, job, note)
        self._written[job.job_id] = job
        self.unreadable = tuple(name for name in self.unreadable if name != job.job_id)

    def transition(self, before: Job, after: Job, *, note: str = "") -> None:
        """Row and event in one transaction, on the disk when this returns.

        Raises JournalConflict where the row is not ``before`` any more (state, attempt and
        updated_at are compared). A position is written only where ``after`` changes it.
        """
        if before.job_id != after.job_id:
            raise ValueError("a transition is of one job")
        keep_position = before.position == after.position
        with self._writing() as connection:
            self._write(
                connection,
                after,
                keep_position=keep_position,
                where="state = :was_state AND attempt = :was_attempt AND updated_at = :was_at",
                values={
                    "was_state": before.state.value,
                    "was_attempt": before.attempt,
                    "was_at": before.updated_at,
                },
            )
            add_event(connection, after, note)
        self._written[after.job_id] = after

    def update(self, job: Job, *, note: str = "") -> None:
        """Other fields of a job in the same state and attempt, but not its position.

        With a note there is an event too. Raises JournalConflict where the row is in another
        state or attempt.
        """
        with self._writing() as connection:
            self._write(
                connection,
                job,
                keep_position=True,
                where="state = :was_state AND attempt = :was_attempt",
                values={"was_state": job.state.value, "was_attempt": job.attempt},
            )
            if note:
                add_event(connection, job, note)
        self._written[job.job_id] = job

    def update_removed(self, job: Job) -> None:
        """Other fields of a job that was removed; it stays so. Raises JournalConflict."""
        with self._writing() as connection:
            self._write(
                connection,
                job,
                keep_position=True,
                where="state = :was_state AND attempt = :was_attempt",
                values={"was_state": job.state.value, "was_attempt": job.attempt},
                removed=True,
            )

    def reorder(self, positions: Mapping[str, int]) -> None:
        """New positions, by job_id; all or none. Unknown ids are passed over."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE jobs SET position = ? WHERE job_id = ?",
                [(position, job_id) for job_id, position in positions.items()],
            )

    def remove(self, job_id: str) -> None:
        """Leave the job out of ``load``; its row stays, for ``restore``."""
        self._mark_removed(job_id, time.time())

    def restore(self, job_id: str) -> None:
        """Take a removed job back."""
        self._mark_removed(job_id, None)

    def events(self, job_id: str) -> list[JobEvent]:
        """The job's log, oldest first, as far as it can be read, and this version knows it."""
        rows = self._rows(
            "SELECT at, state, note FROM events WHERE job_id = ? ORDER BY event_id", job_id
        )
        return [event for row in rows if (event := read_event(row)) is not None]

    def next_position(self) -> int:
        """One behind the last of all jobs, removed ones too."""
        with self._reading() as connection:
            last = connection.execute(
                "SELECT max(position) FROM jobs WHERE typeof(position) = 'integer'"
                " AND position < ?",
                (LARGEST,),
            ).fetchone()[0]
        return 0 if last is None else int(last) + 1

    def remembered_upload(self, key: str, base_url: str, *, not_before: float) -> str | None:
        """The link of content uploaded at ``not_before`` (Unix seconds) or later, else None."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT url FROM uploads WHERE content_key = ? AND base_url = ? AND made_at >= ?",
                (key, base_url, not_before),
            ).fetchone()
        return _or_none(link, None if row is None else row["url"])

    def remember_upload(self, key: str, base_url: str, url: str) -> None:
        """``key`` is the content's hash, ``base_url`` the platform it was uploaded to."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?) ON CONFLICT (content_key, base_url)"
                " DO UPDATE SET url = excluded.url, made_at = excluded.made_at",
                (key, base_url, storable(url), time.time()),
            )

    def forget_upload(self, url: str) -> None:
        """It was of no use to the service."""
        with self._writing() as connection:
            connection.execute("DELETE FROM uploads WHERE url = ?", (url,))

    def value(self, key: str) -> str | None:
        """A small text kept by ``set_value``, or None."""
        with self._reading() as connection:
            row = connection.execute('SELECT text FROM "values" WHERE key = ?', (key,)).fetchone()
        return _or_none(text, None if row is None else row["text"])

    def set_value(self, key: str, text: str) -> None:
        """Small things that are learned: ids, price rules. Never a token."""
        with self._writing() as connection:
            connection.execute(
                'INSERT INTO "values" VALUES (?, ?)'
                " ON CONFLICT (key) DO UPDATE SET text = excluded.text",
                (key, storable(text)),
            )

    def generating_durations_s(self, *, mode: str, limit: int = 50) -> list[float]:
        """Seconds from sending to the end of done jobs of this mode, newest first.

        Includes the download, and the time this program was closed: take a middle range.
        """
        rows = self._rows(
            "SELECT finished_at - submitted_at FROM jobs WHERE state = ? AND mode = ?"
            " AND finished_at > submitted_at AND submitted_at >= 0 AND finished_at <= ?"
            " ORDER BY finished_at DESC LIMIT ?",
            *(JobState.DONE.value, mode, TIME_MAX, limit),
        )
        return [float(row[0]) for row in rows]

    def close(self) -> None:
        """Let the file go; may be called twice. Later calls raise JournalUnwritable (CLOSED)."""
        with contextlib.suppress(JournalError):  # it is as far away as before
            self.see_to_its_place()
        with self._lock:
            self._closed = True
            try:
                self._connection.close()
            except SQLITE_ERRORS as error:
                raise translated(self._file, error) from error

    @staticmethod
    def read_only(
        file: Path, unreadable: list[str] | None = None, *, beside: Sequence[Path] = ()
    ) -> list[Job]:
        """What ``load`` gives, beside a running program; [] where there is no journal yet.

        ``unreadable`` gets the ids of rows that are no jobs to this version. Changes nothing.
        Raises JournalNewer, JournalLocked, JournalDamaged, JournalUnwritable.
        """
        if is_lost(file, beside):
            raise JournalDamaged(file, "0 bytes")
        if identity(file) is None and not file.is_symlink():
            return []
        with closing(open_to_read(file)) as connection:
            try:
                if version_of(connection) == 0:  # just made, nothing in it yet
                    return []
                jobs, others, _ = read_jobs(connection)
            except SQLITE_ERRORS as error:
                raise translated(file, error) from error
        if unreadable is not None:
            unreadable += others
        return jobs

    def _rows(self, query: str, *values: Value) -> list[sqlite3.Row]:
        """Of what is nice to know; none while the file cannot be read."""
        with contextlib.suppress(JournalError), self._reading() as connection:
            return connection.execute(query, values).fetchall()
        return []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            check_plain(self._file)
            try:
                yield self._connection
            except SQLITE_ERRORS as error:
                raise translated(self._file, error) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end of the block, undone when it raises."""
        with self._lock:
            self._see_to_its_place()
            with self._transaction() as connection:
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except SQLITE_ERRORS as error:
            roll_back(self._connection)
            raise translated(self._file, error) from error
        except BaseException:
            roll_back(self._connection)
            raise

    def see_to_its_place(self) -> None:
        """As each write does: put back what went away. Raises JournalError."""
        with self._lock:
            self._see_to_its_place()

    def _see_to_its_place(self) -> None:
        """Raises JournalError where it is away, or another program took the library."""
        place, away = self._place, not self._place.is_as_it_was
        if self._closed:
            raise JournalUnwritable(self._file, Reason.CLOSED)
        check_plain(self._file)
        if away:
            place.make_folder()
        try:
            ours = self._is_still_ours()
        except StoreUnwritable as error:
            raise JournalUnwritable(self._file, error.reason, error.detail) from error
        if not ours:
            raise JournalLocked(self._file, "another program took this library meanwhile")
        if away:
            self._put_back()
        elif place.is_overwritten(self._connection):
            self._connection.close()
            damaged, knew_more = self._take_in()
            if damaged is not None or knew_more:
                self.on_put_back(damaged)

    def _put_back(self) -> None:
        place, aside = self._place, None
        if is_readable(self._connection):
            aside = put_back(self._file, self._connection, strange=place.is_strange)
        elif not place.is_there:
            raise JournalUnwritable(self._file, Reason.MISSING, "the file is gone")
        damaged, _ = self._take_in()
        self.on_put_back(aside or damaged)

    def _take_in(self) -> tuple[Path | None, bool]:
        """Open what is there now, and tell it what memory knows.

        Where a damaged one went, and whether memory knew more.
        """
        self._connection, damaged = open_journal(self._file, busy_timeout_ms=self._busy_timeout_ms)
        self._place.look(self._connection)
        known = {job.job_id: job for job in self.memory()} | self._written
        with self._transaction() as connection:
            knew_more = [put(connection, job) for job in known.values()]
            connection.executemany(
                "UPDATE jobs SET removed_at = ? WHERE job_id = ?",
                [(at, job_id) for job_id, at in self._removed_at.items()],
            )
        return damaged, any(knew_more)

    def _write(
        self,
        connection: sqlite3.Connection,
        job: Job,
        *,
        keep_position: bool,
        where: str,
        values: Mapping[str, Value],
        removed: bool = False,
    ) -> None:
        """Compare and set one row. Raises JournalConflict."""
        old = connection.execute("SELECT data FROM jobs WHERE job_id = ?", (job.job_id,)).fetchone()
        row = job_to_row(job, old_data=None if old is None else old["data"])
        fixed = {"job_id", "position"} if keep_position else {"job_id"}
        changes = ", ".join(f"{name} = :{name}" for name in COLUMNS if name not in fixed)
        where += f" AND removed_at IS {'NOT NULL' if removed else 'NULL'}"
        cursor = connection.execute(
            f"UPDATE jobs SET {changes} WHERE job_id = :job_id AND {where}",
            {**row, **values},
        )
        if cursor.rowcount != 1:
            raise JournalConflict(self._file, job.job_id)

    def _mark_removed(self, job_id: str, removed_at: float | None) -> None:
        with self._writing() as connection:
            cursor = connection.execute(
                "UPDATE jobs SET removed_at = ? WHERE job_id = ?", (removed_at, job_id)
            )
            if cursor.rowcount != 1:
                raise JournalConflict(self._file, job_id)
        self._removed_at[job_id] = removed_at


def _or_none(reader: Callable[[object], str], value: object) -> str | None:
    """A value that an earlier run kept; None where it is damaged: it is learned again."""
    try:
        return reader(value)
    except Unreadable:
        return None
