"""When nothing may be said to have been charged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_rows import SENT_AT, job

from kling_desktop.engine.ledger_rule import (
    CONFIRM_AFTER_S,
    DAY_S,
    HOUR_S,
    PAUSES_S,
    LedgerAnswer,
    is_open,
    judge,
    looks_by,
    pause_s,
    reach_of,
)
from kling_desktop.motion.job import JobError, JobState, Money
from kling_desktop.motion.ledger import LEDGER_KEPT_S
from kling_desktop.motion.money import micro

ENDED = SENT_AT + 120
FAILED = job(JobState.FAILED)
LATER = job(job_id="later", submitted_at=ENDED + 61, trace_id="later")


def answer(asked_at: float = ENDED + 61, **changes) -> LedgerAnswer:
    made = LedgerAnswer(asked_at, since=SENT_AT - DAY_S, charges={}, whole=True)
    return replace(made, **changes)


def test_a_charge_is_taken_at_once_in_every_state():
    found = answer(asked_at=SENT_AT, charges={"trace": 5.9})
    for state in (JobState.DONE, JobState.FAILED, JobState.UNWATCHED):
        assert judge(job(state), found, None, ()).charged_credits == 5.9


def test_one_empty_look_at_a_failed_job_proves_nothing():
    verdict = judge(FAILED, answer(), None, ())
    assert verdict.charged_credits is None
    assert verdict.empty


def test_a_second_empty_look_an_hour_later_proves_that_nothing_was_charged():
    first = ENDED + 61
    early = answer(asked_at=first + CONFIRM_AFTER_S - 1)
    assert judge(FAILED, early, first, ()).charged_credits is None
    late = answer(asked_at=first + CONFIRM_AFTER_S)
    assert judge(FAILED, late, first, ()).charged_credits == 0.0


def test_a_job_sent_later_that_is_in_the_ledger_already_proves_it_at_once():
    found = answer(charges={"later": 2.0})
    assert judge(FAILED, found, None, [FAILED, LATER]).charged_credits == 0.0


def test_a_job_sent_before_the_end_proves_nothing():
    beside = replace(LATER, submitted_at=ENDED - 5)
    found = answer(charges={"later": 2.0})
    assert judge(FAILED, found, None, [beside]).charged_credits is None


def test_within_a_minute_of_the_end_an_empty_look_does_not_count():
    verdict = judge(FAILED, answer(asked_at=ENDED + 59, charges={"later": 2.0}), None, [LATER])
    assert verdict == judge(job(), answer(), None, ())  # nothing said
    assert not verdict.empty


@pytest.mark.parametrize(
    "found",
    [answer(since=reach_of(FAILED) + 1), answer(whole=False)],
    ids=["begins after the job was sent", "may be cut off"],
)
def test_an_answer_that_does_not_cover_the_job_does_not_count(found):
    late = replace(found, asked_at=ENDED + 10 * HOUR_S, charges={"later": 2.0})
    assert judge(FAILED, late, ENDED + 61, [LATER]) == judge(job(), answer(), None, ())


@pytest.mark.parametrize("state", [JobState.DONE, JobState.UNWATCHED])
def test_a_finished_or_unwatched_job_without_an_entry_is_never_called_free(state):
    late = answer(asked_at=ENDED + 30 * DAY_S, charges={"later": 2.0})
    assert judge(job(state), late, ENDED + 61, [LATER]).charged_credits is None


def test_a_job_of_which_contact_was_lost_is_never_called_free_for_want_of_an_entry():
    lost = job(JobState.FAILED, error=JobError("task_unknown", money=Money.MAYBE_CHARGED))
    late = answer(asked_at=ENDED + 30 * DAY_S)
    assert judge(lost, late, ENDED + 61, ()).charged_credits is None


def test_a_zero_of_a_finished_job_counts_when_it_is_still_one_after_an_hour():
    zero = answer(charges={"trace": 0.0, "later": 2.0})
    assert judge(job(), zero, None, [LATER]).charged_credits is None
    again = replace(zero, asked_at=ENDED + 61 + CONFIRM_AFTER_S)
    assert judge(job(), again, ENDED + 61, [LATER]).charged_credits == 0.0


@given(
    st.sampled_from(JobState),
    st.sampled_from(Money),
    st.floats(-DAY_S, 70 * DAY_S),
    st.none() | st.floats(-DAY_S, 70 * DAY_S),
    st.booleans(),
    st.dictionaries(st.sampled_from(["trace", "later", "other"]), st.floats(0, 9)),
)
def test_zero_is_said_only_of_failed_jobs_or_by_the_ledger_itself(
    state, money, asked_s, empty_s, whole, charges
):
    asked_at = ENDED + asked_s
    since = None if empty_s is None else ENDED + empty_s
    sent = job(state, error=JobError("service_failed", money=money))
    verdict = judge(sent, answer(asked_at, whole=whole, charges=charges), since, [LATER])
    if verdict.charged_credits == 0.0:
        assert asked_at >= ENDED + 60
        assert micro(charges.get("trace")) == 0
        assert state is not JobState.UNWATCHED
        failed = state is JobState.FAILED and money in (
            Money.NOT_CHARGED,
            Money.NORMALLY_NOT_CHARGED,
        )
        assert "trace" in charges or (failed and whole)
        assert "later" in charges or (since is not None and asked_at - since >= HOUR_S)
    elif verdict.charged_credits is not None:
        assert verdict.charged_credits == charges["trace"]


# --- when it is asked


def test_looks_come_after_5_15_60_and_300_seconds_then_hourly_then_daily():
    assert [pause_s(n, 0.0) for n in range(6)] == [5, 15, 60, 300, HOUR_S, HOUR_S]
    assert pause_s(60, 3 * DAY_S) == DAY_S


def test_a_restart_goes_on_in_the_schedule_where_it_was():
    assert looks_by(0) == 0
    assert looks_by(30) == 2
    assert looks_by(10 * DAY_S) == len(PAUSES_S)


def test_only_ended_jobs_with_a_trace_younger_than_sixty_days_are_asked_about():
    now = SENT_AT + 1000
    assert is_open(job(), now)
    assert is_open(FAILED, now)
    assert is_open(job(JobState.UNWATCHED), now)
    assert not is_open(job(charged_credits=0.0), now)
    assert not is_open(job(trace_id=None), now)
    assert not is_open(job(JobState.GENERATING), now)
    assert not is_open(job(JobState.CANCELLED), now)
    assert not is_open(job(), SENT_AT + LEDGER_KEPT_S + 1)
    refused = JobError("forbidden", money=Money.NOT_CHARGED, trace_id="t")
    assert not is_open(job(JobState.FAILED, error=refused), now)
