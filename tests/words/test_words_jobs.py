"""Jobs, the queue and the account in words: every member has its text."""

from __future__ import annotations

from enum import StrEnum

import pytest

from kling_desktop.media.fitted import ImageChange
from kling_desktop.motion.account import TokenCheck, TokenOutcome
from kling_desktop.motion.input import Blocked, Input
from kling_desktop.motion.job import Job, JobAction, JobError, JobState, QueueState
from kling_desktop.motion.request import Mode, MotionRequest, Orientation, Slot, Source
from kling_desktop.motion.token import TokenKind
from kling_desktop.words import Words

WORDS = Words()
NOTHING = TokenCheck(TokenOutcome.EMPTY)


@pytest.mark.parametrize(
    "member", [*JobState, *JobAction, *Blocked, *Mode, *Orientation], ids=lambda m: f"{m!r}"
)
def test_every_member_has_a_text_without_a_gap(member: StrEnum) -> None:
    say = {
        JobState: WORDS.state_name,
        JobAction: WORDS.action,
        Blocked: WORDS.blocked,
        Mode: WORDS.mode,
        Orientation: WORDS.orientation,
    }[type(member)]
    text = say(member)  # type: ignore[operator]  # a table over five enums
    assert text
    assert "{" not in text


@pytest.mark.parametrize("change", list(ImageChange))
def test_every_change_that_the_media_helper_makes_is_said(change: ImageChange) -> None:
    changed = Input(Slot.IMAGE, changes=(change.value,), original_format="webp")
    assert WORDS.changes(changed).endswith(".")


def test_texts_of_one_kind_differ() -> None:
    for kind, say in ((JobState, WORDS.state_name), (JobAction, WORDS.action)):
        texts = [say(member) for member in kind]
        assert len(texts) == len(set(texts))


def test_a_job_is_named_by_what_it_is_and_its_state() -> None:
    request = MotionRequest(Source(path="/a/astronaut.png"), Source(path="/b/bigbuckbunny.mp4"))
    job = Job("id", request, JobState.GENERATING, 1.0, 1.0, 0)
    assert WORDS.job_name(job) == "astronaut × bigbuckbunny, Standard, Generating"
    assert WORDS.state(job) == "Generating"


@pytest.mark.parametrize(
    ("queue", "text"),
    [
        (QueueState(), "Queue · nothing running"),
        (QueueState(running=2, waiting=1), "Queue · 2 running, 1 waiting"),
        (
            QueueState(running=1, unknown=1, failed=3, waiting=12),
            "Queue · 1 running, 1 unknown, 3 failed, 12 waiting",
        ),
        (QueueState(failed=1, unsent=2), "Queue · 1 failed, 2 not sent"),
    ],
)
def test_the_queue_counts_what_it_holds(queue: QueueState, text: str) -> None:
    assert WORDS.queue_title(queue) == text


@pytest.mark.parametrize("kind", list(TokenKind))
@pytest.mark.parametrize("outcome", list(TokenOutcome))
def test_every_outcome_of_a_token_test_has_its_line(kind: TokenKind, outcome: TokenOutcome) -> None:
    text = WORDS.token_check(kind, TokenCheck(outcome, host="api.example.com"), NOTHING)
    assert "{" not in text
    # An empty account field and an API token beside it say nothing about themselves.
    silent = kind is TokenKind.ACCOUNT and outcome in (
        TokenOutcome.EMPTY,
        TokenOutcome.FOUND,
        TokenOutcome.NOT_FOUND,
        TokenOutcome.OTHER_ACCOUNT,
    )
    assert bool(text) is not silent


def test_an_accepted_account_token_tells_who_answered_and_what_it_found() -> None:
    check = TokenCheck(TokenOutcome.ACCEPTED, name="Ada {x}", balance_credits=12.4)
    found = TokenCheck(TokenOutcome.FOUND, name="Default")
    assert WORDS.token_check(TokenKind.ACCOUNT, check, found) == (
        "Accepted: Ada {x}. API token “Default” found by itself. 12.40 credits."
    )
    plain = TokenCheck(TokenOutcome.ACCEPTED)
    assert WORDS.token_check(TokenKind.ACCOUNT, plain, NOTHING) == "Accepted."


def test_a_token_in_the_wrong_field_is_sent_to_the_right_one() -> None:
    wrong = TokenCheck(TokenOutcome.WRONG_FIELD)
    assert "API token" in WORDS.token_check(TokenKind.ACCOUNT, wrong, NOTHING)
    assert "account token" in WORDS.token_check(TokenKind.API, wrong, NOTHING)


def test_a_host_that_was_not_reached_is_named() -> None:
    check = TokenCheck(TokenOutcome.UNREACHABLE, host="api.example.com")
    for kind in TokenKind:
        assert "api.example.com" in WORDS.token_check(kind, check, NOTHING)


@pytest.mark.parametrize(
    "outcome", ["nothing_found", "several", "history_unavailable", "history_unreachable"]
)
def test_every_outcome_of_a_search_is_told_with_how_often_it_was_looked(outcome: str) -> None:
    once = WORDS.looked(_lost(outcome, looks=1))
    assert once.startswith("Looked once: ")
    assert once.endswith(".")
    assert WORDS.looked(_lost(outcome, looks=3)) == once.replace("once", "3 times")


@pytest.mark.parametrize(("outcome", "looks"), [("", 0), ("nothing_found", 0), ("odd", 2)])
def test_before_the_first_look_and_of_an_odd_outcome_nothing_is_told(
    outcome: str, looks: int
) -> None:
    assert WORDS.looked(_lost(outcome, looks)) == ""


def _lost(outcome: str, looks: int) -> Job:
    request = MotionRequest(Source(path="/a.png"), Source(path="/b.mp4"))
    error = JobError("contact_lost", values=(("outcome", outcome),))
    return Job("1", request, JobState.UNKNOWN, 0.0, 0.0, 0, error=error, looks=looks)
