"""A command beside a running program: the program that has the library does the work.

One client, one server, one line of JSON for each thing said. The same functions run the command
on both sides, so that a job is the same whoever asked for it, and whoever carries it on.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from ..engine.door import Say, knock
from ..engine.engine import Engine
from ..engine.failures import NotKept
from ..engine.identity import Identity, fresh_number
from ..engine.problems import library_error
from ..motion.job import Job, JobState, Progress
from ..motion.reading import Unreadable, read
from ..motion.reading import line as single_line
from ..remote.errors import RemoteError
from ..store.errors import StoreError
from ..store.lock import FolderLock
from ..words import Words
from .codes import Exit, Refusal
from .commands import CARRY_OUT, IDENTIFY, LEAVE, Command, FetchCommand, GenerateCommand, Message
from .drive import Drive
from .fetch import fetch
from .generate import generate
from .leaving import leave
from .output import Sink, say_refusal
from .resume import resume
from .store_wait import said_of_store

IDENTIFY_WITHIN_S = 10.0  # one small free request; without it the command is refused in words


class HolderGone(Exception):
    """The program that had the library did not do it to the end: ask again, by the same ids."""


async def carry_out(engine: Engine, command: Command, sink: Sink, *, patient: bool) -> Exit:
    """On this engine, for whoever asked. ``patient``: it is a window's, with a person at it."""
    try:
        with said_of_store(engine, sink):
            if isinstance(command, GenerateCommand):
                return await generate(engine, command, sink, patient=patient)
            if isinstance(command, FetchCommand):
                return await fetch(engine, command, sink, patient=patient)
            return await resume(engine, command, sink, patient=patient)
    except Refusal as refusal:
        return say_refusal(refusal, Words(), sink)
    except NotKept as problem:
        return say_refusal(Refusal(problem.error, Exit.WRONG_INPUT), Words(), sink)
    except StoreError as problem:
        return say_refusal(Refusal(library_error(problem), Exit.WRONG_INPUT), Words(), sink)


async def hand_over(lock: FolderLock, message: Message, sink: Sink) -> Exit:
    """Let the holder of ``lock`` do it. Raises HolderGone."""
    results = []  # told once, when all was told: a holder may go in the middle
    try:
        async with aclosing(knock(lock, message.to_json())) as lines:
            async for line in lines:
                if "result" in line:
                    results.append(line["result"])
                elif "exit" in line:
                    for result in results:
                        sink.result(result)
                    return Exit(line["exit"])
                else:
                    _pass_on(line, sink)
    except (OSError, ValueError) as problem:
        raise HolderGone from problem
    raise HolderGone


def _pass_on(line: dict[str, Any], sink: Sink) -> None:
    if "say" in line:
        sink.say(str(line["say"]))
    elif "progress" in line:
        sink.on_progress(_progress(line["progress"]))


async def ask_identity(lock: FolderLock, sink: Sink) -> Identity:
    """How the holder of ``lock`` works; what it waits for itself is said. Raises HolderGone."""
    question = {"do": IDENTIFY, "number": fresh_number()}
    try:
        async with aclosing(knock(lock, question)) as lines:
            async for answer in lines:
                if "identity" in answer:
                    return read(Identity, answer["identity"])
                _pass_on(answer, sink)
    except (OSError, ValueError) as problem:
        raise HolderGone from problem
    raise HolderGone


async def ask_to_leave(lock: FolderLock, message: Message) -> bool:
    """Tell the holder that nobody waits for it any more; whether it is a window.

    Raises HolderGone, also where that one is of a version that knows no such word.
    """
    try:
        async with aclosing(knock(lock, {**message.to_json(), "do": LEAVE})) as lines:
            async for answer in lines:
                return answer.get("in_window") is True
    except (OSError, ValueError) as problem:
        raise HolderGone from problem
    raise HolderGone


async def _identify(engine: Engine, message: dict[str, Any], say: Say) -> None:
    """Tells no secret. Whose tokens they are is asked once, where that is not known yet."""
    try:
        number = single_line(message.get("number"))
    except Unreadable:
        return
    if engine.account.awaited and not engine.account.tokens_told.is_set():
        say({"say": Words().holder_waits_for_store(engine.account.state.token_store)})
        await engine.account.tokens_told.wait()
    try:
        async with asyncio.timeout(IDENTIFY_WITHIN_S):
            await engine.ownership.identify()
    except (RemoteError, TimeoutError):
        pass  # then only the very same tokens are known to be one account's
    say({"identity": engine.identity(number).to_json()})


class Carrier:
    """Does what other processes ask for. ``patient``: it is a window's, with a person at it."""

    def __init__(self, *, patient: bool) -> None:
        self._patient = patient
        self._at_work: list[tuple[Command, asyncio.Task[None]]] = []

    async def serve(self, engine: Engine, message: dict[str, Any], say: Say) -> None:
        """On this engine; the lines are about what was asked for alone."""
        if message.get("do") == IDENTIFY:
            await _identify(engine, message, say)
            return
        leaves = message.get("do") == LEAVE
        try:
            asked = Message.from_json({**message, "do": CARRY_OUT} if leaves else message)
        except Unreadable:
            return  # of another version: nothing is done, and it hears no end
        if asked.sandbox is not engine.service.hosts.sandbox:
            return  # this program has left that library for the other one meanwhile
        if leaves:
            await self._leave(engine, asked.command, say)
        elif asked.sandbox or _works_as_told(engine, asked.working_as):
            await self._carry_out(engine, asked.command, say)
        # else other tokens since it was asked: the other process asks again

    async def _carry_out(self, engine: Engine, command: Command, say: Say) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        entry = (command, task)
        self._at_work.append(entry)
        try:
            code = await carry_out(engine, command, _Wire(say), patient=self._patient)
            say({"exit": int(code)})
        finally:
            self._at_work.remove(entry)

    async def _leave(self, engine: Engine, command: Command, say: Say) -> None:
        tasks = [task for each, task in self._at_work if each == command]
        goes_on = await leave(engine, command, tasks, patient=self._patient)
        say({"left": True, "in_window": self._patient})
        if goes_on and not self._patient:  # a command stays as long as anyone is answered
            await Drive(engine, _Wire(lambda _line: None)).until_settled(goes_on)


def _works_as_told(engine: Engine, told: Identity | None) -> bool:
    return told is not None and engine.identity(told.number).works_as(told)


class _Wire:
    """Says everything to the other process."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last = ""

    def say(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._say({"say": text})

    def on_progress(self, progress: Progress) -> None:
        state, done, total = progress.state.value, progress.done_bytes, progress.total_bytes
        self._say({"progress": [progress.job_id, state, done, total, progress.share]})

    def on_elapsed(self, job: Job, now: float) -> None:
        """The other process has no clock line of its own; the states are enough."""

    def result(self, value: dict[str, Any]) -> None:
        self._say({"result": value})

    def close(self) -> None:
        """Nothing is drawn here."""


def _progress(values: list[Any]) -> Progress:
    job_id, state, done_bytes, total_bytes, *share = values
    return Progress(str(job_id), JobState(state), int(done_bytes), total_bytes, *share[:1])
