"""Runs ``generate`` and ``resume`` and turns every way out into words and an exit code."""

from __future__ import annotations

import argparse
import asyncio

from ..engine.engine import Engine
from ..engine.failures import NotKept
from ..engine.problems import job_error, library_error
from ..motion.job import JobState
from ..remote.errors import BadLink
from ..store.errors import StoreError
from ..words import Words
from .codes import Exit, exit_of, worst
from .generate import Refusal, generate, say_refusal
from .handover import HolderGone, hand_over, serve
from .output import Sink, Terminal, job_object
from .session import Busy, Drive, Interrupted, session

# The holder of the lock may just be closing: its door is shut before the lock is free.
TAKE_OVER_TRIES = 20
TAKE_OVER_PAUSE_S = 0.5


async def run(options: argparse.Namespace) -> Exit:
    """Never raises for what can happen on a person's computer."""
    words = Words()
    sink = Terminal(words, as_json=options.json)
    try:
        return await _anywhere(options, sink)
    except Refusal as refusal:
        return say_refusal(refusal, words, sink)
    except Busy as busy:
        error = job_error("library_busy", values={"folder": busy.folder})
    except NotKept as problem:
        error = problem.error
    except (BadLink, StoreError) as problem:
        error = library_error(problem)
    return say_refusal(Refusal(error, Exit.WRONG_INPUT), words, sink)


async def _anywhere(options: argparse.Namespace, sink: Sink) -> Exit:
    """Here, or by the program that has the library; if that one goes away, here after all."""
    started: str | None = None
    for attempt in range(TAKE_OVER_TRIES):
        try:
            return await _here(options, sink, started)
        except Busy as busy:
            try:
                return await hand_over(busy.lock, options, sink)
            except HolderGone as gone:
                started = gone.job_id or started
                if attempt == TAKE_OVER_TRIES - 1:
                    raise busy from gone
        await asyncio.sleep(TAKE_OVER_PAUSE_S)
    raise AssertionError("the last round returns or raises")


async def _here(options: argparse.Namespace, sink: Sink, started: str | None) -> Exit:
    try:
        async with session(options.data_dir, sandbox=options.sandbox, serve=serve) as engine:
            if options.command == "generate" and started is None:
                return await generate(engine, options, sink)
            return await resume(engine, sink, started)
    except Interrupted:
        return _interrupted(engine, sink)


async def resume(engine: Engine, sink: Sink, only: str | None = None) -> Exit:
    """Drive every unfinished job to its end, or just one; each result goes to ``sink``."""
    unfinished = [job.job_id for job in engine.book.all() if not job.ended]
    if only is not None:
        unfinished = [only]
        engine.queue.only = {only}
    else:
        engine.queue.only = None  # all of them
    engine.queue.resume()
    await engine.runner.pick_up()
    jobs = await Drive(engine, sink).until_settled(unfinished)
    for job in jobs:
        sink.result(job_object(job))
    if not jobs:
        sink.say("Nothing is unfinished.")
    return worst([exit_of(job, engine.queue.state.hold) for job in jobs])


def _interrupted(engine: Engine, sink: Sink) -> Exit:
    """What is unfinished stays as it is; ``resume`` goes on with it."""
    sent = (JobState.SUBMITTING, JobState.GENERATING, JobState.UNKNOWN)
    for job in engine.book.all():
        mine = engine.queue.only is None or job.job_id in engine.queue.only
        if mine and not job.ended:
            sink.result(job_object(job))
            hint = "It may be running and may be charged. " if job.state in sent else ""
            sink.say(f"Interrupted. {hint}`kling-desktop resume` goes on.")
    return Exit.INTERRUPTED
