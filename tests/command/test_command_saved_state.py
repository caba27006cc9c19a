"""A command on a data folder of which a part cannot be read: it is said, and the rest is done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Shell

from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths

REQUEST = MotionRequest(Source(path="/nowhere/a.png"), Source(path="/nowhere/b.mp4"))


@pytest.fixture
def damaged(shell: Shell) -> Callable[..., Path]:
    """A library of one done job and one that waits, whose request cannot be read."""

    def make() -> Path:
        profile = DataPaths.at(shell.data_dir).profile("sandbox")
        profile.create()
        done = Job("d" * 32, REQUEST, JobState.DONE, 1.7e9, 1.7e9, 0)
        with closing(Journal(profile.journal_file)) as journal:
            journal.insert(done)
            journal.insert(Job("e" * 32, REQUEST, JobState.QUEUED, 1.7e9, 1.7e9, 1))
        data = json.dumps({"request": REQUEST.to_json() | {"mode": "ultra"}})
        with closing(sqlite3.connect(profile.journal_file)) as connection, connection:
            connection.execute("UPDATE jobs SET data = ? WHERE job_id = ?", (data, "e" * 32))
        return profile.journal_file

    return make


def test_jobs_that_cannot_be_read_are_counted_and_the_others_listed(
    shell: Shell, damaged: Callable[..., Path]
) -> None:
    damaged()
    ended = shell.run("jobs", "--sandbox", "--json")
    assert ended.code == 0
    assert [job["job_id"] for job in ended.objects] == ["d" * 32]
    assert "not shown: 1" in ended.err


def test_resume_says_what_it_could_not_read_and_sends_nothing_of_it(
    shell: Shell, damaged: Callable[..., Path]
) -> None:
    journal_file = damaged()
    settings = shell.data_dir / "settings.json"
    settings.write_text(json.dumps({"day_limit_credits": "12"}), encoding="ascii")
    for _again in range(2):
        ended = shell.run("resume", "--sandbox")
        assert ended.code == 0
        assert "your limit for a day" in ended.err
        assert "not shown: 1" in ended.err
        assert "Nothing is unfinished" in ended.err
    kept = sorted(file.name for file in shell.data_dir.glob("settings.json*"))
    assert kept == ["settings.json", "settings.json.damaged"]
    with closing(sqlite3.connect(journal_file)) as connection:
        (state,) = connection.execute("SELECT state FROM jobs WHERE job_id = ?", ("e" * 32,))
    assert state == ("queued",)


def test_a_list_that_cannot_be_read_is_no_job_that_failed(shell: Shell) -> None:
    """3 would say that nothing was paid; and no class of the program's is named."""
    paths = DataPaths.at(shell.data_dir).profile("sandbox")
    paths.create()
    paths.journal_file.write_bytes(b"no database" * 1000)
    ended = shell.run("jobs", "--sandbox")
    assert ended.code == 2
    assert "cannot be read, its file is damaged. Nothing was sent" in ended.err
    assert "Journal" not in ended.err
