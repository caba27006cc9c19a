"""Rows of the journal as jobs and events; what makes no sense is told, and never raised."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ...motion.job import Job, JobState
from ...motion.reading import UnixTime, Unreadable, read
from ..rows import RowError, job_from_row

IN_ORDER = "SELECT * FROM jobs WHERE removed_at IS NULL ORDER BY position, created_at, job_id"
REMOVED = "SELECT * FROM jobs WHERE removed_at IS NOT NULL ORDER BY created_at, job_id"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's log; ``note`` is a code, not a sentence."""

    at: UnixTime
    state: JobState
    note: str


def read_jobs(
    connection: sqlite3.Connection, query: str = IN_ORDER
) -> tuple[list[Job], tuple[str, ...], tuple[str, ...]]:
    """The jobs in order, and the ids of rows that are none to this version, or not in all."""
    jobs: list[Job] = []
    unreadable: list[str] = []
    in_part: list[str] = []
    for row in connection.execute(query):
        left_out: list[str] = []
        try:
            jobs.append(job_from_row(dict(row), left_out))
        except RowError:
            unreadable.append(str(row["job_id"]))
        if left_out:
            in_part.append(jobs[-1].job_id)
    return jobs, tuple(unreadable), tuple(in_part)


def is_job(row: sqlite3.Row) -> bool:
    try:
        job_from_row(dict(row))
    except RowError:
        return False
    return True


def read_event(row: sqlite3.Row) -> JobEvent | None:
    try:
        return read(JobEvent, dict(row))
    except Unreadable:
        return None
