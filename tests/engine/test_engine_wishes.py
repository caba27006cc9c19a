"""One wish is one job: its id is its own from the first moment, and asking twice adds nothing."""

from __future__ import annotations

import asyncio
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, ended, in_state, until
from support.slow_disk import slow_down

from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.failures import NotKept
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.store.errors import JournalUnwritable, Reason
from kling_desktop.store.journal import Journal


def test_a_wish_that_is_uttered_again_is_the_same_job(world: World) -> None:
    wish = new_job_id()

    async def story(engine: Engine) -> None:
        request = world.request()
        first, again = await asyncio.gather(
            engine.generate(request, None, None, job_id=wish),
            engine.generate(request, None, None, job_id=wish),
        )
        assert first == again
        assert first.job_id == wish
        done = await ended(engine, first)
        assert done.state is JobState.DONE
        assert await engine.generate(request, None, None, job_id=wish) == done
        assert len(engine.book.all()) == 1
        assert len(world.sandbox.accepted) == 1

    world.run(story)


def test_a_wish_is_known_after_a_restart_also_where_its_job_was_removed(world: World) -> None:
    wish = new_job_id()

    async def before(engine: Engine) -> None:
        job = await engine.generate(world.request(), None, None, job_id=wish)
        await ended(engine, job)
        await engine.book.remove(wish)

    async def after(engine: Engine) -> None:
        job = await engine.generate(world.request(), None, None, job_id=wish)
        assert job.state is JobState.DONE
        assert engine.book.all() == []
        assert len(world.sandbox.accepted) == 1

    world.run(before)
    world.run(after)


@pytest.mark.parametrize("times", [2, 5])
def test_retry_pressed_again_on_a_slow_disk_is_one_job(
    world: World, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    async def story(engine: Engine) -> None:
        failed = await world.finished("[bad settings]")
        slow_down(monkeypatch)
        presses = [engine.do(failed.job_id, JobAction.RETRY) for _ in range(times)]
        assert await asyncio.gather(*presses) == [True] * times
        assert len(engine.book.all()) == 2

    world.run(story)


def test_a_retry_without_a_name_of_its_own_is_the_same_after_a_restart(world: World) -> None:
    async def before(engine: Engine) -> None:
        failed = await world.finished("[bad settings]")
        await engine.do(failed.job_id, JobAction.RETRY)

    async def after(engine: Engine) -> None:
        failed = engine.book.all()[0]
        await engine.do(failed.job_id, JobAction.RETRY)
        assert len(engine.book.all()) == 2
        await engine.do(failed.job_id, JobAction.RETRY, wish_id=new_job_id())
        assert len(engine.book.all()) == 3

    world.run(before)
    world.run(after)


def test_send_again_pressed_again_is_one_more_submission(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sandbox.faults.add("motion", "hang")

    async def before(engine: Engine) -> None:
        await world.generate()
        await until(engine, lambda: world.count("/kling/motion"))

    async def after(engine: Engine) -> None:
        lost = engine.book.all()[0]
        assert lost.state is JobState.UNKNOWN
        slow_down(monkeypatch, 0.1)
        await asyncio.gather(*(engine.do(lost.job_id, JobAction.SEND_AGAIN) for _ in range(3)))
        done = await ended(engine, lost)
        assert (done.state, done.attempt) == (JobState.DONE, 2)
        assert world.count("/kling/motion") == 2

    world.run(before)
    world.run(after)


def test_a_step_that_is_late_is_answered_with_no(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person saw may have gone on since: the step is taken out of that state or not."""

    async def story(engine: Engine) -> None:
        job = await in_state(engine, await world.generate("[slow]"), JobState.GENERATING)
        seen = replace(job, state=JobState.UNKNOWN)
        late = copy(engine.book)  # for the person alone: the engine's own steps go by what is
        monkeypatch.setattr(late, "find", lambda _job_id: seen)
        monkeypatch.setattr(engine._acting, "_book", late)
        assert not await engine.do(job.job_id, JobAction.SEND_AGAIN)
        assert engine.book.get(job.job_id).state is JobState.GENERATING

    world.run(story)


def test_what_cannot_be_written_down_is_told_to_everyone_who_pressed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(engine: Engine) -> None:
        failed = await world.finished("[bad settings]")

        def full(_self: Journal, _job: Job) -> None:
            raise JournalUnwritable(Path("jobs.sqlite"), Reason.DISK_FULL)

        monkeypatch.setattr(Journal, "insert", full)
        presses = [engine.do(failed.job_id, JobAction.RETRY) for _ in range(2)]
        told = await asyncio.gather(*presses, return_exceptions=True)
        assert [type(each) for each in told] == [NotKept, NotKept]
        assert not engine.book.get(failed.job_id).acknowledged

    world.run(story)
