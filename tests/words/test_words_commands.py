"""What is said at a terminal can be done at a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import CANCELLED_UNASKED, Job, JobState
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
        (
            replace(JOB, state=S.UNSAVED),
            False,
            "Interrupted. A video is paid for, and not saved yet. `kling-desktop resume` goes on "
            "with it.",
        ),
        (replace(JOB, state=S.DONE), False, "Interrupted."),
    ],
)
def test_an_interruption_says_whether_money_is_involved_and_who_goes_on(
    job: Job | None, elsewhere: bool, said: str
) -> None:
    jobs = [job] if job else []
    assert WORDS.interrupted(jobs, elsewhere=elsewhere, earlier=False) == said


def test_of_a_job_of_an_earlier_run_it_says_what_this_computer_knows() -> None:
    known = "As far as this computer knows, nothing was sent so far."
    assert known in WORDS.interrupted([JOB], elsewhere=False, earlier=True)
    others = [JOB, replace(JOB, state=S.DONE)]
    assert "nothing was sent" not in WORDS.interrupted(others, elsewhere=False, earlier=True)


def test_of_what_was_cancelled_before_the_history_was_asked_it_says_no_more_than_it_knows() -> None:
    assert WORDS.line(replace(JOB, state=S.CANCELLED)).endswith("Cancelled. Nothing was sent.")
    unasked = replace(JOB, state=S.CANCELLED, error=job_error(CANCELLED_UNASKED))
    assert not unasked.in_vain, "it was the person's own wish"
    assert "As far as this computer knows" in WORDS.line(unasked)
    assert "left to be sent" not in WORDS.line(unasked)


def test_a_cancelled_job_says_that_nothing_of_it_is_left() -> None:
    cancelled = replace(JOB, state=S.CANCELLED, error=job_error("used_up"))
    assert "nothing of it is left to be sent" in WORDS.line(cancelled)
    assert WORDS.reason(cancelled).startswith("figure × dance: Not enough credit")
