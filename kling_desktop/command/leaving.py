"""A command that was handed over is interrupted: what it did not send yet does not go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..engine.engine import Engine
from ..engine.problems import LEFT_BY_COMMAND, LEFT_UNASKED
from ..motion.job import JobAction, JobState
from .commands import Command, FetchCommand, GenerateCommand, ResumeCommand

LEFT = frozenset({LEFT_BY_COMMAND, LEFT_UNASKED})


async def leave(
    engine: Engine, command: Command, at_work: Iterable[asyncio.Task[None]], *, patient: bool
) -> None:
    """Stop driving it, and what would be sent by it alone. ``patient``: a window has its queue.

    What was sent goes on, and so does a video that is paid for.
    """
    tasks = list(at_work)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    if isinstance(command, FetchCommand):
        return
    if isinstance(command, GenerateCommand):
        await engine.runner.leave_unsent(command.job_id)
    elif command.send is not None:
        await engine.runner.leave_unsent(command.send.job_id)
    elif not patient:
        await engine.runner.put_back(but=engine.queue.only or ())


async def take_up_left(engine: Engine, command: ResumeCommand) -> None:
    """The person types ``resume``: that is their word for what a command left."""
    for job in engine.book.in_state(JobState.ASKING):
        left = job.error is not None and job.error.code in LEFT
        if left and not engine.queue.was_paused_since(command.typed_at):
            await engine.do(job.job_id, JobAction.SEND)
