"""Uploading: the picture afresh for every submission, the clip once and then reused."""

from __future__ import annotations

import asyncio
import os
import time
import uuid

from ...motion.job import HoldReason, Job, JobState, Money
from ...motion.limits import UPLOAD_MAX_BYTES
from ...remote.errors import (
    LocalFileError,
    NotSent,
    RefusalKind,
    Refused,
    RemoteError,
    Stopped,
)
from ...remote.transfer import check_link
from ..busy import pauses_of
from ..context import Context
from ..problems import (
    UPLOAD_FAILED,
    from_remote,
    is_too_large,
    longer_pause_s,
    what_was_met,
)
from .take_up import Made, take_up

# Uploads are free, so they are tried again; the pauses give a hiccup time to pass.
RETRY_AFTER_S: tuple[float, ...] = (1.0, 4.0)
# The vendor doesn't promise how long an upload's link lasts; half a day is one sitting.
REUSE_FOR_S = 12 * 3600.0

_MIME = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4", ".mov": "video/quicktime"}


async def upload(ctx: Context, job: Job) -> None:
    """UPLOADING → (links are known, ready to submit), QUEUED, ASKING or FAILED; all unpaid.

    Only what can never be uploaded ends there: all else is tried again by itself.
    """
    taken = ctx.taken.pop(job.job_id, None) or await take_up(ctx, job)
    if taken is None:
        return
    try:
        image_link = await _image_link(ctx, job, taken.image)
        video_link = await _video_link(ctx, job, taken.video)
    except Stopped:
        return  # cancelled or closing: whoever stopped it decides the state
    except LocalFileError:
        # Gone, or not what was prepared any more: held against what was agreed to once more.
        if await take_up(ctx, job) is not None:
            await ctx.back_to_queue(job, None, "changed while it was sent")
    except Refused as error:
        await _refused(ctx, job, error)
    except NotSent as error:
        if await ctx.connectivity.ask():  # the host for uploads alone is away
            await _put_off(ctx, job, error)
            return
        met_page = ctx.connectivity.meets_page
        problem = from_remote(
            error, Money.NOT_CHARGED, "page_instead" if met_page else "unreachable"
        )
        await ctx.back_to_queue(job, problem, problem.code)
    except RemoteError as error:
        if is_too_large(error):
            await _too_large(ctx, job, error)
        else:
            await _put_off(ctx, job, error)
    else:
        ctx.upload_pauses_s.pop(job.job_id, None)
        await ctx.book.update(job.job_id, image_link=image_link, video_link=video_link)


async def _image_link(ctx: Context, job: Job, image: Made) -> str:
    if job.request.image.url is not None:
        return job.request.image.url
    # An earlier attempt provably never arrived: it is still the job's own.
    if job.image_link is not None and await _is_still_there(ctx, job.image_link, image):
        return job.image_link
    link = await _send(ctx, job, image)
    await ctx.book.update(job.job_id, image_link=link)
    return link


async def _video_link(ctx: Context, job: Job, video: Made) -> str:
    if job.request.video.path is None:
        return job.request.video.url or ""
    base_url, key = ctx.service.hosts.platform, video.sha256
    oldest = time.time() - REUSE_FOR_S
    known = await ctx.workers.write(ctx.journal.remembered_upload, key, base_url, not_before=oldest)
    if known is not None and await _is_still_there(ctx, known, video):
        return known
    link = await _send(ctx, job, video)
    await ctx.workers.write(ctx.journal.remember_upload, key, base_url, link)
    return link


async def _is_still_there(ctx: Context, link: str, made: Made) -> bool:
    """The vendor may have cleared it; where that cannot be found out, sending it again is free."""
    try:
        size_bytes = await ctx.workers.call(os.path.getsize, made.path)
        loopback = ctx.service.hosts.is_loopback
        facts = await ctx.workers.call(check_link, ctx.service.http, link, allow_loopback=loopback)
    except (OSError, RemoteError):
        return False
    return facts.size_bytes in (None, size_bytes)


async def _send(ctx: Context, job: Job, made: Made) -> str:
    """One file, tried again where the answer was unclear: an upload costs nothing.

    Each try sends the content that was prepared, or none: LocalFileError where it is another one.
    """
    platform = ctx.service.platform()
    if platform is None:
        raise Refused(code="no_account_token", kind=RefusalKind.TOKEN)
    for own_pause_s in (*RETRY_AFTER_S, None):
        try:
            link = await ctx.workers.call(
                platform.upload,
                made.path,
                # The person's own file name stays here: uploads are public to who has the link.
                file_name=uuid.uuid4().hex + made.ending,
                mime=_MIME[made.ending],
                on_progress=ctx.report(job.job_id, JobState.UPLOADING),
                stop=ctx.stop_of(job.job_id),
                sha256=made.sha256,
            )
        except (Stopped, NotSent):
            raise
        except RemoteError as error:
            if not isinstance(error, Refused) and not await ctx.connectivity.ask():
                # Not the service's doing: the job waits for it, instead of ending here.
                raise NotSent(error.code, host=error.host) from error
            busy = isinstance(error, Refused) and error.kind is RefusalKind.BUSY
            if own_pause_s is None or (isinstance(error, Refused) and not busy):
                raise
            if is_too_large(error):
                raise
            if longer_pause_s(own_pause_s, error) > own_pause_s:
                raise  # a pause that the service asks for is waited for outside the slots
            await asyncio.sleep(own_pause_s)
        else:
            ctx.does_its_part(UPLOAD_FAILED)
            return link
    raise AssertionError("unreachable: the last round returns or raises")


async def _refused(ctx: Context, job: Job, error: Refused) -> None:
    of_the_token = (RefusalKind.TOKEN, RefusalKind.PERMISSION, RefusalKind.DISABLED)
    if error.kind in of_the_token and error.vouched:
        code = "no_account_token" if error.code == "no_account_token" else "upload_refused"
        problem = from_remote(error, Money.NOT_CHARGED, code)
        ctx.hold(HoldReason.UPLOADS, problem, job.job_id)
        await ctx.back_to_queue(job, problem, code)
    elif is_too_large(error):
        await _too_large(ctx, job, error)
    elif error.kind in (RefusalKind.BUSY, RefusalKind.OTHER) or not error.vouched:
        await _put_off(ctx, job, error)  # it says nothing of the file
    else:
        problem = from_remote(error, Money.NOT_CHARGED, "upload_not_taken")
        await ctx.fail(job, problem.with_values(name=_met_by(ctx, job)))


async def _too_large(ctx: Context, job: Job, error: RemoteError) -> None:
    """Of that file, for the service or for what is on the way to it: 413 has no other cure."""
    if error.http_status is None:  # by the limit that is known here, before anything was sent
        problem = from_remote(error, Money.NOT_CHARGED, "upload_too_large")
        problem = problem.with_values(limit_bytes=str(UPLOAD_MAX_BYTES))
    else:
        problem = from_remote(error, Money.NOT_CHARGED, "too_large_there")
        ctx.does_its_part(UPLOAD_FAILED)  # it answers
    await ctx.fail(job, problem.with_values(name=_met_by(ctx, job)))


def _met_by(ctx: Context, job: Job) -> str:
    """The name of the input whose upload did not arrive."""
    return ctx.book.get(job.job_id).next_upload.name


async def _put_off(ctx: Context, job: Job, error: RemoteError) -> None:
    """It did not arrive, which says nothing of the file: it waits, outside the slots.

    So do the others, for the next one would meet the same.
    """
    job = ctx.book.get(job.job_id)  # its picture may be there by now
    pause_s = 0.0  # held meanwhile: by what may have answered here, too
    if ctx.may_send(job):
        own = pauses_of(UPLOAD_FAILED)
        pause_s = ctx.upload_pauses_s.get(job.job_id, own.first_s)
        ctx.upload_pauses_s[job.job_id] = min(2 * pause_s, own.at_most_s)
    asked = {} if error.retry_after_s is None else {"pause_s": str(error.retry_after_s)}
    problem = from_remote(error, Money.NOT_CHARGED, UPLOAD_FAILED).with_values(
        name=job.next_upload.name, met=what_was_met(error), **asked
    )
    ctx.busy(job.job_id, problem, error.retry_after_s or 0.0)
    await ctx.book.go(
        job.job_id,
        JobState.QUEUED,
        error=problem,
        not_before=ctx.clock() + longer_pause_s(pause_s, error),
        note=error.code,
    )
