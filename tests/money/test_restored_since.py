"""What changed since a data folder was copied hides no task that was paid meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest
from engine_world import World, make_clip, until
from test_restored import MOMENTS, asked, copied_at, folder_of, histories, only, put_back

from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.sandbox import Sandbox
from kling_desktop.sandbox import generation as service
from kling_desktop.store.secrets import Secrets
from kling_desktop.words import Words

S = JobState


def is_asked(world: World) -> Job:
    """It is, about the one task that was paid."""

    async def story(engine: Engine) -> Job:
        await engine.resume_queue()
        (job,) = [j for j in engine.book.all() if not j.ended]
        job = await asked(engine, job)
        assert [c.task_id for c in engine.candidates(job.job_id)] == world.sandbox.accepted
        return job

    job = world.run(story)
    assert len(world.sandbox.accepted) == 1
    return job


def own_clip(world: World, clip: Path, folder: Path, *, title: str = "") -> None:
    """A clip that may be overwritten; with a title there is something to clean."""
    world.clip = folder / "own.mp4"
    with av.open(str(clip)) as read, av.open(str(world.clip), "w") as written:
        if title:
            written.metadata["title"] = title
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)


@pytest.mark.parametrize("cleaned", [True, False], ids=["cleaned then", "cleaned now"])
def test_whether_clips_are_cleaned_was_set_otherwise_then(
    world: World, tmp_path: Path, clip: Path, cleaned: bool
) -> None:
    own_clip(world, clip, tmp_path, title="my home")
    options: dict[str, Any] = {"clean_metadata": lambda: cleaned}
    world.options = options
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    options["clean_metadata"] = lambda: not cleaned
    world.options = options
    is_asked(world)


@pytest.mark.parametrize("moment", ["uploading", "both uploaded"])
def test_the_clip_was_overwritten_after_the_payment(
    world: World, tmp_path: Path, clip: Path, moment: str
) -> None:
    own_clip(world, clip, tmp_path)
    copied_at(world, MOMENTS[moment], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    make_clip(world.clip, duration_s=4.4)
    is_asked(world)


def test_all_applications_of_the_account_are_asked_about(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is of another application now than the one that paid."""
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    true = service.Generation._history

    def of_another(self: service.Generation, query: dict[str, Any]) -> list[Any]:
        return [] if "application_id" in query else true(self, query)

    monkeypatch.setattr(service.Generation, "_history", of_another)
    is_asked(world)
    asked_by = [json.loads(body) for body in world.bodies("/kling/tasks")]
    assert all("user_id" in query for query in asked_by if "created_at_min" in query)


def with_an_api_token_alone(world: World, sandbox: Sandbox) -> None:
    world.sandbox, world.tokens = sandbox, None
    world.secrets = Secrets(environ={"ACEDATACLOUD_API_TOKEN": sandbox.api_token.reveal()})


def knows_its_account(world: World) -> None:
    """The library keeps whose it is."""

    async def story(engine: Engine) -> None:
        await engine.account.refresh()
        assert engine.account.state.user_id

    world.run(story)


def test_what_may_be_read_without_the_account_token_counts(world: World, tmp_path: Path) -> None:
    knows_its_account(world)
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    with_an_api_token_alone(world, world.sandbox)
    is_asked(world)


def test_that_another_accounts_token_shows_nothing_is_no_answer(
    world: World, tmp_path: Path
) -> None:
    """It is said that the history cannot be asked: it shows an account's tasks to nobody else."""
    knows_its_account(world)
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    second = Sandbox(tmp_path / "second")
    second.start()
    with_an_api_token_alone(world, second)
    lines: list[str] = []

    async def after(engine: Engine) -> None:
        engine.recall.unasked.connect(lambda error: lines.append(error.code))
        await until(engine, lambda: histories(world) and engine.recall._asking is False)

    try:
        world.run(after)
    finally:
        second.stop()
    assert lines == ["history_unaskable"]


@pytest.mark.parametrize("restarted", [False, True], ids=["the same run", "the next run"])
def test_a_retry_of_what_was_cancelled_unasked_is_asked_about(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    # The task is long past by now: only the time of the job that was cancelled reaches it.
    monkeypatch.setattr("kling_desktop.engine.lookup.UNKNOWN_SKEW_S", 0.0)
    monkeypatch.setattr("kling_desktop.engine.lookup.CLOCKS_AGREE_WITHIN_S", 0.5)
    monkeypatch.setattr(recall, "RETRY_S", (0.05,) * 1000)
    busy = {"status": 503, "code": "busy"}
    world.sandbox.faults.add("tasks", "refuse_json", times=None, **busy)

    async def cancels(engine: Engine) -> Job:
        job = await until(engine, lambda: j if (j := only(engine)).error else None)
        assert await engine.do(job.job_id, JobAction.CANCEL)
        job = engine.book.get(job.job_id)
        assert "As far as this computer knows" in Words().line(job)
        assert not job.in_queue
        return job

    async def retries(engine: Engine) -> None:
        (job,) = [j for j in engine.book.all() if j.state is S.CANCELLED]
        world.sandbox.faults.clear()
        assert await engine.do(job.job_id, JobAction.RETRY)
        (again,) = [j for j in engine.book.all() if not j.ended]
        assert (again.created_at, again.asked_skew_s) == (job.created_at, job.asked_skew_s)
        await asked(engine, again)

    async def both(engine: Engine) -> None:
        await cancels(engine)
        await retries(engine)

    if restarted:
        world.run(cancels)
        world.run(retries)
    else:
        world.run(both)
    assert len(world.sandbox.accepted) == 1
