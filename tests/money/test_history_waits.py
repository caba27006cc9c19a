"""The history does not answer now: what waits for it, for how long, and what is said of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, ended, until
from test_restored import (
    LOCKS,
    MOMENTS,
    asked,
    copied_at,
    folder_of,
    histories,
    left_waiting,
    only,
    put_back,
)

from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import forgotten
from kling_desktop.motion.job import Job, JobAction, JobState
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
}
CLEAR: dict[str, tuple[str, dict[str, Any]]] = {
    "forbidden": ("refuse_json", {"status": 403, "code": "forbidden"}),
    "no such address": ("refuse_json", {"status": 404, "code": "no_api"}),
    "no success, with a reason": (
        "wrong_json",
        {"body": {"success": False, "error": {"code": "sorry", "message": "no"}}},
    ),
    "no success": ("wrong_json", {"body": {"success": False}}),
}


def trouble(world: World, fault: tuple[str, dict[str, Any]], times: int | None = None) -> None:
    kind, values = fault
    world.sandbox.faults.add("tasks", kind, times=times, **values)


def test_it_is_waited_for_minutes() -> None:
    assert 7 * MINUTE_S <= sum(PAUSES_S) <= 9 * MINUTE_S


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
    assert len(histories(world)) == 3  # once, and after each of a World's two pauses


@pytest.mark.parametrize("fault", CLEAR.values(), ids=CLEAR)
def test_a_clear_no_is_asked_once(world: World, fault: tuple[str, dict[str, Any]]) -> None:
    world.run(lambda engine: left_waiting(world, engine, 1))
    trouble(world, fault)
    assert world.run(lambda engine: sent_with_lines(world, engine)) == ["history_unasked"]
    assert len(histories(world)) == 1


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
        shutil.copytree(folder_of(world), tmp_path / "copy", ignore=LOCKS)
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
