"""One unclear answer holds the queue until the service itself has answered."""

from __future__ import annotations

import threading

import pytest
from engine_world import World, in_state, until

from kling_desktop.engine import connectivity, gate, in_a_row
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Hosts
from kling_desktop.engine.steps import look
from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState, Money, actions_for
from kling_desktop.words import Words

S, H = JobState, HoldReason
EVERYWHERE = ("motion", "tasks", "price", "balance", "files", "ledger", "me")


def sent(world: World) -> int:
    return world.count("/kling/motion")


def spoil(world: World, *routes: str, status: int = 502) -> None:
    """These routes answer with an HTML page from now on."""
    for route in routes:
        world.sandbox.faults.add(route, "html", None, status=status)


async def lost(engine: Engine, world: World) -> Job:
    """A submission that met an error page, and was looked for in vain."""
    world.sandbox.faults.add("motion", "html", 1, status=502)
    job = await in_state(engine, await world.generate("[fail]"), S.UNKNOWN)
    await until(engine, lambda: engine.book.get(job.job_id).looks > 0)
    return job


def test_behind_a_sign_in_page_one_job_was_sent_and_the_others_wait(world: World) -> None:
    address = world.sandbox.address
    world.hosts = Hosts(address, address)  # an account of the person's own

    async def story(engine: Engine) -> None:
        await engine.account.refresh()
        world.jobs_at_once = 4
        engine.queue.pause()
        jobs = [await world.generate("[fail]") for _ in range(4)]
        spoil(world, *(r for r in EVERYWHERE if r != "files"), status=200)
        engine.queue.resume()
        await until(engine, lambda: engine.account.state.connection is Connection.PAGE)
        await until(engine, lambda: engine.queue.state.waiting == 4 - sent(world))
        (first,) = (j for j in engine.book.all() if j.state is S.UNKNOWN)
        assert sent(world) == 1
        assert first.error is not None
        assert first.error.value("met") == "page"
        assert JobAction.OPEN_PAGE in actions_for(first)
        assert engine.queue.state.holds == (H.UNCLEAR, H.OFFLINE)
        world.sandbox.faults.clear()  # the person signed in
        for job in jobs:
            if job.job_id != first.job_id:
                await in_state(engine, job, S.GENERATING)
        assert engine.account.state.connection is Connection.ONLINE
        assert engine.queue.state.holds == ()

    world.run(story)
    assert len(world.sandbox.accepted) == 3


def test_an_upload_that_met_a_page_says_so_on_its_row(world: World) -> None:
    async def story(engine: Engine) -> None:
        await engine.account.refresh()
        spoil(world, *EVERYWHERE, status=200)
        job = await world.generate("[fail]")
        waiting = await until(
            engine, lambda: j if (j := engine.book.get(job.job_id)).error is not None else None
        )
        assert waiting.state is S.QUEUED
        assert waiting.error is not None
        assert waiting.error.code == "page_instead"
        assert "A page came back" in Words().line(waiting)
        world.sandbox.faults.clear()
        await in_state(engine, job, S.GENERATING)

    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)
    world.run(story)
    assert sent(world) == 1


def test_whatever_answers_in_the_service_s_place_is_met_by_one_of_the_jobs_that_are_ready(
    world: World,
) -> None:
    """The free calls, and the hosts of the files, are answered as ever."""

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 8
        engine.queue.pause()
        for _ in range(8):
            await world.generate("[fail]")
        answer = threading.Event()
        world.sandbox.faults.add("motion", "html", None, status=200, until=answer)
        spoil(world, "tasks")
        engine.queue.resume()
        uploaded = (S.UPLOADING, S.SUBMITTING)
        await until(
            engine, lambda: sum(bool(j.video_link) for j in engine.book.in_state(*uploaded)) == 8
        )
        answer.set()
        await until(engine, lambda: engine.queue.state.waiting == 7)
        assert [j.state for j in engine.book.all()].count(S.UNKNOWN) == 1
        assert sent(world) == 1
        world.sandbox.faults.clear()
        await until(engine, lambda: len(engine.book.in_state(S.FAILED)) == 7)

    world.run(story)
    assert len(world.sandbox.accepted) == 7


def test_a_submission_that_the_service_holds_does_not_keep_the_others_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "UNANSWERED_S", 0.2)

    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "hang", 1)
        first = await world.generate("[fail]")
        await until(engine, lambda: sent(world) == 1)
        second = await world.generate("[fail]")
        await in_state(engine, second, S.GENERATING)
        assert engine.book.get(first.job_id).state is S.SUBMITTING

    world.run(story)


def test_jobs_that_are_ready_are_sent_in_the_order_of_the_queue(world: World) -> None:
    async def story(engine: Engine) -> None:
        world.jobs_at_once = 8
        answer = threading.Event()
        world.sandbox.faults.add("motion", "refuse_json", 1, until=answer)
        for number in range(8):
            await world.generate(f"[fail] {number}")
        await until(engine, lambda: len(engine._ctx.gate._waiting) == 7)
        answer.set()
        await until(engine, lambda: len(engine.book.in_state(S.FAILED)) == 8)
        prompts = [t.request["prompt"] for t in world.sandbox.tasks()]
        assert prompts == sorted(prompts)

    world.run(story)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_no_that_is_perhaps_not_the_services_is_met_by_one_job(world: World, status: int) -> None:
    """JSON of something between: it names none of the service's codes, and no trace."""

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 4
        for route in ("motion", "tasks"):
            refusal = {"body": {"error": "Please sign in"}, "status": status}
            world.sandbox.faults.add(route, "wrong_json", None, **refusal)
        for _ in range(4):
            await world.generate("[fail]")
        await until(engine, lambda: engine.queue.state.waiting == 3)
        (refused,) = engine.book.in_state(S.UNKNOWN)
        assert refused.error is not None
        assert refused.error.money is Money.MAYBE_CHARGED  # as far as it can be known
        assert engine.queue.state.holds == (H.UNCLEAR,)
        assert sent(world) == 1
        world.sandbox.faults.clear()
        await until(engine, lambda: len(engine.book.in_state(S.FAILED)) == 4)

    world.run(story)
    assert len(world.sandbox.accepted) == 3


def test_an_upload_that_fails_while_the_queue_is_held_waits_with_it(world: World) -> None:
    """What answered the submission in the service's place answered the uploads, too."""

    async def story(engine: Engine) -> None:
        faults, submitted, uploaded = world.sandbox.faults, threading.Event(), threading.Event()
        faults.add("motion", "html", None, status=502, until=submitted)
        await world.generate("[fail]")
        await until(engine, lambda: sent(world) == 1)
        faults.add("files", "status", None, status=204, until=uploaded)
        faults.add("tasks", "status", None, status=204)
        second = await world.generate("[fail]")
        await in_state(engine, second, S.UPLOADING)
        submitted.set()
        await until(engine, lambda: engine.queue.state.holds == (H.UNCLEAR,))
        uploaded.set()
        await in_state(engine, second, S.QUEUED)
        faults.clear()
        await until(engine, lambda: bool(engine.book.in_state(S.FAILED)))

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_the_look_s_own_answer_lets_the_next_one_go_found_or_not(world: World) -> None:
    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "html", 1, status=502, after=True)
        found = await world.generate("[fail]")
        second = await world.generate("[fail]")
        await in_state(engine, found, S.GENERATING)
        await in_state(engine, second, S.GENERATING)
        await lost(engine, world)
        await until(engine, lambda: engine.queue.state.holds == ())

    world.run(story)


def test_no_free_call_counts_while_the_history_can_be_asked_and_does_not_answer(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        spoil(world, "tasks")
        await lost(engine, world)
        second = await world.generate("[fail]")
        await engine.account.refresh()  # another host's answers
        await until(engine, lambda: not engine.queue._pumping)
        assert engine.queue.kept_by(second.job_id) == (H.UNCLEAR,)
        assert engine.book.get(second.job_id).state is S.QUEUED

    world.run(story)
    assert sent(world) == 1


def test_where_the_history_cannot_be_asked_a_free_call_s_answer_is_enough(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_args: object) -> None:
        return None

    monkeypatch.setattr(look, "histories", none)

    async def story(engine: Engine) -> None:
        spoil(world, "tasks")
        await lost(engine, world)
        second = await world.generate("[fail]")
        assert engine.queue.kept_by(second.job_id) == (H.UNCLEAR,)
        world.sandbox.faults.clear()
        await in_state(engine, second, S.GENERATING)

    world.run(story)


def test_the_person_may_resume_before(world: World) -> None:
    async def story(engine: Engine) -> None:
        spoil(world, "tasks")
        await lost(engine, world)
        second = await world.generate("[fail]")
        await engine.resume_queue()
        await in_state(engine, second, S.GENERATING)

    world.run(story)


@pytest.mark.parametrize("run_queue", [True, False])
def test_the_wait_outlives_a_restart_and_is_looked_for_whoever_opens_the_library(
    world: World, run_queue: bool
) -> None:
    """Also by a command that runs no queue but its own job."""

    async def before(engine: Engine) -> str:
        spoil(world, "tasks")
        return (await lost(engine, world)).job_id

    async def still(engine: Engine) -> None:
        assert engine.queue.awaited == {job_id}
        mine = await world.generate("[fail]")
        engine.queue.let_through(mine.job_id, mine.created_at)
        looks = engine.book.get(job_id).looks
        await until(engine, lambda: engine.book.get(job_id).looks > looks)
        assert engine.queue.kept_by(mine.job_id) == (H.UNCLEAR,)
        world.sandbox.faults.clear()
        await in_state(engine, mine, S.GENERATING)
        assert engine.queue.awaited == set()

    job_id = world.run(before)
    world.run(still, run_queue=run_queue)


@pytest.mark.parametrize("run_queue", [True, False])
def test_a_submission_that_a_kill_left_open_is_waited_for_too(
    world: World, run_queue: bool
) -> None:
    async def before(engine: Engine) -> str:
        world.sandbox.faults.add("motion", "hang", None)
        job = await world.generate("[fail]")
        await in_state(engine, job, S.SUBMITTING)
        await until(engine, lambda: sent(world) == 1)
        spoil(world, "tasks")
        return job.job_id

    async def after(engine: Engine) -> None:
        assert engine.queue.awaited == {job_id}
        world.sandbox.faults.clear()
        await until(engine, lambda: not engine.queue.awaited)

    job_id = world.run(before)
    world.run(after, run_queue=run_queue)


def test_a_job_that_was_dismissed_meanwhile_holds_nothing_for_ever(world: World) -> None:
    async def story(engine: Engine) -> None:
        spoil(world, "tasks")
        job = await lost(engine, world)
        second = await world.generate("[fail]")
        await engine.do(job.job_id, JobAction.DISMISS)
        assert engine.queue.state.holds == (H.UNCLEAR,)
        world.sandbox.faults.clear()
        await in_state(engine, second, S.GENERATING)

    world.run(story)


def test_where_the_paid_call_alone_is_broken_the_queue_waits_longer_each_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history answers well that nothing arrived: each job would be perhaps charged."""
    monkeypatch.setattr(in_a_row, "LEAST_S", (0.0, 3600.0))

    async def story(engine: Engine) -> list[str]:
        spoil(world, "motion")
        jobs = [await world.generate("[fail]") for _ in range(5)]
        await until(engine, lambda: len(engine.book.in_state(S.UNKNOWN)) == 2)
        second = engine.book.in_state(S.UNKNOWN)[1]
        await until(engine, lambda: engine.book.get(second.job_id).looks > 1)
        assert engine.queue.state.holds == (H.UNCLEAR,)
        assert "2 jobs in a row" in Words().holds(engine.queue.state)
        assert sent(world) == 2
        return [job.job_id for job in jobs]

    async def after_a_restart(engine: Engine) -> None:
        job = engine.book.in_state(S.UNKNOWN)[1]
        await until(engine, lambda: engine.book.get(job.job_id).looks > job.looks)
        assert engine.queue.state.holds == (H.UNCLEAR,)
        world.sandbox.faults.clear()
        await engine.resume_queue()  # the person's word
        await until(engine, lambda: len(engine.book.in_state(S.FAILED)) == 3)

    jobs = world.run(story)
    world.run(after_a_restart)
    assert len(world.sandbox.accepted) == 3 == len(jobs) - 2


@pytest.mark.parametrize("status", [400, 403])
def test_a_foreign_no_to_the_paid_call_alone_is_met_by_few_jobs(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """All free calls are answered by the service itself."""
    monkeypatch.setattr(in_a_row, "LEAST_S", (0.0, 3600.0))
    monkeypatch.setattr(connectivity, "RETRY_S", (0.05,))
    free_calls: list[None] = []

    async def story(engine: Engine) -> None:
        foreign = {"body": {"detail": "Please sign in"}, "status": status}
        world.sandbox.faults.add("motion", "wrong_json", None, **foreign)
        engine.connectivity.confirmed.connect(free_calls.append)
        for _ in range(5):
            await world.generate("[fail]")
        await until(engine, lambda: len(engine.book.in_state(S.FAILED)) == 2)
        free_calls.clear()
        await until(engine, lambda: len(free_calls) > 3)
        assert engine.queue.state.holds == (H.UNCLEAR,)
        assert sent(world) == 2
        world.sandbox.faults.clear()
        await engine.resume_queue()  # the person's word
        await until(engine, lambda: len(world.sandbox.accepted) == 3)

    world.run(story)


def test_a_busy_answer_between_breaks_no_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that is overloaded: a page, then too many requests, then a page."""
    monkeypatch.setattr(in_a_row, "LEAST_S", (0.0, 3600.0))

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        faults = world.sandbox.faults
        faults.add("motion", "html", 1, status=502)
        busy = {"status": 429, "code": "too_many_requests", "headers": {"Retry-After": "0"}}
        faults.add("motion", "refuse_json", 1, **busy)
        faults.add("motion", "html", None, status=502)
        for _ in range(4):
            await world.generate("[fail]")
        await until(engine, lambda: len(engine.book.in_state(S.UNKNOWN)) == 2)
        second = engine.book.in_state(S.UNKNOWN)[1]
        await until(engine, lambda: engine.book.get(second.job_id).looks > 1)
        assert engine.queue.state.holds == (H.UNCLEAR,)
        assert sent(world) == 3

    world.run(story)


def test_one_that_arrived_begins_the_count_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_a_row, "LEAST_S", (0.0, 3600.0))

    async def story(engine: Engine) -> None:
        await lost(engine, world)
        await in_state(engine, await world.generate("[fail]"), S.GENERATING)
        await lost(engine, world)
        await in_state(engine, await world.generate("[fail]"), S.GENERATING)

    world.run(story)


def test_an_error_after_sending_is_told_as_the_answer_that_it_is(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await in_state(engine, await world.generate("[fetch failed]"), S.UNKNOWN)
        assert job.error is not None
        words = Words()
        hold = words.holds(engine.queue.state)
        looked = await until(
            engine, lambda: j if (j := engine.book.get(job.job_id)).looks else None
        )
        for told in (words.error(job.error).title, words.met(job.error), hold, words.line(looked)):
            assert "The service answered api_error (fetch failed)" in told
            assert "Perhaps it could not fetch the link to your picture or clip." in told
        assert "may be charged" in words.line(looked)
        assert looked.state is S.UNKNOWN
        assert sent(world) == 1

    world.run(story)
