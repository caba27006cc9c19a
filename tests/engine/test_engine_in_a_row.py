"""How long the queue waits behind unclear answers, in this run and in the next ones."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from engine_world import World, until
from test_engine_gate import numbered

from kling_desktop.engine import in_a_row
from kling_desktop.engine.ages import Ages
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.gate import UNANSWERED_S
from kling_desktop.motion.job import HoldReason, Job, JobState

S, H = JobState, HoldReason
NOW = 1_000_000.0


def sent(number: int, state: JobState, ago_s: float) -> Job:
    return replace(numbered(number), state=state, submitted_at=NOW - ago_s)


@pytest.mark.parametrize(
    ("others", "in_row"),
    [
        ([(S.SUBMITTING, UNANSWERED_S)], 2),
        ([(S.SUBMITTING, UNANSWERED_S - 1)], 1),
        ([(S.SUBMITTING, 1.0), (S.SUBMITTING, 20.0), (S.UNKNOWN, 60.0)], 3),
        ([(S.SUBMITTING, 20.0), (S.GENERATING, 30.0), (S.UNKNOWN, 60.0)], 2),
        ([(S.GENERATING, 1.0), (S.SUBMITTING, 20.0)], 1),
        ([(S.QUEUED, 1.0), (S.SUBMITTING, 20.0)], 2),
    ],
)
def test_a_submission_that_has_no_answer_counts_once_others_do_not_wait_for_it(
    others: list[tuple[JobState, float]], in_row: int
) -> None:
    """Where nothing is answered, the queue is not let go because one of them broke off."""
    jobs = [sent(number, state, ago_s) for number, (state, ago_s) in enumerate(others)]
    first = sent(99, S.UNKNOWN, 52.0)
    assert (
        in_a_row.unclear_in_a_row(
            [first, *jobs], first.job_id, Ages(lambda: NOW, lambda: NOW).age_s
        )
        == in_row
    )


@pytest.mark.parametrize(
    ("age_s", "left_s"), [(0.0, 600.0), (200.0, 400.0), (601.0, 0.0), (-3600.0, 600.0)]
)
def test_what_was_waited_in_an_earlier_run_counts(age_s: float, left_s: float) -> None:
    """A clock that was set back makes it no longer than it was."""
    assert in_a_row.left_s(2, age_s) == left_s


def test_a_wait_that_is_over_when_the_program_starts_holds_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command lives for seconds: it would never see the end of ten minutes that begin anew."""
    monkeypatch.setattr(in_a_row, "LEAST_S", (0.0, 600.0))

    async def before(engine: Engine) -> None:
        world.sandbox.faults.add("motion", "html", 2, status=502)
        for _ in range(3):
            await world.generate("[fail]")
        await until(engine, lambda: len(engine.book.in_state(S.UNKNOWN)) == 2)
        await until(engine, lambda: engine.queue.state.waiting == 1)
        assert H.UNCLEAR in engine.queue.state.holds

    async def after(engine: Engine) -> None:
        await until(engine, lambda: world.sandbox.accepted)

    world.run(before)
    world.options["clock"] = lambda: time.time() + 601
    world.run(after)
