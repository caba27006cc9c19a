"""A no in the place of the answer to a submission that was accepted: nothing is paid twice.

It is JSON, but names no trace, and none of the service's codes as the service does: perhaps
something between here and the service said it, and nobody knows what the service had said.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from engine_world import World, ended, held, in_state, until
from test_restored import asked, histories

from kling_desktop.command.codes import Exit, exit_of
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import submit
from kling_desktop.motion.job import HoldReason, Job, JobState, Money
from kling_desktop.words import Words

S, H = JobState, HoldReason


def refuses_what_was_accepted(world: World, status: int) -> None:
    body = {"message": "This page is blocked."}
    world.sandbox.faults.add("motion", "wrong_json", 1, after=True, status=status, body=body)


async def chosen(engine: Engine, world: World, job: Job) -> None:
    """The person is asked, and says that it is this task."""
    job = await asked(engine, job)
    assert await engine.choose_task(job.job_id, *world.sandbox.accepted)
    assert (await ended(engine, job)).state is S.DONE


@pytest.mark.parametrize("status", [401, 402])
def test_what_is_sent_again_after_it_is_looked_for_in_the_history_first(
    world: World, status: int
) -> None:
    async def story(engine: Engine) -> None:
        refuses_what_was_accepted(world, status)
        job = await world.generate()
        if status == 401:
            await held(engine, H.TOKEN)
            await engine.resume_queue()
        await chosen(engine, world, job)

    world.run(story)
    assert len(world.sandbox.accepted) == 1


NOES = (400, 403, 404, 405, 409, 413, 422, 429, 451)


@pytest.mark.parametrize("status", NOES)
def test_what_was_accepted_all_the_same_is_found_and_saved(world: World, status: int) -> None:
    """It ended as failed at once, and a script that repeats on that paid twice."""

    async def story(engine: Engine) -> None:
        refuses_what_was_accepted(world, status)
        job = await in_state(engine, await world.generate(), S.UNKNOWN)
        assert job.error is not None
        assert job.error.money is Money.MAYBE_CHARGED
        assert "perhaps not from the service itself" in Words().line(job)
        assert "may be charged" in Words().line(job)
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize("body", [{"success": False}, {"error": {"code": "blocked"}}])
def test_so_is_what_a_good_status_said_no_to(world: World, body: dict[str, Any]) -> None:
    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "wrong_json", 1, after=True, status=200, body=body)
        job = await in_state(engine, await world.generate(), S.UNKNOWN)
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


# Words of the vendor's, not as the vendor says them: others use them, too.
WORDS_OF_OTHERS: list[tuple[int, dict[str, Any]]] = [
    (200, {"error": {"code": "forbidden", "message": "no"}}),
    (200, {"success": False, "code": "bad_request"}),
    (200, {"error": "busy"}),
    (403, {"code": "forbidden"}),
    (403, {"error": "forbidden"}),
    (404, {"error": "not_found"}),
]
USED_UP: list[tuple[int, dict[str, Any]]] = [
    (200, {"success": False, "code": "used_up"}),
    (200, {"error": {"code": "used_up"}}),
    (200, {"error": "used_up"}),
    (403, {"code": "used_up"}),
]


@pytest.mark.parametrize(("status", "body"), WORDS_OF_OTHERS)
def test_a_word_of_the_services_in_another_shape_vouches_for_nothing(
    world: World, status: int, body: dict[str, Any]
) -> None:
    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "wrong_json", 1, after=True, status=status, body=body)
        job = await in_state(engine, await world.generate(), S.UNKNOWN)
        assert exit_of(job) is Exit.UNKNOWN
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize(("status", "body"), USED_UP)
def test_used_up_in_the_place_of_an_answer_is_perhaps_charged_and_sent_only_after_a_question(
    world: World, status: int, body: dict[str, Any]
) -> None:
    """With a status of success, or with its code elsewhere than the service puts it."""

    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "wrong_json", 1, after=True, status=status, body=body)
        job = await world.generate()
        await held(engine, H.CREDIT)
        job = await in_state(engine, job, S.QUEUED)
        assert exit_of(job) is Exit.UNKNOWN
        await engine.resume_queue()
        await chosen(engine, world, job)

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_used_up_with_a_status_of_success_in_the_services_own_shape_is_a_no_at_once(
    world: World,
) -> None:
    """The vendor's sources disagree on the status; its trace says that it was the service."""

    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "refuse_json", 1, status=200, code="used_up")
        job = await world.generate()
        await held(engine, H.CREDIT)
        job = await in_state(engine, job, S.QUEUED)
        assert job.error is not None
        assert (job.error.money, exit_of(job)) == (Money.NOT_CHARGED, Exit.FAILED)

    world.run(story)
    assert histories(world) == []


def refuses(world: World, status: int) -> None:
    body = {"message": "This page is blocked."}
    world.sandbox.faults.add("motion", "wrong_json", 1, status=status, body=body)


@pytest.mark.parametrize("status", [s for s in NOES if s != 429])
def test_a_no_that_the_history_confirms_ends_the_job(world: World, status: int) -> None:
    async def story(engine: Engine) -> None:
        refuses(world, status)
        job = await ended(engine, await world.generate())
        assert job.error is not None
        assert (job.state, job.error.money) == (S.FAILED, Money.NORMALLY_NOT_CHARGED)
        assert exit_of(job) is Exit.FAILED

    world.run(story)
    assert world.sandbox.accepted == []


def test_it_is_confirmed_only_when_the_task_would_be_there_for_certain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "DOUBT_S", 3600.0)

    async def story(engine: Engine) -> None:
        refuses(world, 403)
        job = await world.generate()
        await until(engine, lambda: engine.book.get(job.job_id).looks > 2)
        now = engine.book.get(job.job_id)
        assert (now.state, exit_of(now)) == (S.UNKNOWN, Exit.UNKNOWN)

    world.run(story)


def test_a_later_run_finds_what_the_history_did_not_tell_before(world: World) -> None:
    async def before(engine: Engine) -> None:
        world.sandbox.faults.add("tasks", "html", None, status=502)
        refuses_what_was_accepted(world, 403)
        job = await world.generate()
        await until(engine, lambda: engine.book.get(job.job_id).looks > 2)
        assert engine.book.get(job.job_id).state is S.UNKNOWN

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        assert (await ended(engine, job)).state is S.DONE

    world.run(before)
    world.sandbox.faults.clear()
    world.run(after)
    assert len(world.sandbox.accepted) == 1


def test_a_no_that_the_service_vouches_for_is_clear_at_once(world: World) -> None:
    async def story(engine: Engine) -> None:
        told = {"status": 403, "body": {"message": "no", "trace_id": "trace-1"}}
        world.sandbox.faults.add("motion", "wrong_json", 1, **told)
        job = await ended(engine, await world.generate())
        assert job.error is not None
        assert (job.state, job.error.money) == (S.FAILED, Money.NOT_CHARGED)

    world.run(story)
    assert histories(world) == []


def test_where_the_history_knows_nothing_it_is_sent_again(world: World) -> None:
    async def story(engine: Engine) -> None:
        body = {"message": "Too many requests."}
        world.sandbox.faults.add("motion", "wrong_json", 1, status=429, body=body)
        assert (await world.finished()).state is S.DONE

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_a_word_about_credit_that_is_perhaps_nobody_s_proves_no_token(world: World) -> None:
    async def story(engine: Engine) -> None:
        token = {"status": 401, "code": "invalid_token"}
        world.sandbox.faults.add("motion", "refuse_json", 1, **token)
        await world.generate("[fail]")
        await held(engine, H.TOKEN)
        body = {"message": "Pay for this network."}
        world.sandbox.faults.add("motion", "wrong_json", None, status=402, body=body)
        await engine.resume_queue()
        await until(engine, lambda: H.CREDIT in engine.queue.state.holds)
        assert H.TOKEN in engine.queue.state.holds

    world.run(story)
    assert world.sandbox.accepted == []


@pytest.mark.parametrize("status", [401, 402])
def test_the_history_is_not_asked_before_the_task_is_in_it_for_certain(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(submit, "DOUBT_S", 3600.0)

    async def story(engine: Engine) -> None:
        refuses_what_was_accepted(world, status)
        job = await world.generate()
        await until(engine, lambda: engine.book.get(job.job_id).error)
        until_then_s = (engine.book.get(job.job_id).not_before or 0.0) - time.time()
        assert 0 < until_then_s <= 3600.0
        engine.recall.ask()  # for the sake of another job
        await until(engine, lambda: not engine.recall._asking)
        assert job.job_id in engine._ctx.unchecked

    world.run(story)
    assert histories(world) == []
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize("status", [402, 403, 429])
@pytest.mark.parametrize("history", ["does not answer", "cannot be asked"])
def test_what_nobody_can_be_asked_about_is_not_sent_again(
    world: World, status: int, history: str
) -> None:
    if history == "cannot be asked":  # no id of the account is known to ask it by
        for route in ("me", "balance", "credentials"):
            world.sandbox.faults.add(route, "refuse_json", None, status=403, code="forbidden")
    else:
        world.sandbox.faults.add("tasks", "html", None, status=502)

    async def story(engine: Engine) -> None:
        refuses_what_was_accepted(world, status)
        job = await world.generate()
        if status == 402:
            await held(engine, H.CREDIT)
            await engine.resume_queue()
        job = await in_state(engine, job, S.UNKNOWN)
        assert job.error is not None
        assert job.error.money is Money.MAYBE_CHARGED

    world.run(story)
    assert len(world.sandbox.accepted) == 1
