"""The history does not answer now: what waits for it, for how long, and what is said of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, ended, until
from support.folder_copies import copy_folder
from test_restored import (
    MOMENTS,
    asked,
    copied_at,
    folder_of,
    histories,
    left_waiting,
    only,
    put_back,
)

from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.problems import longer_pause_s
from kling_desktop.engine.service import Hosts
from kling_desktop.engine.steps import forgotten
from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState
from kling_desktop.remote.errors import RefusalKind, Refused, RemoteError, UnclearAnswer
from kling_desktop.sandbox import generation as service
from kling_desktop.sandbox.reply import Refusal, html_reply
from kling_desktop.store.secrets import Secrets
from kling_desktop.words import Words

S = JobState
MINUTE_S = 60.0
PAUSES_S = recall.RETRY_S  # the program's own; in a World they are shorter

PASSING: dict[str, tuple[str, dict[str, Any]]] = {
    "a page, 502": ("html", {}),
    "a sign-in page": ("html", {"status": 200}),
    "a page, 403": ("html", {"status": 403}),
    "too many requests": ("refuse_json", {"status": 429, "code": "too_many_requests"}),
    "an error of a server": ("refuse_json", {"status": 500, "code": "api_error"}),
    "busy": ("refuse_json", {"status": 503, "code": "busy"}),
    "nothing": ("status", {"status": 200}),
    "JSON without a list": ("wrong_json", {"body": {"hello": 1}}),
    "a cut line": ("cut_middle", {}),
    # Neither names a code of the service's, or a trace.
    "no success, with a reason": (
        "wrong_json",
        {"body": {"success": False, "error": {"code": "sorry", "message": "no"}}},
    ),
    "no success": ("wrong_json", {"body": {"success": False}}),
    "a no of something between": ("wrong_json", {"body": {"error": "Sign in"}, "status": 403}),
}
CLEAR: dict[str, tuple[str, dict[str, Any]]] = {
    "forbidden": ("refuse_json", {"status": 403, "code": "forbidden"}),
    "no such address": ("refuse_json", {"status": 404, "code": "no_api"}),
    "no success, traced": ("wrong_json", {"body": {"success": False, "trace_id": "t-1"}}),
}


def trouble(world: World, fault: tuple[str, dict[str, Any]], times: int | None = None) -> None:
    kind, values = fault
    world.sandbox.faults.add("tasks", kind, times=times, **values)


def test_it_is_waited_for_minutes() -> None:
    assert 3 * MINUTE_S <= sum(PAUSES_S) < PATIENCE_S  # which a command has


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_waited_for_with_its_reason_on_the_row(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, dict[str, Any]]
) -> None:
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    monkeypatch.setattr(recall, "RETRY_S", (0.05,) * 1000)
    trouble(world, fault)

    async def after(engine: Engine) -> None:
        def why() -> Job | None:
            job = only(engine)
            return job if job.error is not None and job.error.code == recall.NOT_NOW else None

        job = await until(engine, why)
        assert job.state is S.QUEUED
        assert "does not answer now" in Words().line(job)
        before = len(histories(world))
        await until(engine, lambda: len(histories(world)) > before + 3)
        assert why() is not None
        world.sandbox.faults.clear()
        await asked(engine, job)

    world.run(after)
    assert len(world.sandbox.accepted) == 1


async def sent_with_lines(world: World, engine: Engine) -> list[str]:
    """The codes of the lines with which the one job of an earlier run is sent and done."""
    lines: list[str] = []
    engine.recall.unasked.connect(lambda error: lines.append(error.code))
    await engine.resume_queue()
    await until(engine, lambda: world.sandbox.accepted)
    world.sandbox.faults.clear()
    assert (await ended(engine, only(engine))).state is S.DONE
    return lines


def test_after_that_it_is_sent_with_a_line_and_waits_for_it_no_more(world: World) -> None:
    errors: list[object] = []

    async def after(engine: Engine) -> list[str]:
        engine.recall.unasked.connect(lambda _error: errors.append(only(engine).error))
        return await sent_with_lines(world, engine)

    world.run(lambda engine: left_waiting(world, engine, 1))
    trouble(world, PASSING["busy"])
    assert world.run(after) == ["history_unasked"]
    assert errors == [None]
    # Once, after each of a World's two pauses, and just before it is sent.
    assert len(histories(world)) == 4


@pytest.mark.parametrize("fault", CLEAR.values(), ids=CLEAR)
def test_after_a_clear_no_it_is_asked_once_more_before_the_post(
    world: World, fault: tuple[str, dict[str, Any]]
) -> None:
    world.run(lambda engine: left_waiting(world, engine, 1))
    trouble(world, fault)
    assert world.run(lambda engine: sent_with_lines(world, engine)) == ["history_unasked"]
    assert len(histories(world)) == 2


def test_where_there_was_no_answer_there_need_be_none_before_the_post(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would wait for one again and again."""

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        monkeypatch.setattr(forgotten, "FRESH_S", 0.0)
        await engine.resume_queue()
        await until(engine, lambda: world.sandbox.accepted)
        world.sandbox.faults.clear()
        assert (await ended(engine, only(engine))).state is S.DONE

    world.run(before)
    trouble(world, CLEAR["forbidden"])
    world.run(after)
    assert len(histories(world)) == 2


def test_a_row_waits_no_longer_once_the_history_shows_nothing(world: World) -> None:
    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        answered: list[None] = []
        engine.recall.answered.connect(answered.append)
        engine.recall.ask()
        await until(engine, lambda: answered)
        assert (only(engine).state, only(engine).error) == (S.QUEUED, None)

    world.run(before)
    trouble(world, PASSING["busy"], times=2)
    world.run(after)


@pytest.mark.parametrize("paid", [True, False])
def test_a_retry_of_what_an_earlier_run_saw_fail_asks_the_history_first(
    world: World, tmp_path: Path, paid: bool
) -> None:
    """It may have been retried, and paid, after the folder was copied."""

    async def fails(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "refuse_json", code="bad_request")
        assert (await world.finished("a wish")).state is S.FAILED
        copy_folder(folder_of(world), tmp_path / "copy")
        if paid:
            await retried(engine)

    async def retried(engine: Engine) -> None:
        (failed,) = engine.book.all()
        assert await engine.do(failed.job_id, JobAction.RETRY)
        (again,) = [j for j in engine.book.all() if j.job_id != failed.job_id]
        assert (await ended(engine, again)).state is S.DONE

    async def after(engine: Engine) -> None:
        if not paid:
            await retried(engine)
            return
        failed = only(engine)
        assert await engine.do(failed.job_id, JobAction.RETRY)
        (again,) = [j for j in engine.book.all() if j.job_id != failed.job_id]
        await asked(engine, again)
        assert [c.task_id for c in engine.candidates(again.job_id)] == world.sandbox.accepted

    world.run(fails)
    put_back(tmp_path / "copy", folder_of(world))
    world.run(after)
    assert len(world.sandbox.accepted) == 1
    assert histories(world)


def test_a_retry_in_the_same_run_asks_nothing(world: World) -> None:
    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "refuse_json", code="bad_request")
        failed = await world.finished("a wish")
        assert await engine.do(failed.job_id, JobAction.RETRY)
        (again,) = [j for j in engine.book.all() if j.job_id != failed.job_id]
        assert (await ended(engine, again)).state is S.DONE

    world.run(story)
    assert histories(world) == []


def test_without_an_account_token_that_is_the_reason(world: World) -> None:
    lines: list[str] = []

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        engine.recall.unasked.connect(lambda error: lines.append(Words().error(error).sentence))
        engine.recall.ask()
        await until(engine, lambda: lines)

    world.tokens = None
    world.secrets = Secrets(environ={"ACEDATACLOUD_API_TOKEN": world.sandbox.api_token.reveal()})
    world.run(before)
    world.run(after)
    (line,) = lines
    assert "Without your account token" in line
    assert "no reason" not in line


BUSY = Refused("too_many_requests", kind=RefusalKind.BUSY, retry_after_s=3600.0)


def test_a_pause_that_the_service_asks_for_is_said_with_its_length() -> None:
    error = recall._problem(recall.NOT_NOW, BUSY, pause_s=3600)
    told = Words().error(error).sentence
    assert "after a pause of 1:00:00" in told
    assert "four minutes" not in told


@pytest.mark.parametrize("code", ["wrong_type", "html", "not_json", "too_big"])
def test_what_was_met_instead_of_the_history_is_said_in_words(code: str) -> None:
    error = recall._problem(recall.NOT_NOW, UnclearAnswer(code, http_status=502))
    told = Words().error(error).sentence
    assert code not in told
    assert "answer" in told.partition("(")[2].partition(")")[0]


def test_behind_a_page_no_row_promises_an_end_to_the_wait() -> None:
    """There is none: nothing could be sent anyway."""
    page = UnclearAnswer("html", http_status=200)
    told = Words().error(recall._problem(recall.NOT_NOW, page)).sentence
    assert "A page came back" in told
    assert "four minutes" not in told
    assert "until the service itself answers" in told


def test_a_page_everywhere_is_told_by_the_badge_and_holds_the_queue_until_it_is_gone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the history is asked at once, however long its own pause were."""
    monkeypatch.setattr(recall, "RETRY_S", (3600.0,))
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)
    for route in ("tasks", "price", "balance", "me"):
        world.sandbox.faults.add(route, "html", None, status=200)

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        await until(engine, lambda: engine.account.state.connection is Connection.PAGE)
        (hold,) = engine.queue.state.holds
        why = engine.queue.state.error_of(hold)
        assert hold is HoldReason.OFFLINE
        assert why is not None
        assert why.met_page
        assert only(engine).state is S.QUEUED
        world.sandbox.faults.clear()
        await asked(engine, only(engine))
        assert engine.account.state.connection is Connection.ONLINE
        assert engine.queue.state.holds == ()

    world.run(after)
    assert len(world.sandbox.accepted) == 1


def test_a_page_in_the_place_of_the_history_alone_holds_nothing_and_is_not_asked_about_without_end(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The free calls are answered: the job waits, and what was made in this run goes on."""
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)
    true = service.Generation._history

    def page(_self: service.Generation, _query: dict[str, Any]) -> list[Any]:
        raise Refusal(html_reply(200))

    async def after(engine: Engine) -> None:
        monkeypatch.setattr(service.Generation, "_history", page)
        await engine.resume_queue()
        (waiting,) = engine.book.all()
        # Each question of the history leads to one free call to each host, at the most.
        before = world.count("/api/v1/services/kling")
        await until(engine, lambda: len(histories(world)) > 4)
        assert world.count("/api/v1/services/kling") - before <= len(histories(world)) + 1
        assert engine.queue.state.holds == ()
        assert engine.account.state.connection is Connection.ONLINE
        assert (await world.finished("made here")).state is S.DONE
        assert engine.book.get(waiting.job_id).state is S.QUEUED
        monkeypatch.setattr(service.Generation, "_history", true)
        await asked(engine, waiting)

    world.run(after)
    assert len(world.sandbox.accepted) == 2


def test_resume_cuts_our_own_pause_short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        monkeypatch.setattr(recall, "RETRY_S", (3600.0,))
        engine.recall.ask()
        await until(engine, lambda: only(engine).error is not None)
        for asked_before in range(1, 4):  # however often: it is never taken for the minutes
            assert len(histories(world)) == asked_before
            engine.queue.pause()
            await engine.resume_queue()
            await until(engine, lambda n=asked_before: len(histories(world)) > n)
        assert world.sandbox.accepted == []
        world.sandbox.faults.clear()
        await until(engine, lambda: (engine.recall.poke(), world.sandbox.accepted)[1])
        assert (await ended(engine, only(engine))).state is S.DONE

    world.run(before)
    trouble(world, PASSING["busy"])
    world.run(after)


@pytest.mark.parametrize(("asked_s", "cut"), [(3600.0, False), (0.0, True)])
def test_resume_never_goes_under_the_services_own_pause(
    world: World, asked_s: float, cut: bool
) -> None:
    refused = Refused("too_many_requests", kind=RefusalKind.BUSY, retry_after_s=asked_s)

    async def story(engine: Engine) -> None:
        waits = asyncio.ensure_future(engine.recall._pause_was_cut(60.0, refused))
        await asyncio.sleep(0)
        engine.recall.poke()
        for _turn in range(100):
            await asyncio.sleep(0)
        assert waits.done() is cut
        waits.cancel()

    world.run(story)


def test_a_press_while_the_question_is_on_its_way_asks_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    async def after(engine: Engine) -> None:
        monkeypatch.setattr(recall, "RETRY_S", (3600.0,))

        async def busy() -> RemoteError:
            asked.append(0.0)
            if len(asked) == 1:
                engine.recall.poke()
            return UnclearAnswer("html", http_status=502)

        monkeypatch.setattr(engine.recall, "_ask_once", busy)
        engine.recall.ask()
        await until(engine, lambda: len(asked) > 1)

    world.run(lambda engine: left_waiting(world, engine, 1))
    world.run(after)
    assert len(asked) == 2


def test_one_long_pause_is_all_the_minutes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        monkeypatch.setattr(recall, "RETRY_S", PAUSES_S)

        async def waited(own_s: float, error: RemoteError) -> bool:
            pauses.append(longer_pause_s(own_s, error))
            return False

        async def busy() -> RemoteError:
            return BUSY

        lines: list[str] = []
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        monkeypatch.setattr(engine.recall, "_pause_was_cut", waited)
        monkeypatch.setattr(engine.recall, "_ask_once", busy)
        engine.recall.ask()
        await until(engine, lambda: lines)

    world.run(before)
    world.run(after)
    assert pauses == [3600.0]
