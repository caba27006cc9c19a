"""A job's life: the table of transitions, and what a person is offered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.job import (
    ENDED,
    FREE_TO_CANCEL,
    RUNNING,
    TRANSITIONS,
    Job,
    JobAction,
    JobError,
    JobState,
    Money,
    actions_for,
    may_go,
)
from kling_desktop.motion.reading import read
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.motion.said import Said

S, A = JobState, JobAction
REQUEST = MotionRequest(Source(path="/tmp/a.png"), Source(path="/tmp/b.mp4"))
# Where each action leads; the others change no state of this job.
LEADS_TO = {
    A.CANCEL: {S.CANCELLED},
    A.STOP_WATCHING: {S.UNWATCHED},
    A.WATCH_AGAIN: {S.GENERATING, S.UNKNOWN},
    A.SEND_AGAIN: {S.QUEUED},
    A.FETCH_AGAIN: {S.DOWNLOADING},
}


def job_in(state: JobState, money: Money | None = None, task_id: str | None = "task") -> Job:
    error = None if money is None else JobError("service_failed", money=money)
    return Job(
        job_id="job",
        request=REQUEST,
        state=state,
        created_at=1.0,
        updated_at=1.0,
        position=0,
        task_id=task_id,
        error=error,
    )


ALL_JOBS = [
    job_in(state, money, task_id)
    for state in S
    for money in (None, *Money)
    for task_id in (None, "task")
]


def reachable(start: JobState) -> set[JobState]:
    seen, todo = {start}, [start]
    while todo:
        for after in TRANSITIONS[todo.pop()] - seen:
            seen.add(after)
            todo.append(after)
    return seen


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(S)


@pytest.mark.parametrize("state", sorted(set(S) - ENDED))
def test_every_unfinished_state_has_a_way_to_done_and_to_an_end_without_it(state: JobState) -> None:
    assert TRANSITIONS[state]
    assert S.DONE in reachable(state)
    assert reachable(state) & (ENDED - {S.DONE})


@pytest.mark.parametrize("state", list(S))
def test_every_state_can_be_reached_from_the_start(state: JobState) -> None:
    assert state in reachable(S.QUEUED)


def test_cancelled_is_final() -> None:
    assert TRANSITIONS[S.CANCELLED] == frozenset()


@pytest.mark.parametrize("state", list(S))
def test_staying_is_always_allowed(state: JobState) -> None:
    assert may_go(state, state)


def test_only_free_states_lead_to_cancelled() -> None:
    leading = {state for state in S if S.CANCELLED in TRANSITIONS[state]}
    assert leading == FREE_TO_CANCEL


def test_only_submitting_sends_and_only_uploading_leads_there() -> None:
    assert {state for state in S if S.SUBMITTING in TRANSITIONS[state]} == {S.UPLOADING}


def test_no_state_after_the_paid_request_is_free_to_cancel() -> None:
    # QUEUED again only where the request provably never arrived, or by the person's own wish.
    back = {S.SUBMITTING, S.UNKNOWN}
    after_submit: set[JobState] = set()
    todo = list(TRANSITIONS[S.SUBMITTING] - {S.QUEUED})
    while todo:
        state = todo.pop()
        after_submit.add(state)
        steps = TRANSITIONS[state] - ({S.QUEUED} if state in back else frozenset())
        todo += steps - after_submit
    assert not after_submit & FREE_TO_CANCEL
    assert S.SUBMITTING not in FREE_TO_CANCEL


def test_only_what_waits_becomes_unknown_without_having_been_sent_here() -> None:
    """The history is asked before a job is taken up, not while it is under way."""
    leading = {state for state in FREE_TO_CANCEL if S.UNKNOWN in TRANSITIONS[state]}
    assert leading == {S.QUEUED, S.ASKING}


def test_unknown_never_leads_straight_to_the_paid_request() -> None:
    assert S.SUBMITTING not in TRANSITIONS[S.UNKNOWN]
    assert S.SUBMITTING not in TRANSITIONS[S.UNWATCHED]


def test_unknown_takes_no_slot_and_ended_jobs_neither() -> None:
    assert not RUNNING & (ENDED | {S.UNKNOWN, S.QUEUED})


@pytest.mark.parametrize("job", ALL_JOBS, ids=lambda j: f"{j.state}-{j.error and j.error.money}")
def test_what_is_offered_is_allowed_by_the_table(job: Job) -> None:
    offered = actions_for(job)
    assert len(offered) == len(set(offered))
    for action in offered:
        for after in LEADS_TO.get(action, set()):
            assert may_go(job.state, after), action


@pytest.mark.parametrize("job", ALL_JOBS, ids=lambda j: f"{j.state}-{j.error and j.error.money}")
def test_cancel_is_offered_exactly_where_it_is_free(job: Job) -> None:
    assert (A.CANCEL in actions_for(job)) is (job.state in FREE_TO_CANCEL)


@pytest.mark.parametrize("job", ALL_JOBS, ids=lambda j: f"{j.state}-{j.error and j.error.money}")
def test_details_and_report_can_always_be_had(job: Job) -> None:
    assert {A.DETAILS, A.COPY_REPORT, A.COPY_CODE, A.EDIT} <= set(actions_for(job))


@pytest.mark.parametrize("job", ALL_JOBS, ids=lambda j: f"{j.state}-{j.error and j.error.money}")
def test_fetching_again_needs_a_task_to_ask(job: Job) -> None:
    if A.FETCH_AGAIN in actions_for(job):
        assert job.task_id is not None


def test_sending_again_is_offered_out_of_unknown_alone() -> None:
    assert {j.state for j in ALL_JOBS if A.SEND_AGAIN in actions_for(j)} == {S.UNKNOWN}


def test_a_paid_video_is_fetched_again_and_never_bought_again() -> None:
    offered = actions_for(job_in(S.FAILED, Money.PAID))
    assert offered[0] is A.FETCH_AGAIN
    assert A.RETRY not in offered
    assert A.RETRY not in actions_for(job_in(S.FAILED, Money.PAID, task_id=None))


def test_a_job_that_failed_for_free_can_be_retried() -> None:
    assert actions_for(job_in(S.FAILED, Money.NOT_CHARGED))[0] is A.RETRY


TEXT = st.text(max_size=20)


@given(
    code=TEXT,
    message=TEXT,
    money=st.sampled_from(Money),
    trace_id=st.none() | TEXT,
    http_status=st.none() | st.integers(100, 599),
    values=st.dictionaries(TEXT, TEXT, max_size=4),
)
def test_an_error_survives_json(
    code: str,
    message: str,
    money: Money,
    trace_id: str | None,
    http_status: int | None,
    values: dict[str, str],
) -> None:
    named = tuple(sorted(values.items()))
    error = JobError(code, message, money, trace_id, http_status, named)
    assert read(JobError, json.loads(json.dumps(error.to_json()))) == error
    assert all(error.value(name) == value for name, value in values.items())


def test_an_error_without_a_value_gives_an_empty_text() -> None:
    assert JobError("unreachable").value("host") == ""


def test_how_a_task_stands_is_told_by_the_last_answer_alone() -> None:
    running = Said(video_id="v1", state="processing", success=True)
    failed = running.then(Said(success=False))
    assert (failed.video_id, failed.state, failed.success) == ("v1", None, False)
    assert running.then(Said(duration_s=5.1)).state == "processing"
    assert running.then(Said(state="succeed")) == Said(video_id="v1", state="succeed")
