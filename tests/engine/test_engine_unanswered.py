"""Nobody knows how a job at the service stands: the row, the badge and the command say so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from engine_world import World, ended, in_state, until
from test_engine_fetch_command import Ear, carried_out

from kling_desktop.command import drive
from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import GenerateCommand, ResumeCommand
from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine import connectivity, poller
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import HoldReason, Job, JobState, Money
from kling_desktop.motion.request import Source
from kling_desktop.words import Words

S = JobState
WORDS = Words()
# What comes in place of an answer about the jobs at the service: fault, its values, what is said.
SILENCES: dict[str, tuple[str, dict[str, Any], str]] = {
    "page": ("html", {"status": 200}, "A page came back"),
    "error page": ("html", {"status": 502}, "error page"),
    "redirect": ("redirect", {"location": "http://127.0.0.1:9/x"}, "A page came back"),
    "empty": ("status", {"status": 200}, "The answer was empty"),
    "another service": ("wrong_json", {"body": {"hello": "world"}}, "none of the service"),
    "cut": ("cut_before", {}, "The connection was cut"),
    "token": ("refuse_json", {"status": 401, "code": "invalid_token"}, "does not accept the token"),
    "account": ("refuse_json", {"status": 403, "code": "disabled"}, "disabled this account"),
    "busy": ("refuse_json", {"status": 429, "code": "too_many_requests"}, "The service is busy"),
    "error": ("refuse_json", {"status": 500, "code": "api_error"}, "refused by the sandbox"),
}


def silent(world: World, kind: str, times: int | None = None) -> None:
    fault, values, _said = SILENCES[kind]
    world.sandbox.faults.add("tasks", fault, times, **values)


async def generating(engine: Engine, world: World) -> Job:
    return await in_state(engine, await world.generate("[slow]"), S.GENERATING)


async def unanswered(engine: Engine, job: Job) -> Job:
    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        return now if now.error is not None and now.error.code == "unanswered" else None

    return await until(engine, right)


@pytest.mark.parametrize("kind", SILENCES)
def test_three_answers_in_a_row_that_say_nothing_are_said_until_there_is_one(
    world: World, kind: str
) -> None:
    async def story(engine: Engine) -> Job:
        job = await generating(engine, world)
        silent(world, kind)
        waits = await unanswered(engine, job)
        assert waits.state is S.GENERATING
        assert waits.error is not None
        assert waits.error.money is Money.MAYBE_CHARGED
        said = WORDS.error(waits.error)
        assert SILENCES[kind][2] in said.title
        assert "may be charged" in said.title
        assert engine.connectivity.silent
        held = WORDS.holds(engine.queue.state)
        assert "othing was charged" not in f"{held} {WORDS.line(waits)} {said.sentence}"
        world.sandbox.faults.clear()
        engine.queue.lift(*HoldReason)
        await until(engine, lambda: engine.book.get(job.job_id).error is None)
        assert not engine.connectivity.silent
        world.sandbox.finish()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def test_two_of_them_are_no_reason_to_say_anything(world: World) -> None:
    seen: list[Job] = []

    async def story(engine: Engine) -> Job:
        engine.book.changed.connect(seen.append)
        job = await generating(engine, world)
        for _ in range(3):
            silent(world, "empty", 2)
            asked = world.count("/kling/tasks")
            await until(engine, lambda n=asked: world.count("/kling/tasks") >= n + 4)
        world.sandbox.finish()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    assert all(job.error is None for job in seen)


def test_a_person_who_asks_now_does_not_begin_the_count_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "RETRY_S", (3600.0,))

    async def story(engine: Engine) -> None:
        job = await generating(engine, world)
        silent(world, "empty")
        for _ in range(poller.SILENT_TIMES + 1):
            asked = world.count("/kling/tasks")
            engine.poke()
            await until(engine, lambda n=asked: world.count("/kling/tasks") > n)
        await unanswered(engine, job)

    world.run(story)


def test_a_long_pause_that_the_service_asks_for_is_said_at_once(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await generating(engine, world)
        world.sandbox.faults.add(
            "tasks", "status", None, status=503, headers={"Retry-After": "3600"}
        )
        await unanswered(engine, job)

    world.run(story)


def test_the_badge_says_it_too_and_only_while_there_is_a_job_to_ask_for(world: World) -> None:
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)  # as the account's own

    async def story(engine: Engine) -> None:
        job = await generating(engine, world)
        assert engine.account.state.connection is Connection.ONLINE
        silent(world, "empty")
        await unanswered(engine, job)
        assert engine.account.state.connection is Connection.SILENT
        assert await engine.runner.stop_watching(job.job_id)
        await until(engine, lambda: engine.account.state.connection is Connection.ONLINE)

    world.run(story)


SOON_S = 1.0  # instead of five minutes without an answer


async def begun(engine: Engine, world: World, ear: Ear) -> asyncio.Future[Exit]:
    """A command with little patience, whose job is at the service by now."""
    asked = GenerateCommand(new_job_id(), world.request("[slow]"), None, True, 1e6, SOON_S)
    running = asyncio.ensure_future(carried_out(engine, asked, ear))
    await until(engine, lambda: engine.book.find(asked.job_id))
    await in_state(engine, engine.book.get(asked.job_id), S.GENERATING)
    return running


@pytest.mark.parametrize("kind", ["page", "token", "another service", "offline"])
def test_a_command_whose_job_gets_no_answers_ends_with_6_and_says_who_goes_on(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectivity, "RETRY_S", (0.1,))
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        running = await begun(engine, world, ear)
        if kind == "offline":
            await engine.workers.call(world.sandbox.stop)
        else:
            silent(world, kind)
        return await running

    assert world.run(story) is Exit.UNSAVED
    (result,) = ear.results
    assert (result["state"], result["error"]["code"]) == ("generating", "unanswered")
    assert result["error"]["money"] == "maybe_charged"
    assert "`kling-desktop resume` goes on with it." in ear.said
    assert any("How this video stands is not known" in line for line in ear.said)
    assert not any("othing was charged" in line for line in ear.said)


def test_a_command_that_ends_before_the_third_such_poll_tells_the_reason_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with ``--wait 1`` beside a host that hangs."""
    monkeypatch.setattr(poller, "SILENT_TIMES", 1000)
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        running = await begun(engine, world, ear)
        silent(world, "page")
        return await running

    assert world.run(story) is Exit.UNSAVED
    (result,) = ear.results
    assert (result["state"], result["error"]["code"]) == ("generating", "unanswered")


def test_resume_ends_with_6_where_nothing_answers_and_the_next_one_saves_it(world: World) -> None:
    async def before(engine: Engine) -> None:
        await generating(engine, world)

    async def resume(engine: Engine) -> tuple[Exit, Ear]:
        ear = Ear()
        job_ids = tuple(job.job_id for job in engine.book.all())
        command = ResumeCommand(job_ids, patience_s=patience_s)
        return await carried_out(engine, command, ear), ear

    world.run(before)
    silent(world, "token")
    patience_s = SOON_S
    code, ear = world.run(resume, run_queue=False)
    assert (code, ear.results[0]["state"]) == (Exit.UNSAVED, "generating")
    assert "`kling-desktop resume` goes on with it." in ear.said
    world.sandbox.faults.clear()
    world.sandbox.finish()
    patience_s = PATIENCE_S
    code, ear = world.run(resume, run_queue=False)
    assert (code, ear.results[0]["state"]) == (Exit.SAVED, "done")


def test_without_a_token_it_ends_with_6_too(world: World) -> None:
    async def before(engine: Engine) -> None:
        await generating(engine, world)

    async def resume(engine: Engine) -> tuple[Exit, Ear]:
        ear = Ear()
        engine.service.use(None, None)
        job_ids = tuple(job.job_id for job in engine.book.all())
        command = ResumeCommand(job_ids, patience_s=SOON_S)
        return await carried_out(engine, command, ear), ear

    world.run(before)
    code, ear = world.run(resume, run_queue=False)
    assert code is Exit.UNSAVED
    assert any("No API token is there. How this video stands" in line for line in ear.said)


def test_still_running_is_an_answer_however_long_it_says_so(world: World) -> None:
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        running = await begun(engine, world, ear)
        for _ in range(6):
            silent(world, "empty", 1)  # one of them now and then ends nothing
            asked_so_far = world.count("/kling/tasks")
            await until(engine, lambda n=asked_so_far: world.count("/kling/tasks") > n + 4)
        assert not running.done()
        world.sandbox.finish()
        return await running

    assert world.run(story) is Exit.SAVED


def test_an_unknown_job_whose_history_never_answers_ends_a_command_with_4(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(drive.Drive.__init__.__kwdefaults__, "unknown_after_s", SOON_S)

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[cut connection]"), S.UNKNOWN)

    async def resume(engine: Engine) -> Exit:
        (job,) = engine.book.all()
        return await carried_out(engine, ResumeCommand((job.job_id,), patience_s=SOON_S), Ear())

    world.sandbox.faults.add("tasks", "hang", None)
    world.run(before)
    assert world.run(resume, run_queue=False) is Exit.UNKNOWN


def test_a_no_that_named_a_task_keeps_its_own_words(world: World) -> None:
    """It says that the job may be running, and why that is not sure."""

    async def story(engine: Engine) -> None:
        world.sandbox.faults.add(
            "motion", "refuse_json", status=403, code="busy", names_task=True, after=True
        )
        silent(world, "empty")
        job = await generating(engine, world)
        await until(engine, lambda: engine.poller.silent_since is not None)
        asked = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > asked + 5)
        error = engine.book.get(job.job_id).error
        assert error is not None
        assert error.value("task") == "named"

    world.run(story)


def test_a_413_names_the_file_that_was_too_large(world: World) -> None:
    """Whoever says it, and however: a web server on the way says it with a page."""
    said: list[str] = []

    async def story(engine: Engine) -> None:
        link = Source(url="https://example.com/a.png")
        for route, fault, inputs in (
            ("files", "refuse_json", {"image": link}),
            ("files", "html", {}),
            ("motion", "refuse_json", {}),
        ):
            values = {"code": "too_large"} if fault == "refuse_json" else {}
            world.sandbox.faults.add(route, fault, status=413, **values)
            job = await world.finished(**inputs)
            assert (job.state, world.sandbox.faults.is_planned(route)) == (S.FAILED, False)
            assert job.error is not None
            assert job.error.http_status == 413
            said.append(WORDS.error(job.error).title)

    world.run(story)
    assert said[0].startswith("meadow.mp4 is too large for 127.0.0.1")
    assert said[1].startswith("astronaut.png is too large for 127.0.0.1")
    assert "astronaut.png" in said[2]
    assert "meadow.mp4" in said[2]
    assert all("charged" in title for title in said)
