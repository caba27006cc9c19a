"""``kling-desktop resume``: every unfinished job to its end, or one that asked."""

from __future__ import annotations

from ..engine.engine import Engine
from ..engine.problems import job_error
from ..motion.job import FREE_TO_CANCEL, JobAction, JobState
from ..words import Words
from .codes import Exit, Refusal, exit_of, worst
from .commands import ResumeCommand, Yes
from .drive import Drive
from .output import Sink, job_object


async def resume(
    engine: Engine, command: ResumeCommand, sink: Sink, *, patient: bool = False
) -> Exit:
    """Cancels nothing: what cannot go on stays as it is, and is said. Results go to ``sink``.

    A paid video that was given up, also by an earlier version, is asked for once more.
    """
    drive = Drive(engine, sink, patience_s=command.patience_s, patient=patient, named=True)
    if command.send is not None:
        jobs = await drive.until_settled([await _send(engine, command.send, command.typed_at)])
    else:
        with engine.queue.for_all():  # what could not go on by its end is no other's to send
            jobs = await drive.until_settled(await _all(engine, command))
    words = Words()
    for job in jobs:
        if job.state is JobState.ASKING:
            sink.say(words.send_it(job))
        sink.result(job_object(job))
    if any(not job.ended and exit_of(job) is Exit.UNSAVED for job in jobs):
        sink.say(words.resume_goes_on())
    if not jobs:
        sink.say(words.nothing_unfinished())
    return worst([exit_of(job) for job in jobs])


async def _all(engine: Engine, command: ResumeCommand) -> list[str]:
    unfinished = [job.job_id for job in engine.book.all() if not job.ended or job.is_owed]
    for job_id in unfinished:
        if engine.book.get(job_id).is_owed:
            await engine.do(job_id, JobAction.FETCH_AGAIN)
    if any(job.state in FREE_TO_CANCEL for job in engine.book.all()):
        await engine.account.fresh()  # of something that may be sent, as ``generate`` does
    await engine.runner.pick_up()
    if not engine.queue.was_paused_since(command.typed_at):
        await engine.resume_queue()
    return list(dict.fromkeys((*command.job_ids, *unfinished)))


async def _send(engine: Engine, yes: Yes, typed_at: float) -> str:
    """As the button of that name, and no other job goes. What asks anew is not answered by it."""
    job = engine.book.find(yes.job_id)
    if not engine.ownership.can_answer:
        raise Refusal(job_error("no_token"), Exit.TOKEN, job)
    if job is not None and job.updated_at == yes.asked_at:
        await engine.do(yes.job_id, JobAction.SEND)
    engine.queue.let_through(yes.job_id, typed_at)
    await engine.runner.pick_up({yes.job_id})
    return yes.job_id
