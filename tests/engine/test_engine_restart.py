"""The engine is closed in every state and opened again: it goes on, and sends nothing twice."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, ended, held, in_state, until
from support.waiting import PATIENCE_S

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState
from kling_desktop.store.journal import Journal

S = JobState


def only_job(engine: Engine) -> Job:
    (job,) = engine.book.all()
    return job


async def finish_it(world: World, engine: Engine) -> Job:
    world.sandbox.finish()
    return await ended(engine, only_job(engine))


@pytest.mark.parametrize(
    "state",
    [S.QUEUED, S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE],
)
def test_closed_in_any_state_it_goes_on_by_itself(world: World, state: JobState) -> None:
    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate(), *_from(state))
        if state is S.SUBMITTING:  # closed sooner, nothing would have been sent
            await until(engine, lambda: world.sandbox.accepted)

    async def after(engine: Engine) -> Job:
        return await finish_it(world, engine)

    world.run(before)
    job = world.run(after)
    assert job.state is S.DONE
    assert world.sandbox.accepted == [job.task_id]
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)


def _from(state: JobState) -> list[JobState]:
    """The state and those behind it: a quick job may be seen only later."""
    way = [S.QUEUED, S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE]
    return way[way.index(state) :]


def test_closed_while_the_answer_is_awaited_it_is_looked_for_and_found(world: World) -> None:
    async def before(engine: Engine) -> None:
        await world.generate("[no answer]")
        await until(engine, lambda: world.sandbox.accepted)

    async def after(engine: Engine) -> Job:
        return await finish_it(world, engine)

    world.run(before)
    job = world.run(after)
    assert job.state is S.DONE
    assert world.sandbox.accepted == [job.task_id]
    assert world.count("/kling/motion") == 1


def test_closed_before_the_service_accepted_it_stays_unknown_until_the_person_decides(
    world: World,
) -> None:
    world.sandbox.faults.add("motion", "hang")

    async def before(engine: Engine) -> None:
        await world.generate()
        await until(engine, lambda: world.count("/kling/motion"))

    async def after(engine: Engine) -> Job:
        looked = await until(engine, lambda: j if (j := only_job(engine)).looks >= 2 else None)
        assert looked.state is S.UNKNOWN
        assert looked.error is not None
        assert looked.error.money.value == "maybe_charged"
        assert looked.error.value("outcome") == "nothing_found"
        assert world.count("/kling/motion") == 1
        assert await engine.do(looked.job_id, JobAction.SEND_AGAIN)
        return await ended(engine, looked)

    world.run(before)
    job = world.run(after)
    assert job.state is S.DONE
    assert job.attempt == 2
    assert world.sandbox.accepted == [job.task_id]
    first, second = (json.loads(b)["image_url"] for b in world.bodies("/kling/motion"))
    assert first != second  # so that the first, should it turn up, is never taken for the second


def test_closed_between_its_intent_and_its_request_it_was_not_sent_and_goes_on(
    world: World,
) -> None:
    async def before(engine: Engine) -> None:
        def close(job: Job) -> None:
            if job.state is S.SUBMITTING:
                engine.workers.halt()

        engine.book.changed.connect(close)
        await world.generate()
        await until(
            engine, lambda: (only_job(engine).attempt, only_job(engine).state) == (1, S.QUEUED)
        )

    world.run(before)
    assert world.sandbox.accepted == []
    job = world.run(lambda engine: ended(engine, only_job(engine)))
    assert job.state is S.DONE
    assert world.sandbox.accepted == [job.task_id]


def test_an_unknown_job_of_two_weeks_ago_is_looked_for_at_the_start(world: World) -> None:
    """Killed while submitting, and the program not started again for days."""
    two_weeks_s = 14 * 24 * 3600.0

    async def before(engine: Engine) -> None:
        await world.generate("[no answer]")
        await until(engine, lambda: world.sandbox.accepted)

    async def after(engine: Engine) -> int:
        job = await until(engine, lambda: j if (j := only_job(engine)).looks else None)
        return job.looks

    world.run(before)
    journal = Journal(world.paths.profile("sandbox").journal_file)
    (job,) = journal.load()
    long_ago = time.time() - two_weeks_s
    journal.transition(job, replace(job, state=S.UNKNOWN, submitted_at=long_ago))
    journal.close()
    assert world.run(after) >= 1


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("[used up]", HoldReason.CREDIT),
        ("[token]", HoldReason.TOKEN),
        ("[disabled]", HoldReason.DISABLED),
    ],
)
def test_a_hold_keeps_every_job_survives_a_restart_and_ends_with_resume(
    world: World, prompt: str, reason: HoldReason
) -> None:
    world.jobs_at_once = 1
    world.sandbox.set_balance(0)  # or credit would be there

    async def before(engine: Engine) -> None:
        await world.generate(prompt)
        await world.generate("second")
        await world.generate("third")
        assert await held(engine, reason)
        error = engine.queue.state.error_of(reason)
        assert error is not None
        assert error.money.value == "not_charged"
        await until(engine, lambda: engine.queue.state.waiting == 3)

    async def after(engine: Engine) -> None:
        assert engine.queue.state.hold is reason
        assert [j.request.prompt for j in engine.book.all()] == [prompt, "second", "third"]
        sent = world.count("/kling/motion")
        await engine.do(engine.book.all()[0].job_id, JobAction.CANCEL)
        assert world.count("/kling/motion") == sent == 1
        world.sandbox.set_balance(100)
        await engine.resume_queue()
        for job in engine.book.all():
            await ended(engine, job)
        assert [j.state for j in engine.book.all()] == [S.CANCELLED, S.DONE, S.DONE]

    world.run(before)
    world.run(after)
    assert len(world.sandbox.accepted) == 2


def test_resume_meets_the_same_refusal_and_holds_again(world: World) -> None:
    async def story(engine: Engine) -> None:
        await world.generate("[used up]")
        await held(engine, HoldReason.CREDIT)
        await until(engine, lambda: engine.queue.state.waiting == 1)
        await engine.resume_queue()
        await until(engine, lambda: world.count("/kling/motion") == 2)
        await until(engine, lambda: engine.queue.state.waiting == 1)
        assert engine.queue.state.hold is HoldReason.CREDIT

    world.run(story)
    assert world.sandbox.accepted == []
    assert world.count("/kling/motion") == 2


def test_resume_while_offline_waits_for_the_host_instead_of_spinning(world: World) -> None:
    async def story(engine: Engine) -> Job:
        world.sandbox.stop()
        job = await world.generate()
        await held(engine, HoldReason.OFFLINE)
        await in_state(engine, job, S.QUEUED)
        engine.queue.pause()
        await engine.resume_queue()
        assert engine.queue.state.hold is HoldReason.OFFLINE
        events = await engine.workers.write(engine.journal.events, job.job_id)
        assert sum(e.state is S.PREPARING for e in events) == 1
        world.sandbox.start()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def test_jobs_left_by_a_killed_run_take_no_slot_of_a_single_command(world: World) -> None:
    """``generate`` opens the engine without going on with the old ones."""
    world.jobs_at_once = 1

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> Job:
        engine.queue.only = set()
        job = await world.generate("new")
        engine.queue.only.add(job.job_id)
        engine.queue.resume()
        return await ended(engine, job)

    world.run(before)
    assert world.run(after, run_queue=False).state is S.DONE
    assert len(world.sandbox.accepted) == 2
    assert world.count("/kling/motion") == 2


def test_a_second_engine_goes_on_while_the_sandbox_was_restarted_too(world: World) -> None:
    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate(), S.GENERATING)

    async def after(engine: Engine) -> Job:
        return await finish_it(world, engine)

    world.run(before)
    world.sandbox.stop()
    world.sandbox.start()
    assert world.run(after).state is S.DONE


def test_a_download_goes_on_where_the_last_run_stopped(world: World) -> None:
    async def before(engine: Engine) -> None:
        job = await world.generate("[slow]")
        await in_state(engine, job, S.GENERATING)
        await world.rendered()
        # One piece, and then nothing for longer than this run lives.
        size = len(world.result_bytes(engine.book.get(job.job_id)))
        values = {"delay_s": PATIENCE_S, "chunk_bytes": size // 2}
        world.sandbox.faults.add("download", "slow", times=None, **values)
        world.sandbox.finish()
        part = world.videos / f".{job.job_id}.part"
        await until(engine, lambda: part.exists() and part.stat().st_size == size // 2)

    async def after(engine: Engine) -> Job:
        return await finish_it(world, engine)

    world.run(before)
    world.sandbox.faults.clear()
    job = world.run(after)
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)
    fetched = [r for r in world.sandbox.requests if r.path.startswith("/results/")]
    assert "range" not in fetched[0].headers
    assert int(fetched[-1].headers["range"].removeprefix("bytes=").rstrip("-")) > 1000
    assert [p.suffix for p in world.videos.iterdir()] == [".mp4"]
