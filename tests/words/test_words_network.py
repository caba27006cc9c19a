"""Each thing that keeps this computer from a host has a sentence and a remedy of its own."""

from __future__ import annotations

import pytest

from kling_desktop.engine.problems import from_hold, from_remote, job_error, unanswered
from kling_desktop.engine.steps.trouble import of_host
from kling_desktop.motion.account import TokenCheck, TokenOutcome
from kling_desktop.motion.job import HoldReason, JobError, Money
from kling_desktop.motion.token import TokenKind
from kling_desktop.remote.errors import NotSent
from kling_desktop.words import Words
from kling_desktop.words.network import NOT_REACHED

WORDS = Words()
HOST = "api.example.com"


def met(code: str, at: str = "proxy.example.com:8080") -> JobError:
    return from_remote(NotSent(code, host=HOST, at=at), Money.NOT_CHARGED, "unreachable")


def test_no_two_of_them_are_told_alike() -> None:
    told = {WORDS.error(met(code)).title for code in NOT_REACHED}
    assert len(told) == len(NOT_REACHED)
    assert WORDS.error(job_error("unreachable", values={"host": HOST})).title not in told


@pytest.mark.parametrize("code", sorted(NOT_REACHED))
def test_a_row_a_command_and_the_queue_say_the_same_and_the_remedy(code: str) -> None:
    why, remedy = WORDS.why_not_reached(met(code)).title, WORDS.error(met(code)).hint
    assert remedy
    assert WORDS.error(met(code)).title == f"{why} Nothing was sent."
    assert WORDS.told(met(code)) == f"{why} Nothing was sent. {remedy}"
    assert WORDS.hold(HoldReason.OFFLINE, met(code)) == (
        f"{why} Nothing new is sent. {remedy} The queue goes on by itself."
    )
    assert from_hold(HoldReason.OFFLINE, met(code)) == met(code)


@pytest.mark.parametrize("code", sorted(NOT_REACHED))
def test_what_was_sent_before_keeps_its_word_on_money(code: str) -> None:
    error = NotSent(code, host=HOST, at="proxy.example.com:8080")
    why = WORDS.why_not_reached(met(code)).title
    paid = WORDS.error(of_host(error).error).sentence
    assert paid.startswith(f"{why} The video is paid for and waits at {HOST}.")
    running = WORDS.error(unanswered(error)).sentence
    if code != "unreachable":  # said more shortly
        assert running.startswith(why)
    assert "It was sent and may be charged." in running
    assert "Nothing was sent" not in paid + running


def test_connecting_says_it_too() -> None:
    check = TokenCheck(TokenOutcome.UNREACHABLE, host=HOST, why="proxy", at="127.0.0.1:3128")
    for kind in TokenKind:
        told = WORDS.token_check(kind, check, check)
        assert told.startswith("The proxy 127.0.0.1:3128 does not answer as one")


def test_a_proxy_of_the_system_is_said_to_be_in_the_settings_of_this_computer() -> None:
    assert WORDS.error(met("proxy_malformed", at="")).title == (
        "The address of the proxy in this computer’s settings is none, so api.example.com was not "
        "reached. Nothing was sent."
    )
