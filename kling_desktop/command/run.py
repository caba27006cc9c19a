"""Runs ``generate`` and ``resume`` and turns every way out into words and an exit code."""

from __future__ import annotations

import argparse
import sys

from ..engine.engine import Engine, NotKept
from ..engine.problems import job_error, library_error
from ..motion.job import Job, JobState
from ..remote.errors import BadLink
from ..store.errors import StoreError
from ..words import Words
from .codes import Exit, exit_of, worst
from .generate import Refusal, generate, report_refusal
from .output import Reporter, job_object, print_json
from .session import Busy, Drive, Interrupted, session


async def run(options: argparse.Namespace) -> Exit:
    """Never raises for what can happen on a person's computer."""
    words = Words()
    try:
        async with session(options.data_dir, sandbox=options.sandbox) as engine:
            try:
                if options.command == "generate":
                    return await generate(engine, options, words)
                return await resume(engine, options, words)
            except Interrupted:
                return _interrupted(engine, options)
    except Busy as busy:
        error = job_error("library_busy", values={"folder": str(busy)})
    except NotKept as problem:
        error = problem.error
    except (BadLink, StoreError) as problem:
        error = library_error(problem)
    return report_refusal(Refusal(error, Exit.WRONG_INPUT), words, as_json=options.json)


async def resume(engine: Engine, options: argparse.Namespace, words: Words) -> Exit:
    """Drive every unfinished job to its end; prints each."""
    reporter = Reporter(words)
    await engine.open(run_queue=False)
    unfinished = [job.job_id for job in engine.book.all() if not job.ended]
    drive = Drive(engine, reporter)
    engine.queue.resume()
    await engine.runner.pick_up()
    jobs = await drive.until_settled(unfinished)
    reporter.close()
    for job in jobs:
        _print(job, as_json=options.json)
    if not jobs:
        reporter.say("Nothing is unfinished.")
    return worst([exit_of(job, engine.queue.state.hold) for job in jobs])


def _print(job: Job, *, as_json: bool) -> None:
    if as_json:
        print_json(job_object(job))
    elif job.result_path:
        print(job.result_path)


def _interrupted(engine: Engine, options: argparse.Namespace) -> Exit:
    """What is unfinished stays as it is; ``resume`` goes on with it."""
    for job in engine.book.all():
        mine = engine.queue.only is None or job.job_id in engine.queue.only
        if mine and not job.ended:
            if options.json:
                print_json(job_object(job))
            hint = "It may be running and may be charged. " if _was_sent(job) else ""
            print(f"\nInterrupted. {hint}`kling-desktop resume` goes on.", file=sys.stderr)
    return Exit.INTERRUPTED


def _was_sent(job: Job) -> bool:
    return job.state in (JobState.SUBMITTING, JobState.GENERATING, JobState.UNKNOWN)
