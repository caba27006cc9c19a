"""The door to the media helper. Imports no decoder: importing this is cheap."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from kling_desktop.motion.agreement import Content
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.reading import Unreadable, read
from kling_desktop.motion.shown_copy import ShownCopy
from kling_desktop.moving import discard

from .clip_report import ClipDefect, ClipFinding, ClipReport, Cut, Shot
from .confine import LONG, LOOK, QUICK, SHOW
from .errors import MediaCode, MediaError
from .files import content_to_json
from .fitted import ClipChange, ClipPlan, FittedClip, FittedImage, ImageChange, ImagePlan
from .lane import Hearer, Lane
from .placing import check_free, place
from .protocol import Message

__all__ = [
    "ClipChange",
    "ClipDefect",
    "ClipFinding",
    "ClipPlan",
    "ClipReport",
    "Cut",
    "FittedClip",
    "FittedImage",
    "ImageChange",
    "ImagePlan",
    "MediaHelper",
    "Shot",
]

# Generous for a slow disk and two busy cores; a decoder that takes longer hangs.
PROBE_LIMIT_S = 20.0
THUMBNAIL_LIMIT_S = 20.0
FRAME_LIMIT_S = 20.0
STRIP_LIMIT_S = 20.0
FIT_LIMIT_S = 60.0
VERIFY_LIMIT_S = 60.0
WRITE_LIMIT_S = 60.0
SILENCE_LIMIT_S = 60.0  # long work tells of its progress; without a word so long it hangs

EXPORT_KINDS = frozenset({"mp4", "gif", "webp"})

T = TypeVar("T")
OnProgress = Callable[[float], None]
OnThumbnail = Callable[[int, str], None]


class MediaHelper:
    """Four child processes that open files, spawned on first use and again after a crash.

    One is for quick work, one decodes clips that are looked at, one makes copies to show, one is
    for long work. Thread-safe and blocking: calls from several worker threads queue up, the quick
    never behind the long.
    Every call raises MediaError.
    Surrogate-escaped file names are fine. Use it as a context manager, or ``close`` it.
    """

    def __init__(self, cache_folder: Path) -> None:
        self._quick = Lane(Path(cache_folder), QUICK)
        self._look = Lane(Path(cache_folder), LOOK)
        self._long = Lane(Path(cache_folder), LONG)
        self._show = Lane(Path(cache_folder), SHOW)

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
        """The quick child's process id; None while there is none."""
        return self._quick.pid

    @property
    def long_pid(self) -> int | None:
        """The process id of the child for long work; None while there is none."""
        return self._long.pid

    def probe_image(self, path: str) -> ImageFacts:
        """What the picture is. It is decoded once, so a damaged one is found here."""
        return _understood(ImageFacts, self._ask_quick("probe_image", path, PROBE_LIMIT_S), path)

    def probe_video(self, path: str) -> VideoFacts:
        """What the clip is; its first frame is decoded, its packets are counted for a while."""
        return _understood(VideoFacts, self._ask_quick("probe_video", path, PROBE_LIMIT_S), path)

    def probe(self, path: str) -> ImageFacts | VideoFacts:
        """What the file is, by its content and not by its name. A moving GIF is a picture here."""
        answer = self._ask_quick("probe", path, PROBE_LIMIT_S)
        if isinstance(answer, dict) and answer.get("kind") == VideoFacts.KIND:
            return _understood(VideoFacts, answer, path)
        return _understood(ImageFacts, answer, path)

    def thumbnail(self, path: str, *, width_px: int, height_px: int) -> str:
        """Path of a cached JPEG or PNG that covers width × height, upright, never scaled up.

        Of a clip: its first frame that isn't black.
        """
        sides = {"width_px": int(width_px), "height_px": int(height_px)}
        return str(self._ask_quick("thumbnail", path, THUMBNAIL_LIMIT_S, values=sides))

    def frame(self, path: str, *, at_s: float, max_px: int) -> str:
        """Path of a cached PNG: the clip's frame that is shown at ``at_s``, no side over max_px.

        Past the end it is the last frame.
        """
        values = {"at_s": float(at_s), "max_px": int(max_px)}
        return str(self._ask_quick("frame", path, FRAME_LIMIT_S, values=values))

    def strip(
        self,
        path: str,
        *,
        count: int,
        height_px: int,
        on_thumbnail: OnThumbnail | None = None,
        stop: threading.Event | None = None,
    ) -> list[str]:
        """Paths of ``count`` cached JPEGs along the clip: of the middles of equal parts, in order.

        ``on_thumbnail`` gets (index, path) on the calling thread as soon as one is there: first
        the nearest key frames, then again, under the same path, better ones.
        """
        values = {"count": int(count), "height_px": int(height_px)}
        hear = _thumbnail_hearer(on_thumbnail)
        found = self._ask_quick("strip", path, STRIP_LIMIT_S, stop, values, hear)
        return [str(one) for one in found]

    def keyframes(self, path: str) -> list[float]:
        """Where key frames stand, in seconds from the clip's first frame."""
        return [float(at_s) for at_s in self._ask_quick("keyframes", path, PROBE_LIMIT_S)]

    def fit_image(
        self,
        path: str,
        plan: ImagePlan | None = None,
        *,
        stop: threading.Event | None = None,
        content: Content | None = None,
    ) -> FittedImage:
        """The picture as the service takes it; the original itself where it already fits.

        The converted file lies in the cache: it is there until the next start of the program.
        ``content``: the content that is there, by which an earlier result is known; None: by
        size, time and samples. A set ``stop`` ends the call with ``cancelled``.
        """
        values = {"plan": (plan or ImagePlan()).to_json(), "content": content_to_json(content)}
        answer = self._ask_quick("fit_image", path, FIT_LIMIT_S, stop, values)
        return _understood(FittedImage, answer, path)

    def plan_clip(
        self, path: str, plan: ClipPlan, *, stop: threading.Event | None = None
    ) -> tuple[ClipChange, ...]:
        """What ``fit_clip`` would do, without doing it. All that would be sent is decoded once.

        Raises MediaError ``damaged`` where that is not whole. A set ``stop`` ends it.
        """
        request = {"op": "plan_clip", "path": _full_path(path), "plan": plan.to_json()}
        changes = self._look.call(request, SILENCE_LIMIT_S, stop, None)
        return tuple(ClipChange(change) for change in changes)

    def fit_clip(
        self,
        path: str,
        plan: ClipPlan,
        *,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
        content: Content | None = None,
    ) -> FittedClip:
        """The clip, or a part of it, as the service takes it; the original where it fits.

        ``on_progress`` gets the share done, 0 to 1, on the calling thread. What was made lies in
        the cache: it is there until the next start of the program. ``content``: as for a picture.
        A set ``stop`` ends the call with ``cancelled`` and leaves nothing behind.
        """
        values = {"plan": plan.to_json(), "content": content_to_json(content)}
        answer = self._ask_long("fit_clip", path, on_progress, stop, values)
        return _understood(FittedClip, answer, path)

    def examine_clip(
        self,
        path: str,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> ClipReport:
        """Shots and defects of the clip, or of the part of it."""
        values = {"start_s": start_s, "end_s": end_s}
        report = self._ask_long("examine_clip", path, on_progress, stop, values)
        return _understood(ClipReport, report, path)

    def needs_show_copy(
        self, path: str, *, start_s: float | None = None, end_s: float | None = None
    ) -> bool:
        """Whether the window's player would not show the clip, or this part, exactly as it is."""
        values = {"start_s": start_s, "end_s": end_s}
        return bool(self._ask_quick("needs_show_copy", path, PROBE_LIMIT_S, values=values))

    def show_copy(
        self,
        path: str,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> ShownCopy:
        """The clip, or the part of it, as H.264 at a constant rate, in the cache; made once.

        ``on_progress`` and ``stop``: as for ``fit_clip``.
        """
        values = {"start_s": start_s, "end_s": end_s}
        request = {"op": "show_copy", "path": _full_path(path), **values}
        answer = self._show.call(request, SILENCE_LIMIT_S, stop, _hearer(on_progress))
        made = _understood(ShownCopy, answer, path)
        if not made.is_sane:
            raise MediaError(MediaCode.HELPER_CRASHED, path, "a copy of nothing")
        return made

    def write_recipe(self, path: str, out: str, recipe_json: str) -> None:
        """Copy an MP4 to the new file ``out`` with the recipe in its comment.

        Pictures and sound are bit-identical. Raises MediaError ``exists`` where ``out`` is taken,
        ``not_a_video`` where ``path`` is no whole MP4 or MOV; ValueError where it is no JSON.
        """
        json.loads(recipe_json)
        values = {"out": _full_path(out), "recipe": recipe_json}
        self._ask_quick("write_recipe", path, WRITE_LIMIT_S, values=values)

    def read_recipe(self, path: str) -> str | None:
        """The recipe in a clip's comment, as it was written; None where there is none."""
        recipe = self._ask_quick("read_recipe", path, PROBE_LIMIT_S)
        return None if recipe is None else str(recipe)

    def export_clip(
        self,
        path: str,
        out: str,
        *,
        kind: str,
        start_s: float | None = None,
        end_s: float | None = None,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> bool:
        """Write the part of a video to the new file ``out``; GIF and WebP move, small, for ever.

        Whether the video ends early: what can be shown of it is written. ``kind`` is "mp4", "gif"
        or "webp", else ValueError. Raises MediaError ``exists`` where ``out`` is taken,
        ``no_such_part`` where the video has nothing there.
        """
        if kind not in EXPORT_KINDS:
            raise ValueError(kind)
        values = {"kind": kind, "start_s": start_s, "end_s": end_s}
        return self._export("export_clip", path, out, on_progress, stop, values)

    def export_side_by_side(
        self,
        left: str,
        right: str,
        out: str,
        *,
        names: tuple[str, str],
        offset_frames: int = 0,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> bool:
        """Write both beside each other, with their names, as an MP4 to the new file ``out``.

        The left one begins ``offset_frames`` later, counted at the faster one's rate; below zero
        the right one. Sound is the left one's, else the right one's. Whether one ends early.
        """
        values = {
            "right": _full_path(right),
            "names": list(names),
            "offset_frames": int(offset_frames),
        }
        return self._export("export_side_by_side", left, out, on_progress, stop, values)

    def verify_video(self, path: str) -> VideoFacts:
        """As ``probe_video``, and its end can be reached: for what was downloaded."""
        return _understood(VideoFacts, self._ask_quick("verify_video", path, VERIFY_LIMIT_S), path)

    def open_video(self, path: str) -> VideoFacts:
        """As ``verify_video``, but its end may be missing."""
        return _understood(VideoFacts, self._ask_quick("open_video", path, VERIFY_LIMIT_S), path)

    def close(self) -> None:
        """End all children at once. Calls under way end with ``cancelled``; so do later ones."""
        self._quick.close()
        self._look.close()
        self._long.close()
        self._show.close()

    def _export(
        self,
        operation: str,
        path: str,
        out: str,
        on_progress: OnProgress | None,
        stop: threading.Event | None,
        values: Message,
    ) -> bool:
        """Made in the cache, put in place here and opened there: a failure leaves nothing."""
        out = _full_path(out)
        check_free(out)
        answer = self._ask_long(operation, path, on_progress, stop, values)
        made = str(answer["path"])
        place(made, out)
        wished = {"kind": values.get("kind", "mp4"), **answer}
        try:
            self._ask_long("check_export", out, None, stop, {**wished, "path": out})
        except MediaError:
            discard(Path(out))
            raise
        return bool(answer["ends_early"])

    def _ask_quick(
        self,
        operation: str,
        path: str,
        limit_s: float,
        stop: threading.Event | None = None,
        values: Message | None = None,
        hear: Hearer | None = None,
    ) -> Any:
        request = {"op": operation, "path": _full_path(path), **(values or {})}
        return self._quick.call(request, limit_s, stop, hear)

    def _ask_long(
        self,
        operation: str,
        path: str,
        on_progress: OnProgress | None,
        stop: threading.Event | None,
        values: Message,
    ) -> Any:
        request = {"op": operation, "path": _full_path(path), **values}
        return self._long.call(request, SILENCE_LIMIT_S, stop, _hearer(on_progress))


def _understood(kind: type[T], answer: object, path: str) -> T:
    """Believed no further than its type: a decoder may have been taken over by its file."""
    try:
        return read(kind, answer)
    except Unreadable as error:
        raise MediaError(MediaCode.HELPER_CRASHED, path, str(error)) from error


def _hearer(on_progress: OnProgress | None) -> Hearer | None:
    if on_progress is None:
        return None
    return lambda message: on_progress(float(message["progress"]))


def _thumbnail_hearer(on_thumbnail: OnThumbnail | None) -> Hearer | None:
    if on_thumbnail is None:
        return None

    def hear(message: Message) -> None:
        if "thumbnail" in message:
            index, path = message["thumbnail"]
            on_thumbnail(int(index), str(path))

    return hear


def _full_path(path: str) -> str:
    """Raises MediaError where a relative path has nothing to stand on."""
    try:
        return os.path.abspath(path)
    except (OSError, ValueError) as error:  # the working directory was deleted
        raise MediaError(MediaCode.MISSING, path, str(error)) from error
