"""What keeps an upload from arriving says nothing of the file: it waits, and is tried again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from engine_world import World, again_after, ended, in_state, until
from support.program import closed_port

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.problems import TOO_MANY_REQUESTS, UPLOAD_FAILED
from kling_desktop.motion.job import HoldReason, Job, JobState, Money
from kling_desktop.motion.request import Mode, Source
from kling_desktop.words import Words

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


def ids(jobs: list[Job]) -> set[str]:
    return {job.job_id for job in jobs}


def spoil(world: World, fault: tuple[str, dict[str, Any]]) -> None:
    world.sandbox.faults.add("files", fault[0], None, **fault[1])


@faults
def test_it_waits_outside_the_slots_with_its_reason(
    world: World, fault: tuple[str, dict[str, Any]]
) -> None:
    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        spoil(world, fault)
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        job = engine.book.get(job.job_id)
        assert job.error is not None
        assert (job.state, job.error.code) == (S.QUEUED, "upload_failed")
        assert job.error.money is Money.NOT_CHARGED
        assert engine.queue.state.running == 0
        assert engine.queue.state.holds == (H.UPLOADS_BUSY,)

    world.run(story)
    assert world.count("/kling/motion") == 0


@faults
def test_it_goes_by_itself_when_the_host_is_well_again(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, dict[str, Any]]
) -> None:
    again_after(monkeypatch, UPLOAD_FAILED, 0.2)

    async def story(engine: Engine) -> None:
        spoil(world, fault)
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        world.sandbox.faults.clear()
        await in_state(engine, job, S.GENERATING)

    world.run(story)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize("asked_s", [None, "3600"])
def test_the_person_s_word_ends_our_own_pause_and_none_that_the_service_asked_for(
    world: World, asked_s: str | None
) -> None:
    async def story(engine: Engine) -> None:
        headers = {} if asked_s is None else {"Retry-After": asked_s}
        spoil(world, ("refuse_json", {**FAULTS["busy"][1], "headers": headers}))
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        world.sandbox.faults.clear()
        await engine.resume_queue()
        if asked_s is None:
            await in_state(engine, job, S.GENERATING)
            return
        waiting = engine.book.get(job.job_id)
        assert (waiting.state, waiting.not_before is not None) == (S.QUEUED, True)
        again_at = engine.queue.state.again_at_of(H.UPLOADS_BUSY)
        assert again_at is not None
        assert again_at > time.time() + 3000.0

    world.run(story)


def test_it_keeps_no_job_behind_it_from_its_slot(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is slow to fail takes longer than the pause between two tries."""
    again_after(monkeypatch, UPLOAD_FAILED, 0.0)

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        done = await world.finished()
        links = {"image": Source(url=done.image_link), "video": Source(url=done.video_link)}
        spoil(world, FAULTS["nothing"])
        modes = (Mode.PRO, Mode.STANDARD)
        files = [await world.generate("[slow] files", mode=mode) for mode in modes]
        await until(engine, lambda: all(engine.book.get(job.job_id).error for job in files))
        behind = await world.generate("[slow] links", **links)
        uploads = world.count("/api/v1/files/")
        await in_state(engine, behind, S.GENERATING)
        assert world.count("/api/v1/files/") - uploads <= 2 * 3  # at most the tries under way

    world.run(story)


def test_the_pauses_grow_and_have_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    again_after(monkeypatch, UPLOAD_FAILED, 0.05, at_most_s=0.15)

    async def story(engine: Engine) -> None:
        spoil(world, FAULTS["nothing"])
        job = await world.generate("[slow]")
        seen: list[float] = []

        def longest() -> bool:
            if (pause_s := engine._ctx.upload_pauses_s.get(job.job_id, 0.0)) not in seen:
                seen.append(pause_s)
            return pause_s == 0.15

        await until(engine, longest)
        assert seen == sorted(seen)

    world.run(story)


@faults
def test_with_three_waiting_the_host_is_tried_once_and_none_of_them_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, dict[str, Any]]
) -> None:
    """An hour of maintenance does not empty a night's queue."""
    again_after(monkeypatch, UPLOAD_FAILED, 3600.0, 3600.0)

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 1
        spoil(world, fault)
        jobs = [await world.generate(f"[slow] {n}") for n in range(3)]
        await until(engine, lambda: H.UPLOADS_BUSY in engine.queue.state.holds)
        tried = world.count("/api/v1/files/")
        await until(engine, lambda: engine.queue.state.running == 0)
        states = [engine.book.get(job.job_id) for job in jobs]
        assert [job.state for job in states] == [S.QUEUED] * 3
        assert sum(job.error is not None for job in states) == 1
        assert engine.queue.kept_by(jobs[2].job_id) == (H.UPLOADS_BUSY,)
        assert world.count("/api/v1/files/") == tried
        world.sandbox.faults.clear()
        await engine.resume_queue()
        await until(engine, lambda: engine.book.in_state(S.GENERATING))
        assert engine.queue.state.holds == ()

    world.run(story)


def test_one_job_at_a_time_finds_out_whether_uploads_arrive_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_after(monkeypatch, UPLOAD_FAILED, 0.3, 0.3)

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 3
        spoil(world, FAULTS["nothing"])
        jobs = [await world.generate(f"[slow] {n}") for n in range(3)]
        await until(engine, lambda: all(engine.book.get(j.job_id).error for j in jobs))
        at_once = []
        engine.book.changed.connect(
            lambda _: at_once.append(len(engine.book.in_state(S.UPLOADING, S.PREPARING)))
        )
        tried = world.count("/api/v1/files/")
        await until(engine, lambda: world.count("/api/v1/files/") > tried + 6)
        assert max(at_once) == 1
        world.sandbox.faults.clear()
        for job in jobs:
            await in_state(engine, job, S.GENERATING)

    world.run(story)


def test_a_pause_that_the_host_asked_for_is_heeded_after_a_restart_by_all(world: World) -> None:
    fault, values = FAULTS["busy"]

    async def before(engine: Engine) -> None:
        spoil(world, (fault, {**values, "headers": {"Retry-After": "3600"}}))
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)

    async def after(engine: Engine) -> None:
        tried = world.count("/api/v1/files/")
        job = await world.generate("[slow] another", mode=Mode.PRO)
        assert engine.queue.kept_by(job.job_id) == (H.UPLOADS_BUSY,)
        engine.queue.pump()
        assert engine.book.get(job.job_id).state is S.QUEUED
        assert world.count("/api/v1/files/") == tried

    world.run(before)
    world.sandbox.faults.clear()
    world.run(after)


def test_a_pause_that_the_host_asked_for_outlives_the_job_that_met_it(world: World) -> None:
    """A script that types the command again and again does not hammer the host."""

    async def before(engine: Engine) -> None:
        asked = {**FAULTS["busy"][1], "headers": {"Retry-After": "3600"}}
        spoil(world, (FAULTS["busy"][0], asked))
        job = await world.generate("[slow]")
        await until(engine, lambda: engine.book.get(job.job_id).not_before)
        # As ``generate`` leaves it.
        assert await engine.runner.cancel_free(job.job_id, engine.book.get(job.job_id).error)

    async def after(engine: Engine) -> None:
        job = await world.generate("[slow] another", mode=Mode.PRO)
        assert engine.queue.kept_by(job.job_id) == (H.UPLOADS_BUSY,)

    world.run(before)
    world.sandbox.faults.clear()
    world.run(after)


def test_where_the_host_for_uploads_alone_is_away_the_queue_waits_for_it_once(
    world: World,
) -> None:
    """The service answers: nothing is offline, and jobs of links go on."""

    async def story(engine: Engine) -> None:
        done = await world.finished()
        links = {"image": Source(url=done.image_link), "video": Source(url=done.video_link)}
        away = f"http://127.0.0.1:{closed_port()}"
        engine.service.hosts = replace(engine.service.hosts, platform=away)
        holds: list[HoldReason] = []
        engine.queue.changed.connect(lambda state: holds.extend(state.holds))
        files = await world.generate("[slow] files", mode=Mode.PRO)
        await until(engine, lambda: H.UPLOADS_BUSY in engine.queue.state.holds)
        await in_state(engine, await world.generate("[slow] links", **links), S.GENERATING)
        assert engine.book.get(files.job_id).state is S.QUEUED
        assert set(holds) == {H.UPLOADS_BUSY}
        assert engine.connectivity.online

    world.run(story)


def test_a_refusal_of_the_file_is_told_of_that_file(world: World) -> None:
    async def story(engine: Engine) -> str:
        no = {"status": 400, "code": "bad_request", "message": "no pictures of cats"}
        world.sandbox.faults.add("files", "refuse_json", None, **no)
        job = await world.generate()
        error = (await ended(engine, job)).error
        assert error is not None
        return Words().error(error).sentence

    told = world.run(story)
    assert "no pictures of cats" in told
    assert "settings" not in told
    assert "Nothing was charged" in told


def test_a_busy_service_holds_the_others_too_and_the_next_one_it_takes_frees_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_after(monkeypatch, TOO_MANY_REQUESTS, 3600.0, 3600.0)

    async def story(engine: Engine) -> None:
        world.jobs_at_once = 3
        world.sandbox.faults.add(
            "motion", "refuse_json", None, status=429, code="too_many_requests"
        )
        jobs = [await world.generate(f"[slow] {n}") for n in range(3)]
        await until(engine, lambda: H.BUSY in engine.queue.state.holds)
        await until(engine, lambda: engine.queue.state.running == 0)
        assert world.count("/kling/motion") == 1
        world.sandbox.faults.clear()
        again_after(monkeypatch, TOO_MANY_REQUESTS, 0.0)
        await engine.resume_queue()
        (refused,) = [j for j in map(engine.book.get, ids(jobs)) if j.error is not None]
        for job_id in ids(jobs) - {refused.job_id}:
            await in_state(engine, engine.book.get(job_id), S.GENERATING)
        assert engine.queue.state.holds == ()
        assert engine.book.get(refused.job_id).state is S.QUEUED  # waits the pause it was given

    world.run(story)
    assert len(world.sandbox.accepted) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        {"status": 400, "code": "bad_request", "message": "video_url: fetch failed"},
        {"status": 403, "code": "forbidden"},
        {"status": 409, "code": "unknown"},
    ],
    ids=lambda refusal: refusal["code"],
)
def test_a_refusal_that_may_be_about_the_inputs_forgets_the_clip_s_link(
    world: World, refusal: dict[str, Any]
) -> None:
    """The service could not fetch it, though it is there for us: it was sent for twelve hours."""

    async def story(engine: Engine) -> None:
        assert (await world.finished()).state is S.DONE
        world.sandbox.faults.add("motion", "refuse_json", 1, **refusal)
        refused = await world.finished()
        assert (refused.state, world.count("/api/v1/files/")) == (S.FAILED, 3)
        again = await world.finished()
        assert again.state is S.DONE
        assert again.video_link != refused.video_link
        assert world.count("/api/v1/files/") == 5

    world.run(story)
