"""A list of jobs that goes back in time never leads to a second charge without a question.

A data folder that is put back as a whole forgets its witness, too: only the service's history
knows. Where the journal alone goes back, the witness does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, ended, until
from hypothesis import given, settings
from hypothesis import strategies as st
from support.folder_copies import copy_folder
from support.waiting import PATIENCE_S
from test_never_twice import ANSWERS, PERSON, Play, Script, happen, scripted

from kling_desktop.engine import book as book_module
from kling_desktop.engine import engine as engine_module
from kling_desktop.engine import lookup as lookup_module
from kling_desktop.engine import service as service_module
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.problems import job_error
from kling_desktop.engine.steps import forgotten as forgotten_module
from kling_desktop.engine.steps import history as history_module
from kling_desktop.engine.steps.forgotten import PERHAPS_SENT
from kling_desktop.motion.agreement import Agreement, InputStamp
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState, Money
from kling_desktop.motion.request import Source
from kling_desktop.sandbox import Sandbox
from kling_desktop.sandbox import generation as service
from kling_desktop.sandbox.reply import Reply
from kling_desktop.store.paths import DataPaths

__all__ = ["scripted"]  # the fixture

S = JobState


def folder_of(world: World) -> Path:
    return world.paths.profile("sandbox").folder


def put_back(copy: Path, folder: Path, *, all_of_it: bool = True) -> None:
    """As from a copy that was made while the program ran."""
    for part in folder.iterdir():
        if part.is_file() and (all_of_it or part.name.startswith("journal")):
            part.unlink()
    for part in copy.iterdir():
        if part.is_file() and (all_of_it or part.name.startswith("journal")):
            shutil.copyfile(part, folder / part.name)


Moment = Callable[[Engine, Job], bool]
MOMENTS: dict[str, Moment] = {
    "queued": lambda _engine, job: job.state is S.QUEUED,
    "preparing": lambda _engine, job: job.state is S.PREPARING,
    "uploading": lambda _engine, job: job.state is S.UPLOADING,
    "picture uploaded": lambda _engine, job: job.image_link is not None,
    "both uploaded": lambda _engine, job: job.video_link is not None,
}


async def clock_known(engine: Engine) -> None:
    """Once the service has answered anything: its clock is known, as it is when a person asks."""
    generation = engine.service.generation()
    assert generation is not None
    await engine.workers.call(generation.check_token)
    assert engine.service.clock_skew_s() is not None


def copied_at(world: World, moment: Moment, copy: Path, *, knows_clock: bool = True) -> None:
    """One job to its end; the folder is copied the first time that the moment is there."""

    async def story(engine: Engine) -> None:
        if knows_clock:
            await clock_known(engine)

        def keep(job: Job) -> None:
            if not copy.exists() and moment(engine, job):
                copy_folder(folder_of(world), copy)

        engine.book.changed.connect(keep)
        assert (await world.finished("a wish")).state is S.DONE

    world.run(story)
    assert copy.exists()


def only(engine: Engine) -> Job:
    (job,) = engine.book.all()
    return job


async def asked(engine: Engine, job: Job) -> Job:
    """Once the person is asked about it."""

    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        chosen = now.error is not None and now.error.value("outcome") == "several"
        return now if now.state is S.UNKNOWN and chosen and now.looks > 1 else None

    return await until(engine, right)


@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_folder_copied_before_it_was_sent_asks_and_the_person_chooses(
    world: World, tmp_path: Path, moment: str
) -> None:
    copied_at(world, MOMENTS[moment], tmp_path / "copy")
    (task_id,) = world.sandbox.accepted
    put_back(tmp_path / "copy", folder_of(world))

    async def after(engine: Engine) -> Job:
        job = await asked(engine, only(engine))
        assert job.error is not None
        assert (job.error.code, job.error.money) == (PERHAPS_SENT, Money.MAYBE_CHARGED)
        assert [c.task_id for c in engine.candidates(job.job_id)] == [task_id]
        assert world.count("/kling/motion") == 1
        assert await engine.choose_task(job.job_id, task_id)
        return await ended(engine, job)

    job = world.run(after)
    assert (job.state, job.task_id) == (S.DONE, task_id)
    assert job.submitted_at is not None
    assert world.sandbox.accepted == [task_id]
    assert Path(job.result_path or "").read_bytes() == world.result_bytes(job)


def test_the_person_may_send_it_again_all_the_same_and_is_not_asked_twice(
    world: World, tmp_path: Path
) -> None:
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))

    async def after(engine: Engine) -> Job:
        job = await asked(engine, only(engine))
        assert await engine.do(job.job_id, JobAction.SEND_AGAIN)
        return await ended(engine, job)

    job = world.run(after)
    assert job.state is S.DONE
    assert world.sandbox.accepted[1:] == [job.task_id]


def test_a_folder_put_back_twice_asks_twice(world: World, tmp_path: Path) -> None:
    copied_at(world, MOMENTS["picture uploaded"], tmp_path / "copy")

    async def sends_again(engine: Engine) -> Job:
        job = await asked(engine, only(engine))
        assert await engine.do(job.job_id, JobAction.SEND_AGAIN)
        return await ended(engine, job)

    async def is_asked(engine: Engine) -> int:
        job = await asked(engine, only(engine))
        return len(engine.candidates(job.job_id))

    put_back(tmp_path / "copy", folder_of(world))
    assert world.run(sends_again).state is S.DONE
    put_back(tmp_path / "copy", folder_of(world))
    assert world.run(is_asked) == 2
    assert len(world.sandbox.accepted) == 2


class Wrong:
    """A clock of the computer that is off; the service's is right."""

    def __init__(self, off_s: float) -> None:
        self.time = lambda: time.time() + off_s


CLOCKED = (
    engine_module,
    book_module,
    service_module,
    lookup_module,
    forgotten_module,
)


def set_clock(patch: pytest.MonkeyPatch, off_s: float) -> None:
    for module in CLOCKED:
        patch.setattr(module, "time", Wrong(off_s))


HOUR = 3600.0
# By how much the clock was fast when the job was made, how long ago that is, by how much it is fast
# now, and whether the service had told its time before the job was made.
CLOCKS = [
    (5 * HOUR, 0.0, 0.0, True),
    (5 * HOUR, 6 * HOUR, 0.0, True),
    (HOUR / 6, HOUR / 3, 0.0, True),
    (72 * HOUR, 96 * HOUR, 0.0, True),
    (-2 * HOUR, 2 * HOUR, 0.0, True),
    (0.0, HOUR, -72 * HOUR, True),
    (5 * HOUR, 0.0, 0.0, False),
    (72 * HOUR, 0.0, 0.0, False),
    (5 * HOUR, 6 * HOUR, 0.0, False),
    (-2 * HOUR, 2 * HOUR, 0.0, False),
    (0.0, HOUR, -26 * HOUR, False),
    (0.0, HOUR, -48 * HOUR, False),
    (0.0, HOUR, 26 * HOUR, False),
    (0.0, HOUR, 48 * HOUR, False),
    (72 * HOUR, HOUR, 72 * HOUR, False),
    (-72 * HOUR, HOUR, -72 * HOUR, False),
    (-26 * HOUR, HOUR, -26 * HOUR, False),
]


@pytest.mark.parametrize(("then_s", "ago_s", "now_s", "knew"), CLOCKS)
def test_a_clock_that_was_set_hides_nothing(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    then_s: float,
    ago_s: float,
    now_s: float,
    knew: bool,
) -> None:
    with monkeypatch.context() as patch:
        set_clock(patch, then_s - ago_s)
        skew_s = -then_s if knew else None
        patch.setattr(service_module.Service, "clock_skew_s", lambda _self: skew_s)
        copied_at(world, MOMENTS["uploading"], tmp_path / "copy", knows_clock=False)
    put_back(tmp_path / "copy", folder_of(world))
    sent_before(world, ago_s)

    async def after(engine: Engine) -> None:
        await asked(engine, only(engine))

    set_clock(monkeypatch, now_s)
    world.run(after)
    assert len(world.sandbox.accepted) == 1


def sent_before(world: World, seconds: float) -> None:
    (task,) = world.sandbox.tasks()
    assert world.sandbox._book is not None
    world.sandbox._book.replace(replace(task, created_at=task.created_at - seconds))


def test_the_services_time_is_known_though_the_clock_is_set_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(engine: Engine) -> None:
        await clock_known(engine)
        set_clock(monkeypatch, 5 * HOUR)
        assert engine.service.clock_skew_s() == pytest.approx(-5 * HOUR, abs=PATIENCE_S)

    world.run(story)


def test_hours_of_sleep_that_no_clock_counted_hide_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))

    async def after(engine: Engine) -> None:
        await asked(engine, only(engine))

    # Counted from its start, and it was asleep since.
    monkeypatch.setattr(service_module, "steady_s", lambda: -60 * HOUR)
    world.run(after)
    assert len(world.sandbox.accepted) == 1


async def left_waiting(world: World, engine: Engine, count: int) -> None:
    engine.queue.pause()
    await clock_known(engine)
    for number in range(count):
        await world.generate(f"number {number}")


def stamp_of_clip(clip: Path) -> InputStamp:
    content = clip.read_bytes()
    return InputStamp(hashlib.sha256(content).hexdigest(), len(content))


def histories(world: World) -> list[dict[str, Any]]:
    """The questions, each by its first page."""
    found = [json.loads(body) for body in world.bodies("/kling/tasks")]
    first = [query for query in found if query.get("offset") == 0]
    return [query for query in first if "created_at_min" in query]


Row = dict[str, Any]


def answers_with(
    monkeypatch: pytest.MonkeyPatch,
    before: Sequence[Row] = (),
    change: Callable[[Row], Row] = lambda row: row,
    *,
    cap: int = 1000,
    count: int | None = None,
) -> None:
    """The history with other rows before the true ones; ``cap``: of rows on a page."""
    true, record, reply = (
        service.Generation._history,
        service.Generation._record,
        service.json_reply,
    )

    def rows(self: service.Generation, query: Row) -> list[Any]:
        found = [*before, *true(self, {**query, "offset": 0, "limit": 1000})]
        return found[query["offset"] :][: min(query["limit"], cap)]

    def of_task(self: service.Generation, task: Any, host: str, *, single: bool) -> Row:
        whole = task if isinstance(task, dict) else record(self, task, host, single=single)
        return whole if single else change(whole)

    def counted(data: Row) -> Reply:
        return reply({**data, "count": count} if count is not None and "count" in data else data)

    monkeypatch.setattr(service.Generation, "_history", rows)
    monkeypatch.setattr(service.Generation, "_record", of_task)
    monkeypatch.setattr(service, "json_reply", counted)


def of_another_computer(number: int) -> Row:
    links = {f"{what}_url": f"https://other.example/{what}-{number}" for what in ("image", "video")}
    request = {**links, "mode": "std", "prompt": "another"}
    return {"id": f"other-{number}", "created_at": time.time(), "request": request}


def test_jobs_that_were_never_sent_go_on_after_one_question_for_all(world: World) -> None:
    """The usual start: the account has other tasks, and none of them is theirs."""

    async def before(engine: Engine) -> None:
        await world.finished("number 0")  # the same files and settings, and known
        await left_waiting(world, engine, 3)

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        for job in engine.book.all():
            assert (await ended(engine, job)).state is S.DONE

    world.run(before)
    assert histories(world) == []
    world.run(after)
    assert len(histories(world)) == 1
    assert len(world.sandbox.accepted) == 4


def test_a_job_made_in_this_run_asks_nobody(world: World) -> None:
    async def story(engine: Engine) -> None:
        assert (await world.finished()).state is S.DONE

    world.run(story)
    assert histories(world) == []


@pytest.mark.parametrize("what", ["another clip", "another prompt", "another mode"])
def test_what_another_computer_of_the_account_sent_is_no_candidate(
    world: World, tmp_path: Path, clip: Path, what: str
) -> None:
    other = World(tmp_path / "other", world.sandbox, world.picture, clip)
    if what == "another clip":
        from engine_world import make_clip

        other.clip = make_clip(tmp_path / "longer.mp4", duration_s=4.4)

    def unsent(engine: Engine) -> Job:
        return max(engine.book.all(), key=lambda job: job.created_at)

    async def before(engine: Engine) -> None:
        await world.finished("before")  # its upload shows that the host keeps what it is sent
        await left_waiting(world, engine, 1)
        looked_at = Agreement(video=stamp_of_clip(clip))  # as a person did before the press
        await engine.book.update(unsent(engine).job_id, agreed=looked_at)

    async def elsewhere(_engine: Engine) -> None:
        from kling_desktop.motion.request import Mode

        prompt = "number 0" if what != "another prompt" else "another"
        mode = Mode.PRO if what == "another mode" else Mode.STANDARD
        assert (await other.finished(prompt, mode=mode)).state is S.DONE

    async def after(engine: Engine) -> Job:
        await engine.resume_queue()
        return await ended(engine, unsent(engine))

    world.run(before)
    other.run(elsewhere)
    assert world.run(after).state is S.DONE
    assert len(world.sandbox.accepted) == 3


@pytest.mark.parametrize("minutes", [60, -1, -60])
def test_a_task_with_its_clip_is_a_candidate_only_where_it_is_younger(
    world: World, tmp_path: Path, clip: Path, minutes: int
) -> None:
    other = World(tmp_path / "other", world.sandbox, world.picture, clip)
    made: list[Job] = []

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)
        made.append(only(engine))

    async def elsewhere(_engine: Engine) -> None:
        assert (await other.finished("number 0")).state is S.DONE

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        if minutes < 0:
            assert (await ended(engine, only(engine))).state is S.DONE
        else:
            await asked(engine, only(engine))

    world.run(before)
    other.run(elsewhere)
    (waiting,) = made
    (task,) = world.sandbox.tasks()
    sent_before(world, task.created_at - waiting.created_at - 60.0 * minutes)
    world.run(after)
    assert len(world.sandbox.accepted) == (2 if minutes < 0 else 1)


def test_where_its_clip_cannot_be_looked_at_any_more_it_asks_all_the_same(
    world: World, tmp_path: Path, clip: Path
) -> None:
    """On a disk that is not plugged in; else it would fail as unpaid, and be retried."""
    world.clip = Path(shutil.copyfile(clip, tmp_path / "clip.mp4"))
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    world.clip.unlink()

    async def after(engine: Engine) -> Job:
        job = await asked(engine, only(engine))
        assert await engine.choose_task(job.job_id, *world.sandbox.accepted)
        return await ended(engine, job)

    assert world.run(after).state is S.DONE
    assert len(world.sandbox.accepted) == 1


def test_a_history_that_refuses_the_token_is_asked_again_with_a_good_one(
    world: World, tmp_path: Path
) -> None:
    """Not taken for one that cannot be asked: the next token would send what was sent before."""
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    refusal = {"status": 401, "code": "invalid_token"}
    world.sandbox.faults.add("tasks", "refuse_json", times=None, **refusal)

    async def after(engine: Engine) -> None:
        await until(engine, lambda: engine.queue.state.hold is HoldReason.TOKEN)
        assert only(engine).state is S.QUEUED
        world.sandbox.faults.clear()
        await engine.resume_queue()
        await asked(engine, only(engine))

    world.run(after)
    assert len(world.sandbox.accepted) == 1


def test_a_wish_that_another_program_had_is_asked_about_where_the_folder_forgot_it(
    world: World, tmp_path: Path
) -> None:
    """It waits at the door while the folder is put back, and hands its wish over once more."""
    copy, uttered_at = tmp_path / "copy", time.time()

    async def before(engine: Engine) -> Job:
        copy_folder(folder_of(world), copy)
        return await world.finished("a wish")

    async def carries_on(engine: Engine) -> Job:
        request, known = world.request("a wish"), {"job_id": wish_id, "begun_at": uttered_at}
        return await engine.generate(request, None, None, **known)

    async def forgotten(engine: Engine) -> None:
        await asked(engine, await carries_on(engine))

    wish_id = world.run(before).job_id
    assert world.run(carries_on).state is S.DONE
    assert histories(world) == []
    put_back(copy, folder_of(world))
    world.run(forgotten)
    assert len(world.sandbox.accepted) == 1


def links_copied(world: World, copy: Path) -> None:
    """Two jobs to their ends, the second with links; the folder is copied before that is sent."""

    async def before(engine: Engine) -> None:
        first = await world.finished("upload")  # its links stand for the person's own
        links = {"image": Source(url=first.image_link), "video": Source(url=first.video_link)}
        engine.queue.pause()
        request = replace(world.request("with links"), **links)
        await engine.generate(request, None, None)
        copy_folder(folder_of(world), copy)
        await engine.resume_queue()
        for job in engine.book.all():
            await ended(engine, job)

    world.run(before)


def test_with_the_persons_own_links_the_same_links_ask_and_others_do_not(
    world: World, tmp_path: Path
) -> None:
    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        job = next(j for j in engine.book.all() if j.request.prompt == "with links")
        await asked(engine, job)
        assert [c.task_id for c in engine.candidates(job.job_id)] == world.sandbox.accepted[1:]

    links_copied(world, tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    world.run(after)
    assert len(world.sandbox.accepted) == 2


@pytest.mark.parametrize("why", ["no ids", "refused", "unclear"])
def test_where_the_history_cannot_be_asked_it_is_sent_and_said(world: World, why: str) -> None:
    lines: list[str] = []

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 2)

    async def after(engine: Engine) -> None:
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        await engine.resume_queue()
        await until(engine, lambda: lines)
        world.sandbox.faults.clear()
        for job in engine.book.all():
            assert (await ended(engine, job)).state is S.DONE
            assert "history_unasked" in await engine.report(job.job_id)

    world.run(before)
    if why == "no ids":
        world.sandbox.faults.add("balance", "refuse_json", times=None, status=403, code="forbidden")
        world.sandbox.faults.add("me", "refuse_json", times=None, status=403, code="forbidden")
    elif why == "refused":
        world.sandbox.faults.add("tasks", "refuse_json", times=None)
    else:
        world.sandbox.faults.add("tasks", "html", times=None)
    world.run(after)
    assert lines == ["history_unasked"]
    assert len(world.sandbox.accepted) == 2


@pytest.mark.parametrize("how", ["more than a page", "small pages", "a row that is no record"])
def test_a_history_is_read_to_its_end(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    others = [of_another_computer(number) for number in range(30 if how == "small pages" else 60)]
    if how == "a row that is no record":
        others[7] = {"oops": 1}
    cap = 20 if how == "small pages" else 1000
    answers_with(monkeypatch, others, cap=cap)

    async def after(engine: Engine) -> None:
        await asked(engine, only(engine))

    world.run(after)
    assert len(world.sandbox.accepted) == 1


def without(*names: str) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        request = {k: v for k, v in row["request"].items() if k not in names}
        request |= {"mode": None} if "mode" in names else {}
        return {k: v for k, v in {**row, "request": request}.items() if k not in names}

    return change


UNTOLD = ["request", "image_url", "video_url", "mode", "created_at"]


@pytest.mark.parametrize("name", UNTOLD)
@pytest.mark.parametrize("links", [False, True], ids=["files", "links"])
def test_what_a_record_does_not_tell_speaks_against_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, links: bool
) -> None:
    if links:
        links_copied(world, tmp_path / "copy")
    else:
        copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    paid = len(world.sandbox.accepted)
    put_back(tmp_path / "copy", folder_of(world))
    answers_with(monkeypatch, change=without(name))

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        (job,) = [j for j in engine.book.all() if not j.ended]
        await asked(engine, job)
        assert [c.task_id for c in engine.candidates(job.job_id)] == world.sandbox.accepted[-1:]

    world.run(after)
    assert len(world.sandbox.accepted) == paid


@pytest.mark.parametrize("how", ["a row that is no record", "rows that are not there", "no end"])
def test_what_could_not_be_read_of_the_history_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """What is not there says nothing against sending, and nothing for it."""

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> None:
        lines: list[str] = []
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        await engine.resume_queue()
        assert (await ended(engine, only(engine))).state is S.DONE
        assert lines == ["history_in_part"]
        assert "history_in_part" in await engine.report(only(engine).job_id)

    world.run(before)
    if how == "no end":
        monkeypatch.setattr(history_module, "PAGES", 2)
    many = 120 if how == "no end" else 3
    rows = [of_another_computer(number) for number in range(many)]
    rows = [{"oops": 1}] if how == "a row that is no record" else rows
    rows, count = ([], 7) if how == "rows that are not there" else (rows, None)
    answers_with(monkeypatch, rows, count=count)
    world.run(after)


def test_a_job_that_asks_still_asks_the_same_where_the_history_cannot_be_asked(
    world: World,
) -> None:
    """Else a yes that was typed before would be to nothing any more."""

    async def before(engine: Engine) -> Job:
        await left_waiting(world, engine, 2)
        asks, _waits = engine.book.all()
        return await engine.book.go(asks.job_id, S.ASKING, error=job_error("input_growing"))

    async def after(engine: Engine) -> None:
        lines: list[str] = []
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        await engine.resume_queue()
        await until(engine, lambda: lines)
        world.sandbox.faults.clear()
        assert engine.book.get(asking.job_id) == asking
        assert await engine.do(asking.job_id, JobAction.SEND)
        assert (await ended(engine, asking)).state is S.DONE

    asking = world.run(before)
    world.sandbox.faults.add("tasks", "html", times=None)
    world.run(after)


@pytest.mark.parametrize("answer", ["it was sent meanwhile", "nothing", "none"])
def test_an_answer_of_the_history_that_is_old_is_asked_for_again_before_it_is_sent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Another copy of the library sends the job while this one holds it, already asked about."""
    other = World(tmp_path / "other", world.sandbox, world.picture, world.clip)

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def elsewhere(engine: Engine) -> None:
        await engine.resume_queue()
        assert (await ended(engine, only(engine))).state is S.DONE

    async def after(engine: Engine) -> None:
        answered: list[None] = []
        engine.recall.answered.connect(answered.append)
        engine.recall.ask()
        await until(engine, lambda: answered)
        assert only(engine).state is S.QUEUED
        if answer == "it was sent meanwhile":
            await asyncio.to_thread(other.run, elsewhere)
        elif answer == "none":
            world.sandbox.faults.add("me", "refuse_json", times=None, status=403, code="forbidden")
            world.sandbox.faults.add("tasks", "refuse_json", times=None)
        monkeypatch.setattr(forgotten_module, "FRESH_S", 0.0)
        await engine.resume_queue()
        if answer == "it was sent meanwhile":
            await asked(engine, only(engine))
            return
        await until(engine, lambda: world.sandbox.accepted)
        world.sandbox.faults.clear()
        assert (await ended(engine, only(engine))).state is S.DONE

    world.run(before)
    library = DataPaths.at(other.folder).profile("sandbox").folder
    copy_folder(folder_of(world), library)
    world.run(after)
    assert len(world.sandbox.accepted) == 1
    assert len(histories(world)) >= 2


def test_while_offline_it_waits_like_anything_else(world: World, sandbox: Sandbox) -> None:
    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 1)

    async def after(engine: Engine) -> Job:
        sandbox.stop()
        await engine.resume_queue()
        await until(engine, lambda: engine.queue.state.hold is HoldReason.OFFLINE)
        assert only(engine).state is S.QUEUED
        sandbox.start()
        return await ended(engine, only(engine))

    world.run(before)
    assert world.run(after).state is S.DONE
    assert len(histories(world)) == 1


# --- at any moment, back to any moment ----------------------------------------------------------


class RestoredPlay(Play):
    """A library whose folder is copied at some change, and put back later."""

    def __init__(self, folder: Path, script: Script) -> None:
        self.copy = folder / "copy"
        self.copy_after: int | None = None  # so many changes
        self.accepted_before = 0
        super().__init__(folder, script)

    @property
    def library(self) -> Path:
        return DataPaths.at(self.folder).profile("account").folder

    def _on_changed(self, job: Job) -> None:
        super()._on_changed(job)
        if self.copy_after is not None:
            self.copy_after -= 1
            if self.copy_after <= 0:
                self.copy_after = None
                shutil.rmtree(self.copy, ignore_errors=True)
                copy_folder(self.library, self.copy)

    async def put_back(self, *, all_of_it: bool) -> None:
        self.copy_after = None
        if not self.copy.exists():
            return
        await self.engine.close()
        put_back(self.copy, self.library, all_of_it=all_of_it)
        if all_of_it:
            self.ids.clear()  # it knows nothing of them, and the history is asked
        self.engine = self._engine()
        await self.open()

    def check(self) -> None:
        super().check() if self.sent_once else self.check_accepted()
        for job_id in self.ids:
            assert self.engine.book.ever(job_id) is not None, "a paid job was forgotten"

    sent_once = True  # nothing at all is sent twice; else nothing is accepted twice

    def check_accepted(self) -> None:
        links = (t.request["image_url"] for t in self.script.tasks.values() if t.request)
        for link, times in Counter(links).items():
            assert times <= self.pressed[str(link)], f"{link} was accepted {times} times"


MOVES = st.one_of(
    st.tuples(st.just("generate"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("generate"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("copy"), st.integers(1, 8)),
    st.tuples(st.just("put back"), st.just("")),
    st.tuples(st.just("restart"), st.just("")),
    st.tuples(st.just("resume"), st.just("")),
    st.tuples(st.just("end"), st.just("")),
    st.tuples(st.sampled_from(PERSON), st.integers(0, 9)),
)
# What matters happens now and then only by chance: a copy first, and it is put back in the end.
STORIES = st.tuples(st.integers(1, 8), st.lists(MOVES, min_size=2, max_size=10))


@pytest.mark.parametrize("all_of_it", [False, True], ids=["the journal alone", "the whole folder"])
@settings(max_examples=int(os.environ.get("KLING_EXAMPLES", "30")))
@given(story=STORIES)
def test_at_whatever_moment_it_is_copied_and_put_back_nothing_is_paid_twice(
    scripted: list[Script], all_of_it: bool, story: tuple[int, list[tuple[str, Any]]]
) -> None:
    copy_after, moves = story
    script = Script()
    scripted.append(script)

    async def play_it(folder: Path) -> None:
        play = RestoredPlay(folder, script)
        play.sent_once = not all_of_it
        await play.open()
        try:
            for name, value in [("copy", copy_after), *moves, ("put back", ""), ("resume", "")]:
                if name == "copy":
                    play.copy_after = value
                elif name == "put back":
                    await play.put_back(all_of_it=all_of_it)
                else:
                    await happen(play, name, value)
                await play.settle()
                play.check()
        finally:
            await play.engine.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(asyncio.wait_for(play_it(Path(folder)), PATIENCE_S))
