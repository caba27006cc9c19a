"""When a command stops waiting, and with which exit code."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import with_tokens
from support.program import closed_port
from support.waiting import until

from kling_desktop.command.codes import Exit, exit_of, worst
from kling_desktop.command.drive import MOMENT_S, PASSED_AFTER_S, Drive
from kling_desktop.command.output import Terminal, error_object, job_object, refused_object
from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.home import Home
from kling_desktop.engine.problems import from_hold, from_named, job_error
from kling_desktop.engine.recall import NOT_NOW
from kling_desktop.motion.job import (
    BUSY,
    ENDED,
    HoldReason,
    Job,
    JobState,
    Money,
    Progress,
    QueueState,
)
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.remote.errors import RefusalKind, Refused
from kling_desktop.words import Words

REQUEST = MotionRequest(
    Source(url="https://example.com/a.png"), Source(url="https://example.com/b.mp4")
)
FILES = MotionRequest(Source(path="/a.png"), Source(path="/b.mp4"))
JOB = Job("job", REQUEST, JobState.QUEUED, 1.0, 1.0, 0)
S = JobState
NAMED = from_named(Refused("busy", kind=RefusalKind.OTHER))  # of a task that may not run


@asynccontextmanager
async def an_engine(folder: Path) -> AsyncIterator[Engine]:
    engine = Home(folder).account_engine()
    try:
        await engine.open(run_queue=False)
        yield engine
    finally:
        await engine.close()


@pytest.fixture
def in_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Engine], Coroutine[Any, Any, None]]], None]:
    """Runs a coroutine on an engine whose service listens nowhere."""
    for name, value in with_tokens(f"http://127.0.0.1:{closed_port()}").items():
        monkeypatch.setenv(name, value)

    async def run(act: Callable[[Engine], Coroutine[Any, Any, None]]) -> None:
        async with an_engine(tmp_path) as engine:
            await act(engine)

    return lambda act: asyncio.run(run(act))


InEngine = Callable[[Callable[[Engine], Coroutine[Any, Any, None]]], None]


def settled(engine: Engine, job: Job, *, patient: bool = False) -> bool:
    """Whether a command that begins now would stop waiting for this job."""
    return Drive(engine, Terminal(Words()), patient=patient)._is_settled(job)


@pytest.mark.parametrize("state", list(S))
def test_only_ended_jobs_and_those_that_ask_are_settled_at_once(
    in_engine: InEngine, state: JobState
) -> None:
    async def act(engine: Engine) -> None:
        job = replace(JOB, state=state, submitted_at=time.time())
        assert settled(engine, job) is (state in ENDED | {S.ASKING})

    in_engine(act)


def test_a_running_job_is_waited_for_but_for_five_minutes_without_an_answer(
    in_engine: InEngine,
) -> None:
    async def act(engine: Engine) -> None:
        now = 10_000.0
        drive = Drive(engine, Terminal(Words()), clock=lambda: now)
        job = replace(JOB, state=S.GENERATING, task_id="t", submitted_at=time.time())

        def is_settled() -> bool:
            return drive._is_settled(job)

        engine.poller.silent_since = now - 9999  # a window's, before this command came
        now += PATIENCE_S - 1
        assert not is_settled()
        engine.poller.silent_since = None
        now += 9999
        assert not is_settled()
        engine.poller.silent_since = now
        now += PATIENCE_S - 1
        assert not is_settled()
        now += 1
        assert is_settled()

    in_engine(act)


MAY_END_SOON = {HoldReason.UNWRITABLE, HoldReason.OFFLINE, HoldReason.UNCLEAR}


@pytest.mark.parametrize("reason", sorted(MAY_END_SOON))
def test_what_may_end_by_itself_is_waited_for_and_not_for_ever(
    in_engine: InEngine, reason: HoldReason
) -> None:
    async def act(engine: Engine) -> None:
        engine.queue.hold(reason)
        assert not settled(engine, JOB)
        drive = Drive(engine, Terminal(Words()), unknown_after_s=0.0, patience_s=0.0)
        assert drive._is_settled(JOB)

    in_engine(act)


@pytest.mark.parametrize("reason", sorted(set(HoldReason) - MAY_END_SOON - BUSY))
def test_a_held_queue_ends_a_command_but_a_window_waits_where_its_person_paused(
    in_engine: InEngine, reason: HoldReason
) -> None:
    async def act(engine: Engine) -> None:
        engine.queue.hold(reason)
        assert settled(engine, JOB)
        waits = reason in (HoldReason.PAUSED, HoldReason.DAY_LIMIT)
        assert settled(engine, JOB, patient=True) is not waits

    in_engine(act)


@pytest.mark.parametrize("code", ["upload_failed", "too_many_requests"])
def test_a_host_that_does_not_do_its_part_is_waited_for_from_its_first_no_to_the_last(
    in_engine: InEngine, code: str
) -> None:
    """However long each try takes; one that is being made is waited for."""

    async def act(engine: Engine) -> None:
        now = begun_at = time.time()
        engine.queue.busy_hosts._clock = lambda: now
        job = await engine.generate(FILES, None, None)
        drive = Drive(engine, Terminal(Words()), now=lambda: now, clock=lambda: now)
        engine.queue.busy("another job", job_error(code), 0.0)
        while now < begun_at + PATIENCE_S - 40.0:
            assert not drive._is_settled(job)
            now += 40.0  # the next one tries, and takes its time
            engine.queue.busy_hosts.begin(job)
            assert not drive._is_settled(job)
            engine.queue.busy(job.job_id, job_error(code), 0.0)
        now = begun_at + PATIENCE_S
        assert drive._is_settled(job)
        later = Drive(engine, Terminal(Words()), now=lambda: now, clock=lambda: now)
        assert not later._is_settled(job)
        assert exit_of(drive._with_reason(job)) is Exit.FAILED

    in_engine(act)


def test_a_longer_pause_than_it_waits_for_ends_a_command_at_once_and_says_how_long_it_waits(
    in_engine: InEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    async def act(engine: Engine) -> None:
        job = await engine.generate(FILES, None, None)
        engine.queue.busy("another job", job_error("upload_failed"), 3600.0)
        assert settled(engine, job)
        drive = Drive(engine, Terminal(Words()), patience_s=7200.0)
        assert not drive._is_settled(job)
        assert not drive._is_settled(job)
        assert capsys.readouterr().err.count("Waiting up to 120 min") == 1

    in_engine(act)


def test_a_service_that_cannot_be_reached_ends_the_wait_and_keeps_the_job(
    in_engine: InEngine,
) -> None:
    async def act(engine: Engine) -> None:
        job = await engine.generate(REQUEST, None, None)
        engine.queue.resume()
        drive = Drive(engine, Terminal(Words()), patience_s=0.2)
        (job,) = await drive.until_settled([job.job_id])
        assert job.state is S.QUEUED
        assert job.error is not None
        assert (job.error.code, job.error.money) == ("unreachable", Money.NOT_CHARGED)
        assert engine.queue.state.hold is HoldReason.OFFLINE
        assert exit_of(job) is Exit.FAILED

    in_engine(act)


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (replace(JOB, state=S.DONE), Exit.SAVED),
        (replace(JOB, state=S.UNKNOWN), Exit.UNKNOWN),
        (replace(JOB, state=S.UNWATCHED), Exit.UNKNOWN),  # it was sent
        (replace(JOB, state=S.GENERATING), Exit.UNSAVED),  # it was accepted
        (replace(JOB, state=S.GENERATING, error=job_error("unanswered")), Exit.UNSAVED),
        (replace(JOB, state=S.GENERATING, error=NAMED), Exit.UNKNOWN),
        (replace(JOB, state=S.GENERATING, waits_for_account="Anna"), Exit.UNKNOWN),
        (replace(JOB, state=S.ASKING), Exit.WRONG_INPUT),
        (replace(JOB, state=S.FAILED, error=job_error("input_refused")), Exit.WRONG_INPUT),
        (replace(JOB, state=S.FAILED, error=job_error("input_vanished")), Exit.WRONG_INPUT),
        (replace(JOB, state=S.FAILED, error=job_error("service_failed")), Exit.FAILED),
        (replace(JOB, state=S.FAILED, error=job_error("result_gone", Money.PAID)), Exit.UNSAVED),
        (replace(JOB, state=S.FAILED, error=job_error("invalid_token", Money.PAID)), Exit.UNSAVED),
        (replace(JOB, state=S.UNSAVED), Exit.UNSAVED),
        (replace(JOB, state=S.UNSAVED, error=job_error("no_token", Money.PAID)), Exit.UNSAVED),
        (replace(JOB, state=S.DOWNLOADING), Exit.UNSAVED),  # the service finished
        (replace(JOB, state=S.UNSAVED, waits_for_account="Anna"), Exit.UNSAVED),
        (replace(JOB, state=S.UNWATCHED, error=job_error("x", Money.PAID)), Exit.UNSAVED),
        (replace(JOB, state=S.FAILED), Exit.FAILED),
        (replace(JOB, state=S.CANCELLED), Exit.FAILED),
        (replace(JOB, state=S.CANCELLED, error=job_error("no_account_token")), Exit.TOKEN),
        (replace(JOB, state=S.CANCELLED, error=job_error("used_up")), Exit.FAILED),
    ],
)
def test_exit_codes(job: Job, code: Exit) -> None:
    assert exit_of(job) is code


@pytest.mark.parametrize(
    ("hold", "code"),
    [
        (HoldReason.TOKEN, Exit.TOKEN),
        (HoldReason.UPLOADS, Exit.TOKEN),
        (HoldReason.TOKEN_MISMATCHED, Exit.TOKEN),
        (HoldReason.CREDIT, Exit.FAILED),
        (HoldReason.OFFLINE, Exit.FAILED),
        (HoldReason.DISABLED, Exit.FAILED),
        (HoldReason.DAY_LIMIT, Exit.WRONG_INPUT),  # the person's own
        (HoldReason.PAUSED, Exit.FAILED),
        (HoldReason.UNCLEAR, Exit.FAILED),
    ],
)
def test_a_job_that_waits_ends_a_command_with_the_code_of_the_queues_reason(
    hold: HoldReason, code: Exit
) -> None:
    error = from_hold(hold)
    assert exit_of(replace(JOB, error=error)) is code
    told = Words().error(error)
    assert "Nothing was" in told.title, "whether money was involved"
    assert "service answered" not in told.title, "it has words of its own"


@pytest.mark.parametrize("hold", list(HoldReason))
def test_another_job_s_perhaps_is_not_said_of_one_that_waits_behind_it(hold: HoldReason) -> None:
    begun_with = job_error("contact_lost", Money.MAYBE_CHARGED, values={"met": "page"})
    error = from_hold(hold, begun_with)
    assert error.money is Money.NOT_CHARGED
    assert exit_of(replace(JOB, error=error)) is not Exit.UNKNOWN
    assert "may be charged" not in Words().error(error).sentence
    assert from_hold(HoldReason.CREDIT, job_error("used_up", message="m")).message == "m"


def test_the_numbers_are_those_that_scripts_rely_on() -> None:
    assert [int(code) for code in Exit] == [0, 2, 3, 4, 5, 6, 130]


def test_of_many_jobs_the_one_that_needs_a_person_most_decides() -> None:
    assert worst([]) is Exit.SAVED
    assert worst([Exit.SAVED, Exit.WRONG_INPUT, Exit.FAILED]) is Exit.FAILED
    assert worst([Exit.FAILED, Exit.TOKEN, Exit.UNKNOWN]) is Exit.UNKNOWN
    order = [Exit.UNKNOWN, Exit.UNSAVED, Exit.TOKEN, Exit.FAILED, Exit.WRONG_INPUT, Exit.SAVED]
    for number, code in enumerate(order):
        assert worst([*order[:number:-1], code]) is code


def test_a_paid_video_is_given_five_minutes_from_the_last_byte(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        now = 100.0
        drive = Drive(engine, Terminal(Words()), clock=lambda: now)

        def is_settled(state: JobState) -> bool:
            return drive._is_settled(replace(JOB, state=state))

        for state in (S.DOWNLOADING, S.UNSAVED):
            assert not is_settled(state)
        now += PATIENCE_S - 1
        assert not is_settled(S.UNSAVED)
        drive._on_progress(Progress(JOB.job_id, S.DOWNLOADING, 1, 9))
        now += PATIENCE_S - 1
        assert not is_settled(S.DOWNLOADING)
        now += 2
        assert is_settled(S.UNSAVED)

    in_engine(act)


def test_a_watermarked_copy_is_waited_for_while_it_is_fetched(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        drive = Drive(engine, Terminal(Words()))
        job = replace(JOB, state=S.DONE, marked_url="https://a.example/marked.mp4")
        assert drive._is_settled(job)  # nobody fetches it
        engine.runner._walks[job.job_id] = asyncio.ensure_future(asyncio.sleep(0))
        assert not drive._is_settled(job)
        assert drive._is_settled(replace(job, marked_url=None))

    in_engine(act)


def test_objects_hold_what_is_promised() -> None:
    error = job_error("api_error", Money.NORMALLY_NOT_CHARGED, message="m", trace_id="t")
    job = job_object(replace(JOB, state=S.FAILED, error=error, task_id="task", trace_id="t"))
    assert job["error"] == {
        "code": "api_error",
        "message": "Kling could not make this video: m. Failed videos are normally not charged.",
        "trace_id": "t",
        "service_message": "m",
        "service_code": None,
        "money": "normally_not_charged",
    }
    assert refused_object(error)["error"] == job["error"]
    assert job["ends_early"] is False
    assert job_object(replace(JOB, state=S.DONE, result_ends_early=True))["ends_early"] is True
    assert error_object(None) is None


def test_what_holds_the_queue_is_said_when_it_begins_and_not_at_each_of_its_counts(
    in_engine: InEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    async def act(engine: Engine) -> None:
        drive, held = Drive(engine, Terminal(Words())), QueueState((HoldReason.OFFLINE,))
        for state in (held, replace(held, waiting=2), QueueState(), held):
            drive._on_queue(state)
            drive._say(replace(JOB, state=S.PREPARING if state.holds else S.UPLOADING))
        assert capsys.readouterr().err.count(Words().holds(held)) == 2

    in_engine(act)


def test_what_held_the_queue_before_is_said_at_once(
    in_engine: InEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    async def act(engine: Engine) -> None:
        job = await engine.generate(REQUEST, None, None)
        engine.queue.hold(HoldReason.UNCLEAR)
        engine.queue.hold(HoldReason.OFFLINE)
        drive = Drive(engine, Terminal(Words()), unknown_after_s=0.0)
        await drive.until_settled([job.job_id])
        assert Words().holds(engine.queue.state) in capsys.readouterr().err

    in_engine(act)


def test_a_pause_that_its_own_job_passes_is_not_said_of_it(
    in_engine: InEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    async def act(engine: Engine) -> None:
        job = await engine.generate(REQUEST, None, None)
        engine.queue.pause()
        engine.queue.let_through(job.job_id, time.time())
        drive = Drive(engine, Terminal(Words()), patient=True, patience_s=0.2)
        (job,) = await drive.until_settled([job.job_id])
        said = capsys.readouterr().err
        assert Words().hold(HoldReason.OFFLINE, engine.connectivity.problem) in said
        assert "paused" not in said
        assert job.error is not None
        assert job.error.code == "unreachable"

    in_engine(act)


@pytest.mark.parametrize("later_s", [3600.0, -3600.0], ids=["in force", "of an earlier run"])
def test_what_puts_a_job_off_now_is_said_at_once(in_engine: InEngine, later_s: float) -> None:
    async def act(engine: Engine) -> None:
        engine.queue.hold(HoldReason.OFFLINE)
        job_id, error = (await engine.generate(REQUEST, None, None)).job_id, job_error("no_api")
        await engine.book.update(job_id, error=error, not_before=time.time() + later_s)
        drive = Drive(engine, Terminal(Words()), patience_s=0.0)
        drive._say = said.append  # type: ignore[method-assign]
        await drive.until_settled([job_id])
        assert (said[0].error is not None) is (later_s > 0)

    said: list[Job] = []
    in_engine(act)


def test_bytes_that_came_before_are_no_progress(in_engine: InEngine) -> None:
    """A host that begins anew each time, a disk that is full each time, a page each time."""

    async def act(engine: Engine) -> None:
        now = 0.0
        drive = Drive(engine, Terminal(Words()), clock=lambda: now)
        job = replace(JOB, state=S.DOWNLOADING)
        assert not drive._is_settled(job)
        for _ in range(3):
            now += PATIENCE_S / 3
            drive._on_progress(Progress(job.job_id, S.DOWNLOADING, 5_000, None))
            assert drive._is_settled(job) is (now > PATIENCE_S * 1.3)
        now += PATIENCE_S / 3
        drive._on_progress(Progress(job.job_id, S.DOWNLOADING, 5_000, None))
        assert drive._is_settled(job)
        drive._on_progress(Progress(job.job_id, S.DOWNLOADING, 5_001, None))
        assert not drive._is_settled(job)

    in_engine(act)


@pytest.mark.parametrize("state", [S.UPLOADING, S.DOWNLOADING])
def test_without_any_patience_what_is_under_way_is_still_given_a_moment(
    in_engine: InEngine, state: JobState
) -> None:
    async def act(engine: Engine) -> None:
        now = 0.0
        drive = Drive(engine, Terminal(Words()), patience_s=0.0, clock=lambda: now)
        job = replace(JOB, request=FILES, state=state)
        assert not drive._is_settled(job)
        now = MOMENT_S
        assert drive._is_settled(job)
        assert drive._is_settled(replace(job, state=S.UNSAVED))

    in_engine(act)


def test_an_upload_of_which_no_byte_moves_is_given_its_patience_and_no_more(
    in_engine: InEngine,
) -> None:
    """A host that takes all bytes and says nothing, each time anew."""

    async def act(engine: Engine) -> None:
        now = 0.0
        drive = Drive(engine, Terminal(Words()), clock=lambda: now)
        job = replace(JOB, request=FILES, state=S.UPLOADING)
        for done_bytes in (1_000, 2_000):
            assert not drive._is_settled(job)
            now += PATIENCE_S - 1
            drive._on_progress(Progress(job.job_id, S.UPLOADING, done_bytes, 2_000))
        drive._on_progress(Progress(job.job_id, S.UPLOADING, 1_000, 2_000))  # once more
        now += PATIENCE_S - 1
        assert not drive._is_settled(job)
        drive._on_progress(Progress(job.job_id, S.UPLOADING, 10, 900))  # of the other file
        now += PATIENCE_S - 1
        assert not drive._is_settled(job)
        ready = replace(job, image_link="https://a/1", video_link="https://a/2")
        now += 2
        assert drive._is_settled(job)
        assert not drive._is_settled(ready), "it waits for its turn to be sent"
        told = drive._with_reason(job)
        assert told.error is not None
        assert (told.error.code, exit_of(told)) == ("upload_failed", Exit.FAILED)

    in_engine(act)


def test_a_command_that_a_sentence_names_can_be_typed_as_it_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Terminal(Words(), typed=["--data-dir", "/a b", "--sandbox"]).say(Words().resume_goes_on())
    Terminal(Words()).say(Words().resume_goes_on())
    here, usual = capsys.readouterr().err.splitlines()
    assert usual == "`kling-desktop resume` goes on with it."
    if os.name != "nt":
        assert here == "`kling-desktop --data-dir '/a b' --sandbox resume` goes on with it."


def test_each_of_many_jobs_is_given_its_patience_at_the_same_time(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        now = time.time()
        drive = Drive(
            engine, Terminal(Words()), patience_s=30.0, now=lambda: now, clock=lambda: now
        )
        engine.connectivity.not_reached()
        jobs = [(await engine.generate(REQUEST, None, None)).job_id for _ in range(3)]
        running = asyncio.ensure_future(drive.until_settled(jobs))

        def all_seen() -> bool:
            return [seen_at for _, seen_at in drive._kept.values()] == [now] * len(jobs)

        for _ in range(2):
            await until(all_seen)
            now += PASSED_AFTER_S - 1.0
            drive._changed.set()
        assert len(await running) == 3

    in_engine(act)


def test_jobs_that_are_never_all_put_off_at_one_moment_do_not_keep_a_command_for_ever(
    in_engine: InEngine,
) -> None:
    """While one waits its pause, the other tries: a host that is slow to fail."""

    async def act(engine: Engine) -> None:
        now = time.time()
        drive = Drive(engine, Terminal(Words()), now=lambda: now, clock=lambda: now)
        error = job_error("upload_failed", values={"pause_s": 7200})
        put_off = replace(JOB, error=error, not_before=now + 7200.0)
        jobs = [put_off, replace(JOB, job_id="other", state=S.UPLOADING)]
        seen = [drive._is_settled(job) for job in jobs]
        jobs = [replace(jobs[0], state=S.UPLOADING), replace(put_off, job_id="other")]
        assert [*seen, *(drive._is_settled(job) for job in jobs)] == [
            True,
            False,
            True,
            True,
        ]
        assert not drive._is_settled(replace(jobs[0], state=S.GENERATING))

    in_engine(act)


def test_what_the_history_was_not_asked_about_is_not_called_unsent_offline(
    in_engine: InEngine,
) -> None:
    """Behind a page the queue is held besides; an earlier run may have sent it all the same."""

    async def act(engine: Engine) -> None:
        engine.queue.hold(HoldReason.OFFLINE, job_error("page_instead"))
        job_id = (await engine.generate(REQUEST, None, None)).job_id
        await engine.book.update(job_id, error=job_error(NOT_NOW))
        drive = Drive(engine, Terminal(Words()), patience_s=0.0)
        (job,) = await drive.until_settled([job_id])
        assert job.error is not None
        assert (job.error.code, exit_of(job)) == (NOT_NOW, Exit.UNKNOWN)

    in_engine(act)


def test_what_passed_is_no_part_of_a_later_wait(in_engine: InEngine) -> None:
    async def act(engine: Engine) -> None:
        now, error = time.time(), job_error("unreachable")
        drive = Drive(engine, Terminal(Words()), now=lambda: now, clock=lambda: now)
        for _ in range(2):
            job = replace(JOB, error=error, not_before=now + 5.0)
            assert not drive._is_settled(job)
            now += PASSED_AFTER_S + 5.0  # meanwhile it was on its way

    in_engine(act)


PUT_OFF = ("unreachable", "too_many_requests")


@pytest.mark.parametrize("code", PUT_OFF)
def test_what_is_tried_again_by_itself_is_not_waited_for_for_ever(
    in_engine: InEngine, code: str
) -> None:
    async def act(engine: Engine) -> None:
        now = begun_at = time.time()
        drive = Drive(engine, Terminal(Words()), now=lambda: now, clock=lambda: now)
        job = replace(JOB, error=job_error(code), not_before=now + 3600.0)
        while now < begun_at + PATIENCE_S:
            assert not drive._is_settled(replace(job, not_before=now + 15.0))
            now += 10.0
            assert not drive._is_settled(replace(job, state=S.PREPARING))
        assert drive._is_settled(replace(job, not_before=now + 15.0))

    in_engine(act)


@pytest.mark.parametrize("code", PUT_OFF)
def test_a_pause_longer_than_it_is_waited_for_ends_the_wait_at_once(
    in_engine: InEngine, code: str
) -> None:
    async def act(engine: Engine) -> None:
        later, asked = time.time() + 3600.0, job_error(code, values={"pause_s": 3600})
        assert settled(engine, replace(JOB, error=asked, not_before=later))

    in_engine(act)


def test_a_short_pause_is_no_long_one_at_the_moment_when_the_clock_is_set_back(
    in_engine: InEngine,
) -> None:
    async def act(engine: Engine) -> None:
        later, asked = time.time() + 7200.0, job_error("unreachable", values={"pause_s": 3})
        assert not settled(engine, replace(JOB, error=asked, not_before=later))

    in_engine(act)


@pytest.mark.parametrize("code", PUT_OFF)
def test_what_was_met_in_an_earlier_run_ends_no_wait(in_engine: InEngine, code: str) -> None:
    async def act(engine: Engine) -> None:
        drive = Drive(engine, Terminal(Words()), patience_s=0.0)
        assert not drive._is_settled(replace(JOB, error=job_error(code), not_before=1.0))

    in_engine(act)
