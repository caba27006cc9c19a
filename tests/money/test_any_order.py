"""In any order of presses, commands, holds, limits, prices, tokens, restarts and midnights: no wish
is paid twice, no day costs more than its limit without a question, no price is passed, and nothing
is sent into a service whose last answer was unclear, beside a submission that is not answered yet,
or under a limit that cannot be read.

Engine, queue, journal, commands and the sandbox behind its HTTP are real; only the clock is moved.
What was spent is taken from the service's own list of tasks, not from the engine's sums.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from engine_fixtures import without_store
from engine_world import Quiet, World, make_quick, until
from hypothesis import given, settings
from hypothesis import strategies as st
from support.waiting import PATIENCE_S

from kling_desktop.command.codes import Refusal
from kling_desktop.command.commands import GenerateCommand, ResumeCommand
from kling_desktop.command.generate import generate
from kling_desktop.command.resume import resume
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.steps import submit
from kling_desktop.motion.agreement import LEAST_RISE
from kling_desktop.motion.job import Job, JobAction, JobState, actions_for
from kling_desktop.motion.money import micro
from kling_desktop.motion.request import Mode
from kling_desktop.sandbox import Sandbox, account
from kling_desktop.sandbox.tasks import TaskState

S, A = JobState, JobAction
CLIP_S = 3.2
RATES = (0.70, 0.90, 0.50)  # credits a second in Standard, as the service changes its mind
LIMITS = (None, 1.0, 2.24, 3.0, 4.48, 7.0)
DAY_S = 24 * 3600.0
# How the service meets the next submission: what it says, and whether it accepted it all the same.
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "cut before": ("cut_before", {}),
    "cut after": ("cut_after", {}),
    "page": ("html", {"status": 502}),
    "page after": ("html", {"status": 502, "after": True}),
    "no credit": ("refuse_json", {"status": 403, "code": "used_up"}),
    "no token": ("refuse_json", {"status": 401, "code": "invalid_token"}),
    "busy": (
        "refuse_json",
        {"status": 429, "code": "too_many_requests", "headers": {"Retry-After": "0"}},
    ),
}
PERSON = (A.CANCEL, A.RETRY, A.SEND, A.SEND_AGAIN, A.DISMISS, A.CHECK_NOW, A.STOP_WATCHING)
IN_FLIGHT = frozenset({S.PREPARING, S.UPLOADING, S.SUBMITTING})


@dataclass
class Sent:
    """One submission as it went out."""

    job_id: str
    image_link: str
    day: date
    credits: float  # by the service's list of that moment
    under_way: bool = True


class Play:
    """One example: a data folder, the person, and what they said."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.moved_s = 0.0
        self.limit: float | None = None
        self.waived_on: date | None = None
        self.unread = False  # the limit was lost: nobody knows what it was
        self.paused = False
        self.own_words: set[str] = set()  # of jobs that may pass the pause
        self.mute = False  # no free call has an answer of the service itself
        self.unclear = False  # nor had the last submission; nobody knows what became of it
        self.wished: Counter[str] = Counter()  # how often a job may be paid
        self.sent: list[Sent] = []
        self.commands: set[asyncio.Task[Any]] = set()
        self.wrong: list[str] = []
        world.options |= {
            "clock": self.now,
            "day_limit_credits": lambda: None if self.unread else self.limit,
            "unread_limits": lambda: frozenset({"day_limit_credits"} if self.unread else ()),
        }

    @property
    def engine(self) -> Engine:
        assert self.world.engine is not None
        return self.world.engine

    def now(self) -> float:
        return time.time() + self.moved_s

    def today(self) -> date:
        return date.fromtimestamp(self.now())

    # --- what is sent, held against what was said ---

    def on_sending(self, job: Job) -> Sent:
        """In the same turn of the loop in which the engine decided to send it."""
        body = {"mode": job.request.mode.value}
        sent = Sent(job.job_id, job.image_link or "", self.today(), account.price_of(body, CLIP_S))
        spent = self.spent_today()
        if self.limit is not None and self.waived_on != sent.day:
            total = micro(spent) + micro(sent.credits)
            if total > micro(self.limit):
                self.wrong.append(f"{total} spent of {micro(self.limit)}, and nothing was asked")
        if self.unclear:
            self.wrong.append("sent behind an unclear answer")
        if self.unread:
            self.wrong.append("sent under a limit that cannot be read")
        if any(other.under_way for other in self.sent):
            self.wrong.append("sent beside one that is not answered yet")
        if self.paused and job.job_id not in self.own_words:
            self.wrong.append("sent while the person paused it")
        agreed = job.agreed.credits if job.agreed is not None else None
        if agreed is None or micro(sent.credits) > micro(agreed) + micro(LEAST_RISE):
            self.wrong.append(f"{sent.credits} sent, {agreed} agreed to")
        self.sent.append(sent)
        return sent

    def spent_today(self) -> float:
        """What the service accepted today and did not end for free, or may be accepting now."""
        tasks = {t.request["image_url"]: t for t in self.world.sandbox.tasks()}
        total = 0.0
        # A no leaves the link to the next try of the same job.
        for sent in {s.image_link: s for s in self.sent}.values():
            task = tasks.get(sent.image_link)
            accepted = task is not None and task.state is not TaskState.FAILED
            if sent.day == self.today() and (accepted or sent.under_way):
                total += sent.credits
        return total

    def check(self) -> None:
        assert not self.wrong, self.wrong
        links = Counter(t.request["image_url"] for t in self.world.sandbox.tasks())
        paid: Counter[str] = Counter()
        for job_id, link in {(s.job_id, s.image_link) for s in self.sent}:
            paid[job_id] += links[link]
        for job_id, times in paid.items():
            assert times <= self.wished[job_id], f"{times} times paid"

    # --- what may happen ---

    async def press(self, mode: Mode) -> None:
        """Generate in the window, with the price that its button shows; pressed twice."""
        engine, job_id = self.engine, new_job_id()
        self.wished[job_id] += 1
        facts = await engine.workers.media(engine.media.probe_video, str(self.world.clip))
        request = self.world.request(uuid.uuid4().hex, mode=mode)
        for _ in range(2):
            await engine.generate(request, None, facts, job_id=job_id)

    async def command(self, patient: bool) -> None:
        """``generate``, handed over to an open window (``patient``) or to another command."""
        asked = GenerateCommand(new_job_id(), self.world.request(uuid.uuid4().hex), None, True, 1e6)
        self.wished[asked.job_id] += 1
        self.own_words.add(asked.job_id)
        self._begin(generate(self.engine, asked, Quiet(), patient=patient))
        await until(self.engine, lambda: self.engine.book.ever(asked.job_id) or self._failed())

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.commands.add(task)

    def _failed(self) -> list[asyncio.Task[Any]]:
        return [t for t in self.commands if t.done() and not t.cancelled() and t.exception()]

    async def resume_command(self, _value: object) -> None:
        self.paused = self.unclear = False
        self._begin(resume(self.engine, ResumeCommand(), Quiet(), patient=True))
        await asyncio.sleep(0)

    async def pause(self, _value: object) -> None:
        self.engine.queue.pause()
        self.paused = True
        self.own_words.clear()

    async def resume(self, _value: object) -> None:
        self.paused = self.unclear = False
        await self.engine.resume_queue()

    async def waive(self, _value: object) -> None:
        """The question about today's limit had a yes."""
        self.waived_on = self.today()
        self.engine.waive(self.engine.spending.today())

    async def set_limit(self, limit: float | None) -> None:
        self.limit, self.unread = limit, False
        self.engine.heed_limits()
        self.engine.queue.pump()

    async def lose_limit(self, _value: object) -> None:
        """What it was is found to be unreadable when the program is opened again."""
        self.unread = True
        await self.restart(None)

    async def set_rate(self, rate: float) -> None:
        await self.settle()  # of what is on its way already, nobody could know
        account.COST_RULES[0]["consumption"] = {"*": [rate, {"var": "duration"}]}
        await self.engine.account.refresh_price()

    async def set_balance(self, credits: float) -> None:
        self.world.sandbox.set_balance(credits)
        self.engine.credit.poke()

    async def connect(self, _value: object) -> None:
        sandbox = self.world.sandbox
        tokens = sandbox.account_token.reveal(), sandbox.api_token.reveal()
        assert (await self.engine.account.connect(*tokens)).can_generate or self.mute

    async def offline(self, off: bool) -> None:
        self.engine.connectivity.not_reached() if off else self.engine.connectivity.reached()

    async def midnight(self, _value: object) -> None:
        self.moved_s += DAY_S
        self.engine.queue.pump()

    async def fault(self, name: str) -> None:
        kind, values = FAULTS[name]
        self.world.sandbox.faults.add("motion", kind, 1, **values)

    async def refuse_upload(self, _value: object) -> None:
        """As a refused account token meets the next file."""
        how = {"status": 401, "code": "not_authenticated"}
        self.world.sandbox.faults.add("files", "refuse_json", 1, **how)

    async def answers(self, well: bool) -> None:
        """Whether the free calls have an answer of the service itself."""
        await self.settle()  # a look that is under way may have had one already
        self.mute = not well
        self.unclear = self.unclear and self.mute
        if well:
            self.world.sandbox.faults.clear()
        else:
            self.world.sandbox.faults.add("tasks", "html", None, status=502)
        self.engine.poke()

    async def finish(self, _value: object) -> None:
        self.world.sandbox.finish()
        self.engine.poke()

    async def restart(self, _value: object) -> None:
        await self.stop_commands()
        await self.engine.close()
        await self.world.open()

    async def stop_commands(self) -> None:
        for task in self.commands:
            task.cancel()
        for task in self.commands:
            with suppress(asyncio.CancelledError, Refusal):
                await task
        self.commands.clear()

    async def person(self, value: tuple[JobAction, int]) -> None:
        """A button of a row, pressed twice."""
        action, number = value
        jobs = [j for j in self.engine.book.all() if action in actions_for(j)]
        if not jobs:
            return
        job, wish_id = jobs[number % len(jobs)], new_job_id()
        if action is A.SEND_AGAIN:
            self.wished[job.job_id] += 1
        if action is A.RETRY:
            self.wished[wish_id] += 1
        await asyncio.gather(
            *(self.engine.do(job.job_id, action, wish_id=wish_id) for _ in range(2))
        )

    async def settle(self) -> None:
        """Until nothing moves that does not wait for the service or the person."""

        def still() -> bool:
            queue = self.engine.queue
            moving = any(j.state in IN_FLIGHT for j in self.engine.book.all())
            return not moving and not queue._pumping and queue._next() is None

        await until(self.engine, still)

    async def comes_to_an_end(self) -> None:
        """The person tops up, connects, raises the limit and resumes: nothing waits for ever."""
        self.paused, self.mute, self.unclear = False, False, False
        await self.set_limit(None)
        self.world.sandbox.faults.clear()
        await self.set_balance(1000.0)
        await self.connect(None)
        self.engine.connectivity.reached()
        await self.resume(None)

        def over() -> bool:
            self.world.sandbox.finish()
            asks = (S.UNKNOWN, S.ASKING)
            return all(job.ended or job.state in asks for job in self.engine.book.all())

        await until(self.engine, over)


Event = tuple[str, Any]
NOTHING = st.none()
EVENTS: Mapping[str, st.SearchStrategy[Any]] = {
    "press": st.sampled_from(Mode),
    "command": st.booleans(),
    "resume_command": NOTHING,
    "pause": NOTHING,
    "resume": NOTHING,
    "waive": NOTHING,
    "set_limit": st.sampled_from(LIMITS),
    "lose_limit": NOTHING,
    "set_rate": st.sampled_from(RATES),
    "set_balance": st.sampled_from([0.0, 2.24, 100.0]),
    "connect": NOTHING,
    "offline": st.booleans(),
    "midnight": NOTHING,
    "fault": st.sampled_from(sorted(FAULTS)),
    "refuse_upload": NOTHING,
    "answers": st.booleans(),
    "finish": NOTHING,
    "restart": NOTHING,
    "person": st.tuples(st.sampled_from(PERSON), st.integers(0, 5)),
}
# Presses are what the others are about.
NAMES = (*EVENTS, *["press"] * 5, *["command"] * 2, *["set_limit"] * 2, *["fault"] * 2)
ONE = st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), EVENTS[name]))


@dataclass
class Place:
    """What the examples share: it is slow to make, and keeps nothing of an example."""

    picture: Path
    clip: Path
    playing: list[Play]


@pytest.fixture(scope="module")
def place(picture: Path, clip: Path) -> Iterator[Place]:
    made = Place(picture, clip, [])
    send: Callable[..., Awaitable[Any]] = submit._send

    async def watched(ctx: Any, generation: Any, job: Job) -> Any:
        play = made.playing[-1]
        sent = play.on_sending(job)
        try:
            outcome = await send(ctx, generation, job)
        finally:
            sent.under_way = False
        play.unclear |= play.mute and outcome.func is submit._on_unclear
        return outcome

    with pytest.MonkeyPatch.context() as patch, without_store():
        make_quick(patch)
        patch.setattr(submit, "_send", watched)
        patch.setitem(account.COST_RULES[0], "consumption", account.COST_RULES[0]["consumption"])
        yield made


@settings(max_examples=int(os.environ.get("KLING_EXAMPLES", "12")))
@given(events=st.lists(st.tuples(ONE, st.booleans()), min_size=4, max_size=14))
def test_no_order_of_events_pays_twice_or_more_than_was_agreed_to(
    place: Place, events: list[tuple[Event, bool]]
) -> None:
    async def story(play: Play) -> None:
        await play.world.open()
        try:
            for (name, value), settles in events:
                await getattr(play, name)(value)
                if settles:
                    await play.settle()
                play.check()
            await play.comes_to_an_end()
            play.check()
        finally:
            await play.stop_commands()
            await play.engine.close()

    with tempfile.TemporaryDirectory() as folder:
        account.COST_RULES[0]["consumption"] = {"*": [RATES[0], {"var": "duration"}]}
        sandbox = Sandbox(Path(folder) / "sandbox", seconds=3600)
        sandbox.start()
        try:
            play = Play(World(Path(folder) / "home", sandbox, place.picture, place.clip))
            place.playing.append(play)
            asyncio.run(asyncio.wait_for(story(play), 2 * PATIENCE_S))
        finally:
            sandbox.stop()
