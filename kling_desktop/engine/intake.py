"""One input of a draft, looked at: is it there, is it of the right kind, what is it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..media.errors import MediaCode, MediaError
from ..media.files import content_of, mark_of
from ..media.helper import MediaHelper
from ..media.sniff import read_head
from ..motion.agreement import Content, FileMark, InputStamp
from ..motion.facts import LinkFacts, VideoFacts
from ..motion.fitting import planned_clip
from ..motion.input import Input, InputState
from ..motion.limits import (
    LENGTH_TOLERANCE_S,
    LONGEST_CHECKED_S,
    VIDEO_MIN_S,
    Finding,
    Mend,
    Severity,
    finding,
    is_web_link,
)
from ..motion.limits import FindingCode as C
from ..motion.request import Slot, Source
from ..moving import replace as replace_file
from ..remote.errors import BadLink, LinkUnchecked, NotSent, RemoteError
from ..remote.transfer import check_link
from .naming import safe_stem
from .plans import Wish
from .problems import FINDINGS, media_values
from .service import Service
from .stamps import is_being_written, stamp_of
from .workers import Workers

# Twice the size at which a well shows it, for screens at 200 %.
THUMBNAIL_WIDTH_PX, THUMBNAIL_HEIGHT_PX = 320, 320

_log = logging.getLogger(__name__)

STRIP_COUNT, STRIP_HEIGHT_PX = 12, 96  # the editor's wide strip; the well's takes some of them

# What ``remote`` says of a link, as a finding.
_LINK_CODES = {
    "link_not_http": C.LINK_NOT_HTTP,
    "link_with_password": C.LINK_WITH_PASSWORD,
    "link_private": C.LINK_PRIVATE,
    "link_not_found": C.LINK_NOT_FOUND,
    "link_html": C.LINK_NOT_MEDIA,
    "link_empty": C.LINK_EMPTY,
}
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_CHOOSE = {Slot.IMAGE: Mend.CHOOSE_IMAGE, Slot.VIDEO: Mend.CHOOSE_VIDEO}


class Intake:
    """Looks at inputs. Everything that blocks runs in workers or the media helper."""

    def __init__(
        self, workers: Workers, media: MediaHelper, service: Service, inputs_folder: Path
    ) -> None:
        self._workers = workers
        self._media = media
        self._service = service
        self._inputs_folder = inputs_folder

    @property
    def service_is_here(self) -> bool:
        """On this computer, as the sandbox is: it reaches what this computer reaches."""
        return self._service.hosts.is_loopback

    async def look(
        self,
        slot: Slot,
        source: Source,
        announce: Callable[[Input], None],
        wish: Wish | None = None,
    ) -> Input:
        """Facts, thumbnail and verdict of one input; ``announce`` hears of the checking."""
        wish = wish or Wish()
        value = Input(
            slot,
            InputState.CHECKING,
            source,
            image_edit=wish.image_edit,
            clip_edit=wish.clip_edit,
        )
        announce(value)
        if source.url is not None:
            return await self._look_at_link(value, source.url)
        return await self._look_at_file(value, source.path or "", wish)

    async def stamped(self, value: Input) -> Input | None:
        """With the content that was looked at. None: the file was written to since.

        A large clip takes a moment, and so does a file that was written just now.
        """
        path = value.source.path if value.source is not None else None
        if value.state is not InputState.READY or path is None or value.mark is None:
            return value
        try:
            content = await self._content(path)
            if content.mark != value.mark or await is_being_written(self._workers, path):
                return None
        except MediaError:
            return None
        stamp = InputStamp(content.sha256, content.mark.size_bytes)
        return replace(value, stamp=stamp)

    async def look_closely(self, slot: Slot, source: Source, wish: Wish) -> Input:
        """As ``look``, and only what stays as it was looked at is READY."""
        value = await self.look(slot, source, _to_nobody, wish)
        return await self.stamped(value) or growing(value)

    async def is_as_looked_at(self, value: Input) -> bool:
        """Whether a stamped input is still what it was. A glance, where nothing was written."""
        path = value.source.path if value.source is not None else None
        if path is None or value.mark is None:
            return True
        try:
            if await self._mark(path) == value.mark:
                return True
            content = await self._content(path)
        except MediaError:
            return False
        return value.stamp is not None and content.sha256 == value.stamp.sha256

    async def until_quiet(self, path: str) -> None:
        """Until a file is not written to any more, or is gone."""
        while await is_being_written(self._workers, path):
            pass

    async def keep_picture(self, png: bytes) -> Source:
        """A picture from the clipboard has no file: give it one. Raises OSError."""
        return await self._workers.call(self._write_picture, png)

    async def keep_given(self, name: str, data: bytes) -> Source:
        """A file that lay in another program alone. Raises OSError."""
        return await self._workers.call(self._write_given, name, data)

    async def replan(self, value: Input, wish: Wish, stop: threading.Event) -> Input:
        """A clip of which another part is wanted: what will be done to it now."""
        path, original = value.source.path if value.source else None, value.original
        if path is None or not isinstance(original, VideoFacts):
            return value
        try:
            planned = await self._workers.media(
                self._media.plan_clip, path, wish.clip_plan, stop=stop
            )
        except MediaError as error:
            return refused_by(value, error)
        value = replace(value, state=InputState.READY, problem=None, unchecked=False)
        return with_plan(value, original, wish, tuple(change.value for change in planned))

    async def strip(self, path: str, announce: Callable[[tuple[str, ...]], None]) -> None:
        """Small pictures of a clip, evenly over its length: soon, and again when they are exact."""
        loop = asyncio.get_running_loop()
        found: dict[int, str] = {}

        def on_thumbnail(index: int, picture: str) -> None:
            found[index] = picture
            if len(found) == STRIP_COUNT and not loop.is_closed():
                loop.call_soon_threadsafe(announce, tuple(found[i] for i in sorted(found)))
                found.clear()

        try:
            pictures = await self._workers.media(
                self._media.strip,
                path,
                count=STRIP_COUNT,
                height_px=STRIP_HEIGHT_PX,
                on_thumbnail=on_thumbnail,
            )
        except MediaError as error:
            _log.info("no strip of a clip: %s", error.code)
        else:
            announce(tuple(pictures))

    async def frame(self, path: str, at_s: float, max_px: int) -> str | None:
        """Path of a picture of the clip's frame at this time; None where it cannot be read."""
        try:
            return await self._workers.media(self._media.frame, path, at_s=at_s, max_px=max_px)
        except MediaError as error:
            _log.info("no frame of a clip: %s", error.code)
            return None

    async def poster(self, path: str, side_px: int) -> str | None:
        """Path of a large picture of the file, upright; None where it cannot be read."""
        try:
            return await self._workers.media(
                self._media.thumbnail, path, width_px=side_px, height_px=side_px
            )
        except MediaError as error:
            _log.info("no large picture: %s", error.code)
            return None

    async def _mark(self, path: str) -> FileMark:
        return await self._workers.at_place(os.path.dirname(path), partial(mark_of, path))

    async def _content(self, path: str) -> Content:
        """In a thread of its own: its disk may never answer, and a large one takes a while."""
        return await self._workers.aside(partial(content_of, path, self._workers.closing))

    async def _look_at_file(self, value: Input, path: str, wish: Wish) -> Input:
        shown = path
        try:
            mark = await self._workers.at_place(os.path.dirname(path), partial(_first_look, path))
            if value.slot is Slot.IMAGE:
                value, shown = await self._image(value, path, wish)
            else:
                value = await self._clip(value, path, wish)
            thumbnail = await self._workers.media(
                self._media.thumbnail,
                shown,
                width_px=THUMBNAIL_WIDTH_PX,
                height_px=THUMBNAIL_HEIGHT_PX,
            )
        except MediaError as error:
            if await is_being_written(self._workers, path):
                return growing(value)
            return refused_by(value, error)
        state = InputState.READY if value.problem is None else InputState.REFUSED
        return replace(value, state=state, thumbnail_path=thumbnail, mark=mark)

    async def _clip(self, value: Input, path: str, wish: Wish) -> Input:
        """Facts of the clip as it will be sent; nothing is converted before Generate."""
        original = await self._workers.media(self._media.probe_video, path)
        value = replace(value, original=original, original_format=original.container)
        try:
            planned = await self._workers.media(self._media.plan_clip, path, wish.clip_plan)
        except MediaError as error:
            if error.code is not MediaCode.DAMAGED:
                raise
            return refused_by(value, error)
        return with_plan(value, original, wish, tuple(change.value for change in planned))

    async def _image(self, value: Input, path: str, wish: Wish) -> tuple[Input, str]:
        """With the file to show in the well: the cropped one where it is cropped."""
        original = await self._workers.media(self._media.probe_image, path)
        value = replace(value, facts=original, original=original, original_format=original.format)
        content = await self._content(path)
        fitted = await self._workers.media(
            self._media.fit_image, path, wish.image_plan, content=content
        )
        changes = tuple(change.value for change in fitted.changes)
        shown = path if wish.image_edit.is_empty or not wish.fit else fitted.path
        return replace(value, facts=fitted.facts, changes=changes), shown

    async def _look_at_link(self, value: Input, url: str) -> Input:
        if not is_web_link(url):
            return _refused(value, C.LINK_NOT_HTTP)
        try:
            facts = await self._workers.call(
                check_link,
                self._service.http,
                url,
                allow_loopback=self.service_is_here,
            )
        except BadLink as error:
            return self._bad_link(value, error)
        except RemoteError as error:
            return _unchecked(value, LinkUnchecked(host=error.host, why=error))
        return replace(value, state=InputState.READY, facts=facts, stamp=stamp_of(facts))

    def _bad_link(self, value: Input, error: BadLink) -> Input:
        if isinstance(error, LinkUnchecked):
            return _unchecked(value, error)
        code = _LINK_CODES.get(error.code, C.LINK_REFUSED)
        problem = finding(
            code,
            slot=value.slot,
            mend=_CHOOSE[value.slot],
            content_type="HTML",
            status=error.http_status or "…",
        )
        return replace(value, state=InputState.REFUSED, problem=problem)

    def _write_picture(self, png: bytes) -> Source:
        name = f"pasted-{hashlib.sha256(png).hexdigest()[:10]}.png"
        return _written(self._inputs_folder / name, png)

    def _write_given(self, name: str, data: bytes) -> Source:
        """Under its own name, in a folder for its content."""
        stem, ending = os.path.splitext(name)
        folder = self._inputs_folder / hashlib.sha256(data).hexdigest()[:16]
        folder.mkdir(mode=0o700, exist_ok=True)
        ending = ending if _ENDING.fullmatch(ending) else ""
        return _written(folder / (safe_stem(stem) + ending), data)


def _unchecked(value: Input, error: LinkUnchecked) -> Input:
    """The service may reach it all the same: it is taken, with the reason."""
    why, status = error.why, error.http_status
    met = why.code if isinstance(why, NotSent) else "http" if status is not None else "no_answer"
    at = why.at if isinstance(why, NotSent) else ""
    warning = finding(
        C.LINK_UNREACHABLE,
        Severity.WARNING,
        value.slot,
        met=met,
        host=error.host,
        at=at,
        status=status or 0,
    )
    return replace(value, state=InputState.READY, facts=LinkFacts(), warning=warning)


def _written(path: Path, data: bytes) -> Source:
    if not path.exists():
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        replace_file(part, path)
    return Source(path=str(path))


def _first_look(path: str) -> FileMark:
    """Where it lies in the cloud alone, or its disk is dead, it is waited for here, and not in the
    helper, which others need. Blocks. Raises MediaError."""
    mark = mark_of(path)
    read_head(path)
    return mark


def with_plan(value: Input, original: VideoFacts, wish: Wish, changes: tuple[str, ...]) -> Input:
    """The clip with the facts that it will have."""
    facts = planned_clip(original, wish.clip_edit, changes, fit=wish.fit)
    return replace(value, facts=facts, changes=changes, clip_edit=wish.clip_edit)


def with_part(value: Input, wish: Wish) -> Input | None:
    """The clip with another part of it, until that was looked at; None: it has no parts."""
    original = value.original
    damaged = value.problem is not None and value.problem.code is C.FILE_DAMAGED_FROM
    if not isinstance(original, VideoFacts) or not (damaged or value.state is InputState.READY):
        return None
    unchecked = value.unchecked or damaged or original.duration_s > LONGEST_CHECKED_S
    value = replace(value, state=InputState.READY, problem=None, unchecked=unchecked)
    return with_plan(value, original, wish, value.changes)


def growing(value: Input) -> Input:
    """Refused for now: it is still being written."""
    return _refused(value, C.FILE_GROWING)


def is_growing(value: Input) -> bool:
    return value.problem is not None and value.problem.code is C.FILE_GROWING


def _to_nobody(_value: Input) -> None:
    """For who shows no checking."""


def refused_by(value: Input, error: MediaError) -> Input:
    """With the reason; of a damaged clip the part that is whole is offered."""
    code = FINDINGS.get(error.code, C.FILE_DAMAGED)
    name = value.source.name if value.source else ""
    values: dict[str, str | float | int] = {"name": name, **media_values(error)}
    mend = _CHOOSE[value.slot]
    if error.whole_s:
        start_s, end_s = error.whole_s
        if end_s - start_s >= VIDEO_MIN_S - LENGTH_TOLERANCE_S:
            mend, values = Mend.USE_PART, {**values, "start_s": start_s, "end_s": end_s}
    problem = Finding(code, Severity.ERROR, value.slot, tuple(values.items()), mend)
    return replace(value, state=InputState.REFUSED, problem=problem)


def _refused(value: Input, code: C) -> Input:
    name = value.source.name if value.source else ""
    problem = finding(code, slot=value.slot, mend=_CHOOSE[value.slot], name=name)
    return replace(value, state=InputState.REFUSED, problem=problem)
