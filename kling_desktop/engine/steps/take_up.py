"""Taking a job up: its inputs as they are now, held against the limits and what was agreed to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...media.errors import MediaCode, MediaError
from ...media.files import check_unchanged, content_of
from ...media.fitted import FittedClip, FittedImage
from ...motion.agreement import Agreement, Content, InputStamp
from ...motion.facts import ImageFacts, LinkFacts, VideoFacts
from ...motion.job import HoldReason, Job, JobError, JobState
from ...motion.limits import Finding, FindingCode, Severity, check
from ...motion.price import Quote
from ...motion.request import Draft, Slot, Source
from ...remote.errors import RemoteError
from ...remote.transfer import check_link
from ..context import Context
from ..plans import Wish
from ..problems import from_media, job_error
from ..stamps import is_being_written, stamp_of

LOOK_AGAIN_S = 1.5  # at a link: times are told in whole seconds
TRIES = 3  # at a file that is written to while it is read; then it is still being written


@dataclass(frozen=True, slots=True)
class Made:
    """An input as it will be sent."""

    stamp: InputStamp  # of the person's own file, or what the link's host tells
    facts: ImageFacts | VideoFacts | LinkFacts | None
    path: str = ""  # of the file to send; a link has none
    sha256: str = ""  # of that file

    @property
    def ending(self) -> str:
        """Of the name under which it is sent."""
        if isinstance(self.facts, VideoFacts):
            return ".mov" if self.facts.container == "mov" else ".mp4"
        png = isinstance(self.facts, ImageFacts) and self.facts.format == "png"
        return ".png" if png else ".jpg"


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Both inputs, and what they cost now."""

    image: Made
    video: Made
    price: Quote

    @property
    def length_is_known(self) -> bool:
        return isinstance(self.video.facts, VideoFacts)

    def as_agreement(self) -> Agreement:
        return Agreement(
            self.image.stamp,
            self.video.stamp,
            self.price.credits,
            self.price.estimated,
            self.price.duration_s if self.length_is_known else None,
        )

    def as_offer(self, agreed: Agreement, changed: list[Slot]) -> Agreement:
        """What a yes agrees to. Of what did not change, what was known stays known."""
        now = self.as_agreement()
        same = replace(agreed, credits=None).completed_by(now)
        return replace(
            now,
            image=now.image if Slot.IMAGE in changed else same.image,
            video=now.video if Slot.VIDEO in changed else same.video,
        )


async def take_up(ctx: Context, job: Job) -> TakenUp | None:
    """Read, fit, check and compare. None: it has gone to ASKING, FAILED or QUEUED, all unsent.

    Only what was agreed to comes back, for no more than was agreed to.
    """
    try:
        image, video = await _made_image(ctx, job), await made_clip(ctx, job)
    except MediaError as error:
        await _on_media_error(ctx, job, error)
        return None
    changed = _changed(agreement_of(job), image, video)
    for slot in changed:
        if await _is_growing(ctx, _source(job, slot)):
            await _say_growing(ctx, job, _source(job, slot))
            return None
    if (found := _refused(ctx, job, image, video)) is not None:
        await _on_refused(ctx, job, found, changed)
        return None
    await ctx.fresh_price()
    taken = _priced(ctx, job, image, video)
    agreed = not await _asks(ctx, job, taken) and await _fits_today(ctx, job, taken)
    return taken if agreed else None


async def is_still_agreed(ctx: Context, job: Job) -> bool:
    """Just before it is sent: the person's own links, and the price. False: it asks now.

    Its files were hashed on their way to the service.
    """
    agreed = agreement_of(job)
    image = Made(agreed.image or InputStamp(), job.image_facts)
    video = Made(agreed.video or InputStamp(), job.video_facts)
    if job.request.image.url is not None:
        image = await _linked(ctx, job.request.image.url, job.image_facts, agreed.image)
    if job.request.video.url is not None:
        video = await _linked(ctx, job.request.video.url, job.video_facts, agreed.video)
    await ctx.fresh_price()
    taken = _priced(ctx, job, image, video)
    return not await _asks(ctx, job, taken) and await _fits_today(ctx, job, taken)


def agreement_of(job: Job) -> Agreement:
    """What was agreed to; of a job of an older version no more than its estimate is known."""
    agreed = job.agreed or Agreement()
    if agreed.credits is not None or not isinstance(job.video_facts, VideoFacts):
        return agreed
    shown, duration_s = job.estimate_credits, job.video_facts.duration_s
    return replace(agreed, credits=shown, estimated=True, duration_s=duration_s)


def _priced(ctx: Context, job: Job, image: Made, video: Made) -> TakenUp:
    length_s = video.facts.duration_s if isinstance(video.facts, VideoFacts) else None
    return TakenUp(image, video, ctx.price(job.request, length_s))


async def _asks(ctx: Context, job: Job, taken: TakenUp) -> bool:
    """Whether the person has to be asked, because it is not what they agreed to any more."""
    agreed = agreement_of(job)
    changed = _changed(agreed, taken.image, taken.video)
    offered = taken.as_offer(agreed, changed)
    if changed:
        names = {f"name{n or ''}": _source(job, slot).name for n, slot in enumerate(changed)}
        error = job_error("input_changed", values={**names, **_figures(agreed, offered)})
    elif agreed.is_exceeded_by(taken.price, _for_agreed_length(ctx, job, agreed, taken)):
        error = job_error("price_rose", values=_figures(agreed, offered))
    else:
        return False
    facts = {"image_facts": taken.image.facts, "video_facts": taken.video.facts}
    await ctx.ask(job, error, offered, **facts)
    return True


async def _fits_today(ctx: Context, job: Job, taken: TakenUp) -> bool:
    """The day's limit is held against what it costs now, where that is more than was estimated."""
    before, now = job.estimate_credits or 0.0, taken.price.credits
    if not taken.length_is_known or now == job.estimate_credits:
        return True
    job = await ctx.book.update(job.job_id, estimate_credits=now)
    if now <= before or ctx.fits_today(job):
        return True
    await ctx.back_to_queue(job, None, "the price rose a little")  # the queue holds it there
    return False


def _for_agreed_length(ctx: Context, job: Job, agreed: Agreement, taken: TakenUp) -> Quote:
    if agreed.duration_s is None:
        return taken.price
    return ctx.price(job.request, agreed.duration_s)


def _changed(agreed: Agreement, image: Made, video: Made) -> list[Slot]:
    pairs = ((Slot.IMAGE, agreed.image, image), (Slot.VIDEO, agreed.video, video))
    return [slot for slot, was, now in pairs if was is not None and was.differs_from(now.stamp)]


def _figures(agreed: Agreement, offered: Agreement) -> dict[str, object]:
    """Both lengths and prices, as far as they are known."""
    values: dict[str, object] = {}
    for name, each in (("was", agreed), ("now", offered)):
        if each.credits is not None:
            values |= {f"{name}_credits": each.credits, f"{name}_estimated": int(each.estimated)}
        if each.duration_s is not None:
            values[f"{name}_s"] = each.duration_s
    return values


def _source(job: Job, slot: Slot) -> Source:
    return job.request.image if slot is Slot.IMAGE else job.request.video


async def _on_media_error(ctx: Context, job: Job, error: MediaError) -> None:
    """It cannot be read now, which does not make the wish a lost one."""
    if error.code is MediaCode.CANCELLED:
        return  # whoever stopped it decides the state
    image = job.request.image
    source = image if error.path == image.path else job.request.video
    if error.code is MediaCode.CHANGED or await _is_growing(ctx, source):
        await _say_growing(ctx, job, source)
    else:  # a drive that is away, a file that another program has: Send looks once more
        await ctx.ask(job, from_media(error, source.name), None)


async def _is_growing(ctx: Context, source: Source) -> bool:
    return source.path is not None and await is_being_written(ctx.workers, source.path)


async def _say_growing(ctx: Context, job: Job, source: Source) -> None:
    """What it will be is not known yet: nothing is offered, and Send looks once more."""
    await ctx.ask(job, job_error("input_growing", values={"name": source.name}), None)


def _refused(ctx: Context, job: Job, image: Made, video: Made) -> Finding | None:
    """What of the limits speaks against it."""
    found = check(
        Draft.from_request(job.request),
        image.facts,
        video.facts,
        can_upload=ctx.service.has_account_token,
        service_is_here=ctx.service.hosts.is_loopback,
    )
    return next((f for f in found if f.severity is Severity.ERROR), None)


async def _on_refused(ctx: Context, job: Job, found: Finding, changed: list[Slot]) -> None:
    """Only what can never be sent ends: the very content that was agreed to is refused."""
    if found.code is FindingCode.UPLOAD_NEEDS_ACCOUNT:
        problem = job_error("no_account_token")
        ctx.hold(HoldReason.UPLOADS, problem, job.job_id)
        await ctx.back_to_queue(job, problem, problem.code)
    elif changed:
        await ctx.ask(job, _as_error(found, job), None)
    else:
        await ctx.fail(job, _as_error(found, job))


def _as_error(found: Finding, job: Job) -> JobError:
    source = job.request.image if found.slot is Slot.IMAGE else job.request.video
    values = {"name": source.name, "finding": found.code.value, **dict(found.values)}
    return job_error("input_refused", values=values)


async def _made_image(ctx: Context, job: Job) -> Made:
    source, plan = job.request.image, _wish(ctx, job).image_plan
    if source.path is None:
        return await _linked(ctx, source.url or "", job.image_facts, agreement_of(job).image)
    path, stop = source.path, ctx.stop_of(job.job_id)

    async def fit(content: Content) -> FittedImage:
        fit_image = ctx.media.fit_image
        return await ctx.workers.media(fit_image, path, plan, stop=stop, content=content)

    return await _from_file(ctx, job, path, fit)


async def made_clip(ctx: Context, job: Job, *, clean_metadata: bool | None = None) -> Made:
    """The clip as it will be sent; ``None``: cleaned as is set now. Raises MediaError."""
    clean = ctx.clean_metadata() if clean_metadata is None else clean_metadata
    source, plan = job.request.video, Wish.of(job.request, clean_metadata=clean).clip_plan
    if source.path is None:
        return await _linked(ctx, source.url or "", job.video_facts, agreement_of(job).video)
    path, stop = source.path, ctx.stop_of(job.job_id)
    on_progress = ctx.report_share(job.job_id, JobState.PREPARING)

    async def fit(content: Content) -> FittedClip:
        how: dict[str, Any] = {"on_progress": on_progress, "stop": stop, "content": content}
        return await ctx.workers.media(ctx.media.fit_clip, path, plan, **how)

    return await _from_file(ctx, job, path, fit)


def _wish(ctx: Context, job: Job) -> Wish:
    clean, large = ctx.clean_metadata(), ctx.large_images()
    return Wish.of(job.request, clean_metadata=clean, large_images=large)


Fit = Callable[[Content], Awaitable[FittedImage | FittedClip]]


async def _from_file(ctx: Context, job: Job, path: str, fit: Fit) -> Made:
    """Fitted from the very content that the stamp names. Raises MediaError."""
    for _ in range(TRIES - 1):
        try:
            return await _from_content(ctx, job, path, fit)
        except MediaError as error:
            if error.code is not MediaCode.CHANGED:
                raise
    return await _from_content(ctx, job, path, fit)


async def _from_content(ctx: Context, job: Job, path: str, fit: Fit) -> Made:
    stop = ctx.stop_of(job.job_id)
    content = await ctx.workers.aside(partial(content_of, path, stop))
    fitted = await fit(content)
    sent = content
    if fitted.changes:
        sent = await ctx.workers.aside(partial(content_of, fitted.path, stop))
    await ctx.workers.aside(partial(check_unchanged, path, content))
    stamp = InputStamp(content.sha256, content.mark.size_bytes)
    return Made(stamp, fitted.facts, fitted.path, sent.sha256)


async def _linked(
    ctx: Context,
    url: str,
    known: ImageFacts | VideoFacts | LinkFacts | None,
    was: InputStamp | None,
) -> Made:
    """What the host tells now; one that does not answer changes nothing.

    Some tell another ETag or time at every look: what differs is looked at twice.
    """
    facts = await _ask_host(ctx, url)
    if facts is None:
        return Made(InputStamp(), known)
    stamp = stamp_of(facts)
    if was is not None and was.differs_from(stamp):
        await asyncio.sleep(LOOK_AGAIN_S)
        again = await _ask_host(ctx, url)
        stamp = stamp if again is None else stamp.common_with(stamp_of(again))
    return Made(stamp, facts)


async def _ask_host(ctx: Context, url: str) -> LinkFacts | None:
    http, loopback = ctx.service.http, ctx.service.hosts.is_loopback
    try:
        return await ctx.workers.call(check_link, http, url, allow_loopback=loopback)
    except RemoteError:
        return None
