"""What the history said before it broke off counts, and nobody else's word is taken for its own."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, make_clip, until
from test_restored import (
    MOMENTS,
    answers_with,
    asked,
    clock_known,
    copied_at,
    folder_of,
    histories,
    left_waiting,
    of_another_computer,
    only,
    put_back,
)

from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import forgotten
from kling_desktop.motion.facts import LinkFacts
from kling_desktop.motion.job import JobState
from kling_desktop.remote.errors import RemoteError, UnclearAnswer
from kling_desktop.remote.outcome import TaskState
from kling_desktop.remote.wire import TaskRecord
from kling_desktop.sandbox import generation as service
from kling_desktop.sandbox.delivery import Delivery
from kling_desktop.sandbox.reply import Question, Reply, refuse
from kling_desktop.sandbox.routes import Routes

S = JobState


def forgotten_by_its_folder(world: World, folder: Path) -> None:
    copied_at(world, MOMENTS["uploading"], folder / "copy")
    put_back(folder / "copy", folder_of(world))


@pytest.mark.parametrize("how", ["a no", "an error of a server"])
def test_what_was_read_before_a_page_that_failed_asks(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    forgotten_by_its_folder(world, tmp_path)
    answers_with(monkeypatch, [of_another_computer(n) for n in range(3)])
    ask = service.Generation._history

    def fails_later(self: service.Generation, query: dict[str, Any]) -> list[Any]:
        if query["offset"]:
            raise refuse(400 if how == "a no" else 500, "bad_request", "no such page")
        return ask(self, query)

    monkeypatch.setattr(service.Generation, "_history", fails_later)

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        job = await asked(engine, only(engine))
        assert [c.task_id for c in engine.candidates(job.job_id)] == world.sandbox.accepted

    world.run(after)
    assert len(world.sandbox.accepted) == 1


HOUR = 3600.0
# A type, a status, and how many hours before the task what is there was put there, if that is told.
PLACEHOLDERS: list[tuple[str, int, float | None]] = [
    ("application/json", 200, None),
    ("image/png", 200, None),
    ("image/png", 200, 0.1),
    ("video/mp4", 200, None),
    ("application/octet-stream", 200, None),
    ("video/mp4", 200, 24 * 365.0),
    ("video/mp4", 200, 12.1),
    ("video/mp4", 200, -0.1),
    ("video/mp4", 206, 0.1),
    ("video/mp4", 404, 0.1),
    ("video/mp4", 500, 0.1),
]


@pytest.mark.parametrize(("kind", "status", "hours"), PLACEHOLDERS)
def test_what_a_host_answers_in_the_place_of_an_old_upload_rules_no_task_out(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    status: int,
    hours: float | None,
) -> None:
    """A clip of another size is another's only where it was put there for that very task."""
    monkeypatch.setattr(forgotten, "_SAME_LENGTH_S", -1.0)  # its video has another length, too
    forgotten_by_its_folder(world, tmp_path)
    (task,) = world.sandbox.tasks()
    headers = {"Content-Type": kind}
    if hours is not None:
        headers["Last-Modified"] = formatdate(task.created_at - hours * HOUR, usegmt=True)
    monkeypatch.setattr(
        "kling_desktop.sandbox.routes.Routes._download",
        lambda _self, _question: Delivery(Reply(status, b"{}" * 50, headers)),
    )

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        await asked(engine, only(engine))

    world.run(after)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize(("hours", "is_another"), [(0.0, True), (11.9, True), (12.1, False)])
def test_a_clip_that_was_put_there_for_a_task_tells_it_apart(
    hours: float, is_another: bool
) -> None:
    task = TaskRecord("t", TaskState.RUNNING, created_at=1e9)
    facts = LinkFacts("video/mp4", 5, None, formatdate(1e9 - hours * HOUR, usegmt=True))
    at = forgotten._put_there_for(task, facts)
    assert at == (1e9 - hours * HOUR if is_another else None)
    assert forgotten._put_there_for(replace(task, created_at=None), facts) is None


def with_an_own_upload(world: World, folder: Path) -> None:
    """Of another clip: it shows how the host keeps what it is sent."""

    async def story(_engine: Engine) -> None:
        assert (await world.finished("before")).state is S.DONE

    clip, world.clip = world.clip, make_clip(folder / "longer.mp4", duration_s=4.4)
    world.run(story)
    world.clip = clip


@pytest.mark.parametrize(
    "keeps", ["converted", "converted since", "nothing older", "packed for the way"]
)
@pytest.mark.parametrize("own_upload", [True, False])
def test_a_host_that_gives_uploads_in_another_size_rules_no_task_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps: str, own_upload: bool
) -> None:
    """With the time at which it was put there, and of a clip's type: its size alone is no proof."""
    if keeps != "converted since":  # as if its video had another length, too
        monkeypatch.setattr(forgotten, "_SAME_LENGTH_S", -1.0)
    if own_upload:
        with_an_own_upload(world, tmp_path)
    first = [task.request["video_url"] for task in world.sandbox.tasks()]
    forgotten_by_its_folder(world, tmp_path)
    sent = world.sandbox.accepted
    true = Routes._download

    def otherwise(self: Routes, question: Question) -> Delivery:
        given = true(self, question)
        if any(url.endswith(question.path) for url in first):
            if keeps == "converted since":
                return given
            if keeps == "nothing older":
                return Delivery(Reply(404, b"", {"Content-Type": "text/plain"}))
        headers = {**given.reply.headers, "Content-Type": "video/mp4"}
        if keeps == "packed for the way":
            headers["Content-Encoding"] = "gzip"
        return Delivery(Reply(200, b"." * 50, headers))

    monkeypatch.setattr(Routes, "_download", otherwise)

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        (waiting,) = [j for j in engine.book.all() if not j.ended]
        await asked(engine, waiting)

    world.run(after)
    assert world.sandbox.accepted == sent


def test_only_what_the_generating_host_itself_answers_tells_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host's clock may be off, and so may that of whatever answers in its place."""

    async def story(engine: Engine) -> None:
        generation = engine.service.generation()
        assert generation is not None
        engine.service.http.last_dated = (None, 0.0)
        await engine.account.refresh()
        assert engine.service.clock_skew_s() is None
        for fault, values in (
            ("html", {"status": 200}),
            ("wrong_json", {"body": {"code": "login_required"}}),
            ("wrong_json", {"body": {"error": "Please sign in"}, "status": 403}),
        ):
            world.sandbox.faults.add("tasks", fault, 1, **values)
            with pytest.raises(RemoteError):
                await engine.workers.call(generation.retrieve, "a task")
            assert engine.service.clock_skew_s() is None
        await clock_known(engine)

    world.run(story)


def test_a_sign_in_page_is_waited_for_without_an_end(world: World, tmp_path: Path) -> None:
    forgotten_by_its_folder(world, tmp_path)
    world.sandbox.faults.add("tasks", "html", None, status=200)

    async def after(engine: Engine) -> None:
        await engine.resume_queue()
        await until(engine, lambda: len(histories(world)) > 3 * len(recall.RETRY_S))
        assert only(engine).state is S.QUEUED
        world.sandbox.faults.clear()
        await asked(engine, only(engine))

    world.run(after)
    assert len(world.sandbox.accepted) == 1


def test_where_it_never_answered_it_is_asked_once_more_before_the_post(
    world: World, tmp_path: Path
) -> None:
    forgotten_by_its_folder(world, tmp_path)
    world.sandbox.faults.add("tasks", "refuse_json", None, status=403, code="forbidden")

    async def after(engine: Engine) -> None:
        engine.recall.unasked.connect(lambda _error: world.sandbox.faults.clear())
        await engine.resume_queue()
        await asked(engine, only(engine))

    world.run(after)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"code": "login_required"}, 200), ({"error": "Please sign in"}, 200), ({"ok": True}, 200)],
)
def test_json_that_is_none_of_the_services_is_no_answer_to_the_free_call(
    world: World, body: object, status: int
) -> None:
    async def story(engine: Engine) -> None:
        generation = engine.service.generation()
        assert generation is not None
        world.sandbox.faults.add("tasks", "wrong_json", 1, body=body, status=status)
        with pytest.raises(UnclearAnswer):
            await engine.workers.call(generation.check_token)
        await engine.workers.call(generation.check_token)

    world.run(story)


def test_a_no_of_nobody_s_does_not_let_the_queue_go_on(world: World) -> None:
    """A network's own JSON: the history was not refused by the service."""

    async def before(engine: Engine) -> None:
        await left_waiting(world, engine, 2)

    async def after(engine: Engine) -> None:
        lines: list[str] = []
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        await engine.resume_queue()
        await until(engine, lambda: len(histories(world)) > 1)
        assert lines == []

    world.run(before)
    refusal = {"body": {"error": "Please sign in"}, "status": 403}
    world.sandbox.faults.add("tasks", "wrong_json", None, **refusal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recall, "RETRY_S", (0.05,) * 1000)
        world.run(after)
    assert world.sandbox.accepted == []
