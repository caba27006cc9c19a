"""``kling-desktop resume``: every unfinished job to its end."""

from __future__ import annotations

from ..engine.engine import Engine
from ..words import Words
from .codes import Exit, exit_of, worst
from .commands import ResumeCommand
from .drive import Drive
from .output import Sink, job_object


async def resume(
    engine: Engine, command: ResumeCommand, sink: Sink, *, patient: bool = False
) -> Exit:
    """Cancels nothing: what cannot go on stays as it is, and is said. Results go to ``sink``."""
    unfinished = [job.job_id for job in engine.book.all() if not job.ended]
    engine.queue.only = None  # all of them
    await engine.runner.pick_up()
    engine.queue.resume()
    wanted = dict.fromkeys((*command.job_ids, *unfinished))
    jobs = await Drive(engine, sink, patient=patient).until_settled(wanted)
    for job in jobs:
        sink.result(job_object(job))
    if not jobs:
        sink.say(Words().nothing_unfinished())
    return worst([exit_of(job) for job in jobs])
