"""Makes a journal refuse what is written to it, as a full disk would."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from kling_desktop.motion.job import JobState


class Refusing:
    """A trigger that makes SQLite refuse a job's step into one of these states."""

    def __init__(self, file: Path, *states: JobState, act: str = "UPDATE") -> None:
        self._file = file
        into = ", ".join(f"'{state.value}'" for state in states)
        changed = " AND old.state <> new.state" if act == "UPDATE" else ""
        self._run(
            f"CREATE TRIGGER refuse BEFORE {act} ON jobs WHEN new.state IN ({into}){changed}"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )

    def end(self) -> None:
        self._run("DROP TRIGGER refuse")

    def _run(self, sql: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(sql)


def refuse_all(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for act in ("INSERT", "UPDATE"):
            connection.execute(
                f"CREATE TRIGGER refuse_{act} BEFORE {act} ON jobs"
                " BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
