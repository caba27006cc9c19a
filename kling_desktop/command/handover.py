"""A command beside a running program: the program that has the library does the work.

One client, one server, one line of JSON for each thing said. The same functions run the command
on both sides, so that a job is the same whoever asked for it, and whoever carries it on.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from ..engine.door import Say, knock
from ..engine.engine import Engine
from ..engine.failures import NotKept
from ..motion.job import Job, JobState, Progress
from ..motion.reading import Unreadable
from ..store.lock import FolderLock
from ..words import Words
from .codes import Exit, Refusal
from .commands import Command, GenerateCommand, Message
from .generate import generate
from .output import Sink, say_refusal
from .resume import resume


class HolderGone(Exception):
    """The program that had the library did not do it to the end: ask again, by the same ids."""


async def carry_out(engine: Engine, command: Command, sink: Sink, *, patient: bool) -> Exit:
    """On this engine, for whoever asked. ``patient``: it is a window's, with a person at it."""
    try:
        if isinstance(command, GenerateCommand):
            return await generate(engine, command, sink, patient=patient)
        return await resume(engine, command, sink, patient=patient)
    except Refusal as refusal:
        return say_refusal(refusal, Words(), sink)
    except NotKept as problem:
        return say_refusal(Refusal(problem.error, Exit.WRONG_INPUT), Words(), sink)


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


async def serve(engine: Engine, message: dict[str, Any], say: Say, *, patient: bool) -> None:
    """Do what another process asks for, on this engine; its lines are about that alone."""
    try:
        asked = Message.from_json(message)
    except Unreadable:
        return  # of another version: nothing is done, and it hears no end
    if asked.sandbox is not engine.service.hosts.sandbox:
        return  # this program has left that library for the other one meanwhile
    code = await carry_out(engine, asked.command, _Wire(say), patient=patient)
    say({"exit": int(code)})


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
