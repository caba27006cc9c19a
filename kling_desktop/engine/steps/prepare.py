"""Preparing: the inputs are read once more, made to fit, and held against the limits."""

from __future__ import annotations

from ...media.errors import MediaError
from ...media.fitted import FittedClip, FittedImage
from ...motion.facts import ImageFacts, LinkFacts, VideoFacts
from ...motion.job import HoldReason, Job, JobError, JobState
from ...motion.limits import Finding, Severity, check
from ...motion.request import Draft, Slot
from ..context import Context
from ..plans import Wish
from ..problems import from_media, job_error
from .submit import is_ours


async def prepare(ctx: Context, job: Job) -> None:
    """PREPARING → UPLOADING, QUEUED where no token is there, or FAILED with nothing sent."""
    if not ctx.service.has_api_token:
        problem = job_error("no_token")
        ctx.hold(HoldReason.TOKEN, problem)
        await ctx.back_to_queue(job, problem, problem.code)
        return
    if not await is_ours(ctx, job):
        return
    request = job.request
    try:
        image_facts = await _image_facts(ctx, job)
        video_facts = await _video_facts(ctx, job)
    except MediaError as error:
        slot = request.image if error.path == request.image.path else request.video
        await ctx.fail(job, from_media(error, slot.name))
        return
    found = check(
        Draft.from_request(request),
        image_facts,
        video_facts,
        can_upload=ctx.service.has_account_token,
    )
    errors = [f for f in found if f.severity is Severity.ERROR]
    if errors:
        await ctx.fail(job, _refused(errors[0], job))
        return
    await ctx.book.go(
        job.job_id, JobState.UPLOADING, image_facts=image_facts, video_facts=video_facts
    )


async def fitted_image(ctx: Context, job: Job) -> FittedImage:
    """The picture as the service takes it; cached by content, so asking twice is cheap."""
    path = job.request.image.path or ""
    if not job.request.fit:
        return FittedImage(path, await ctx.workers.media(ctx.media.probe_image, path))
    stop = ctx.stop_of(job.job_id)
    return await ctx.workers.media(ctx.media.fit_image, path, _wish(ctx, job).image_plan, stop=stop)


async def fitted_clip(ctx: Context, job: Job) -> FittedClip:
    """The clip as the service takes it; as with the picture, the second time is cheap."""
    return await ctx.workers.media(
        ctx.media.fit_clip,
        job.request.video.path or "",
        _wish(ctx, job).clip_plan,
        on_progress=ctx.report_share(job.job_id, JobState.PREPARING),
        stop=ctx.stop_of(job.job_id),
    )


def _wish(ctx: Context, job: Job) -> Wish:
    return Wish.of(job.request, clean_metadata=ctx.clean_metadata())


async def _image_facts(ctx: Context, job: Job) -> ImageFacts | LinkFacts | None:
    if job.request.image.path is None:
        return job.image_facts
    return (await fitted_image(ctx, job)).facts


async def _video_facts(ctx: Context, job: Job) -> VideoFacts | LinkFacts | None:
    if job.request.video.path is None:
        return job.video_facts
    return (await fitted_clip(ctx, job)).facts


def _refused(found: Finding, job: Job) -> JobError:
    source = job.request.image if found.slot is Slot.IMAGE else job.request.video
    values = {"name": source.name, "finding": found.code.value, **dict(found.values)}
    return job_error("input_refused", values=values)
