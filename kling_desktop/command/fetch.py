"""``kling-desktop fetch``: a video that is paid for, once more. The twin of "Fetch again"."""

from __future__ import annotations

from ..engine.engine import Engine
from ..engine.problems import job_error
from ..motion.job import FINISHED_THERE, Job, JobAction, JobState, Money
from ..words import Words
from .codes import Exit, Refusal, exit_of
from .commands import FetchCommand
from .drive import Drive
from .generate import say_the_end
from .output import Sink, job_object
from .place import check_output


async def fetch(
    engine: Engine, command: FetchCommand, sink: Sink, *, patient: bool = False
) -> Exit:
    """Nothing is sent that costs. The result goes to ``sink``. Raises Refusal, JournalError."""
    job = engine.book.find(command.job_id)
    if job is None:
        values = {"job": command.job_id}
        raise Refusal(job_error("no_such_job", values=values), Exit.WRONG_INPUT)
    drive = Drive(engine, sink, patience_s=command.patience_s, patient=patient)
    while True:
        if not _is_done(job, command):
            await _begin(engine, job, command)
        (job,) = await drive.until_settled([job.job_id])
        if job.state is not JobState.DONE or command.output in (None, job.output_path):
            break  # else another command wanted it elsewhere meanwhile, and has it there
    say_the_end(job, sink)
    if job.state is JobState.DONE and job.error is not None:
        sink.say(Words().kept_old(job.error))
    sink.result(job_object(job))
    if job.error is not None and job.error.money is Money.PAID:
        return Exit.UNSAVED  # also where an earlier file of it is there
    return exit_of(job)


async def _begin(engine: Engine, job: Job, command: FetchCommand) -> None:
    on_its_way = job.state in FINISHED_THERE and command.output == job.output_path
    if command.output is not None and not on_its_way:
        await engine.workers.call(check_output, command.output)
        await engine.book.update(job.job_id, output_path=command.output, note="wanted elsewhere")
    await engine.ownership.look_again(job)
    unwatched = job.state is JobState.UNWATCHED
    action = JobAction.WATCH_AGAIN if unwatched else JobAction.FETCH_AGAIN
    await engine.do(job.job_id, action)
    await engine.runner.pick_up({job.job_id})


def _is_done(job: Job, command: FetchCommand) -> bool:
    """By a program that had this command before, and is gone."""
    ended_at, is_there = job.finished_at or 0.0, command.output in (None, job.output_path)
    return job.state is JobState.DONE and ended_at >= command.typed_at and is_there
