"""``kling-desktop generate``: one job to its saved file."""

from __future__ import annotations

import asyncio

from ..engine.engine import Engine
from ..engine.judging import agreement
from ..engine.problems import job_error
from ..motion.agreement import Agreement
from ..motion.facts import Facts, VideoFacts
from ..motion.input import Input, InputState
from ..motion.job import FREE_TO_CANCEL, HoldReason, Job, JobState
from ..motion.limits import FindingCode, Severity, check
from ..motion.money import micro
from ..motion.request import Draft, MotionRequest, Slot
from ..motion.token import TokenKind
from ..store.journal import JournalError
from ..words import Words
from .codes import Exit, Refusal, exit_of
from .commands import GenerateCommand
from .drive import Drive
from .output import Sink, job_object
from .place import check_output, videos_away
from .store_wait import told
from .typed import input_refused


async def generate(
    engine: Engine, command: GenerateCommand, sink: Sink, *, patient: bool = False
) -> Exit:
    """Check, send once, wait, save; the result goes to ``sink``. Raises Refusal, NotKept.

    A wish that an engine of this library has begun already, whoever had it, goes on from there.
    """
    job = engine.book.ever(command.job_id) or await _begin(engine, command, sink)
    engine.queue.let_through(job.job_id, command.typed_at)
    await engine.runner.pick_up({job.job_id})
    job = await _end(
        engine, job.job_id, Drive(engine, sink, patience_s=command.patience_s, patient=patient)
    )
    say_the_end(job, sink)
    sink.result(job_object(job))
    return exit_of(job)


def say_the_end(job: Job, sink: Sink) -> None:
    """Whether anything is left of it, where there is no video."""
    words = Words()
    if not job.ended and exit_of(job) in (Exit.UNKNOWN, Exit.UNSAVED):
        sink.say(words.resume_goes_on())
    if job.state in FREE_TO_CANCEL and exit_of(job) is not Exit.UNKNOWN:
        sink.say(words.stays_in_the_list())
    if job.state is JobState.CANCELLED:
        for line in filter(None, (words.reason(job), words.line(job))):
            sink.say(line)


async def _begin(engine: Engine, command: GenerateCommand, sink: Sink) -> Job:
    """Look at all that can be looked at for free, then write the job down. Raises Refusal."""
    if command.output is not None:
        await engine.workers.call(check_output, command.output)
    elif (away := await engine.place.look()) is not None:
        raise videos_away(away)
    if (unread := engine.queue.state.error_of(HoldReason.LIMITS)) is not None:
        raise Refusal(unread, Exit.WRONG_INPUT)
    await told(engine, _tokens_for(command.request), command.patience_s)
    if not engine.account.state.has_api_token:
        raise Refusal(job_error("no_token"), Exit.TOKEN)
    request = command.request
    inputs = await _look(engine, request)
    image, video = inputs[Slot.IMAGE].facts, inputs[Slot.VIDEO].facts
    _check_limits(engine, request, image, video)
    await engine.account.fresh()
    price = engine.price(request, video.duration_s if isinstance(video, VideoFacts) else None)
    agreed = agreement(inputs, price)
    _check_price(engine, command, agreed)
    sink.say(Words().price(agreed, engine.account.state.balance_credits))
    async with engine.book.uttering:
        _check_same(engine, command, agreed)
        return await engine.generate(
            request,
            image,
            video,
            command.output,
            job_id=command.job_id,
            agreed=agreed,
            begun_at=command.begun_at,
        )


def _tokens_for(request: MotionRequest) -> set[TokenKind]:
    uploads = None in (request.image.url, request.video.url)
    return {TokenKind.API, TokenKind.ACCOUNT} if uploads else {TokenKind.API}


def _check_price(engine: Engine, command: GenerateCommand, agreed: Agreement) -> None:
    """Above what the person wants to be asked about, their word is needed first."""
    limit, credits = command.up_to_credits, agreed.credits
    if limit is None:
        limit = engine.ask_above_credits()
    if limit is not None and credits is not None and micro(credits) > micro(limit):
        values = {"price_credits": credits, "limit_credits": limit}
        if agreed.duration_s is None:
            values["at_most"] = 1
        raise Refusal(job_error("over_job_limit", values=values), Exit.WRONG_INPUT)


def _check_same(engine: Engine, command: GenerateCommand, agreed: Agreement) -> None:
    """The same content with the same settings: made, or being made, also by another command."""
    same = engine.same_as(command.request, agreed, but=command.job_id)
    if same is not None and not command.again:
        error = job_error("same_again", values={"found": Words().same(same)})
        raise Refusal(error, Exit.WRONG_INPUT, same)


async def _end(engine: Engine, job_id: str, drive: Drive) -> Job:
    """The job when this command is over. What was not sent by then never will be by itself."""
    while True:
        (job,) = await drive.until_settled([job_id])
        if job.state not in FREE_TO_CANCEL or exit_of(job) is Exit.UNKNOWN:
            return job
        try:
            if await engine.runner.cancel_free(job_id, job.error):
                return engine.book.ever(job_id) or job
        except JournalError:  # nothing can be written down: it stays where it is
            return job
        # It was sent meanwhile: then what becomes of it is what counts.


async def _look(engine: Engine, request: MotionRequest) -> dict[Slot, Input]:
    look, wish = engine.intake.look_closely, engine.wish(request)
    looks = await asyncio.gather(
        look(Slot.IMAGE, request.image, wish), look(Slot.VIDEO, request.video, wish)
    )
    for value in looks:
        if value.state is InputState.REFUSED and value.problem is not None:
            raise input_refused(value.problem, value.source.name if value.source else "")
    return {value.slot: value for value in looks}


def _check_limits(
    engine: Engine, request: MotionRequest, image: Facts | None, video: Facts | None
) -> None:
    found = check(
        Draft.from_request(request),
        image,
        video,
        can_upload=engine.account.state.can_upload,
        service_is_here=engine.intake.service_is_here,
    )
    for each in found:
        if each.code is FindingCode.UPLOAD_NEEDS_ACCOUNT:
            raise Refusal(job_error("no_account_token"), Exit.TOKEN)
        if each.severity is Severity.ERROR:
            raise input_refused(each, "")
