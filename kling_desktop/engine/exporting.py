"""Taking a video along: a frame, a part of it in other formats, the comparison as one clip.

Every export goes to a work file of its own first and gets its name when it is whole and was
opened once; a name that is taken is numbered, so that no file is ever replaced.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..media.errors import MediaCode, MediaError
from .naming import place, safe_stem
from .work_files import WorkFiles
from .workers import Workers

PROGRESS_EVERY_S = 0.1  # "at most 10 a second" (architecture.md)
CUT_SHARE = 0.3  # of the whole work: one picture is encoded for the cut, two beside each other then
OnShare = Callable[[float], None]


class ExportKind(StrEnum):
    """The formats; also the endings of their files."""

    MP4 = "mp4"
    GIF = "gif"
    WEBP = "webp"  # animated


class ExportFailed(Exception):
    """``code`` is a MediaCode's value or "unwritable"; ``reason`` the system's own word."""

    def __init__(self, code: str, reason: str = "") -> None:
        self.code = code
        self.reason = reason
        super().__init__(code, reason)


class ExportStopped(Exception):
    """The person cancelled it; nothing was left behind."""


@dataclass(frozen=True, slots=True)
class ClipExport:
    """A part of one video. Seconds of the file; the end is not in it."""

    path: str
    kind: ExportKind
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class PairExport:
    """Two videos beside each other, with their names.

    The left one begins later by the offset, counted at the faster one's rate; below zero the
    right one. Of the left one only the part is taken; None is its own edge.
    """

    left: str
    right: str
    names: tuple[str, str]
    offset_frames: int
    left_start_s: float | None = None
    left_end_s: float | None = None

    @property
    def takes_part(self) -> bool:
        return self.left_start_s is not None or self.left_end_s is not None


@dataclass(frozen=True, slots=True)
class Exported:
    """Where it lies in the end, and whether what it was made from ends early."""

    path: Path
    ends_early: bool


@runtime_checkable
class Exporter(Protocol):
    """What the media helper does of it. Blocking; raises MediaError.

    An export was opened once where it lies when it is returned from.
    """

    def probe_image(self, path: str) -> object:
        """Open a picture to its end."""

    def export_clip(
        self,
        path: str,
        out: str,
        *,
        kind: str,
        start_s: float | None,
        end_s: float | None,
        on_progress: OnShare,
        stop: threading.Event,
    ) -> bool:
        """Write ``start_s`` to ``end_s`` of the video to ``out``; whether it ends early."""

    def export_side_by_side(
        self,
        left: str,
        right: str,
        out: str,
        *,
        names: tuple[str, str],
        offset_frames: int,
        on_progress: OnShare,
        stop: threading.Event,
    ) -> bool:
        """Write both beside each other to ``out``; whether one of them ends early."""


class Exporting:
    """One use case each; all return under which path the file lies in the end.

    Each works in a thread of its own: the disk it writes to may never answer.
    """

    def __init__(self, workers: Workers, media: Exporter, files: WorkFiles) -> None:
        self._workers = workers
        self._media = media
        self._files = files

    async def clip(
        self, wish: ClipExport, target: Path, on_share: OnShare, stop: threading.Event
    ) -> Exported:
        """Raises ExportFailed, ExportStopped."""
        share = on_loop(on_share)

        def work(part: Path) -> bool:
            return self._media.export_clip(
                wish.path,
                str(part),
                kind=wish.kind.value,
                start_s=wish.start_s,
                end_s=wish.end_s,
                on_progress=share,
                stop=stop,
            )

        return await self._export(work, target, f".{wish.kind.value}", stop)

    async def pair(
        self, wish: PairExport, target: Path, on_share: OnShare, stop: threading.Event
    ) -> Exported:
        """Raises ExportFailed, ExportStopped."""
        share, ending = on_loop(on_share), f".{ExportKind.MP4.value}"

        def work(part: Path) -> bool:
            if not wish.takes_part:
                return self._write_pair(wish, wish.left, part, share, stop)
            with self._files.beside(target, ending) as cut:
                early = self._cut_left(wish, cut, _share_of(share, 0.0, CUT_SHARE), stop)
                rest = _share_of(share, CUT_SHARE, 1.0)
                return self._write_pair(wish, str(cut), part, rest, stop) or early

        return await self._export(work, target, ending, stop)

    async def frame(self, write: Callable[[str], bool], target: Path) -> Path:
        """A picture. ``write`` writes a PNG and says whether it could. Raises ExportFailed."""

        def work(part: Path) -> bool:
            if not write(str(part)):
                raise OSError(f"{part.parent} takes no file")
            self._media.probe_image(str(part))
            return False

        return (await self._export(work, target, ".png", threading.Event())).path

    async def _export(
        self, work: Callable[[Path], bool], target: Path, ending: str, stop: threading.Event
    ) -> Exported:
        return await self._workers.aside(partial(self._place, work, target, ending, stop))

    def _place(
        self, work: Callable[[Path], bool], target: Path, ending: str, stop: threading.Event
    ) -> Exported:
        """Work file, work, name. Blocks. Raises ExportFailed, ExportStopped."""
        stem = safe_stem(target.stem if target.suffix.lower() == ending else target.name)
        try:
            with self._files.beside(target, ending) as part:
                early = work(part)
                if stop.is_set():  # while it was put in place or opened
                    raise ExportStopped
                self._files.look(part)
                return Exported(place(part, target.parent, stem, ending), early)
        except MediaError as error:
            if error.code is MediaCode.CANCELLED:
                raise ExportStopped from error
            raise ExportFailed(error.code.value, error.detail) from error
        except OSError as error:
            raise ExportFailed("unwritable", error.strerror or str(error)) from error

    def _cut_left(self, wish: PairExport, cut: Path, share: OnShare, stop: threading.Event) -> bool:
        return self._media.export_clip(
            wish.left,
            str(cut),
            kind=ExportKind.MP4.value,
            start_s=wish.left_start_s,
            end_s=wish.left_end_s,
            on_progress=share,
            stop=stop,
        )

    def _write_pair(
        self, wish: PairExport, left: str, part: Path, share: OnShare, stop: threading.Event
    ) -> bool:
        return self._media.export_side_by_side(
            left,
            wish.right,
            str(part),
            names=wish.names,
            offset_frames=wish.offset_frames,
            on_progress=share,
            stop=stop,
        )


def _share_of(on_share: OnShare, begin: float, end: float) -> OnShare:
    """Progress of one step as a part of the whole."""

    def tell(share: float) -> None:
        on_share(begin + (end - begin) * share)

    return tell


def on_loop(on_share: OnShare) -> OnShare:
    """The same callback for a worker thread: on the loop's thread, not too often."""
    loop = asyncio.get_running_loop()
    last = 0.0

    def tell(share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if (now - last >= PROGRESS_EVERY_S or share >= 1.0) and not loop.is_closed():
            last = now
            loop.call_soon_threadsafe(on_share, share)

    return tell
