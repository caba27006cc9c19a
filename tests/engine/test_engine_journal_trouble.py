"""The disk fails at the worst moments: nothing is sent twice, and every job finds on."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from engine_world import World, ended, until
from refused_writes import Refusing, refuse_all
from support.waiting import PATIENCE_S

from kling_desktop import durable
from kling_desktop.engine import context, kept_values, storage_watch
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.failures import NotKept
from kling_desktop.motion.compare import CompareSettings
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobError, JobState
from kling_desktop.store.journal import Journal
from kling_desktop.store.lock import FolderLock
from kling_desktop.store.paths import ProfilePaths
from kling_desktop.store.witness import Witness

S = JobState


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
        refusing = Refusing(file, S.QUEUED, act="INSERT")
        with pytest.raises(NotKept) as problem:
            await world.generate()
        assert problem.value.error.code == "journal_unwritable"
        assert problem.value.error.money.value == "not_charged"
        assert engine.book.all() == []
        refusing.end()
        assert (await ended(engine, await world.generate())).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_while_nothing_can_be_written_the_queue_holds_and_says_why(world: World) -> None:
    async def story(engine: Engine) -> None:
        def held() -> bool:
            return HoldReason.UNWRITABLE in engine.queue.state.holds

        changes: list[bool] = []
        engine.queue.changed.connect(lambda _state: changes.append(held()))
        refusing = Refusing(world.paths.profile("sandbox").journal_file, S.PREPARING)
        job = await world.generate()
        await until(engine, held)
        assert changes[-1]
        error = engine.queue.state.error_of(HoldReason.UNWRITABLE)
        assert error is not None
        assert error.value("folder") == str(world.paths.profile("sandbox").folder)
        assert engine.queue.kept_by(job.job_id) == (HoldReason.UNWRITABLE,)
        refusing.end()
        assert (await ended(engine, job)).state is S.DONE
        assert not held()

    world.run(story)


def test_what_a_person_does_while_nothing_can_be_written_is_told_and_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    """A video that cannot be taken off the list is not left in the bin either."""
    file = world.paths.profile("sandbox").journal_file

    def bin_it(path: str) -> str:
        return str(Path(path).rename(tmp_path / "binned.mp4"))

    async def story(engine: Engine) -> None:
        done = await ended(engine, await world.generate())
        engine.queue.pause()
        first, second = await world.generate(), await world.generate("another")
        refuse_all(file)
        wishes: list[Awaitable[object]] = [
            engine.library.delete(done.job_id, bin_it),
            engine.library.set_favourite(done.job_id, True),
            engine.library.set_compare(done.job_id, CompareSettings()),
            engine.queue.move(second.job_id, 0),
            engine.do(first.job_id, JobAction.CANCEL),
            world.generate("a third"),
        ]
        for wish in wishes:
            with pytest.raises(NotKept):
                await wish
        assert [video.name for video in world.videos.iterdir()] == [
            Path(done.result_path or "").name
        ]
        assert not (tmp_path / "binned.mp4").exists()
        assert engine.book.get(done.job_id) == done
        assert [j.job_id for j in engine.book.all()][-2:] == [first.job_id, second.job_id]

    world.run(story)


def gone(paths: ProfilePaths) -> None:
    shutil.rmtree(paths.folder)


def all_of_it(paths: ProfilePaths) -> None:
    shutil.rmtree(paths.folder.parent)


def without_its_list(paths: ProfilePaths) -> None:
    paths.journal_file.unlink()


def without_its_witness(paths: ProfilePaths) -> None:
    paths.witness_file.unlink()


def replaced_by_an_earlier_one(paths: ProfilePaths) -> None:
    copy = paths.folder.with_name("earlier")
    os.replace(copy / paths.journal_file.name, paths.journal_file)


@pytest.mark.parametrize(
    "go_away",
    [gone, all_of_it, without_its_list, without_its_witness, replaced_by_an_earlier_one],
)
def test_a_library_that_goes_away_under_the_program_is_written_again(
    world: World, go_away: Callable[[ProfilePaths], None]
) -> None:
    """Files vanish or are replaced while a paid job runs: it arrives, and is not sent twice."""
    paths, told = world.paths.profile("sandbox"), list[JobError]()

    async def before(engine: Engine) -> str:
        engine.book.put_back.connect(told.append)
        shutil.copytree(paths.folder, paths.folder.with_name("earlier"))
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).state is S.GENERATING)
        go_away(paths)
        waiting = await world.generate("[slow]")  # a wish of just then
        await until(engine, lambda: engine.book.get(waiting.job_id).state is S.GENERATING)
        return job.job_id

    async def after(engine: Engine) -> None:
        assert len(engine.book.all()) == 2
        assert engine.book.mended == ()
        world.sandbox.finish()
        for job in engine.book.all():
            assert (await ended(engine, job)).state is S.DONE

    first = world.run(before)
    with closing(Journal(paths.journal_file)) as journal:
        assert first in {job.job_id for job in journal.load()}
    assert len(Witness(paths.witness_file).read()) == 2
    world.run(after)
    assert len(world.sandbox.accepted) == 2
    replaced = go_away is replaced_by_an_earlier_one
    expected = "journal_replaced" if replaced else "journal_put_back"
    assert [error.code for error in told] == ([] if go_away is without_its_witness else [expected])


def test_a_library_that_goes_away_while_nothing_happens_is_written_again(world: World) -> None:
    paths = world.paths.profile("sandbox")

    async def story(engine: Engine) -> None:
        job = await ended(engine, await world.generate())
        gone(paths)
        await until(engine, lambda: paths.journal_file.exists() and paths.witness_file.exists())
        assert [j.job_id for j in Journal.read_only(paths.journal_file)] == [job.job_id]

    world.run(story)


def test_where_another_program_took_the_library_nothing_more_is_sent(world: World) -> None:
    """Who removes the lock's file lets a second one in; that is found before each write."""
    paths = world.paths.profile("sandbox")
    paths.create()
    ours, theirs = FolderLock(paths.lock_file), FolderLock(paths.lock_file)
    assert ours.acquire()
    world.options["is_still_ours"] = ours.is_still_ours

    async def story(engine: Engine) -> None:
        await ended(engine, await world.generate())
        paths.lock_file.unlink()
        assert theirs.acquire()
        with pytest.raises(NotKept):
            await world.generate()
        await until(engine, lambda: HoldReason.UNWRITABLE in engine.queue.state.holds)
        error = engine.queue.state.error_of(HoldReason.UNWRITABLE)
        assert error is not None
        assert error.value("reason") == "locked"

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


def test_a_disk_that_does_not_answer_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a share does that is gone: a write to it may never come back."""
    monkeypatch.setattr(storage_watch, "SILENT_S", 0.1)
    back = threading.Event()

    async def story(engine: Engine) -> None:
        def reason() -> str:
            error = engine.queue.state.error_of(HoldReason.UNWRITABLE)
            return "" if error is None else error.value("reason")

        stuck = engine.workers.begin_whole(engine.workers.write(back.wait, PATIENCE_S))
        try:
            await until(engine, lambda: reason() == "silent")
        finally:
            back.set()
        await stuck
        await until(engine, lambda: HoldReason.UNWRITABLE not in engine.queue.state.holds)

    world.run(story)


def test_who_reads_the_list_for_long_is_told_as_that_and_not_as_a_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_watch, "SILENT_S", 0.1)
    file = world.paths.profile("sandbox").journal_file

    async def story(engine: Engine) -> None:
        def reason() -> str:
            error = engine.queue.state.error_of(HoldReason.UNWRITABLE)
            return "" if error is None else error.value("reason")

        job = await world.generate("[slow] first")
        await until(engine, lambda: engine.book.get(job.job_id).state is S.GENERATING)
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM jobs").fetchone()
            with pytest.raises(NotKept) as problem:
                await world.generate("second")
            assert problem.value.error.code == "journal_locked"
            world.sandbox.finish()
            await until(engine, lambda: reason() == "locked")
            await storage_watch.StorageWatch(engine._ctx, engine.queue).look()
            assert reason() == "locked"
            reader.execute("COMMIT")
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)


def test_a_full_disk_is_said_though_nothing_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room = [False]
    monkeypatch.setattr(storage_watch.Room, "is_there", lambda _room: has_room[0])

    async def story(engine: Engine) -> None:
        await until(engine, lambda: HoldReason.UNWRITABLE in engine.queue.state.holds)
        error = engine.queue.state.error_of(HoldReason.UNWRITABLE)
        assert error is not None
        assert error.value("reason") == "disk_full"
        job = await world.generate()
        assert engine.queue.kept_by(job.job_id) == (HoldReason.UNWRITABLE,)
        has_room[0] = True
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)


def test_closing_does_not_wait_for_the_next_try_of_what_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk was unplugged: the answer of a submission, and what the person said."""
    for module, name in ((kept_values, "RETRY_S"), (context, "JOURNAL_RETRY_S")):
        monkeypatch.setattr(module, name, 1000 * PATIENCE_S)
    folder = world.paths.profile("sandbox").folder

    async def story(engine: Engine) -> None:
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).state is S.SUBMITTING)
        folder.rename(folder.with_name("away"))
        folder.write_text("in its place")
        await until(engine, lambda: len(world.sandbox.accepted) == 1)
        engine.queue.pause()
        await until(engine, lambda: HoldReason.UNWRITABLE in engine.queue.state.holds)
        async with asyncio.timeout(PATIENCE_S):
            await engine.close()

    world.run(story)


def test_what_a_disk_does_not_offer_is_said_once_for_each_library(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_lacking", {durable.Lack.SYNC})

    async def said(engine: Engine) -> list[str]:
        return [error.code for error in engine.book.to_be_said()]

    assert world.run(said) == ["disk_without_sync"]
    assert world.run(said) == []
    durable.live_without(durable.Lack.LOCKS, "a test")
    assert world.run(said) == ["disk_without_locks"]
