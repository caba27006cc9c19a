"""Values of the journal that make no sense: each costs itself, and never the rest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from make_journal_fixture import DONE, SENT, WAITING

from kling_desktop.motion.job import Job
from kling_desktop.store.journal import Journal


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path)) as journal:
        for job in (WAITING, SENT, DONE):
            journal.insert(job)
        journal.set_value("user_id", "u")
        journal.remember_upload("k", "https://p.example", "https://cdn.example/a")
    return path


@pytest.fixture
def spoil(file: Path) -> Callable[..., None]:
    def run(statement: str, *values: object) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(statement, values)

    return run


@pytest.fixture
def journal(file: Path) -> Iterator[Callable[[], Journal]]:
    opened: list[Journal] = []

    def open_journal() -> Journal:
        opened.append(Journal(file))
        return opened[-1]

    yield open_journal
    for one in opened:
        one.close()


def data_of(file: Path, job: Job) -> dict[str, Any]:
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT data FROM jobs WHERE job_id = ?"
        data: dict[str, Any] = json.loads(connection.execute(query, (job.job_id,)).fetchone()[0])
    return data


def test_a_damaged_field_is_told_and_stays_in_its_row(
    file: Path, journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    damaged = data_of(file, DONE) | {"result_path": ["x"], "video_facts": "?"}
    spoil("UPDATE jobs SET data = ? WHERE job_id = ?", json.dumps(damaged), DONE.job_id)
    book = journal()
    jobs = {job.job_id: job for job in book.load()}
    assert jobs[DONE.job_id] == replace(DONE, result_path=None, video_facts=None)
    assert (jobs[WAITING.job_id], jobs[SENT.job_id]) == (WAITING, SENT)
    assert (book.read_in_part, book.unreadable) == ((DONE.job_id,), ())
    book.update(jobs[DONE.job_id])
    book.load()
    assert book.read_in_part == ()
    assert data_of(file, DONE)["damaged"] == {"result_path": ["x"], "video_facts": "?"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("data", "5"),
        ("data", b"\xff\x00"),
        ("state", b"done"),
        ("created_at", 9e999),
        ("updated_at", "yesterday"),
        ("position", "first"),
        ("position", 2**63 - 1),
        ("attempt", -1),
    ],
)
def test_a_row_that_is_no_job_stays_where_it_is(
    column: str, value: object, journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    spoil(f"UPDATE jobs SET {column} = ? WHERE job_id = ?", value, WAITING.job_id)
    book = journal()
    assert {job.job_id for job in book.load()} == {SENT.job_id, DONE.job_id}
    assert book.unreadable == (WAITING.job_id,)
    new = replace(SENT, job_id="new", position=book.next_position())
    book.insert(new)
    assert new in book.load()


@pytest.mark.parametrize("name", ["submitted_at", "finished_at", "task_id"])
def test_other_columns_that_make_no_sense_are_left_out(
    name: str, journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    spoil(f"UPDATE jobs SET {name} = ? WHERE job_id = ?", b"\xff", DONE.job_id)
    jobs = {job.job_id: job for job in journal().load()}
    assert jobs[DONE.job_id] == replace(DONE, **{name: None})


def test_a_flipped_bit_in_a_text_costs_that_row_at_most(
    file: Path, journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    """SQLite's own reader of texts would refuse the whole query."""
    broken = json.dumps(data_of(file, DONE)).encode().replace(b"result_path", b"result_\xf0ath")
    spoil("UPDATE jobs SET data = CAST(? AS TEXT) WHERE job_id = ?", broken, DONE.job_id)
    jobs = {job.job_id: job for job in journal().load()}
    assert jobs[DONE.job_id] == replace(DONE, result_path=None)


def test_other_values_that_make_no_sense_are_learned_again(
    journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    spoil('UPDATE "values" SET text = ?', b"\xff")
    spoil("UPDATE uploads SET url = ?", "file:///etc/passwd")
    spoil("UPDATE events SET at = ?", "noon")
    book = journal()
    assert book.value("user_id") is None
    assert book.remembered_upload("k", "https://p.example", not_before=0.0) is None
    assert book.events(DONE.job_id) == []


@pytest.mark.parametrize("times", [(-5.0, 10.0), (1.0, 9e999), ("a", "b")])
def test_times_that_are_none_teach_nothing(
    times: tuple[object, object], journal: Callable[[], Journal], spoil: Callable[..., None]
) -> None:
    spoil("UPDATE jobs SET submitted_at = ?, finished_at = ?", *times)
    assert journal().generating_durations_s(mode=DONE.request.mode.value) == []
