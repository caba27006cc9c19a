"""Every call × every fault → what comes of it. The tables are the specification.

One engine and one sandbox live through the whole file, so each row also shows that the rows
before it left nothing broken; a row that fails takes them along, and the next begins with others.
After each row: at most one task was accepted for the one press, and the job has a way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, ended, in_state, make_quick, until
from support.answers import give_up_soon
from support.waiting import PATIENCE_S

from kling_desktop.engine import account
from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState, Money, actions_for
from kling_desktop.remote import generation, platform, transfer
from kling_desktop.remote.errors import RemoteError
from kling_desktop.sandbox import Sandbox
from kling_desktop.sandbox.account import START_CREDITS
from kling_desktop.words import Words

S, M, H = JobState, Money, HoldReason
CLIENTS = {"motion": generation, "tasks": generation, "download": transfer}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, as the sandbox offers it."""

    name: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)


def json_refusal(status: int, code: str, **headers: str) -> Fault:
    values = {"status": status, "code": code, "headers": headers}
    return Fault(f"{status}_{code}", "refuse_json", values)


def named(status: int, code: str, *, accepted: bool) -> Fault:
    """A no that names a task: the one that was accepted, or one that nobody knows."""
    values: dict[str, Any] = {"status": status, "code": code, "after": accepted}
    values |= {"names_task": True} if accepted else {"task_id": "a-task-of-nobody"}
    how = "accepted" if accepted else "not_known"
    return Fault(f"{status}_{code}_named_{how}", "refuse_json", values)


def page(status: int) -> Fault:
    return Fault(f"{status}_html", "html", {"status": status})


def page_after(status: int) -> Fault:
    return Fault(f"{status}_html_accepted", "html", {"status": status, "after": True})


CUT_BEFORE = Fault("cut_before", "cut_before")
CUT_AFTER = Fault("cut_after", "cut_after")
CUT_MIDDLE = Fault("cut_middle", "cut_middle")
HANG = Fault("hang", "hang")
HANG_AFTER = Fault("hang_accepted", "hang", {"after": True})
SLOW = Fault("slow", "slow", {"chunk_bytes": 64, "delay_s": 0.01})
SLOW_FILE = Fault("slow", "slow", {"chunk_bytes": 20_000, "delay_s": 0.02})
WRONG_LENGTH = Fault("wrong_length", "wrong_length")
WRONG_JSON = Fault("wrong_json", "wrong_json")
WRONG_TYPE = Fault("json_number", "wrong_json", {"body": 7})
FINISHED = {"finished_at": 1.8e9, "response": {"state": "succeed", "cover_url": "https://a.org/b"}}
WITHOUT_LINK = Fault("finished_without_link", "wrong_json", {"body": FINISHED})
EMPTY_OBJECT = Fault("json_empty", "wrong_json", {"body": {}})
DEEP_JSON = Fault("deep_json", "deep_json")
HUGE = Fault("huge", "huge")
EMPTY_200 = Fault("200_empty", "status", {"status": 200})
EMPTY_500 = Fault("500_empty", "status", {"status": 500})
EMPTY_204 = Fault("204_empty", "status", {"status": 204})
EMPTY_400 = Fault("400_empty", "status", {"status": 400})
PACKED = Fault("200_gzip", "status", {"status": 200, "headers": {"Content-Encoding": "gzip"}})
REDIRECT_ITSELF = Fault("redirect_itself", "redirect", {"location": "#"})
REDIRECT_PRIVATE = Fault("redirect_private", "redirect", {"location": "http://10.0.0.1/login"})
REDIRECT = Fault("redirect", "redirect", {"location": "http://127.0.0.1:9/elsewhere"})
REDIRECT_SELF = Fault("redirect_308", "redirect", {"location": "/kling/motion", "status": 308})

PAGES = [page(s) for s in (400, 401, 403, 404, 429, 500, 502, 503, 504)]
UNCLEAR = [
    CUT_BEFORE,
    HANG,
    *PAGES,
    EMPTY_200,
    EMPTY_500,
    WRONG_JSON,
    WRONG_TYPE,
    EMPTY_OBJECT,
    DEEP_JSON,
    HUGE,
    REDIRECT,
    REDIRECT_SELF,
]
BUSY = json_refusal(429, "too_many_requests", **{"Retry-After": "0"})


@dataclass(frozen=True)
class Row:
    """``state`` is where the job stands while the fault lasts or after it; ``ends`` in the end."""

    fault: Fault
    state: JobState
    accepted: int
    code: str | None = None
    money: Money | None = None
    hold: HoldReason | None = None
    service_code: str | None = None  # its own word, where that is not the fault's


def unclear(fault: Fault) -> Row:
    return Row(fault, S.UNKNOWN, 0, "contact_lost", M.MAYBE_CHARGED)


def unclear_error(status: int, code: str) -> Row:
    """Unknown, and what the service said is shown besides."""
    return unclear(json_refusal(status, code))


def refused(fault: Fault, code: str) -> Row:
    return Row(fault, S.FAILED, 0, code, M.NOT_CHARGED)


def confirmed(fault: Fault, code: str) -> Row:
    """A no that nobody vouches for, and the history shows no such task."""
    return Row(fault, S.FAILED, 0, code, M.NORMALLY_NOT_CHARGED)


def waits(fault: Fault, code: str) -> Row:
    return Row(fault, S.QUEUED, 0, code, M.NOT_CHARGED)


def holds(fault: Fault, code: str, hold: HoldReason) -> Row:
    return replace(waits(fault, code), hold=hold)


def goes_on(fault: Fault, hold: HoldReason | None = None) -> Row:
    return Row(fault, S.GENERATING, 1, hold=hold)


def doubtful(status: int, code: str, hold: HoldReason | None = None) -> Row:
    """Unknown, under the refusal's own code."""
    fault = named(status, code, accepted=False)
    return Row(fault, S.UNKNOWN, 0, code, M.MAYBE_CHARGED, hold)


NAMED = [
    (429, "too_many_requests"),
    (400, "bad_request"),
    (403, "forbidden"),
    (409, "duplication"),
    (503, "busy"),
    (503, "unavailable"),
    (500, "api_error"),
    (504, "timeout"),
    (400, "api_error"),
    (200, "too_many_requests"),
]
NAMED_HOLDS = [
    (401, "invalid_token", H.TOKEN),
    (429, "used_up", H.CREDIT),
    (400, "token_mismatched", H.TOKEN_MISMATCHED),
    (500, "disabled", H.DISABLED),
]

# POST /kling/motion, the one paid call. Nothing is ever sent again after any of these but "busy".
SUBMIT = [
    # It cannot be known whether it was accepted, and the history shows nothing: unknown.
    *map(unclear, UNCLEAR),
    unclear_error(500, "api_error"),
    unclear_error(502, "bad_gateway"),
    unclear_error(503, "unavailable"),
    unclear_error(504, "timeout"),
    # A server's error leaves it open, whatever its code says: never sent again by itself.
    unclear_error(503, "too_many_requests"),
    unclear_error(503, "busy"),
    unclear_error(500, "bad_request"),
    unclear_error(500, "used_up"),
    # It was accepted and the answer was lost: found in the history, and it goes on.
    goes_on(CUT_AFTER),
    goes_on(CUT_MIDDLE),
    goes_on(HANG_AFTER),
    goes_on(page_after(502)),
    goes_on(WRONG_LENGTH),
    goes_on(SLOW),
    # A clear no: nothing was charged.
    refused(json_refusal(400, "bad_request"), "settings_refused"),
    refused(json_refusal(403, "forbidden"), "forbidden"),
    refused(json_refusal(404, "no_api"), "no_api"),
    refused(json_refusal(409, "duplication"), "duplication"),
    # A no with any other status than 429 is none to come back after, even where it says "busy".
    refused(json_refusal(200, "too_many_requests"), "too_many_requests"),
    refused(json_refusal(200, "busy"), "busy"),
    refused(json_refusal(200, "bad_request"), "settings_refused"),
    refused(json_refusal(201, "duplication"), "duplication"),
    # It names no code and no trace: perhaps not the service's, so the history is asked first.
    confirmed(Fault("200_no_success", "wrong_json", {"body": {"success": False}}), "http_200"),
    refused(json_refusal(403, "too_many_requests"), "too_many_requests"),
    # A clear no that the next job would meet, too: the queue holds, every job stays.
    holds(json_refusal(401, "invalid_token"), "invalid_token", H.TOKEN),
    holds(json_refusal(400, "no_token"), "invalid_token", H.TOKEN),
    holds(json_refusal(401, "token_mismatched"), "token_mismatched", H.TOKEN_MISMATCHED),
    holds(json_refusal(403, "used_up"), "used_up", H.CREDIT),
    holds(json_refusal(403, "disabled"), "disabled", H.DISABLED),
    holds(json_refusal(200, "used_up"), "used_up", H.CREDIT),
    holds(json_refusal(200, "invalid_token"), "invalid_token", H.TOKEN),
    holds(json_refusal(429, "used_up"), "used_up", H.CREDIT),
    # An answer that names a task was accepted, and that task tells whether it was.
    *(goes_on(named(s, c, accepted=True)) for s, c in NAMED),
    *(doubtful(s, c) for s, c in NAMED),
    *(goes_on(named(s, c, accepted=True), hold) for s, c, hold in NAMED_HOLDS),
    *(doubtful(s, c, hold) for s, c, hold in NAMED_HOLDS),
    # Not accepted, and the service says so: sent again by itself.
    goes_on(BUSY),
]

# POST /api/v1/files/: free, so it is tried again; after the same fault three times it waits.
UPLOAD_ONCE = [*UNCLEAR, CUT_AFTER, CUT_MIDDLE, WRONG_LENGTH, SLOW, BUSY]
AWAY = (CUT_BEFORE, CUT_AFTER, page(502), WRONG_JSON, HANG)
UPLOAD_FOREVER = [
    *(holds(f, "upload_failed", H.UPLOADS_BUSY) for f in AWAY),
    refused(json_refusal(413, "file_too_large"), "too_large_there"),
    refused(json_refusal(413, "bad_request"), "too_large_there"),
    refused(page(413), "too_large_there"),
    refused(json_refusal(400, "bad_request"), "upload_not_taken"),
    holds(json_refusal(401, "not_authenticated"), "upload_refused", H.UPLOADS),
    holds(json_refusal(403, "permission_denied"), "upload_refused", H.UPLOADS),
]

# POST /kling/tasks while generating: free, asked again for ever; time never fails a job.
POLL = [*UNCLEAR, CUT_AFTER, CUT_MIDDLE, WRONG_LENGTH, SLOW, BUSY, json_refusal(500, "api_error")]
POLL_HOLDS = [
    (json_refusal(401, "invalid_token"), H.TOKEN),
    (json_refusal(403, "used_up"), H.CREDIT),
    (json_refusal(403, "disabled"), H.DISABLED),
]


def failed_at_the_service(fault: Fault) -> Row:
    """What "[fail]" comes to once polling goes on."""
    row = Row(fault, S.FAILED, 1, "service_failed", M.NORMALLY_NOT_CHARGED)
    return replace(row, service_code="api_error")


# POST /kling/tasks as the history, after a lost answer: the job stays unknown, then is found.
HISTORY = [*UNCLEAR, CUT_AFTER, CUT_MIDDLE, WRONG_LENGTH, BUSY, json_refusal(401, "invalid_token")]

# GET of the result: tried again until it is here. Nothing of it ever ends the job.
DOWNLOAD_ONCE = [
    CUT_BEFORE,
    CUT_AFTER,
    CUT_MIDDLE,
    HANG,
    WRONG_LENGTH,
    SLOW_FILE,
    EMPTY_500,
    *(page(s) for s in (401, 403, 404, 429, 500, 502, 503, 504)),
    json_refusal(403, "forbidden"),
]
# For as long as it lasts it waits outside the slots, with its reason; then it goes on by itself.
DOWNLOAD_FOREVER = [
    (page(200), "result_page"),
    (WRONG_JSON, "result_no_video"),
    (EMPTY_200, "result_no_video"),
    (EMPTY_204, "result_no_video"),
    (EMPTY_400, "result_no_video"),
    (PACKED, "result_no_video"),
    (json_refusal(400, "bad_request"), "result_no_video"),
    (REDIRECT_ITSELF, "result_page"),
    (REDIRECT_PRIVATE, "result_page"),
    (EMPTY_500, "result_host_ill"),
    (page(503), "result_host_ill"),
    (CUT_BEFORE, "result_cut"),
    (CUT_MIDDLE, "result_cut"),
    (WRONG_LENGTH, "result_cut"),
    (json_refusal(429, "too_many_requests"), "result_host_ill"),
    (page(401), "result_link_refused"),
    (page(403), "result_link_refused"),
    (page(404), "result_not_there"),
    (page(410), "result_not_there"),
]
# The record is asked for a fresh link, and does not tell one.
RENEWAL_FOREVER = [
    (json_refusal(401, "invalid_token"), "invalid_token"),
    (json_refusal(403, "disabled"), "disabled"),
    (json_refusal(403, "used_up"), "used_up"),
    (json_refusal(429, "too_many_requests"), "too_many_requests"),
    (json_refusal(404, "not_found"), "not_found"),
    (page(200), "result_page"),
    (page(502), "result_host_ill"),
    (EMPTY_200, "result_host_ill"),
    (WRONG_JSON, "result_host_ill"),
    (WITHOUT_LINK, "result_unread"),
    (CUT_BEFORE, "result_cut"),
]

# GET price, balance, ledger: a figure is missing or old, and nothing else happens.
FIGURES = [
    *UNCLEAR,
    CUT_AFTER,
    CUT_MIDDLE,
    WRONG_LENGTH,
    BUSY,
    json_refusal(401, "not_authenticated"),
    json_refusal(500, "api_error"),
]


def name(value: object) -> str:
    if isinstance(value, Row):
        return value.fault.name
    return value.name if isinstance(value, Fault) else str(value)


class Stage:
    """The engine and the sandbox of this file; each case is one act on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sandbox = world.sandbox
        self._impatience = pytest.MonkeyPatch()
        self._runner = asyncio.Runner()
        try:
            self.engine = self.act(self._open)
            self.done = self.act(self._make_one)
        except BaseException:
            self.close()
            raise

    async def _open(self) -> Engine:
        engine = await self.world.open()
        await engine.account.refresh()
        return engine

    async def _make_one(self) -> Job:
        """A finished job: its ids let the history be asked, its video is fetched again."""
        job = await self.world.generate()
        await in_state(self.engine, job, S.GENERATING)
        self.sandbox.finish()
        return await ended(self.engine, job)

    def act(self, story: Callable[[], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with asyncio.timeout(2 * PATIENCE_S):  # what it waits for says so before
                return await story()

        return self._runner.run(whole())

    def close(self) -> None:
        self._impatience.undo()
        try:
            if self.world.engine is not None:
                self._runner.run(self.world.engine.close())
        finally:
            self._runner.close()
            self.sandbox.stop()

    async def clean(self) -> None:
        """Back to an idle engine: nothing holds, nothing is unfinished."""
        self.mend()
        self.sandbox.set_balance(START_CREDITS)
        for job in self.engine.book.all():
            if not job.ended:
                for action in (JobAction.CANCEL, JobAction.STOP_WATCHING, JobAction.DISMISS):
                    if await self.engine.do(job.job_id, action):
                        break
        self.engine.queue.lift(*HoldReason)
        self.engine.connectivity.reached()
        # A free call that is still to be made would meet the next row's fault.
        await until(self.engine, lambda: not self.engine.connectivity.in_doubt)

    def spoil(self, route: str, fault: Fault, times: int | None = 1) -> None:
        if fault.kind == "hang":
            give_up_soon(self._impatience, CLIENTS.get(route, platform))
        self.sandbox.faults.add(route, fault.kind, times, **fault.values)

    def mend(self) -> None:
        self.sandbox.faults.clear()
        self._impatience.undo()

    async def generating(self) -> Job:
        return await in_state(self.engine, await self.world.generate("[fail]"), S.GENERATING)


class Stages:
    """The stage that all rows share, for as long as none of them breaks it."""

    def __init__(self, make: Callable[[], Stage]) -> None:
        self._make = make
        self._stage: Stage | None = None

    def lend(self) -> Stage:
        """For one row; a new one where there is none to share."""
        lent, self._stage = self._stage or self._make(), None
        return lent

    def take_back(self, stage: Stage, *, broken: bool) -> None:
        """Clean it for the next row; one that is broken or cannot be cleaned is thrown away."""
        try:
            if not broken:
                stage.act(stage.clean)
                self._stage = stage
        finally:
            if self._stage is None:
                with suppress(Exception):  # the row tells already what went wrong
                    stage.close()

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, picture: Path, clip: Path) -> Iterator[Stages]:
    def make() -> Stage:
        folder = tmp_path_factory.mktemp("matrix")
        sandbox = Sandbox(folder / "sandbox", seconds=3600)
        sandbox.start()
        return Stage(World(folder / "home", sandbox, picture, clip))

    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        made = Stages(make)
        yield made
        made.close()


@pytest.fixture
def stage(request: pytest.FixtureRequest, stages: Stages) -> Iterator[Stage]:
    lent, failed_before = stages.lend(), request.session.testsfailed
    yield lent
    stages.take_back(lent, broken=request.session.testsfailed > failed_before)


async def fails() -> None:
    raise ZeroDivisionError


def test_a_row_that_fails_takes_no_other_along(
    stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it fails itself, leaves what cannot be cleaned, or has no stage to begin with."""
    first = stages.lend()
    stages.take_back(first, broken=True)
    second = stages.lend()
    monkeypatch.setattr(second, "clean", fails)
    with pytest.raises(ZeroDivisionError):
        stages.take_back(second, broken=False)
    with monkeypatch.context() as patch:
        patch.setattr(Stage, "_make_one", lambda _stage: fails())
        with pytest.raises(ZeroDivisionError):
            stages.lend()
    third = stages.lend()
    assert len({first, second, third}) == 3
    assert third.done.state is S.DONE
    stages.take_back(third, broken=False)
    assert stages.lend() is third
    stages.take_back(third, broken=False)


def check(stage: Stage, job: Job, row: Row, accepted_before: int) -> None:
    assert job.state is row.state
    assert len(stage.sandbox.accepted) - accepted_before == row.accepted
    if row.code is not None:
        assert job.error is not None
        assert (job.error.code, job.error.money) == (row.code, row.money)
        said = row.fault.values.get("code", "") if row.service_code is None else row.service_code
        assert job.error.value("service_code") == said
    assert stage.engine.queue.state.hold is row.hold
    assert actions_for(job)[0] is not JobAction.EDIT  # something can be done about it


@pytest.mark.parametrize("row", SUBMIT, ids=name)
def test_submit(stage: Stage, row: Row) -> None:
    before, sent_before = len(stage.sandbox.accepted), stage.world.count("/kling/motion")

    async def story() -> Job:
        if row.hold is H.CREDIT and row.state is S.QUEUED:
            stage.sandbox.set_balance(0)  # what is there is looked at, and would end the wait
        stage.spoil("motion", row.fault)
        job = await stage.world.generate("[fail]")
        job = await in_state(stage.engine, job, row.state) if row.code is None else job
        job = await settled(stage.engine, job, row)
        # A no that names none of the service's codes holds until the service itself answers.
        await until(stage.engine, lambda: stage.engine.queue.state.hold is row.hold)
        return job

    check(stage, stage.act(story), row, before)
    sent = stage.world.count("/kling/motion") - sent_before
    assert sent == (2 if row.fault is BUSY else 1)


@pytest.mark.parametrize(("status", "code"), NAMED, ids=str)
def test_a_job_whose_refusal_named_its_task_goes_on_to_the_end(
    stage: Stage, status: int, code: str
) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        stage.spoil("motion", named(status, code, accepted=True))
        job = await stage.world.generate("[expired link]")
        known = await until(
            stage.engine,
            lambda: j if (j := stage.engine.book.get(job.job_id)).application_id else None,
        )
        assert (known.state, known.error) == (S.GENERATING, None)
        stage.sandbox.finish()
        return await ended(stage.engine, job)

    job = stage.act(story)
    assert (job.state, job.error) == (S.DONE, None)
    assert stage.sandbox.accepted[before:] == [job.task_id]


@pytest.mark.parametrize("row", [r for r in SUBMIT if r.code == "contact_lost"], ids=name)
def test_one_unclear_answer_holds_the_next_job_until_the_service_itself_answers(
    stage: Stage, row: Row
) -> None:
    sent_before = stage.world.count("/kling/motion")

    async def story() -> Job:
        stage.spoil("motion", row.fault)
        stage.spoil("tasks", page(502), None)  # neither history nor a free call has an answer
        first = await settled(stage.engine, await stage.world.generate("[fail]"), row)
        second = await stage.world.generate("[fail]")
        check(stage, first, replace(row, hold=H.UNCLEAR), len(stage.sandbox.accepted))
        looks = stage.engine.book.get(first.job_id).looks
        await until(stage.engine, lambda: stage.engine.book.get(first.job_id).looks > looks)
        assert stage.engine.queue.kept_by(second.job_id)[0] is H.UNCLEAR
        assert stage.world.count("/kling/motion") - sent_before == 1
        stage.mend()
        return await in_state(stage.engine, second, S.GENERATING)

    stage.act(story)
    assert stage.world.count("/kling/motion") - sent_before == 2


async def settled(engine: Engine, job: Job, row: Row) -> Job:
    """In the state, with its error; an unknown job once it was looked for."""

    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        if now.state is not row.state or (now.state is S.UNKNOWN and not now.looks):
            return None
        return now if row.code is None or now.error is not None else None

    return await until(engine, right)


@pytest.mark.parametrize("fault", UPLOAD_ONCE, ids=name)
def test_upload_that_fails_once_goes_on(stage: Stage, fault: Fault) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        stage.spoil("files", fault)
        return await in_state(stage.engine, await stage.world.generate("[fail]"), S.GENERATING)

    check(stage, stage.act(story), goes_on(fault), before)


@pytest.mark.parametrize("row", UPLOAD_FOREVER, ids=name)
def test_upload_that_always_fails_sends_nothing(stage: Stage, row: Row) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        stage.spoil("files", row.fault, None)
        return await settled(stage.engine, await stage.world.generate("[fail]"), row)

    check(stage, stage.act(story), row, before)


@pytest.mark.parametrize("fault", POLL, ids=name)
def test_poll_goes_on_through(stage: Stage, fault: Fault) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        job = await stage.generating()
        asked = stage.world.count("/kling/tasks")
        stage.spoil("tasks", fault, 3)
        await until(stage.engine, lambda: stage.world.count("/kling/tasks") >= asked + 4)
        # A page in the service's place was offline, until the service itself answered.
        await until(stage.engine, lambda: stage.engine.queue.state.hold is None)
        check(stage, stage.engine.book.get(job.job_id), goes_on(fault), before)
        stage.sandbox.finish()
        job = await ended(stage.engine, job)
        # A free call that met the page, too, may be the slower one to tell of it.
        await until(stage.engine, lambda: not stage.engine.connectivity.in_doubt)
        await until(stage.engine, lambda: stage.engine.queue.state.hold is None)
        return job

    check(stage, stage.act(story), failed_at_the_service(fault), before)


@pytest.mark.parametrize(("fault", "hold"), POLL_HOLDS, ids=name)
def test_poll_refusal_holds_the_queue_and_keeps_the_job(
    stage: Stage, fault: Fault, hold: HoldReason
) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        job = await stage.generating()
        stage.spoil("tasks", fault, None)
        await until(stage.engine, lambda: stage.engine.queue.state.hold is hold)
        check(
            stage, stage.engine.book.get(job.job_id), Row(fault, S.GENERATING, 1, hold=hold), before
        )
        stage.mend()
        stage.engine.queue.lift(hold)
        stage.sandbox.finish()
        return await ended(stage.engine, job)

    row = failed_at_the_service(fault)
    check(stage, stage.act(story), row, before)


@pytest.mark.parametrize("fault", HISTORY, ids=name)
def test_history_that_cannot_be_read_is_asked_again(stage: Stage, fault: Fault) -> None:
    before, sent_before = len(stage.sandbox.accepted), stage.world.count("/kling/motion")

    async def story() -> Job:
        # A job of an earlier case that still runs would be polled, and meet the fault instead.
        stage.sandbox.finish()
        await until(
            stage.engine, lambda: not stage.engine.book.in_state(S.GENERATING, S.DOWNLOADING)
        )
        stage.spoil("motion", CUT_AFTER)
        stage.spoil("tasks", fault, None)  # whoever else asks meanwhile: the look meets it
        job = await stage.world.generate("[fail]")

        def looked_for() -> Job | None:
            # A last poll of the earlier case may still meet a refusal, which holds the queue.
            if stage.engine.queue.is_held:
                stage.engine.connectivity.reached()
                stage.engine.queue.resume()
            found = stage.engine.book.get(job.job_id)
            return found if found.looks else None

        looked = await until(stage.engine, looked_for)
        stage.mend()
        await stage.engine.resume_queue()
        assert looked.error is not None
        assert looked.error.money is M.MAYBE_CHARGED
        return await in_state(stage.engine, job, S.GENERATING)

    check(stage, stage.act(story), goes_on(fault), before)
    assert stage.world.count("/kling/motion") - sent_before == 1


async def fetch_again(stage: Stage) -> Job:
    assert await stage.engine.do(stage.done.job_id, JobAction.FETCH_AGAIN)
    return await ended(stage.engine, stage.done)


@pytest.mark.parametrize("fault", DOWNLOAD_ONCE, ids=name)
def test_download_goes_on_through(stage: Stage, fault: Fault) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        stage.spoil("download", fault)
        return await fetch_again(stage)

    job = stage.act(story)
    check(stage, job, Row(fault, S.DONE, 0), before)
    assert Path(job.result_path).read_bytes() == stage.world.result_bytes(job)


async def waits_for(stage: Stage, code: str) -> Job:
    """Paid, not saved yet, for this reason."""

    def right() -> Job | None:
        job = stage.engine.book.get(stage.done.job_id)
        waits = job.state is S.UNSAVED and job.error is not None and job.error.code == code
        return job if waits else None

    return await until(stage.engine, right)


def without_its_file(stage: Stage) -> None:
    """With the file there, fetching it again would leave everything as it is."""
    Path(stage.engine.book.get(stage.done.job_id).result_path).unlink()


def check_unsaved(stage: Stage, job: Job) -> None:
    assert job.error.money is M.PAID
    assert JobAction.FETCH_AGAIN in actions_for(job)[:2]
    assert stage.engine.queue.state.hold is None
    assert (stage.engine.queue.state.running, stage.engine.queue.state.unsaved) == (0, 1)
    assert "Nothing was" not in Words().error(job.error).sentence


def fetched_in_the_end(stage: Stage, route: str, fault: Fault, code: str) -> Job:
    """It waits while the route is spoilt, and goes on by itself."""
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        without_its_file(stage)
        if route == "tasks":  # else the link that is known would do
            await stage.engine.book.update(stage.done.job_id, result_url=None)
        stage.spoil(route, fault, None)
        assert await stage.engine.do(stage.done.job_id, JobAction.FETCH_AGAIN)
        check_unsaved(stage, await waits_for(stage, code))
        stage.mend()
        return await ended(stage.engine, stage.done)

    fetched = stage.act(story)
    check(stage, fetched, Row(fault, S.DONE, 0), before)
    assert Path(fetched.result_path).read_bytes() == stage.world.result_bytes(fetched)
    return fetched


@pytest.mark.parametrize(("fault", "code"), DOWNLOAD_FOREVER, ids=name)
def test_download_waits_outside_the_slots_and_goes_on_by_itself(
    stage: Stage, fault: Fault, code: str
) -> None:
    assert fetched_in_the_end(stage, "download", fault, code).error is None


@pytest.mark.parametrize(("fault", "code"), RENEWAL_FOREVER, ids=name)
def test_a_fresh_link_that_is_not_told_is_asked_for_again_by_itself(
    stage: Stage, fault: Fault, code: str
) -> None:
    fetched_in_the_end(stage, "tasks", fault, code)


def test_fetch_again_that_fails_leaves_the_video_that_is_there(stage: Stage) -> None:
    async def story() -> Job:
        stage.spoil("download", DOWNLOAD_FOREVER[0][0], None)
        job = await fetch_again(stage)
        stage.mend()
        return job

    job = stage.act(story)
    assert job.state is S.DONE
    assert job.error is not None
    assert job.error.money is M.PAID
    assert Path(job.result_path).read_bytes() == stage.world.result_bytes(job)


@pytest.mark.parametrize("fault", FIGURES, ids=name)
def test_price_balance_and_ledger_change_nothing_but_a_figure(stage: Stage, fault: Fault) -> None:
    account = stage.engine.account

    async def story() -> None:
        # Read after the stage's own job, and spoilt for the engine's own looks as well.
        await until(stage.engine, lambda: account.state.balance_credits == stage.sandbox.balance)
        rules, credits = account.price_rules, account.state.balance_credits
        for route in ("price", "balance", "ledger"):
            stage.spoil(route, fault, None)
        await account.refresh()
        assert account.price_rules == rules
        assert account.state.balance_credits == credits
        ledger = stage.engine.service.platform()
        assert ledger is not None
        try:
            assert await asyncio.to_thread(ledger.usage, since=0) == []
        except RemoteError:
            pass  # nothing else may come out of it
        assert stage.engine.queue.state.hold is None
        assert account.state.can_generate

    stage.act(story)


@pytest.mark.parametrize("fault", FIGURES, ids=name)
def test_a_job_is_taken_up_by_the_old_price_list_where_no_new_one_comes(
    stage: Stage, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "PRICE_IS_FRESH_S", 0.0)  # what was read is old
    before, read_before = len(stage.sandbox.accepted), stage.world.count("/api/v1/services/kling")

    async def story() -> Job:
        stage.spoil("price", fault)
        job = await in_state(stage.engine, await stage.world.generate("[fail]"), S.GENERATING)
        assert stage.world.count("/api/v1/services/kling") > read_before
        return job

    check(stage, stage.act(story), goes_on(fault), before)


def test_refused_connections_send_nothing_and_the_queue_goes_on_by_itself(stage: Stage) -> None:
    before = len(stage.sandbox.accepted)

    async def story() -> Job:
        await asyncio.to_thread(stage.sandbox.stop)
        job = await stage.world.generate("[fail]")
        await until(stage.engine, lambda: stage.engine.queue.state.hold is H.OFFLINE)
        waiting = await in_state(stage.engine, job, S.QUEUED)
        # Where another call found it out first, the job was held before it tried.
        met = waiting.error and (waiting.error.code, waiting.error.money)
        assert met in (None, ("unreachable", M.NOT_CHARGED))
        await asyncio.to_thread(stage.sandbox.start)
        return await in_state(stage.engine, job, S.GENERATING)

    check(stage, stage.act(story), Row(HANG, S.GENERATING, 1), before)
