"""A press in the window and a command that was handed over to it, at the same moment."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from engine_world import World, all_ended, in_state, until
from support.waiting import PATIENCE_S

from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import GenerateCommand
from kling_desktop.command.handover import carry_out
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.home import Home
from kling_desktop.motion.job import JobAction, JobState
from kling_desktop.motion.request import Draft, Slot
from kling_desktop.store.journal import Journal
from kling_desktop.ui.presenter.assembly import Assembly
from kling_desktop.ui.widgets.question import Question


@dataclass
class Heard:
    """What the command says, in memory."""

    said: list[str] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def result(self, value: dict[str, Any]) -> None:
        self.results.append(value)

    def on_progress(self, _progress: object) -> None: ...
    def on_elapsed(self, _job: object, _now: float) -> None: ...
    def close(self) -> None: ...


@contextmanager
def nothing_written() -> Iterator[threading.Event]:
    """The journal writes from when the event is set."""
    gate, writing = threading.Event(), Journal._writing

    @contextmanager
    def behind_the_gate(journal: Journal) -> Iterator[Any]:
        assert gate.wait(PATIENCE_S)
        with writing(journal) as connection:
            yield connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "_writing", behind_the_gate)
        try:
            yield gate
        finally:
            gate.set()


class Window:
    """The real one, on the engine of the moment; Generate and Retry would make the same."""

    def __init__(self, world: World, engine: Engine) -> None:
        preferences = Home(world.folder).preferences
        self._assembly = Assembly(
            preferences,
            lambda: str(world.videos),
            lambda _on: None,
            str(world.folder),
            list,
            time.time,
        )
        self._world, self._engine = world, engine
        self._failed = ""

    async def open(self) -> None:
        engine = self._engine
        self._assembly.show()
        self._assembly.attach(engine)
        await engine.drafting.offer((str(self._world.picture), str(self._world.clip)), None)
        await until(engine, lambda: all(v.stamp for v in engine.drafting.inputs.values()))
        await until(engine, lambda: engine.drafting.judgement.blocked is None)
        engine.queue.pause()
        drafting, request = engine.drafting, engine.drafting.request()
        assert request is not None
        agreed = await drafting.agree(request, drafting.judgement.quote)
        facts = (drafting.facts(slot) for slot in Slot)
        job = await engine.generate(request, *facts, agreed=agreed)
        await engine.do(job.job_id, JobAction.CANCEL)
        await engine.resume_queue()
        self._failed = job.job_id

    def generate(self) -> None:
        self._assembly.composing.generate()

    def retry(self) -> None:
        self._assembly.queueing.do(self._failed, JobAction.RETRY.value)

    @property
    def question(self) -> Question | None:
        found = self._assembly.window.findChildren(Question)
        return next((q for q in found if q.isVisible()), None)

    @property
    def is_busy(self) -> bool:
        return self._assembly.wishing.is_busy

    def close(self) -> None:
        self._assembly.detach()
        self._assembly.close()


Play = Callable[[Window, Engine, Callable[[], Awaitable[Exit]]], Awaitable[None]]


def played(world: World, heard: Heard, play: Play) -> int:
    """How many were paid for."""

    async def story(engine: Engine) -> int:
        window = Window(world, engine)

        async def command() -> Exit:
            request = engine.drafting.request()
            assert request is not None
            asked = GenerateCommand(new_job_id(), request)
            return await carry_out(engine, asked, heard, patient=True)

        try:
            await window.open()
            await play(window, engine, command)
            await all_ended(engine, engine.book.all())
        finally:
            window.close()
        return len(world.sandbox.accepted)

    return world.run(story, default_draft=Draft())


PRESSES = (Window.generate, Window.retry)


@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize("answer", ["no", "yes"])
def test_a_press_while_the_command_is_written_down_is_asked_about_it(
    qapp: object, world: World, press: Callable[[Window], None], answer: str
) -> None:
    async def play(window: Window, engine: Engine, command: Callable[[], Awaitable[Exit]]) -> None:
        looked = 0
        same_as = engine.same_as

        def looking(*request: Any, **but: Any) -> Any:
            nonlocal looked
            looked += 1
            return same_as(*request, **but)

        engine.same_as = looking  # type: ignore[method-assign]
        with nothing_written() as gate:
            running = asyncio.ensure_future(command())
            await until(engine, lambda: looked == 1)
            press(window)
            await until(engine, lambda: looked == 2)
            gate.set()
            await until(engine, lambda: window.question is not None or not window.is_busy)
        assert window.question is not None, "nobody was asked"
        (window.question.accept if answer == "yes" else window.question.reject)()
        await until(engine, lambda: not window.is_busy)
        assert await running is Exit.SAVED

    assert played(world, Heard(), play) == (2 if answer == "yes" else 1)


@pytest.mark.parametrize("press", PRESSES)
def test_a_command_while_the_press_is_written_down_is_told_of_it(
    qapp: object, world: World, press: Callable[[Window], None]
) -> None:
    heard = Heard()

    async def play(window: Window, engine: Engine, command: Callable[[], Awaitable[Exit]]) -> None:
        with nothing_written() as gate:
            press(window)
            await until(engine, engine.book._door.locked)
            running = asyncio.ensure_future(command())
            await until(engine, lambda: heard.said)  # the price, the last thing before its look
            gate.set()
            assert await running is Exit.WRONG_INPUT
        (refused,) = heard.results
        assert refused["error"]["code"] == "same_again"
        assert engine.book.get(refused["job_id"]).state is not JobState.CANCELLED

    assert played(world, heard, play) == 1


def test_what_was_sent_while_the_command_gave_it_up_is_followed_to_its_end(world: World) -> None:
    async def story(engine: Engine) -> tuple[Exit, int]:
        world.sandbox.set_balance(0)
        cancel_free, given_up = engine.runner.cancel_free, 0

        async def after_it_was_sent(job_id: str, *why: Any) -> bool:
            """Credit is there again, and it goes out, before it can be cancelled."""
            nonlocal given_up
            given_up += 1
            world.sandbox.set_balance(1000)
            await engine.resume_queue()
            await in_state(engine, engine.book.get(job_id), JobState.GENERATING)
            cancelled = await cancel_free(job_id, *why)
            world.sandbox.finish()
            return cancelled

        engine.runner.cancel_free = after_it_was_sent  # type: ignore[method-assign]
        asked = GenerateCommand(new_job_id(), world.request("[very slow]"))
        return await carry_out(engine, asked, Heard(), patient=False), given_up

    assert world.run(story) == (Exit.SAVED, 1)
    assert len(world.sandbox.accepted) == 1
