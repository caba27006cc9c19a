"""What keeps an upload from arriving says nothing of the file: it waits, and is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import World, in_state, until

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import upload
from kling_desktop.motion.job import HoldReason, JobState, Money
from kling_desktop.motion.request import Mode, Source

S, H = JobState, HoldReason
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "an error page": ("html", {"status": 503}),
    "nothing": ("status", {"status": 204}),
    "a cut": ("cut_before", {}),
    "busy": ("refuse_json", {"status": 429, "code": "throttled"}),
    "unknown": ("refuse_json", {"status": 503, "code": "unknown"}),
    "a stranger's no": ("wrong_json", {"status": 403, "body": {"code": "nope"}}),
    "a stranger's token": ("wrong_json", {"status": 401, "body": {"error": "log in"}}),
}
faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


def spoil(world: World, fault: tuple[str, dict[str, Any]]) -> None:
    world.sandbox.faults.add("files", fault[0], None, **fault[1])


@faults
def test_it_waits_outside_the_slots_with_its_reason(
    world: World, fault: tuple[str, dict[str, Any]]
) -> None:
    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        spoil(world, fault)
        job = await world.generate("[fail]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        job = engine.book.get(job.job_id)
        assert job.error is not None
        assert (job.state, job.error.code) == (S.QUEUED, "upload_failed")
        assert job.error.money is Money.NOT_CHARGED
        assert engine.queue.state.running == 0
        assert engine.queue.state.holds == ()

    world.run(story)
    assert world.count("/kling/motion") == 0


@faults
def test_it_goes_by_itself_when_the_host_is_well_again(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, dict[str, Any]]
) -> None:
    monkeypatch.setattr(upload, "AGAIN_S", 0.2)

    async def story(engine: Engine) -> None:
        spoil(world, fault)
        job = await world.generate("[fail]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        world.sandbox.faults.clear()
        await in_state(engine, job, S.GENERATING)

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_the_person_s_word_ends_our_own_pause_and_none_that_the_service_asked_for(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        ours, asked = FAULTS["nothing"], dict(FAULTS["busy"][1])
        spoil(world, ours)
        first = await world.generate("[fail]")
        await until(engine, lambda: engine.book.get(first.job_id).not_before)
        world.sandbox.faults.clear()
        asked["headers"] = {"Retry-After": "3600"}
        spoil(world, ("refuse_json", asked))
        before = world.count("/api/v1/files/")
        second = await world.generate("[fail]")
        await until(engine, lambda: engine.book.get(second.job_id).not_before)
        assert world.count("/api/v1/files/") == before + 1  # and its slot is free
        world.sandbox.faults.clear()
        await engine.resume_queue()
        await in_state(engine, first, S.GENERATING)
        waiting = engine.book.get(second.job_id)
        assert (waiting.state, waiting.not_before is not None) == (S.QUEUED, True)

    world.run(story)


def test_it_keeps_no_job_behind_it_from_its_slot(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is slow to fail takes longer than the pause between two tries."""
    monkeypatch.setattr(upload, "AGAIN_S", 0.0)

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        done = await world.finished()
        links = {"image": Source(url=done.image_link), "video": Source(url=done.video_link)}
        spoil(world, FAULTS["nothing"])
        modes = (Mode.PRO, Mode.STANDARD)
        files = [await world.generate("[fail] files", mode=mode) for mode in modes]
        await until(engine, lambda: all(engine.book.get(job.job_id).error for job in files))
        behind = await world.generate("[fail] links", **links)
        uploads = world.count("/api/v1/files/")
        await in_state(engine, behind, S.GENERATING)
        assert world.count("/api/v1/files/") - uploads <= 2 * 3  # at most the tries under way

    world.run(story)


def test_the_pauses_grow_and_have_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "AGAIN_S", 0.05)
    monkeypatch.setattr(upload, "AGAIN_AT_MOST_S", 0.15)

    async def story(engine: Engine) -> None:
        spoil(world, FAULTS["nothing"])
        job = await world.generate("[fail]")
        seen: list[float] = []

        def longest() -> bool:
            if (pause_s := engine._ctx.upload_pauses_s.get(job.job_id, 0.0)) not in seen:
                seen.append(pause_s)
            return pause_s == upload.AGAIN_AT_MOST_S

        await until(engine, longest)
        assert seen == sorted(seen)

    world.run(story)
