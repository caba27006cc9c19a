"""Clips that the window's player would not show exactly are shown from a copy of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

from ..media.errors import MediaError
from ..motion.shown_copy import ShownCopy
from .exporting import on_loop
from .workers import Workers

_log = logging.getLogger(__name__)


class NoCopy(Exception):
    """``code`` is a MediaCode's value."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class ShownClip:
    """A clip, or the part of it that was sent; None is its own edge."""

    path: str
    start_s: float | None = None
    end_s: float | None = None


@runtime_checkable
class Shower(Protocol):
    """What the media helper does of it. Blocking; raises MediaError."""

    def needs_show_copy(self, path: str, *, start_s: float | None, end_s: float | None) -> bool:
        """Whether the clip, or the part, is not shown exactly as it is."""

    def show_copy(
        self,
        path: str,
        *,
        start_s: float | None,
        end_s: float | None,
        on_progress: Callable[[float], None],
        stop: threading.Event,
    ) -> ShownCopy:
        """Made once, kept in the cache."""


class Showing:
    """The original is never changed, and what is sent has nothing to do with this."""

    def __init__(self, workers: Workers, media: Shower) -> None:
        self._workers = workers
        self._media = media

    async def needs_copy(self, clip: ShownClip) -> bool:
        """What cannot be read is shown as far as the player can."""
        try:
            return await self._workers.media(
                self._media.needs_show_copy, clip.path, start_s=clip.start_s, end_s=clip.end_s
            )
        except MediaError as error:
            _log.info("nothing is known of a clip to show: %s", error.code)
            return False

    async def copy(
        self, clip: ShownClip, on_share: Callable[[float], None], stop: threading.Event
    ) -> ShownCopy:
        """In a thread of its own: it may take a minute. Raises NoCopy."""
        work = partial(
            self._media.show_copy,
            clip.path,
            start_s=clip.start_s,
            end_s=clip.end_s,
            on_progress=on_loop(on_share),
            stop=stop,
        )
        try:
            return await self._workers.aside(work)
        except MediaError as error:
            _log.info("no copy to show: %s %s", error.code, error.detail)
            raise NoCopy(error.code.value) from error
