"""Preparing: the inputs are read once more, made to fit, and held against the limits."""

from __future__ import annotations

from ...motion.job import HoldReason, Job, JobState
from ..context import Context
from ..problems import job_error
from .submit import is_ours
from .take_up import agreement_of, take_up


async def prepare(ctx: Context, job: Job) -> None:
    """PREPARING → UPLOADING; QUEUED without a token; ASKING or FAILED with nothing sent."""
    if not ctx.service.has_api_token:
        problem = job_error("no_token")
        ctx.hold(HoldReason.TOKEN, problem, job.job_id)
        await ctx.back_to_queue(job, problem, problem.code)
        return
    if not await is_ours(ctx, job):
        return
    if job.job_id in ctx.unchecked:  # there was no token, or another one, when it was taken up
        await ctx.back_to_queue(job, job.error, "the history is asked first")
        return
    taken = await take_up(ctx, job)
    if taken is None:
        return
    ctx.taken[job.job_id] = taken
    await ctx.book.go(
        job.job_id,
        JobState.UPLOADING,
        image_facts=taken.image.facts,
        video_facts=taken.video.facts,
        agreed=agreement_of(job).completed_by(taken.as_agreement()),
    )
