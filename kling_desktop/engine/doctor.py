"""The motion doctor: looks at the clip by itself, and remembers what was waved off."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import threading
from functools import partial

from ..media.clip_report import ClipReport
from ..media.errors import MediaError
from ..media.helper import MediaHelper
from ..motion.input import Input
from ..motion.left_out import LeftOut
from ..motion.limits import VIDEO_MAX_S, Finding
from ..motion.request import ClipEdit, Draft, Slot
from ..plain_file import plain
from ..store.errors import StoreUnwritable
from ..store.waved import WavedStore
from .advice import clip_advice, shape_advice, times_in
from .events import Event
from .workers import Workers

PART_AFTER_S = 1.0  # after the last move of a handle; frames are decoded for it
PICTURES = 4  # of evidence; a music video has fifty cuts
PICTURE_MAX_PX = 160  # the card's picture at 200 %
KEY_BYTES = 1 << 20  # of the beginning and the end, with the size: enough to know a clip by
KEPT_REPORTS = 20
_log = logging.getLogger(__name__)

Part = tuple[float | None, float | None]


class Doctor:
    """A newer clip, or another part of it, ends the look at the older one."""

    def __init__(self, workers: Workers, media: MediaHelper, waved: WavedStore) -> None:
        self._workers = workers
        self._media = media
        self._waved = waved
        self._path: str | None = None
        self._part: Part = (None, None)
        self._key: str | None = None
        self._waved_codes: frozenset[str] = frozenset()
        self._whole: ClipReport | None = None
        self._of_part: ClipReport | None = None
        self._pictures: dict[float, str] = {}
        self._reports: dict[tuple[str, Part], ClipReport] = {}
        self._stop = threading.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.changed: Event[None] = Event()

    async def open(self) -> None:
        """Read what was waved off."""
        await self._workers.call(self._waved.load)

    @property
    def left_out(self) -> LeftOut | None:
        """What could not be read of it."""
        return self._waved.left_out

    def attend(self, path: str | None, edit: ClipEdit) -> None:
        """Look at this part of this clip; ``changed`` tells when there is something to say."""
        part = (edit.start_s, edit.end_s)
        if path == self._path and part == self._part:
            return
        other = path != self._path
        self._path, self._part = path, part
        self.halt()
        self._of_part = None
        if other:
            self._key, self._whole, self._waved_codes, self._pictures = None, None, frozenset(), {}
        if path is None:
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(0.0 if other else PART_AFTER_S, self._start, path)

    def findings(self, draft: Draft, inputs: dict[Slot, Input]) -> list[Finding]:
        """Advice about the draft as it stands, without what was waved off."""
        video = inputs[Slot.VIDEO]
        found = list(shape_advice(inputs[Slot.IMAGE].facts, video.facts))
        whole = self._whole
        if whole is not None and draft.video is not None:
            limit_s = VIDEO_MAX_S[draft.orientation]
            span = draft.video_edit.span(whole.end_s)
            found += clip_advice(whole, self._of_part, span, limit_s, self._pictures)
        return [f for f in found if f.code.value not in self._waved_codes]

    def wave_off(self, found: Finding) -> None:
        """Not again for this file."""
        self._waved_codes |= {found.code.value}
        if self._key is not None:
            self._workers.spawn(self._remember(self._key, found.code.value), "waved off")
        self.changed.emit(None)

    def halt(self) -> None:
        """End the look under way."""
        self._stop.set()
        self._stop = threading.Event()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, path: str) -> None:
        self._timer = None
        self._workers.spawn(self._examine(path, self._part, self._stop), "motion doctor")

    async def _examine(self, path: str, part: Part, stop: threading.Event) -> None:
        try:
            if self._key is None:
                self._key = await self._workers.aside(partial(file_key, path))
                self._waved_codes |= await self._workers.call(self._waved.codes, self._key)
            whole = await self._report(path, (None, None), stop)
            of_part = whole if part == (None, None) else await self._report(path, part, stop)
        except (MediaError, OSError) as error:
            _log.info("a clip was not examined: %s", error)
            return
        if stop.is_set():
            return
        self._whole, self._of_part = whole, of_part
        self.changed.emit(None)
        await self._collect_pictures(path, whole, of_part, stop)

    async def _report(self, path: str, part: Part, stop: threading.Event) -> ClipReport:
        """Raises MediaError."""
        place = (self._key or path, part)
        if (known := self._reports.get(place)) is None:
            known = await self._workers.media(
                self._media.examine_clip, path, start_s=part[0], end_s=part[1], stop=stop
            )
            self._reports[place] = known
            if len(self._reports) > KEPT_REPORTS:
                del self._reports[next(iter(self._reports))]
        return known

    async def _collect_pictures(
        self, path: str, whole: ClipReport, part: ClipReport, stop: threading.Event
    ) -> None:
        """The evidence, once there is something to show it with."""
        times = times_in(whole, (part.start_s, part.end_s))[:PICTURES]
        times += [defect.at_s for defect in part.findings]
        for time_s in times:
            if time_s in self._pictures or stop.is_set():
                continue
            try:
                self._pictures[time_s] = await self._workers.media(
                    self._media.frame, path, at_s=time_s, max_px=PICTURE_MAX_PX
                )
            except MediaError as error:
                _log.info("no evidence from a clip: %s", error)
                return
        if times and not stop.is_set():
            self.changed.emit(None)

    async def _remember(self, key: str, code: str) -> None:
        try:
            await self._workers.call(self._waved.add, key, code)
        except StoreUnwritable as error:
            _log.warning("what was waved off is forgotten at the end: %s", error)


def file_key(path: str) -> str:
    """What a clip is known by, wherever it lies. Raises OSError."""
    with open(path, "rb", opener=plain) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(str(size_bytes).encode())
        digest.update(file.read(KEY_BYTES))
        file.seek(max(0, size_bytes - KEY_BYTES))
        digest.update(file.read(KEY_BYTES))
    return digest.hexdigest()
