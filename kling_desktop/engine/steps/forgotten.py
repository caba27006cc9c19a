"""Tasks of the history that jobs may have led to which the journal takes for unsent.

A data folder that was put back from a copy knows nothing of what was sent since; nor does what
lies in it. Only the service knows. Nothing found here is ever attached by itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...media.errors import MediaError
from ...motion.facts import LinkFacts, VideoFacts
from ...motion.job import Job
from ...remote.answers import http_date
from ...remote.errors import BadLink, RemoteError
from ...remote.links import host_of
from ...remote.transfer import link_head
from ...remote.wire import TaskRecord
from ...steady import steady_s
from ..context import Context, Recalled
from ..lookup import (
    CLOCKS_AGREE_WITHIN_S,
    UNKNOWN_SKEW_S,
    WRONG_S,
    perhaps_sent,
    perhaps_sent_since,
)
from .history import history
from .take_up import agreement_of, made_clip
from .upload import REUSE_FOR_S

# So long an answer of the history counts: another copy of this library may send the same job.
FRESH_S = 1.0
_SAME_LENGTH_S = 1.0  # a video may end somewhat before or after the clip that it follows
_OWN_UPLOADS = 3  # so many, the newest, are looked at for how a host keeps what it is sent
_ANY_BYTES = ("application/octet-stream", "binary/octet-stream")  # types of no kind of file
PERHAPS_SENT = "perhaps_sent"  # the error code of a job that such a task was found for


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The tasks by job_id, and whether there can be no others; if not, perhaps why."""

    of: Mapping[str, list[TaskRecord]]
    whole: bool
    trouble: RemoteError | None = None


async def forgotten(ctx: Context, jobs: Sequence[Job]) -> Forgotten | None:
    """From one query for all jobs; None where the history cannot be asked. Raises RemoteError."""
    knew_time = ctx.service.clock_skew_s() is not None
    found = await history(ctx, *_between(ctx, jobs), jobs[0])
    if not knew_time and abs(ctx.service.clock_skew_s() or 0.0) > WRONG_S:
        # Asked by a clock that is wrong, as the answer tells: what is sought lies beyond, perhaps.
        found = await history(ctx, *_between(ctx, jobs), jobs[0])
    if found is None:
        return None
    uploads = _Uploads(ctx)
    of = {j.job_id: await _of(ctx, j, found.records, uploads) for j in jobs}
    return Forgotten(of, found.whole, found.trouble)


async def is_unsent(ctx: Context, job: Job) -> bool:
    """Whether the history, answered just now, shows nothing of it; else it is put back.

    Between its answer and the POST another copy of this library may have sent the job; and what did
    not answer before may answer now.
    """
    asked, now = ctx.recalled.get(job.job_id), steady_s()
    if asked is None or (asked.answered and now - asked.at <= FRESH_S):
        return True
    found, page = None, False
    try:
        async with ctx.looking:
            found = await forgotten(ctx, [job])
    except RemoteError as error:
        page = error.is_page
    answered = found is not None and found.whole
    doubtful = found is not None and bool(found.of[job.job_id])
    # Where nothing was answered before either, that was said, and waited for.
    if not doubtful and not page and (answered or not asked.answered):
        ctx.recalled[job.job_id] = Recalled(now, answered)
        return True
    ctx.unchecked.add(job.job_id)  # what it means is for who asks about all of them (recall.py)
    await ctx.back_to_queue(job, job.error, "the history is asked first")
    return False


class _Uploads:
    """What file hosts tell of uploads; each link is asked once for one answer of the history."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._heads: dict[str, LinkFacts | None] = {}

    async def head(self, url: str) -> LinkFacts | None:
        if url not in self._heads:
            self._heads[url] = await self._ask(url)
        return self._heads[url]

    async def are_given_as_sent(self, host: str, since: float) -> bool:
        """Whether the host still has the bytes that it was sent at ``since``, by its own clock.

        Shown by one of our own uploads, not younger: a host that packs or converts what it keeps
        gives that in another size, too. (What was fitted or cleaned first shows nothing.)
        """
        own = [(u, size) for u, size in self._ctx.book.uploads_of_clips() if host_of(u) == host]
        for url, size_bytes in own[:_OWN_UPLOADS]:
            facts = await self.head(url)
            if facts is not None and facts.size_bytes == size_bytes:
                at = _clip_put_there_at(facts)
                if at is not None and at <= since:
                    return True
        return False

    async def _ask(self, url: str) -> LinkFacts | None:
        service = self._ctx.service
        try:
            return await self._ctx.workers.call(
                link_head, service.http, url, allow_loopback=service.hosts.is_loopback
            )
        except BadLink:
            return None  # uploads are not kept for ever


async def _of(
    ctx: Context, job: Job, records: Sequence[TaskRecord], uploads: _Uploads
) -> list[TaskRecord]:
    found = perhaps_sent(
        job,
        records,
        ctx.book.task_ids(),
        ctx.book.pictures_of_others(job),
        _since(ctx, job),
    )
    if not found or job.request.video.path is None:
        return found
    others, clip = _links_of_others(ctx, job), await _clip_as_sent(ctx, job)
    return [r for r in found if await _shows(job, r, others, clip, uploads)]


async def _shows(
    job: Job, record: TaskRecord, others: set[str], clip: VideoFacts | None, uploads: _Uploads
) -> bool:
    """Whether the clip that the task was made from may be the one that was agreed to.

    Another one's video is not as long, and its upload not as large: the service and the file host
    both have to say so, for either alone may have made something else of it.
    """
    url = (record.request or {}).get("video_url")
    if not isinstance(url, str) or not url or url == job.video_link:
        return True  # where it is not told, nothing speaks against it
    if url in others:
        return False
    if clip is None or record.duration_s is None:
        return True
    if abs(record.duration_s - clip.duration_s) <= _SAME_LENGTH_S:
        return True
    facts = await uploads.head(url)
    if facts is None or facts.size_bytes in (None, clip.size_bytes):
        return True
    put_there_at = _put_there_for(record, facts)
    return put_there_at is None or not await uploads.are_given_as_sent(host_of(url), put_there_at)


def _put_there_for(record: TaskRecord, facts: LinkFacts) -> float | None:
    """When what a link leads to was put there for this task; None where it was not.

    A host may answer with something else, a clip even, in the place of what it did not keep: that
    is older than the task by more than a link is used again for, or younger.
    """
    at = _clip_put_there_at(facts)
    if at is None or record.created_at is None:
        return None
    return at if -CLOCKS_AGREE_WITHIN_S <= record.created_at - at <= REUSE_FOR_S else None


def _clip_put_there_at(facts: LinkFacts) -> float | None:
    """By the host's clock; None where no clip is there, or that is not told."""
    a_clip = (facts.content_type or "").startswith("video/") or facts.content_type in _ANY_BYTES
    return http_date(facts.last_modified or "") if a_clip else None


def _links_of_others(ctx: Context, job: Job) -> set[str]:
    """Of clips with other content. Where the job's is not known, no link is another's."""
    agreed = agreement_of(job).video
    return set() if agreed is None else ctx.book.clips_of_others(agreed)


async def _clip_as_sent(ctx: Context, job: Job) -> VideoFacts | None:
    """Where it is certain that the person's own file was sent; else None.

    The file may be another one by now. Fitted or cleaned, it may have other bytes each time, and
    whether it was cleaned then is not known: only one that either would leave alone is certain.
    """
    agreed, path = agreement_of(job).video, job.request.video.path
    if agreed is None or agreed.sha256 is None:
        return None
    try:
        clips = [await made_clip(ctx, job, clean_metadata=clean) for clean in (False, True)]
    except MediaError:
        return None
    as_it_is = all(c.path == path and c.stamp.sha256 == agreed.sha256 for c in clips)
    facts = clips[0].facts
    return facts if as_it_is and isinstance(facts, VideoFacts) else None


def _between(ctx: Context, jobs: Sequence[Job]) -> tuple[float, float]:
    """When tasks of these jobs may have been made, by the service's clock as far as it is known."""
    low = min(_since(ctx, job) for job in jobs)
    # Only forward: by a difference from before this computer slept, its own "now" would be past.
    ahead_s = max(0.0, ctx.service.clock_skew_s() or 0.0)
    return low, time.time() + ahead_s + UNKNOWN_SKEW_S


def _since(ctx: Context, job: Job) -> float:
    skew_s = ctx.service.clock_skew_s()
    return perhaps_sent_since(job, ctx.book.released_at(job.job_id), skew_s)
