"""``kling-desktop resume``: every unfinished job to its end, or one that asked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..engine.engine import Engine
from ..engine.problems import job_error
from ..motion.away import Away
from ..motion.job import FREE_TO_CANCEL, Job, JobAction, JobState
from ..motion.token import TokenKind
from ..words import Words
from .codes import Exit, Refusal, exit_of, worst
from .commands import ResumeCommand, Yes
from .drive import Drive
from .leaving import leave_unsent, take_up_left
from .output import Sink, job_object
from .place import videos_away
from .store_wait import told

_UNSENT = FREE_TO_CANCEL - {JobState.ASKING}  # what asks is sent by a word of its own


async def resume(
    engine: Engine, command: ResumeCommand, sink: Sink, *, patient: bool = False
) -> Exit:
    """Cancels nothing: what cannot go on stays as it is, and is said. Results go to ``sink``.

    A paid video that was given up, also by an earlier version, is asked for once more.
    """
    drive = Drive(engine, sink, patience_s=command.patience_s, patient=patient, named=True)
    words = Words()
    away = None if patient else await engine.place.look()
    if command.send is not None:
        typed_at, patience_s = command.typed_at, command.patience_s
        sent = await _send(engine, command.send, typed_at, away, patience_s)
        jobs = await drive.until_settled([sent])
    else:
        left = _kept_by(away, engine)
        jobs = await _unfinished(engine, command, drive, left, away)
        for job in left.values():
            sink.say(f"{words.job_id(job)} {words.line(job)}")
        jobs += left.values()
    for job in jobs:
        if job.state is JobState.ASKING:
            sink.say(words.send_it(job))
        sink.result(job_object(job))
    if any(not job.ended and exit_of(job) is Exit.UNSAVED for job in jobs):
        sink.say(words.resume_goes_on())
    if not jobs:
        sink.say(words.nothing_unfinished())
    return worst([exit_of(job) for job in jobs])


async def _unfinished(
    engine: Engine,
    command: ResumeCommand,
    drive: Drive,
    left: Collection[str],
    away: Away | None,
) -> list[Job]:
    """All but those that are ``left`` as they are."""
    taken: set[str] = set()
    try:
        with _sending_all_but(left, engine):
            found = await _all(engine, command, away, taken)
            return await drive.until_settled(i for i in found if i not in left)
    except asyncio.CancelledError:  # whoever typed it went away: their word goes, too
        await leave_unsent(engine, taken)
        raise


def _kept_by(away: Away | None, engine: Engine) -> dict[str, Job]:
    """By id: what is not sent, because its video could not come to where it is to go."""
    if away is None:
        return {}
    found = (job for job in engine.book.all() if job.state in _UNSENT and not job.output_path)
    return {job.job_id: replace(job, error=videos_away(away, job).error) for job in found}


@contextmanager
def _sending_all_but(left: Collection[str], engine: Engine) -> Iterator[None]:
    """What could not go on by its end is no other's to send."""
    if not left:
        with engine.queue.for_all():
            yield
        return
    only = engine.queue.only
    added = {job.job_id for job in engine.book.all()} - set(left) - (only or set())
    if only is not None:
        only |= added
    try:
        yield
    except asyncio.CancelledError:  # whoever typed it went away
        if only is not None:
            only -= added
        raise


async def _all(
    engine: Engine, command: ResumeCommand, away: Away | None, taken: set[str]
) -> list[str]:
    unfinished = [job.job_id for job in engine.book.all() if not job.ended or job.is_owed]
    for job_id in unfinished:
        if engine.book.get(job_id).is_owed:
            await engine.do(job_id, JobAction.FETCH_AGAIN)
    if away is None:
        await take_up_left(engine, command, taken)
    if any(job.state in FREE_TO_CANCEL for job in engine.book.all()):
        await engine.account.fresh()  # of something that may be sent, as ``generate`` does
    await engine.runner.pick_up()
    if not engine.queue.was_paused_since(command.typed_at):
        await engine.resume_queue()
    return list(dict.fromkeys((*command.job_ids, *unfinished)))


async def _send(
    engine: Engine, yes: Yes, typed_at: float, away: Away | None, patience_s: float
) -> str:
    """As the button of that name, and no other job goes. What asks anew is not answered by it."""
    job = engine.book.find(yes.job_id)
    await told(engine, {TokenKind.API}, patience_s)
    if not engine.ownership.can_answer:
        raise Refusal(job_error("no_token"), Exit.TOKEN, job)
    if job is not None and away is not None and not job.output_path:
        raise videos_away(away, job)
    if job is not None and job.updated_at == yes.asked_at:
        await engine.do(yes.job_id, JobAction.SEND)
    engine.queue.let_through(yes.job_id, typed_at)
    await engine.runner.pick_up({yes.job_id})
    return yes.job_id
