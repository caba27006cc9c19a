"""A pause is a length of time, whatever is done to this computer's clock."""

from __future__ import annotations

import time

import pytest
from engine_world import World, again_after, in_state, until
from support.waiting import PATIENCE_S

from kling_desktop.engine import poller
from kling_desktop.engine.ages import AT_MOST_S
from kling_desktop.engine.clock_watch import ClockWatch
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.problems import UPLOAD_FAILED
from kling_desktop.motion.job import HoldReason, Job, JobState

S = JobState
HOUR_S = 3600.0
SETS = {"back": -2 * HOUR_S, "forwards": 30 * HOUR_S}
set_by = pytest.mark.parametrize("by_s", SETS.values(), ids=SETS)


class Clock:
    """This computer's, which somebody sets."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture
def clock(world: World) -> Clock:
    made = Clock()
    world.options["clock"] = made
    return made


async def asked_to_wait(engine: Engine, world: World, asked_s: int) -> Job:
    """One whose upload the host refused, with a pause."""
    fault = {"status": 429, "code": "throttled", "headers": {"Retry-After": str(asked_s)}}
    world.sandbox.faults.add("files", "refuse_json", None, **fault)
    job = await world.generate("[slow]")
    await until(engine, lambda: engine.book.get(job.job_id).not_before)
    world.sandbox.faults.clear()
    return engine.book.get(job.job_id)


def left_s(engine: Engine, clock: Clock, job: Job) -> float:
    return (engine.book.get(job.job_id).not_before or 0.0) - clock()


def check_waits(engine: Engine, clock: Clock, job: Job, asked_s: float) -> None:
    """For what is left of an hour, on its row and in the queue's banner."""
    assert engine.book.get(job.job_id).state is S.QUEUED
    again_at = engine.queue.state.again_at_of(HoldReason.UPLOADS_BUSY)
    assert again_at is not None
    for left in (left_s(engine, clock, job), again_at - clock()):
        assert asked_s / 2 < left <= asked_s


@set_by
def test_setting_it_makes_no_pause_longer_or_shorter(
    world: World, clock: Clock, by_s: float
) -> None:
    async def story(engine: Engine) -> None:
        job = await asked_to_wait(engine, world, int(HOUR_S))
        clock.ahead_s += by_s
        await until(engine, lambda: 0 < left_s(engine, clock, job) <= HOUR_S)
        check_waits(engine, clock, job, HOUR_S)

    world.run(story)


@set_by
def test_what_an_earlier_run_kept_is_a_length_and_begins_anew(
    world: World, clock: Clock, by_s: float
) -> None:
    """A pause of three seconds was one of two hours after a start."""

    async def before(engine: Engine) -> None:
        await asked_to_wait(engine, world, int(HOUR_S))

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        check_waits(engine, clock, job, HOUR_S)

    world.run(before)
    clock.ahead_s += by_s
    world.run(after)


def test_a_short_pause_is_over_soon_though_the_clock_was_set_back(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_after(monkeypatch, UPLOAD_FAILED, 0.2)

    async def before(engine: Engine) -> None:
        await asked_to_wait(engine, world, 1)

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        await in_state(engine, job, S.GENERATING)

    world.run(before)
    clock.ahead_s -= 5 * HOUR_S
    world.run(after)


def test_a_clock_that_is_corrected_little_by_little_moves_nothing(
    world: World, clock: Clock
) -> None:
    async def story(engine: Engine) -> None:
        job = await asked_to_wait(engine, world, int(HOUR_S))
        watch = ClockWatch(engine._ctx, engine.queue)
        before = job.not_before
        for _ in range(3):
            clock.ahead_s += 1.5
            await watch.look()
        assert engine.book.get(job.job_id).not_before == before

    world.run(story)


def set_the_computers_clock(monkeypatch: pytest.MonkeyPatch, clock: Clock, by_s: float) -> None:
    right = time.time
    clock.ahead_s = 0.0  # it goes by the same
    monkeypatch.setattr(time, "time", lambda: right() + by_s)


@set_by
def test_what_is_generating_is_asked_for_as_often_as_before(
    world: World, clock: Clock, by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set forwards by days, it was a job of days, which is asked for every five minutes."""
    monkeypatch.setattr(poller, "AGES_S", ((300.0, 0.05),))

    async def story(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)
        set_the_computers_clock(monkeypatch, clock, by_s)
        polls = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") >= polls + 4)

    world.run(story)


def test_an_earlier_run_s_job_is_no_older_than_an_hour_by_a_clock_that_may_have_been_set(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "AGES_S", ((AT_MOST_S + 300.0, 0.05),))

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> None:
        polls = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") >= polls + 4)

    world.run(before)
    set_the_computers_clock(monkeypatch, clock, 240 * HOUR_S)
    world.run(after)


DAYS = (-400, -3, 3, 400)


@pytest.mark.parametrize("days", DAYS)
def test_a_lost_answer_is_found_however_far_the_clocks_are_apart(
    world: World, clock: Clock, days: int
) -> None:
    clock.ahead_s = days * 24 * HOUR_S

    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "cut_after", 1)
        job = await in_state(engine, await world.generate("[slow]"), S.GENERATING)
        assert job.clock_skew_s == pytest.approx(-clock.ahead_s, abs=PATIENCE_S)

    world.run(story)


@pytest.mark.parametrize("days", DAYS)
def test_it_is_found_though_the_clock_is_set_between_sending_and_looking(
    world: World, clock: Clock, days: int
) -> None:
    async def story(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "cut_after", 1)
        world.sandbox.faults.add("tasks", "html", None, status=502)
        job = await in_state(engine, await world.generate("[slow]"), S.UNKNOWN)
        clock.ahead_s = days * 24 * HOUR_S
        world.sandbox.faults.clear()
        await in_state(engine, job, S.GENERATING)

    world.run(story)


@pytest.mark.parametrize("days", [-3, 3])
def test_it_is_found_by_a_later_run_after_the_clock_was_put_right(
    world: World, clock: Clock, days: int
) -> None:
    """No answer had told the service's time before: so far apart is looked for around it."""
    clock.ahead_s = days * 24 * HOUR_S

    async def before(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "cut_after", 1)
        world.sandbox.faults.add("tasks", "html", None, status=502)
        job = await in_state(engine, await world.generate("[slow]"), S.UNKNOWN)
        await until(engine, lambda: engine.book.get(job.job_id).looks)
        assert engine.book.get(job.job_id).clock_skew_s is None

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        await in_state(engine, job, S.GENERATING)

    world.run(before)
    world.sandbox.faults.clear()
    clock.ahead_s = 0.0
    world.run(after)


def test_the_difference_of_the_moment_of_sending_outlives_a_later_setting(
    world: World, clock: Clock
) -> None:
    """Where the service had told its time by then, by whatever answer."""
    clock.ahead_s = 400 * 24 * HOUR_S

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)  # it answers
        world.sandbox.faults.add("motion", "cut_after", 1)
        world.sandbox.faults.add("tasks", "html", None, status=502)
        job = await in_state(engine, await world.generate("[slow]"), S.UNKNOWN)
        assert job.clock_skew_s == pytest.approx(-clock.ahead_s, abs=PATIENCE_S)

    async def after(engine: Engine) -> None:
        await until(engine, lambda: len(engine.book.in_state(S.GENERATING)) == 2)

    world.run(before)
    world.sandbox.faults.clear()
    clock.ahead_s = 0.0
    world.run(after)
