"""What is said of a video that is paid for and not here: what it waits for, and that it is paid."""

from __future__ import annotations

import re

import pytest
from test_words_errors import VALUES

from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import Money
from kling_desktop.words import Words
from kling_desktop.words.errors import _ERRORS
from kling_desktop.words.unsaved import PAID, SHORT

WORDS = Words()


def told(code: str) -> tuple[str, str]:
    """In the window and at a terminal."""
    values = VALUES.get(code, {"host": "media.example.com"})
    error = job_error(code, Money.PAID, message="HTTP 503", values=values)
    return WORDS.error(error).sentence, WORDS.told(error)


@pytest.mark.parametrize("code", sorted(PAID))
def test_the_title_says_that_it_is_paid_and_the_hint_what_happens_next(code: str) -> None:
    window, terminal = told(code)
    assert "paid for" in window
    assert "paid for" in terminal
    assert "by itself" in window or code == "result_gone"


def test_each_reason_is_told_in_a_narrow_row_too() -> None:
    assert set(SHORT) == set(PAID) - {"result_gone"}  # that one has failed


@pytest.mark.parametrize("code", sorted(_ERRORS))
def test_nothing_that_is_true_before_sending_only_is_said_of_a_paid_one(code: str) -> None:
    """Whatever a service answers where it is asked for the link."""
    for sentence in told(code):
        assert not re.search("Nothing was|not charged|may be charged|may have been", sentence)


@pytest.mark.parametrize("code", sorted(PAID))
def test_at_a_terminal_nothing_is_told_that_only_a_window_has(code: str) -> None:
    _, terminal = told(code)
    assert not re.search("in Settings|choose another|Copy the report|press", terminal), terminal
