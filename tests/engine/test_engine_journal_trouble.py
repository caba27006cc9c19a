"""The disk fails at the worst moments: nothing is sent twice, and every job finds on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from engine_world import World, ended, until

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.failures import NotKept
from kling_desktop.motion.job import Job, JobError, JobState

S = JobState


class Refusing:
    """A trigger that makes SQLite refuse a job's step into one state, as a full disk would."""

    def __init__(self, file: Path, state: JobState) -> None:
        self._file = file
        self._run(
            f"CREATE TRIGGER refuse BEFORE UPDATE ON jobs WHEN new.state = '{state.value}'"
            " AND old.state <> new.state BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )

    def end(self) -> None:
        self._run("DROP TRIGGER refuse")

    def _run(self, sql: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(sql)


@pytest.mark.parametrize(
    "state", [S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE]
)
def test_a_step_that_cannot_be_written_is_told_and_tried_again(
    world: World, state: JobState
) -> None:
    failures: list[JobError] = []

    async def story(engine: Engine) -> Job:
        engine.runner.journal_failed.connect(failures.append)
        refusing = Refusing(world.paths.profile("sandbox").journal_file, state)
        job = await world.generate()
        await until(engine, lambda: len(failures) >= 2)
        assert engine.book.get(job.job_id).state is not state  # never ahead of the journal
        assert {error.code for error in failures} == {"journal_failed"}
        refusing.end()
        return await ended(engine, job)

    job = world.run(story)
    assert job.state is S.DONE
    assert world.sandbox.accepted == [job.task_id]
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    assert len(list(world.videos.iterdir())) == 1  # and no orphan beside it


@pytest.mark.parametrize(
    ("prompt", "state"),
    [("[busy]", S.QUEUED), ("[bad settings]", S.FAILED), ("[cut connection]", S.UNKNOWN)],
)
def test_the_outcome_of_a_submission_is_kept_until_it_is_written(
    world: World, prompt: str, state: JobState
) -> None:
    """Between the answer and the journal nothing is forgotten, and nothing is sent again."""
    failures: list[JobError] = []

    async def story(engine: Engine) -> None:
        engine.runner.journal_failed.connect(failures.append)
        refusing = Refusing(world.paths.profile("sandbox").journal_file, state)
        job = await world.generate(prompt)
        await until(engine, lambda: len(failures) >= 2)
        assert engine.book.get(job.job_id).state is S.SUBMITTING
        assert world.count("/kling/motion") == 1
        refusing.end()
        await until(engine, lambda: engine.book.get(job.job_id).state is not S.SUBMITTING)
        assert (job.job_id, state) in world.seen

    world.run(story)


def test_where_a_job_cannot_be_written_down_nothing_is_sent(world: World) -> None:
    async def story(engine: Engine) -> None:
        file = world.paths.profile("sandbox").journal_file
        file.rename(file.with_suffix(".away"))
        with pytest.raises(NotKept) as problem:
            await world.generate()
        assert problem.value.error.code == "journal_unwritable"
        assert problem.value.error.money.value == "not_charged"
        assert engine.book.all() == []
        file.with_suffix(".away").rename(file)
        assert (await ended(engine, await world.generate())).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_closing_while_the_journal_is_away_loses_nothing_that_was_sent(world: World) -> None:
    file = world.paths.profile("sandbox").journal_file

    async def before(engine: Engine) -> None:
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).state is S.SUBMITTING)
        file.rename(file.with_suffix(".away"))
        await until(engine, lambda: len(world.sandbox.accepted) == 1)

    async def after(engine: Engine) -> Job:
        world.sandbox.finish()
        (job,) = engine.book.all()
        return await ended(engine, job)

    world.run(before)
    file.with_suffix(".away").rename(file)
    job = world.run(after)
    assert job.state is S.DONE
    assert world.sandbox.accepted == [job.task_id]
