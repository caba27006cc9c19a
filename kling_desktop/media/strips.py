"""Small pictures along a clip, for the strip under it. Worker side.

First the key frames, which cost one decoded frame each. Where these lie too far apart to stand for
their places, the frames between are decoded, as far as the time allows.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .cache import Cache
from .clip_sight import with_colors
from .clips import FAULTS, Clip, fault, many_threads, open_clip
from .errors import MediaCode, MediaError
from .files import content_key
from .frames import displayed_size, to_picture
from .progress import Progress
from .stills import is_whole
from .videos import header_duration_s

MOST_THUMBNAILS = 200  # wider than any window
EXACT_WITHIN_S = 2.0  # then the key frames have to do
FAR_SHARE = 0.5  # of the distance between two places: a key frame nearer than that will do
STRIP_QUALITY = 80  # small, and seen for a moment


def strip(path: str, count: int, height_px: int, cache: Cache, progress: Progress) -> list[str]:
    """Paths of ``count`` JPEGs in order, of the middles of equal parts. Raises MediaError.

    Each is told through ``progress`` as ``thumbnail`` (index, path) as soon as it is there.
    """
    count = min(MOST_THUMBNAILS, max(1, count))
    key = content_key(path, "strip", count, height_px)
    kept = [cache.entry("thumbs", f"{key}-{n}.jpg") for n in range(count)]
    if all(is_whole(entry) for entry in kept):
        for entry in kept:
            cache.touch(entry)
        return [os.fspath(entry) for entry in kept]
    making = _Strip(path, [os.fspath(entry) for entry in kept], height_px, cache, progress)
    making.from_key_frames()
    making.between()
    return making.paths()


def keyframes(path: str) -> list[float]:
    """Seconds from the first frame at which key frames stand. Raises MediaError."""
    with open_clip(path) as clip:
        found: list[float] = []
        first: float | None = None
        try:
            for packet in clip.packets(clip.stream):
                at_s = _stamp_s(packet)
                if at_s is None or packet.is_discard or packet.size == 0:
                    continue
                first = at_s if first is None else min(first, at_s)
                if packet.is_keyframe:
                    found.append(at_s)
        except FAULTS as error:
            raise fault(MediaCode.TRUNCATED, path, error) from error
        return [at_s - (first or 0.0) for at_s in sorted(found)]


class _Strip:
    """The places of one strip, and what stands at each so far."""

    def __init__(
        self, path: str, targets: list[str], height_px: int, cache: Cache, progress: Progress
    ) -> None:
        self._path, self._targets, self._height_px = path, targets, height_px
        self._cache, self._progress = cache, progress
        self._off_s: dict[int, float] = {}  # how far each picture is from its place
        self._length_s = 0.0

    def from_key_frames(self) -> None:
        with open_clip(self._path) as clip:
            self._length_s = header_duration_s(clip)
            clip.stream.codec_context.skip_frame = "NONKEY"
            for number in range(len(self._targets)):
                found = _key_frame(clip, clip.starts_at_s + self._place_s(number))
                if found is not None:
                    self._keep(clip, number, found)

    def between(self) -> None:
        """Decode on from key frame to key frame, until the time is over."""
        far = [n for n in range(len(self._targets)) if self._is_far(n)]
        if not far:
            return
        deadline = time.monotonic() + EXACT_WITHIN_S
        with open_clip(self._path, many_threads()) as clip:
            clip.stream.codec_context.skip_frame = "NONREF"  # half the work, a frame or two off
            for found in _frames(clip, clip.starts_at_s + self._place_s(far[0])):
                at_s = (found.time or 0.0) - clip.starts_at_s
                while far and at_s >= self._place_s(far[0]):
                    self._keep(clip, far.pop(0), found)
                if not far or time.monotonic() > deadline:
                    return

    def paths(self) -> list[str]:
        """Every place has a picture: its own, or its neighbour's where the clip is damaged."""
        if not self._off_s:
            raise MediaError(MediaCode.TRUNCATED, self._path, "no frame")
        have = sorted(self._off_s)
        return [
            self._targets[min(have, key=lambda there: abs(there - number))]
            for number in range(len(self._targets))
        ]

    def _place_s(self, number: int) -> float:
        return (number + 0.5) * self._length_s / len(self._targets)

    def _is_far(self, number: int) -> bool:
        step_s = self._length_s / len(self._targets)
        return self._off_s.get(number, self._length_s) > step_s * FAR_SHARE

    def _keep(self, clip: Clip, number: int, found: VideoFrame) -> None:
        width_px, height_px = displayed_size(found, clip.stream.sample_aspect_ratio, clip.sight)
        scale = self._height_px / height_px
        size = (max(1, round(width_px * scale)), max(1, self._height_px))
        data = io.BytesIO()
        to_picture(found, size, clip.sight).save(data, "JPEG", quality=STRIP_QUALITY)
        target = self._cache.entry("thumbs", os.path.basename(self._targets[number]))
        self._cache.write(target, data.getvalue())
        at_s = (found.time or 0.0) - clip.starts_at_s
        self._off_s[number] = abs(self._place_s(number) - at_s)
        share = len(self._off_s) / len(self._targets)
        self._progress.tell_with(share, thumbnail=[number, self._targets[number]])


def _key_frame(clip: Clip, at_s: float) -> VideoFrame | None:
    return next(_frames(clip, at_s), None)


def _frames(clip: Clip, at_s: float) -> Iterator[VideoFrame]:
    """From the key frame before ``at_s`` on; what can't be decoded is passed over."""
    base = clip.stream.time_base
    try:
        if base is not None:
            clip.container.seek(int(at_s / base), stream=clip.stream)
        for packet in clip.packets(clip.stream):
            try:
                yield from (with_colors(frame, clip.sight) for frame in packet.decode())
            except FAULTS as error:
                if isinstance(error, MemoryError):
                    raise fault(MediaCode.BOMB, clip.path, error) from error
    except FAULTS:
        return


def _stamp_s(packet: Packet[VideoStream]) -> float | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.time_base is None:
        return None
    return float(stamp * packet.time_base)
