"""No sequence of events, restarts and answers pays twice, loses a task, or leaves a dead end.

The engine, its journal and its queue are real; only the service's one client is a script, because
hypothesis asks for thousands of answers. Inputs are links, so nothing is read or uploaded.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import Any, NoReturn

import pytest
from engine_world import make_quick, until
from hypothesis import given, settings
from hypothesis import strategies as st
from support.waiting import PATIENCE_S

from kling_desktop.engine import gate
from kling_desktop.engine.engine import Engine, EngineOptions
from kling_desktop.engine.service import Hosts, Service
from kling_desktop.engine.steps import forgotten, take_up
from kling_desktop.motion.facts import LinkFacts
from kling_desktop.motion.job import (
    ENDED,
    FREE_TO_CANCEL,
    TRANSITIONS,
    HoldReason,
    Job,
    JobAction,
    JobState,
    actions_for,
)
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.motion.token import Token
from kling_desktop.remote.errors import (
    BadLink,
    ContactLost,
    NotSent,
    RefusalKind,
    Refused,
    Stopped,
    UnclearAnswer,
)
from kling_desktop.remote.outcome import TaskState
from kling_desktop.remote.wire import HistoryPage, SubmitAnswer, TaskRecord
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.secrets import Secrets

S, A = JobState, JobAction
NOWHERE = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9")
TOKENS = Token("0" * 32), Token("platform-v1-" + "0" * 64)
OWNER = "application-1"

# How the service may answer a submission: (accepted, what comes back).
ANSWERS: dict[str, bool] = {
    "accepted": True,
    "accepted, lost": True,
    "accepted, error page": True,
    "accepted, odd failure": True,
    "accepted, never answered": True,
    "accepted, failed at once": True,
    "accepted, no that names it": True,
    "no that names a task of nobody": False,
    "busy, but no 429": False,
    "lost": False,
    "error page": False,
    "never answered": False,
    "bad settings": False,
    "no credit": False,
    "token refused": False,
    "busy": False,
    "not sent": False,
}
# After these it is certain that nothing was accepted, so the same job may be sent again.
CERTAIN_NO = {
    "bad settings",
    "no credit",
    "token refused",
    "busy",
    "busy, but no 429",
    "not sent",
}
PERSON = (A.CANCEL, A.STOP_WATCHING, A.WATCH_AGAIN, A.CHECK_NOW, A.SEND_AGAIN, A.DISMISS, A.RETRY)


@dataclass(repr=False)
class Script:
    """The service: what it accepted, and how it answers next."""

    answers: list[str] = field(default_factory=list)  # to come; then "accepted"
    tasks: dict[str, TaskRecord] = field(default_factory=dict)
    maybe_sent: Counter[str] = field(default_factory=Counter)  # by picture link
    reads_fail: bool = False
    forgets: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(
        self, body: Mapping[str, object], *, stop: threading.Event | None = None
    ) -> SubmitAnswer:
        with self.lock:
            how = self.answers.pop(0) if self.answers else "accepted"
            if how not in CERTAIN_NO:
                self.maybe_sent[str(body["image_url"])] += 1
            task_id = self._accept(body) if ANSWERS[how] else ""
        return self._answer(how, task_id, stop)

    def _accept(self, body: Mapping[str, object]) -> str:
        task_id = f"task-{len(self.tasks)}"
        self.tasks[task_id] = TaskRecord(
            task_id,
            TaskState.RUNNING,
            created_at=time.time(),
            application_id=OWNER,
            request=dict(body),
        )
        return task_id

    def _answer(self, how: str, task_id: str, stop: threading.Event | None) -> SubmitAnswer:
        if how.endswith("lost"):
            raise ContactLost("reset")
        if how.endswith("error page"):
            raise UnclearAnswer("html", http_status=502)
        if how.endswith("odd failure"):
            raise RuntimeError("a mistake of our own")
        if how.endswith("never answered"):
            assert stop is not None
            stop.wait(PATIENCE_S)
            raise ContactLost("stopped")
        kinds = {
            "bad settings": RefusalKind.SETTINGS,
            "no credit": RefusalKind.CREDIT,
            "token refused": RefusalKind.TOKEN,
            "busy": RefusalKind.BUSY,
            "busy, but no 429": RefusalKind.BUSY,
        }
        if how in kinds:
            status = 429 if how == "busy" else 200
            raise Refused(how.replace(" ", "_"), kind=kinds[how], http_status=status)
        if "no that names" in how:
            refusal = Refused("used_up", kind=RefusalKind.CREDIT, http_status=429)
            return SubmitAnswer(task_id or f"nobodys-{uuid.uuid4()}", None, None, 0.0, refusal)
        if how == "not sent":
            raise NotSent("refused")
        if how.endswith("failed at once"):
            self.end(task_id)
            return SubmitAnswer(task_id, None, self.tasks[task_id], 0.0)
        return SubmitAnswer(task_id, None, None, 0.0)

    def end(self, task_id: str) -> None:
        self.tasks[task_id] = replace(
            self.tasks[task_id], state=TaskState.FAILED, error_code="api_error"
        )

    def end_all(self) -> None:
        with self.lock:
            for task_id in self.tasks:
                self.end(task_id)

    def _read(self) -> dict[str, TaskRecord]:
        if self.reads_fail:
            raise UnclearAnswer("html", http_status=502)
        return {} if self.forgets else dict(self.tasks)

    def retrieve(self, task_id: str) -> TaskRecord | None:
        return self._read().get(task_id)

    def retrieve_batch(self, ids: Sequence[str]) -> dict[str, TaskRecord]:
        return {i: record for i, record in self._read().items() if i in ids}

    def history(self, *, limit: int, offset: int, **_query: Any) -> HistoryPage:
        found = tuple(self._read().values())[offset : offset + limit]
        return HistoryPage(found, len(found))

    def check_token(self) -> None:
        self._read()

    def price(self) -> NoReturn:
        """The platform's page, which is asked whether anything can be sent."""
        raise Refused("not_found", kind=RefusalKind.NOT_FOUND, http_status=404)

    def __repr__(self) -> str:
        return f"Script({len(self.tasks)} tasks)"


class Play:
    """One example: a library, a script, and the person."""

    def __init__(self, folder: Path, script: Script) -> None:
        self.folder = folder
        self.script = script
        self.pressed: Counter[str] = Counter()  # how often the person wished a link to be sent
        self.ids: dict[str, str] = {}  # job id -> task id that it once had
        self.engine = self._engine()

    def _engine(self) -> Engine:
        return Engine(
            EngineOptions(
                paths=DataPaths.at(self.folder).profile("account"),
                hosts=NOWHERE,
                videos_folder=lambda: self.folder / "videos",
                jobs_at_once=lambda: 2,
                secrets=Secrets(environ={}),
                fixed_tokens=TOKENS,
            )
        )

    async def open(self) -> None:
        await self.engine.workers.write(self.engine.journal.set_value, "application_id", OWNER)
        self.engine.book.changed.connect(self._on_changed)
        await self.engine.open()
        self.engine.service.http.note_date(formatdate(usegmt=True))

    def _on_changed(self, job: Job) -> None:
        if job.task_id:
            self.ids[job.job_id] = job.task_id

    async def restart(self) -> None:
        await self.engine.close()
        self.engine = self._engine()
        await self.open()

    async def generate(self) -> None:
        link = f"https://pictures.example/{len(self.engine.book.all())}-{len(self.pressed)}.png"
        request = MotionRequest(Source(url=link), Source(url="https://clips.example/c.mp4"))
        self.pressed[link] += 1
        await self.engine.generate(request, LinkFacts("image/png", 5), LinkFacts("video/mp4", 5))

    async def act(self, action: JobAction, number: int) -> None:
        jobs = self.engine.book.all()
        if not jobs:
            return
        job = jobs[number % len(jobs)]
        if action not in actions_for(job):
            return  # not on offer
        done = await self.engine.do(job.job_id, action)
        if done and action in (A.SEND_AGAIN, A.RETRY):
            self.pressed[job.request.image.url or ""] += 1
            self.ids.pop(job.job_id, None)  # the person let go of it, knowing

    async def settle(self) -> None:
        """Until nothing moves by itself that is not waiting for the service or the person."""

        def still() -> bool:
            queue = self.engine.queue.state
            if queue.hold is HoldReason.OFFLINE:
                self.engine.connectivity.reached()
                return False
            running = [j for j in self.engine.book.all() if j.state in FREE_TO_CANCEL]
            waiting = [j for j in running if j.state is S.QUEUED]
            return len(running) == len(waiting) and (
                not waiting or queue.hold is not None or queue.running >= 2
            )

        await until(self.engine, still)

    def check(self) -> None:
        for link, times in self.script.maybe_sent.items():
            assert times <= self.pressed[link], f"{link} was sent {times} times"
        ids = Counter(j.task_id for j in self.engine.book.all() if j.task_id)
        assert not ids or max(ids.values()) == 1, "two jobs have one task"
        for job in self.engine.book.all():
            if job.job_id in self.ids:
                assert job.task_id == self.ids[job.job_id], "a task's id was lost"
            assert has_way_out(job), job.state


def has_way_out(job: Job) -> bool:
    """Something the person can do, or the answer that is being waited for."""
    moves = {a for a in actions_for(job)} - {A.EDIT, A.COPY_CODE, A.COPY_REPORT, A.DETAILS}
    return bool(moves) or job.state in (S.SUBMITTING, S.DONE)


EVENTS = st.one_of(
    st.tuples(st.just("generate"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("generate"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("restart"), st.just("")),
    st.tuples(st.just("resume"), st.just("")),
    st.tuples(st.just("end"), st.just("")),
    st.tuples(st.sampled_from(["reads fail", "forgets"]), st.just("")),
    st.tuples(st.sampled_from(PERSON), st.integers(0, 9)),
    st.tuples(st.sampled_from(PERSON), st.integers(0, 9)),
)


async def happen(play: Play, name: str, value: Any) -> None:
    script = play.script
    if name == "generate":
        script.answers.append(value)
        await play.generate()
    elif name == "restart":
        await play.restart()
    elif name == "resume":
        await play.engine.resume_queue()
    elif name == "end":
        script.end_all()
        play.engine.poke()
    elif name in ("reads fail", "forgets"):
        wrong = name.replace(" ", "_")
        setattr(script, wrong, not getattr(script, wrong))
    else:
        await play.act(JobAction(name), value)


def no_such_host(*_: object, **__: object) -> None:
    raise BadLink("link_unreachable")


@pytest.fixture(scope="module")
def scripted() -> Iterator[list[Script]]:
    """The engine's clients come from here; the newest script is the one that plays."""
    playing: list[Script] = []
    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        patch.setattr(gate, "UNANSWERED_S", 0.1)
        # Looking for a name that nobody has takes 5 s.
        for module, name in ((take_up, "check_link"), (forgotten, "link_head")):
            patch.setattr(module, name, no_such_host)
        patch.setattr(Service, "generation", lambda self: playing[-1])
        patch.setattr(Service, "platform", lambda self: None)
        patch.setattr(Service, "public_platform", lambda self: playing[-1])
        yield playing


@settings(max_examples=int(os.environ.get("KLING_EXAMPLES", "30")))
@given(events=st.lists(EVENTS, min_size=3, max_size=14))
def test_no_sequence_of_events_restarts_and_answers_sends_twice(
    scripted: list[Script], events: list[tuple[str, Any]]
) -> None:
    script = Script()
    scripted.append(script)

    async def story(folder: Path) -> None:
        play = Play(folder, script)
        await play.open()
        try:
            for name, value in events:
                await happen(play, name, value)
                await play.settle()
                play.check()
            await every_accepted_job_is_found(play)
        finally:
            await play.engine.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(asyncio.wait_for(story(Path(folder)), 2 * PATIENCE_S))


async def every_accepted_job_is_found(play: Play) -> None:
    """The service answers well again, and the person restarts and resumes: all comes right."""
    play.script.answers.clear()
    play.script.reads_fail = play.script.forgets = False
    await play.restart()
    await play.engine.resume_queue()

    def settled() -> bool:
        """Only what was never accepted, or what the person sent several times, may be unknown."""
        play.script.end_all()
        tasks = play.script.tasks.values()
        accepted = {t.request["image_url"] for t in tasks if t.request}
        return all(
            job.ended
            or (
                # the second: a task that nobody knows may be another account's
                (job.state is S.UNKNOWN or job.waits_for_account is not None)
                and (job.request.image.url not in accepted or several(play, job))
            )
            for job in play.engine.book.all()
        )

    await until(play.engine, settled)
    play.check()


def several(play: Play, job: Job) -> bool:
    return play.pressed[job.request.image.url or ""] > 1


# --- the table of transitions ------------------------------------------------------------------


def test_sending_follows_only_the_upload_and_the_queue_is_entered_again_only_by_a_no() -> None:
    assert {s for s, after in TRANSITIONS.items() if S.SUBMITTING in after} == {S.UPLOADING}
    sent = set(JobState) - FREE_TO_CANCEL - {S.CANCELLED}
    back = {s for s in sent if TRANSITIONS[s] & FREE_TO_CANCEL}
    assert back == {S.SUBMITTING, S.UNKNOWN}  # provably never arrived; the person's own decision


@pytest.mark.parametrize("state", list(JobState))
def test_from_every_state_an_end_can_be_reached(state: JobState) -> None:
    reached, edge = {state}, {state}
    while edge:
        edge = set().union(*(TRANSITIONS[s] for s in edge)) - reached
        reached |= edge
    assert reached & ENDED


@given(st.lists(st.sampled_from(list(JobState)), min_size=1, max_size=12))
def test_no_walk_over_the_table_is_free_to_cancel_after_sending(walk: list[JobState]) -> None:
    """Once a job was sent, only through "no" or the person does it become free to cancel."""
    allowed = [(a, b) for a, b in itertools.pairwise(walk) if b in TRANSITIONS[a]]
    for before, after in allowed:
        if after in FREE_TO_CANCEL and before not in FREE_TO_CANCEL:
            assert before in (S.SUBMITTING, S.UNKNOWN)


def test_stopping_before_the_first_byte_is_provably_unsent() -> None:
    """The error that says so is not one of those that leave it open."""
    assert not issubclass(Stopped, ContactLost | UnclearAnswer)
    assert not issubclass(NotSent, ContactLost | UnclearAnswer)
    assert not issubclass(Refused, ContactLost | UnclearAnswer)
