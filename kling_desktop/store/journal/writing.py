"""Jobs and events as rows of the journal; within a transaction of whoever calls."""

from __future__ import annotations

import sqlite3

from ...motion.job import Job
from ..rows import COLUMNS, job_to_row, storable

_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + c for c in COLUMNS)})"


def insert(connection: sqlite3.Connection, job: Job) -> None:
    """Raises sqlite3.IntegrityError where the id is taken."""
    connection.execute(_INSERT, job_to_row(job))


def put(connection: sqlite3.Connection, job: Job) -> bool:
    """The job as it is known, where its row is missing or another one; whether it was.

    By no clock: this program alone writes, and what is known is what it wrote last.
    """
    old = connection.execute("SELECT data FROM jobs WHERE job_id = ?", (job.job_id,)).fetchone()
    changes = ", ".join(f"{c} = :{c}" for c in COLUMNS if c not in ("job_id", "position"))
    cursor = connection.execute(
        f"{_INSERT} ON CONFLICT (job_id) DO UPDATE SET {changes} WHERE (jobs.state, jobs.attempt,"
        " jobs.updated_at) IS NOT (excluded.state, excluded.attempt, excluded.updated_at)",
        job_to_row(job, old_data=None if old is None else old["data"]),
    )
    return cursor.rowcount > 0


def add_event(connection: sqlite3.Connection, job: Job, note: str) -> None:
    connection.execute(
        "INSERT INTO events (job_id, at, state, note) VALUES (?, ?, ?, ?)",
        (job.job_id, job.updated_at, job.state.value, storable(note)),
    )
