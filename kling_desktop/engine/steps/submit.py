"""Submitting: the one paid act. Intent first, then exactly one request, then the outcome."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from ...motion.job import HoldReason, Job, JobError, JobState, Money
from ...remote.errors import ContactLost, NotSent, Refused, RemoteError, Stopped
from ...remote.generation import Generation
from ...remote.outcome import TaskState
from ...remote.wire import SubmitAnswer, TaskRecord, motion_body
from ..busy import pauses_of
from ..context import Context
from ..lookup import FIRST_LOOKS_S
from ..problems import (
    ACCOUNT_UNTOLD,
    HOLDS,
    NOBODY_KNOWN,
    TOO_MANY_REQUESTS,
    from_named,
    from_remote,
    from_unclear,
    is_too_large,
    job_error,
    longer_pause_s,
    said_by_nobody,
    what_was_met,
)
from .forgotten import is_unsent
from .take_up import is_still_agreed
from .told import of_job

_log = logging.getLogger(__name__)

DOUBT_S = FIRST_LOOKS_S[-1]  # after such a no: by then an accepted task is in the history
JITTER = 0.25  # of the pause, so that many programs don't come back together

Outcome = Callable[[], Awaitable[object]]


async def submit(ctx: Context, job: Job) -> None:
    """UPLOADING with both links → SUBMITTING → GENERATING, DOWNLOADING, QUEUED, FAILED, UNKNOWN."""
    try:
        while (generation := await _allowed(ctx, job)) is not None:
            if ctx.gate.enter(job):
                # To its end though all closes: what was provably not sent is no unknown job.
                await ctx.workers.whole(_submit_now(ctx, generation, ctx.book.get(job.job_id)))
                return
            await ctx.gate.wait(job)
            job = ctx.book.get(job.job_id)  # asked again: tokens, prices, holds may be others now
    finally:
        ctx.gate.leave(job)


async def _allowed(ctx: Context, job: Job) -> Generation | None:
    """By which it may be sent; None where it was put where it waits."""
    generation = ctx.service.generation()
    if generation is None:
        problem = job_error("no_token")
        ctx.hold(HoldReason.TOKEN, problem, job.job_id)
        await ctx.back_to_queue(job, problem, "no_token")
        return None
    if not await is_ours(ctx, job) or not await is_still_agreed(ctx, job):
        return None
    if not await is_unsent(ctx, job):
        return None
    if not ctx.may_send(ctx.book.get(job.job_id)):  # with its price of this moment
        await ctx.back_to_queue(job, None, "held before sending")
        return None
    return generation


async def _submit_now(ctx: Context, generation: Generation, job: Job) -> None:
    job = await _write_intent(ctx, job)
    if ctx.may_send(job) and not ctx.workers.closing.is_set():
        outcome = await _send(ctx, generation, job)
    else:  # held, or closing, while the intent was written
        outcome = partial(ctx.back_to_queue, job, None, "held before sending")
    # What came back is known to nobody but this line, so it is written until it is kept.
    await ctx.until_written(job.job_id, outcome)


async def is_ours(ctx: Context, job: Job) -> bool:
    """Whether it may be sent under the account in use; if not, it was put where it waits."""
    try:
        ours = await ctx.ownership.may_send(job)
    except RemoteError as error:
        away = isinstance(error, NotSent) and not await ctx.connectivity.ask()
        problem = from_remote(
            error, Money.NOT_CHARGED, "unreachable" if away else ACCOUNT_UNTOLD
        ).with_values(
            met=what_was_met(error),
            pause_s="" if error.retry_after_s is None else str(error.retry_after_s),
        )
        note = "whose tokens these are cannot be told now"
        later = ctx.clock() + longer_pause_s(pauses_of(ACCOUNT_UNTOLD).first_s, error)
        if not away:
            ctx.busy(job.job_id, problem, error.retry_after_s or 0.0)
        await ctx.book.go(job.job_id, JobState.QUEUED, error=problem, not_before=later, note=note)
        return False
    ctx.does_its_part(ACCOUNT_UNTOLD)
    if ctx.ownership.two_accounts:
        problem = job_error("two_accounts")
        ctx.hold(HoldReason.TOKEN, problem, job.job_id)
        await ctx.back_to_queue(job, problem, problem.code)
        return False
    if not ours:
        await ctx.ownership.ask(job)
    return ours


async def _send(ctx: Context, generation: Generation, job: Job) -> Outcome:
    """Exactly one request; what it came to, as a write that may be repeated."""
    try:
        answer = await ctx.workers.call(
            generation.submit, json.loads(job.body_json or "{}"), stop=ctx.workers.closing
        )
    except Refused as error:
        return partial(_on_refused, ctx, job, error)
    except NotSent as error:
        ctx.connectivity.not_reached(error)
        problem = from_remote(error, Money.NOT_CHARGED, "unreachable")
        return partial(ctx.back_to_queue, job, problem, "provably not sent")
    except Stopped:
        return partial(ctx.back_to_queue, job, None, "stopped before it was sent")
    except Exception as error:
        # Anything else leaves it open whether the service accepted it: never send again.
        return partial(_on_unclear, ctx, job, error)
    ctx.connectivity.reached()
    ctx.does_its_part(TOO_MANY_REQUESTS)
    return partial(on_answer, ctx, job, answer)


async def _write_intent(ctx: Context, job: Job) -> Job:
    ctx.ownership.sent(job.job_id)
    body = motion_body(job.request, image_url=job.image_link or "", video_url=job.video_link or "")
    intent = await ctx.book.go(
        job.job_id,
        JobState.SUBMITTING,
        body_json=json.dumps(body, ensure_ascii=False),
        submitted_at=ctx.clock(),
        clock_skew_s=ctx.skew_now_s(),
        user_id=ctx.ownership.user_id or job.user_id or None,
        attempt=job.attempt + 1,
        not_before=None,
        error=None,
        looks=0,
    )
    ctx.ages.sent(intent)
    return intent


async def on_answer(ctx: Context, job: Job, answer: SubmitAnswer) -> None:
    """The service accepted it; a late answer may already carry the whole result."""
    skew_s = ctx.skew_then_s(job)
    if skew_s is None:
        skew_s = answer.clock_skew_s
    known: dict[str, Any] = {"trace_id": answer.trace_id, "clock_skew_s": skew_s}
    if answer.refusal is not None:
        await _on_named(ctx, job, answer, answer.refusal, known)
        return
    result = None if answer.result is None else of_job(job, answer.result)
    if result is not None and result.state is not TaskState.RUNNING:
        await on_ended(ctx, job, result, **known)
        return
    await ctx.book.go(job.job_id, JobState.GENERATING, task_id=answer.task_id, **known)


async def _on_named(
    ctx: Context, job: Job, answer: SubmitAnswer, refusal: RemoteError, known: dict[str, Any]
) -> None:
    """A no that names a task: asking for that task tells which holds. A token's no holds, too."""
    problem = from_named(refusal)
    if isinstance(refusal, Refused) and refusal.kind in HOLDS:
        ctx.hold(HOLDS[refusal.kind], problem, job.job_id)
    if answer.task_id in ctx.book.task_ids():  # another job's, of which this may be a double
        await ctx.book.go(job.job_id, JobState.UNKNOWN, error=problem, note=refusal.code, **known)
        return
    await ctx.book.go(
        job.job_id,
        JobState.GENERATING,
        task_id=answer.task_id,
        error=problem,
        note=refusal.code,
        **known,
    )


async def on_ended(ctx: Context, job: Job, record: TaskRecord, **known: object) -> None:
    """A task came to its end: there is a video to fetch, or the service's reason why not.

    What it calls finished without a link that can be read is asked for where videos are fetched.
    """
    changes: dict[str, Any] = {
        "task_id": record.task_id or job.task_id,
        "trace_id": record.trace_id or known.get("trace_id") or job.trace_id,
        "user_id": record.user_id or job.user_id,
        "application_id": record.application_id or job.application_id,
        "service": job.service.then(record.said),
    }
    if known.get("clock_skew_s") is not None:
        changes["clock_skew_s"] = known["clock_skew_s"]
    if record.state is not TaskState.FAILED:
        changes |= {
            "result_url": next(iter(record.links), None),
            "result_duration_s": record.duration_s,
            "result_unread": record.state is TaskState.UNREAD,
            "marked_url": record.marked_url if job.request.watermark else None,
        }
        await ctx.book.go(job.job_id, JobState.DOWNLOADING, error=None, **changes)
        return
    await _forget_clip(ctx, job)
    error = JobError(
        code="service_failed",
        message=record.error_message or record.error_code,
        money=Money.NORMALLY_NOT_CHARGED,
        trace_id=record.trace_id or job.trace_id,
        values=(("service_code", record.error_code),),
    )
    await ctx.book.go(
        job.job_id,
        JobState.FAILED,
        error=error,
        finished_at=time.time(),
        note=record.error_code,
        **changes,
    )


async def _forget_clip(ctx: Context, job: Job) -> None:
    """Perhaps it could not be fetched: the next job sends it anew."""
    if job.video_link is not None and job.request.video.path is not None:
        await ctx.workers.write(ctx.journal.forget_upload, job.video_link)


async def _on_refused(ctx: Context, job: Job, error: Refused) -> None:
    ctx.connectivity.reached()
    problem = from_remote(error, Money.NOT_CHARGED)
    if _is_busy(problem) and error.retry_after_s is not None:
        problem = problem.with_values(pause_s=str(error.retry_after_s))
    elif error.kind not in HOLDS and is_too_large(error):  # which of the two, it does not say
        inputs = {"name": job.request.image.name, "name1": job.request.video.name}
        problem = replace(problem, code="input_too_large").with_values(**inputs)
    if not error.vouched:  # perhaps in the place of an answer: the history tells before it goes on
        problem = replace(problem, money=Money.MAYBE_CHARGED).with_values(said_by=NOBODY_KNOWN)
        ctx.unchecked.add(job.job_id)
    if error.kind in HOLDS:
        later = None if error.vouched else ctx.clock() + DOUBT_S
        ctx.hold(HOLDS[error.kind], problem, job.job_id)
        await ctx.book.go(
            job.job_id, JobState.QUEUED, error=problem, not_before=later, note=problem.code
        )
        return
    if not _is_busy(problem):
        ctx.does_its_part(TOO_MANY_REQUESTS)
        await _forget_clip(ctx, job)
    if error.vouched:
        await _take_no(ctx, job, problem)
        return
    ctx.unclear(job.job_id, problem)  # what said so may say it to every job
    await ctx.book.go(job.job_id, JobState.UNKNOWN, error=problem, note=problem.code)


async def on_absent(ctx: Context, job: Job) -> bool:
    """The whole history shows nothing of it. Whether that settles a no that nobody vouched for."""
    problem = job.error
    if problem is None or not said_by_nobody(problem) or ctx.ages.age_s(job) < DOUBT_S:
        return False
    ctx.unchecked.discard(job.job_id)
    problem = replace(problem, money=Money.NORMALLY_NOT_CHARGED).with_values(outcome="")
    if _is_busy(problem):
        problem = replace(problem, money=Money.NOT_CHARGED).with_values(said_by="")
    await _take_no(ctx, job, problem)
    return True


async def _take_no(ctx: Context, job: Job, problem: JobError) -> None:
    """It was not accepted. The one refusal after which a job is sent again by itself is "busy"."""
    if not _is_busy(problem):
        await ctx.fail(job, problem)
        return
    asked_s = 0.0
    with suppress(ValueError):  # none was told
        asked_s = float(problem.value("pause_s"))
    ctx.busy(job.job_id, problem, asked_s)
    later = ctx.clock() + max(busy_pause_s(job.attempt), asked_s)
    await ctx.book.go(job.job_id, JobState.QUEUED, error=problem, not_before=later)


def _is_busy(problem: JobError) -> bool:
    status = problem.http_status
    return problem.code == TOO_MANY_REQUESTS and status == HTTPStatus.TOO_MANY_REQUESTS


def busy_pause_s(attempt: int) -> float:
    """1, 2, 4, 8, 16 s with jitter."""
    return pauses_of(TOO_MANY_REQUESTS).before(attempt) * (1 + random.uniform(0, JITTER))


async def _on_unclear(ctx: Context, job: Job, error: Exception) -> None:
    if isinstance(error, RemoteError):
        problem = from_unclear(error)
        if isinstance(error, ContactLost):
            ctx.poller.poke()
    else:
        _log.exception("a submit ended in a way nobody thought of", exc_info=error)
        problem = job_error("contact_lost", Money.MAYBE_CHARGED)
    ctx.unclear(job.job_id, problem)  # at once: the next one may be about to be sent
    ctx.does_its_part(TOO_MANY_REQUESTS)  # what holds the queue now is another thing
    await ctx.book.go(job.job_id, JobState.UNKNOWN, error=problem, note=str(error))
