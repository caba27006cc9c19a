"""The copy with a watermark, where one was asked for: fetched after the video, kept beside it.

The video is saved already, and whatever becomes of the copy changes nothing of that.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from ...media.errors import MediaError
from ...motion.job import Job
from ...moving import discard
from ...remote.errors import LinkExpired, LocalFileError, RemoteError, Stopped
from ...remote.transfer import download
from ..context import Context
from ..naming import beside, place

_log = logging.getLogger(__name__)

# After the last one it is given up: "Fetch again" asks for it once more.
RETRY_S: tuple[float, ...] = (1, 5, 20)


async def fetch_marked(ctx: Context, job: Job) -> None:
    """DONE stays DONE; afterwards it waits for no copy any more, unless all closes before."""
    stop = ctx.stop_of(job.job_id)
    for pause_s in (*RETRY_S, None):
        if (now := ctx.book.find(job.job_id)) is None:  # deleted meanwhile, and its video with it
            await ctx.workers.call(_tidy, _part_of(job))
            return
        try:
            copy = await _fetched(ctx, now)
        except Stopped:
            return
        except LinkExpired:
            await _renew_link(ctx, now)
        except (RemoteError, LocalFileError, MediaError, OSError) as error:
            _log.warning("a watermarked copy did not arrive: %s", error)
        else:
            await ctx.book.update(job.job_id, marked_url=None, marked_path=str(copy))
            return
        if pause_s is not None:
            await asyncio.sleep(pause_s)
        if stop.is_set():
            return
    await ctx.workers.call(_tidy, _part_of(job))
    await ctx.book.update(job.job_id, marked_url=None, note="without its watermarked copy")


async def _fetched(ctx: Context, job: Job) -> Path:
    """Under its name. Raises Stopped, LinkExpired, RemoteError, LocalFileError, MediaError."""
    part, video = _part_of(job), Path(job.result_path or "")
    await ctx.workers.fetch(
        download,
        ctx.service.http,
        job.marked_url or "",
        str(part),
        stop=ctx.stop_of(job.job_id),
        allow_loopback=ctx.service.hosts.is_loopback,
    )
    try:
        await ctx.workers.media(ctx.media.verify_video, str(part))
        ctx.book.get(job.job_id)  # raises KeyError where it was deleted meanwhile
        stem = beside(video.stem, f", {ctx.words.watermarked()}")
        return await ctx.workers.call(place, part, video.parent, stem)
    finally:  # what is no video is fetched anew
        await ctx.workers.call(_tidy, part)


async def _renew_link(ctx: Context, job: Job) -> None:
    generation = ctx.service.generation()
    if generation is None or job.task_id is None:
        return
    try:
        record = await ctx.workers.call(generation.retrieve, job.task_id)
    except RemoteError as error:
        _log.warning("no fresh link of a watermarked copy was told: %s", error)
        return
    if record is not None and record.marked_url is not None:
        await ctx.book.update(job.job_id, marked_url=record.marked_url)


def _part_of(job: Job) -> Path:
    return Path(job.result_path or "").parent / f".{job.job_id}.marked.part"


def _tidy(part: Path) -> None:
    for path in (part, Path(f"{part}.meta")):
        discard(path)
