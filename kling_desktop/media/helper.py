"""The door to the media helper. Imports no decoder: importing this is cheap."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from kling_desktop.motion.facts import ImageFacts, VideoFacts, facts_from_json

from .child import Child, ChildGone, wait_slice_s
from .errors import MediaCode, MediaError
from .fitted import FittedImage, ImageChange
from .protocol import Message, error_from

__all__ = ["FittedImage", "ImageChange", "MediaHelper"]

# Generous for a slow disk and two busy cores; a decoder that takes longer hangs.
PROBE_LIMIT_S = 20.0
THUMBNAIL_LIMIT_S = 20.0
FRAME_LIMIT_S = 20.0
FIT_LIMIT_S = 60.0
VERIFY_LIMIT_S = 60.0
START_LIMIT_S = 60.0  # the first start after an install compiles files and is scanned for viruses
STARTS = 2  # a child that died while idle is replaced once without a word
STOP_CHECK_S = 0.1  # how soon a person's stop is noticed


class MediaHelper:
    """One child process that opens files, spawned on first use and again after a crash.

    Thread-safe and blocking: calls from several worker threads queue up. Every call raises
    MediaError. Surrogate-escaped file names are fine. Use it as a context manager, or ``close`` it.
    """

    def __init__(self, cache_folder: Path) -> None:
        self._cache_folder = Path(cache_folder)
        self._turn = threading.Lock()  # held through one call: the child does one thing at a time
        self._guard = threading.Lock()  # held for moments: guards the two fields below
        self._child: Child | None = None
        self._closed = False

    def __enter__(self) -> MediaHelper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        with self._guard:
            return self._child.pid if self._child is not None else None

    def probe_image(self, path: str) -> ImageFacts:
        """What the picture is. It is decoded once, so a damaged one is found here."""
        facts = self._facts("probe_image", path)
        assert isinstance(facts, ImageFacts)
        return facts

    def probe_video(self, path: str) -> VideoFacts:
        """What the clip is; its first frame is decoded, its packets are counted for a while."""
        facts = self._facts("probe_video", path)
        assert isinstance(facts, VideoFacts)
        return facts

    def probe(self, path: str) -> ImageFacts | VideoFacts:
        """What the file is, by its content and not by its name. A moving GIF is a picture here."""
        return self._facts("probe", path)

    def thumbnail(self, path: str, *, width_px: int, height_px: int) -> str:
        """Path of a cached JPEG or PNG that covers width × height, upright, never scaled up.

        Of a clip: its first frame that isn't black.
        """
        values = {"width_px": int(width_px), "height_px": int(height_px)}
        return str(self._call("thumbnail", path, THUMBNAIL_LIMIT_S, values))

    def frame(self, path: str, *, at_s: float, max_px: int) -> str:
        """Path of a cached PNG: the clip's frame that is shown at ``at_s``, no side over max_px.

        Past the end it is the last frame.
        """
        values = {"at_s": float(at_s), "max_px": int(max_px)}
        return str(self._call("frame", path, FRAME_LIMIT_S, values))

    def fit_image(self, path: str, *, stop: threading.Event | None = None) -> FittedImage:
        """The picture as the service takes it; the original itself where it already fits.

        The converted file lies in the cache: it is there until the next start of the program.
        A set ``stop`` ends the call with ``cancelled``.
        """
        return FittedImage.from_json(self._call("fit_image", path, FIT_LIMIT_S, {}, stop))

    def verify_video(self, path: str) -> VideoFacts:
        """As ``probe_video``, and its end can be reached: for what was downloaded."""
        facts = self._facts("verify_video", path, VERIFY_LIMIT_S)
        assert isinstance(facts, VideoFacts)
        return facts

    def close(self) -> None:
        """End the child at once. A call under way ends with ``cancelled``, and so do later ones."""
        with self._guard:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _facts(
        self, operation: str, path: str, limit_s: float = PROBE_LIMIT_S
    ) -> ImageFacts | VideoFacts:
        facts = facts_from_json(self._call(operation, path, limit_s, {}))
        assert isinstance(facts, ImageFacts | VideoFacts)
        return facts

    def _call(
        self,
        operation: str,
        path: str,
        limit_s: float,
        values: Message,
        stop: threading.Event | None = None,
    ) -> Any:
        """The child's answer, as JSON. Blocks. Raises MediaError."""
        request = {"op": operation, "path": _full_path(path), **values}
        while not self._turn.acquire(timeout=STOP_CHECK_S):
            self._check_wanted(path, stop)
        try:
            return self._ask(request, limit_s, stop)
        finally:
            self._turn.release()

    def _ask(self, request: Message, limit_s: float, stop: threading.Event | None) -> Any:
        path, last_words = request["path"], ""
        for _ in range(STARTS):
            self._check_wanted(path, stop)
            child = self._living_child(path)
            call = _Call(child, path, stop)
            try:
                return call.run(request, limit_s)
            except ChildGone:
                child.kill()
                last_words = child.last_words()
                self._check_wanted(path, stop)
                if call.started:
                    break
            except MediaError as error:
                if error.code in (MediaCode.HELPER_TIMEOUT, MediaCode.CANCELLED):
                    child.kill()
                raise
        raise MediaError(MediaCode.HELPER_CRASHED, path, last_words)

    def _living_child(self, path: str) -> Child:
        with self._guard:
            if self._closed:
                raise MediaError(MediaCode.CANCELLED, path)
            if self._child is not None and self._child.alive:
                return self._child
            if self._child is not None:
                self._child.kill()  # reaps it and closes its pipes
            try:
                self._child = Child(self._cache_folder)
            except OSError as error:
                self._child = None
                raise MediaError(MediaCode.HELPER_CRASHED, path, str(error)) from error
            return self._child

    def _check_wanted(self, path: str, stop: threading.Event | None) -> None:
        with self._guard:
            closed = self._closed
        if closed or (stop is not None and stop.is_set()):
            raise MediaError(MediaCode.CANCELLED, path)


class _Call:
    """One request on its way through the child."""

    def __init__(self, child: Child, path: str, stop: threading.Event | None) -> None:
        self._child = child
        self._path = path
        self._stop = stop
        self.started = False  # the child said that it took the request up

    def run(self, request: Message, limit_s: float) -> Any:
        """Raises ChildGone; MediaError as the child answered, or on time-out and stop."""
        self._child.send(request)
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            message = self._next_message(deadline)
            if "started" in message:
                self.started = True
                deadline = time.monotonic() + limit_s
            elif "error" in message:
                raise error_from(message)
            elif "done" in message:
                return message["done"]

    def _next_message(self, deadline: float) -> Message:
        while True:
            longest_s = STOP_CHECK_S if self._stop is not None else START_LIMIT_S
            message = self._child.receive(wait_slice_s(deadline, longest_s))
            if message is not None:
                return message
            if self._stop is not None and self._stop.is_set():
                raise MediaError(MediaCode.CANCELLED, self._path)
            if time.monotonic() >= deadline:
                raise MediaError(MediaCode.HELPER_TIMEOUT, self._path)


def _full_path(path: str) -> str:
    """Raises MediaError where a relative path has nothing to stand on."""
    try:
        return os.path.abspath(path)
    except (OSError, ValueError) as error:  # the working directory was deleted
        raise MediaError(MediaCode.MISSING, path, str(error)) from error
