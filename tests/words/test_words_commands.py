"""What is said at a terminal can be done at a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.words import Words
from kling_desktop.words.commands import _TYPED_HINTS
from kling_desktop.words.errors import _ERRORS

WORDS = Words()
REQUEST = MotionRequest(Source(path="/a/figure.png"), Source(path="/b/dance.mp4"))
JOB = Job("1a2b3c4d" + "0" * 24, REQUEST, JobState.QUEUED, 1.0, 1.0, 0)
S = JobState


def test_every_hint_for_a_terminal_stands_for_one_of_the_windows() -> None:
    assert set(_TYPED_HINTS) <= set(_ERRORS)


@pytest.mark.parametrize("code", sorted(_TYPED_HINTS))
def test_a_hint_for_a_terminal_names_no_button(code: str) -> None:
    told = WORDS.told(job_error(code))
    assert "press" not in told
    assert "Check it in Settings" not in told


@pytest.mark.parametrize(
    ("job", "elsewhere", "said"),
    [
        (None, False, "Interrupted. Nothing was sent so far."),
        (
            JOB,
            False,
            "Interrupted. Nothing was sent so far. `kling-desktop resume` goes on with it.",
        ),
        (
            replace(JOB, state=S.GENERATING),
            False,
            "Interrupted. It may be running and may be charged. `kling-desktop resume` goes on "
            "with it.",
        ),
        (
            replace(JOB, state=S.UNKNOWN),
            True,
            "Interrupted. It may be running and may be charged. It goes on in the program that has "
            "this data folder.",
        ),
        (replace(JOB, state=S.DONE), False, "Interrupted."),
    ],
)
def test_an_interruption_says_whether_money_is_involved_and_who_goes_on(
    job: Job | None, elsewhere: bool, said: str
) -> None:
    assert WORDS.interrupted([job] if job else [], elsewhere=elsewhere) == said


def test_a_cancelled_job_says_that_nothing_of_it_is_left() -> None:
    cancelled = replace(JOB, state=S.CANCELLED, error=job_error("used_up"))
    assert "nothing of it is left to be sent" in WORDS.line(cancelled)
    assert WORDS.reason(cancelled).startswith("figure × dance: Not enough credit")
