"""A pause that the service asks for is kept, in every call; our own growing one is its floor."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

import pytest
from engine_world import World, again_after, ended, in_state, until

from kling_desktop.engine.connectivity import Connectivity
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.problems import TOO_MANY_REQUESTS, UPLOAD_FAILED
from kling_desktop.motion.job import Job, JobAction, JobState

S = JobState
ASKED_S = 1  # far above the shortened pauses of these tests; as short as Retry-After can say


def say_busy(world: World, route: str, times: int = 1, asked_s: int = ASKED_S) -> None:
    headers = {"Retry-After": str(asked_s)}
    world.sandbox.faults.add(
        route, "refuse_json", times, status=429, code="too_many_requests", headers=headers
    )


def gaps_s(world: World, path: str, method: str = "POST") -> list[float]:
    """Between one request to a path and the next."""
    seen = world.sandbox.requests
    times = [r.at for r in seen if r.path.startswith(path) and r.method == method]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def test_our_own_pause_grows_from_try_to_try_and_a_shorter_wish_does_not_undercut_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = (0.05, 0.1, 0.2, 0.4)
    again_after(monkeypatch, TOO_MANY_REQUESTS, own[0], own[-1])
    say_busy(world, "motion", times=len(own), asked_s=0)
    waits: list[float] = []

    def note(job: Job) -> None:
        if job.state is S.QUEUED and job.not_before is not None:
            waits.append(job.not_before - job.updated_at)

    async def story(engine: Engine) -> Job:
        engine.book.changed.connect(note)
        return await world.finished()

    job = world.run(story)
    assert (job.state, job.attempt) == (S.DONE, len(own) + 1)
    allowance_s = 0.04  # between reading the clock and writing the row
    assert all(wait >= least - allowance_s for wait, least in zip(waits, own, strict=True))
    assert gaps_s(world, "/kling/motion")[-1] > own[-1]


async def submitted(_engine: Engine, _world: World, job: Job) -> None:
    return


async def polled(engine: Engine, world: World, job: Job) -> None:
    await in_state(engine, job, S.GENERATING)
    say_busy(world, "tasks")
    asked = world.count("/kling/tasks")
    await until(engine, lambda: world.count("/kling/tasks") > asked)
    engine.poke()  # not even a press overrules it
    await until(engine, lambda: world.count("/kling/tasks") > asked + 1)


@pytest.mark.parametrize(
    ("route", "path", "then"),
    [
        ("motion", "/kling/motion", submitted),
        ("files", "/api/v1/files/", submitted),
        ("", "/kling/tasks", polled),
    ],
)
def test_it_is_kept_when_sending_uploading_and_polling(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
    path: str,
    then: Callable[[Engine, World, Job], Awaitable[None]],
) -> None:
    again_after(monkeypatch, UPLOAD_FAILED, 0.1)
    if route:
        say_busy(world, route)

    async def story(engine: Engine) -> None:
        job = await world.generate("[slow]" if then is polled else "")
        await then(engine, world, job)
        world.sandbox.finish()
        assert (await ended(engine, job)).state is S.DONE

    world.run(story)
    assert max(gaps_s(world, path)) >= ASKED_S


def test_it_is_kept_when_the_video_is_fetched(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await in_state(engine, await world.generate("[slow]"), S.GENERATING)
        await world.rendered()  # so that the fault is not the sandbox's own, reading the inputs
        say_busy(world, "download")
        world.sandbox.finish()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    assert gaps_s(world, "/results/", "GET")[0] >= ASKED_S


def test_it_is_kept_when_an_unknown_job_is_looked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything else asked of that host to find out whether it answers: it did."""
    world.sandbox.faults.add("motion", "cut_after")
    # The free call after an unclear answer would meet it in place of the look.
    monkeypatch.setattr(Connectivity, "doubt", lambda _connectivity: None)

    async def story(engine: Engine) -> Job:
        await engine.account.refresh()
        say_busy(world, "tasks")
        job = await world.generate()
        await until(engine, lambda: engine.book.get(job.job_id).looks)
        assert await engine.do(job.job_id, JobAction.CHECK_NOW)
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    assert gaps_s(world, "/kling/tasks")[0] >= ASKED_S


@pytest.mark.parametrize(
    ("route", "path"),
    [("balance", "/api/v1/applications/"), ("price", "/api/v1/services/kling")],
)
def test_it_is_kept_with_balance_and_price(world: World, route: str, path: str) -> None:
    say_busy(world, route, asked_s=3600)

    async def story(engine: Engine) -> None:
        for _ in range(3):  # as after each video
            await engine.account.refresh()

    world.run(story)
    assert world.count(path) == 1
