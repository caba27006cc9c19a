"""A command beside a running program: the program that has the library does the work.

One client, one server, one line of JSON for each thing said. The same functions run the command
on both sides, so that a job is the same whoever asked for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from ..engine.door import Say, knock
from ..engine.engine import Engine
from ..engine.failures import NotKept
from ..engine.intake import as_source
from ..motion.job import Job, JobState, Progress
from ..store.lock import FolderLock
from ..words import Words
from .codes import Exit, exit_of, worst
from .generate import Refusal, generate, say_refusal
from .output import Sink, job_object
from .session import Drive

_FIELDS = (
    "command",
    "image",
    "video",
    "mode",
    "orientation",
    "prompt",
    "model",
    "no_sound",
    "callback_url",
    "output",
    "start",
    "end",
    "fit",
)


class HolderGone(Exception):
    """The program that had the library closed before the end; the job, if any, is unfinished."""

    def __init__(self, job_id: str | None) -> None:
        self.job_id = job_id
        super().__init__(job_id or "")


async def hand_over(lock: FolderLock, options: argparse.Namespace, sink: Sink) -> Exit:
    """Let the holder of ``lock`` do it. Raises HolderGone."""
    lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def listen() -> None:
        try:
            for line in knock(lock, {"do": "command", "options": _sendable(options)}):
                loop.call_soon_threadsafe(lines.put_nowait, line)
        except (OSError, ValueError, KeyError):
            pass  # told by the missing end
        loop.call_soon_threadsafe(lines.put_nowait, None)

    listening = loop.run_in_executor(None, listen)
    job_id: str | None = None
    while (line := await lines.get()) is not None:
        job_id = line.get("job_id") or job_id
        if "say" in line:
            sink.say(str(line["say"]))
        elif "progress" in line:
            sink.on_progress(_progress(line["progress"]))
        elif "result" in line:
            sink.result(line["result"])
        elif "exit" in line:
            await listening
            return Exit(line["exit"])
    raise HolderGone(job_id)


async def serve(engine: Engine, message: dict[str, Any], say: Say) -> None:
    """Do what another process asks for, on this engine."""
    if message.get("do") != "command":
        return
    options = _received(message.get("options") or {})
    sink = _Wire(say)
    engine.book.changed.connect(sink.on_new_job)
    try:
        if options.command == "generate":
            code = await generate(engine, options, sink, patient=engine.queue.only is None)
        else:
            code = await _finish_all(engine, sink)
    except Refusal as refusal:
        code = say_refusal(refusal, Words(), sink)
    except NotKept as problem:
        code = say_refusal(Refusal(problem.error, Exit.WRONG_INPUT), Words(), sink)
    finally:
        engine.book.changed.disconnect(sink.on_new_job)
    say({"exit": int(code)})


async def _finish_all(engine: Engine, sink: Sink) -> Exit:
    """``resume`` beside a window: its queue runs already, so only wait."""
    unfinished = [job.job_id for job in engine.book.all() if not job.ended]
    jobs = await Drive(engine, sink, patient=True).until_settled(unfinished)
    for job in jobs:
        sink.result(job_object(job))
    return worst([exit_of(job, engine.queue.state.hold) for job in jobs])


class _Wire:
    """Says everything to the other process."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last = ""
        self._told: set[str] = set()

    def say(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._say({"say": text})

    def on_new_job(self, job: Job) -> None:
        """The other process must know the job's id early: this one may be killed."""
        if job.state is JobState.QUEUED and job.job_id not in self._told:
            self._told.add(job.job_id)
            self._say({"job_id": job.job_id})

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


def _sendable(options: argparse.Namespace) -> dict[str, Any]:
    """Paths are made absolute: the other process stands in another folder."""
    values = {name: getattr(options, name, None) for name in _FIELDS}
    for name in ("image", "video"):
        values[name] = _absolute(values[name] or "")
    if values["output"]:
        values["output"] = os.path.abspath(values["output"])
    return values


def _absolute(text: str) -> str:
    source = as_source(text)
    return text if source is None or source.path is None else source.path


def _received(values: dict[str, Any]) -> argparse.Namespace:
    known = {name: values.get(name) for name in _FIELDS}
    known["output"] = Path(known["output"]) if known["output"] else None
    return argparse.Namespace(**known, json=True)
