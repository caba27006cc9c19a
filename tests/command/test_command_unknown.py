"""When a command stops waiting for a job of which nobody knows what became of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from test_command_drive import JOB, InEngine, S, in_engine

from kling_desktop.command.drive import MOMENT_S, UNKNOWN_AFTER_S, Drive
from kling_desktop.command.output import Terminal
from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps.look import Look
from kling_desktop.motion.job import Job
from kling_desktop.words import Words

__all__ = ["in_engine"]
DAY_S = 86_400.0


class Clocks:
    """The one that nobody can set, and the calendar's, which somebody sets."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self.now_s, self.calendar_ahead_s = 1000.0, 0.0
        ages = engine._ctx.ages
        ages._steady = lambda: self.now_s
        ages._clock = lambda: time.time() + self.calendar_ahead_s
        self.look = Look(engine._ctx, job)
        engine.runner._looks[job.job_id] = self.look
        self._engine = engine

    def drive(self) -> Drive:
        def calendar() -> float:
            return time.time() + self.calendar_ahead_s

        sink = Terminal(Words())
        return Drive(self._engine, sink, now=calendar, clock=lambda: self.now_s)


def unknown(sent_ago_s: float = 0.0) -> Job:
    return replace(JOB, state=S.UNKNOWN, submitted_at=time.time() - sent_ago_s)


def test_it_is_left_after_a_minute_of_looking(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        job = unknown()
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        engine._ctx.ages.sent(job)
        clocks.look.told = 5
        clocks.now_s += UNKNOWN_AFTER_S - 1
        assert not drive._is_settled(job)
        clocks.now_s += 1
        assert drive._is_settled(job)

    in_engine(act)


@pytest.mark.parametrize("by_s", [-7200.0, 7200.0, 10 * DAY_S])
def test_setting_the_clock_makes_the_minute_no_longer_and_no_shorter(
    in_engine: InEngine, by_s: float
) -> None:
    """Set back, the command did not end; set forward, it ended after ten seconds."""

    async def act(engine: Engine) -> None:
        job = unknown()
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        engine._ctx.ages.sent(job)
        clocks.look.told = 1
        assert not drive._is_settled(job)
        clocks.calendar_ahead_s = by_s
        clocks.now_s += 10
        assert not drive._is_settled(job)
        clocks.now_s += UNKNOWN_AFTER_S
        assert drive._is_settled(job)

    in_engine(act)


def test_what_was_sent_by_a_clock_that_was_ahead_is_left_after_a_minute_too(
    in_engine: InEngine,
) -> None:
    """By the clock of now it will be sent in three days: ``resume`` did not end."""

    async def act(engine: Engine) -> None:
        job = unknown(sent_ago_s=-3 * DAY_S)
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        clocks.look.told = 1
        assert not drive._is_settled(job)
        clocks.now_s += UNKNOWN_AFTER_S
        assert drive._is_settled(job)

    in_engine(act)


def test_one_of_an_earlier_run_is_looked_for_once_more_and_nothing_else_counts_as_a_look(
    in_engine: InEngine,
) -> None:
    """A countdown that was written on its row ended ``resume`` before the look had its answer."""

    async def act(engine: Engine) -> None:
        job = unknown(sent_ago_s=7200.0)
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        clocks.now_s += 1
        noted = replace(job, looks=9, updated_at=time.time() + 5.0, next_look_at=time.time())
        assert not drive._is_settled(noted)
        clocks.look.told = 1
        assert drive._is_settled(noted)

    in_engine(act)


def test_a_look_that_is_under_way_is_waited_for_but_not_for_ever(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        job = unknown()
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        engine._ctx.ages.sent(job)
        clocks.look.told, clocks.look.is_under_way = 4, True
        clocks.now_s += PATIENCE_S + MOMENT_S - 1
        assert not drive._is_settled(job)
        clocks.now_s += 1
        assert drive._is_settled(job)

    in_engine(act)


def test_one_that_no_look_tells_of_is_left_after_the_patience(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        job = unknown(sent_ago_s=600.0)
        clocks = Clocks(engine, job)
        drive = clocks.drive()
        assert not drive._is_settled(job)
        clocks.now_s += PATIENCE_S - 1
        assert not drive._is_settled(job)
        clocks.now_s += 1
        assert drive._is_settled(job)

    in_engine(act)
