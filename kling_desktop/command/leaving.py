"""A command that was handed over is interrupted: what it did not send yet does not go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..engine.engine import Engine
from ..engine.problems import LEFT_BY_COMMAND, LEFT_UNASKED
from ..motion.job import FREE_TO_CANCEL, Job, JobAction, JobState
from .commands import Command, FetchCommand, ResumeCommand

LEFT = frozenset({LEFT_BY_COMMAND, LEFT_UNASKED})


async def leave(
    engine: Engine, command: Command, at_work: Iterable[asyncio.Task[None]], *, patient: bool
) -> list[str]:
    """What would be sent for it alone is not. ``patient``: a window has its queue.

    What was sent goes on, and so does a video that is paid for: whoever drives it goes on, too.
    The jobs of which that is not so any more are told, by their ids.
    """
    wanted = _the_one(command)
    if isinstance(command, FetchCommand):
        return []
    job = None if wanted is None else engine.book.ever(wanted)
    if job is not None and job.state not in FREE_TO_CANCEL:
        return []
    await _stop(at_work)
    if wanted is None:
        if patient:
            return []
        await engine.runner.put_back(but=engine.queue.only or ())
        return _going_on(engine, engine.book.all())
    await leave_unsent(engine, [wanted])
    job = engine.book.ever(wanted)
    return [] if job is None else _going_on(engine, [job])


async def leave_unsent(engine: Engine, job_ids: Iterable[str]) -> None:
    """They wait for the person's word, and this program sends them by no earlier one."""
    for job_id in job_ids:
        if engine.queue.only is not None:
            engine.queue.only.discard(job_id)
        await engine.runner.leave_unsent(job_id)


def _going_on(engine: Engine, jobs: Iterable[Job]) -> list[str]:
    """Not what was put back just now, though its upload may take a moment to end."""
    walking = (job for job in jobs if engine.runner.is_walking(job.job_id))
    return [job.job_id for job in walking if job.state not in FREE_TO_CANCEL]


def _the_one(command: Command) -> str | None:
    """The job that it is about; None: all that are unfinished."""
    if isinstance(command, ResumeCommand):
        return None if command.send is None else command.send.job_id
    return command.job_id


async def _stop(at_work: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(at_work)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def take_up_left(engine: Engine, command: ResumeCommand, taken: set[str]) -> None:
    """The person types ``resume``: that is their word for what a command left."""
    for job in engine.book.in_state(JobState.ASKING):
        left = job.error is not None and job.error.code in LEFT
        if left and not engine.queue.was_paused_since(command.typed_at):
            taken.add(job.job_id)
            await engine.do(job.job_id, JobAction.SEND)
