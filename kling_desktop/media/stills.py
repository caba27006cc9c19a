"""One exact frame of a clip, and the frame that stands for it. Worker side."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

from av.video.frame import VideoFrame
from PIL import Image

from kling_desktop.plain_file import plain

from .cache import Cache
from .clip_sight import with_colors
from .clips import FAULTS, Clip, fault, open_clip
from .errors import MediaCode, MediaError
from .files import content_key
from .frames import displayed_size, to_picture

BLACK_LEVEL = 12  # mean of 255: a fade-in's first frames lie below, a night scene above
BLACK_SAMPLE_PX = 32
POSTER_WITHIN_S = 3.0  # a fade from black is over by then
POSTER_MAX_FRAMES = 90  # three seconds at 30 fps
HALF_TICK_S = 0.0005  # time stamps in milliseconds round a frame's beginning up


def frame(path: str, at_s: float, max_px: int, cache: Cache) -> str:
    """Path of a PNG of the frame shown at ``at_s``. Raises MediaError."""
    target = cache.entry("frames", content_key(path, "frame", at_s, max_px) + ".png")
    if is_whole(target):
        cache.touch(target)
        return os.fspath(target)
    with open_clip(path) as clip:
        found = _frame_at(clip, max(0.0, at_s))
        picture = to_picture(found, _within(_size_of(clip, found), max_px), clip.sight)
    data = io.BytesIO()
    picture.save(data, "PNG")
    cache.write(target, data.getvalue())
    return os.fspath(target)


def is_whole(path: str | os.PathLike[str]) -> bool:
    """Whether a cached picture is there and can be decoded."""
    try:
        with open(path, "rb", opener=plain) as file:
            Image.open(file, formats=("JPEG", "PNG")).load()
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def poster(clip: Clip) -> tuple[VideoFrame, tuple[int, int]]:
    """The first frame that isn't black, or the brightest of the first seconds, and its size."""
    best: tuple[float, VideoFrame] | None = None
    begin_s: float | None = None
    for number, found in enumerate(_decoded(clip)):
        light = _light(found)
        if best is None or light > best[0]:
            best = (light, found)
        begin_s = _time_s(found) if begin_s is None else begin_s
        late = _time_s(found) - begin_s > POSTER_WITHIN_S
        if light > BLACK_LEVEL or late or number >= POSTER_MAX_FRAMES:
            break
    if best is None:
        raise MediaError(MediaCode.TRUNCATED, clip.path, "no frame")
    return best[1], _size_of(clip, best[1])


def _frame_at(clip: Clip, at_s: float) -> VideoFrame:
    wanted_s = clip.starts_at_s + at_s + HALF_TICK_S
    found = _last_until(_from_key_frame(clip, wanted_s), wanted_s)
    if found is None:  # the seek landed behind it, or there is no index
        found = _last_until(_from_start(clip), wanted_s)
    if found is None:
        raise MediaError(MediaCode.TRUNCATED, clip.path, "no frame")
    return found


def _last_until(frames: Iterator[VideoFrame], wanted_s: float) -> VideoFrame | None:
    """The last frame that begins by then; the first of all where every frame is later."""
    shown: VideoFrame | None = None
    for found in frames:
        if _time_s(found) > wanted_s:
            return shown
        shown = found
    return shown


def _from_key_frame(clip: Clip, wanted_s: float) -> Iterator[VideoFrame]:
    base = clip.stream.time_base
    if base is None:
        return
    try:
        clip.container.seek(int(wanted_s / base), stream=clip.stream)
    except FAULTS:
        return  # no index, or not seekable: the caller reads from the start
    yield from _decoded(clip)


def _from_start(clip: Clip) -> Iterator[VideoFrame]:
    """From the beginning; the first frame counts as shown from the clip's start on."""
    try:
        clip.container.seek(0)
    except FAULTS as error:
        raise fault(MediaCode.TRUNCATED, clip.path, error) from error
    yield from _decoded(clip)


def _decoded(clip: Clip) -> Iterator[VideoFrame]:
    """Frames from here on; packets that can't be decoded are passed over."""
    try:
        for packet in clip.packets(clip.stream):
            try:
                frames = packet.decode()
            except FAULTS as error:
                if isinstance(error, MemoryError):
                    raise fault(MediaCode.BOMB, clip.path, error) from error
                continue  # damaged, or before the first key frame
            yield from (with_colors(frame, clip.sight) for frame in frames)
    except FAULTS:
        return  # the file ends early: what was decoded is what there is


def _time_s(found: VideoFrame) -> float:
    return found.time if found.time is not None else 0.0


def _light(found: VideoFrame) -> float:
    small = to_picture(found, (BLACK_SAMPLE_PX, BLACK_SAMPLE_PX)).convert("L")
    levels = small.tobytes()
    return sum(levels) / len(levels)


def _size_of(clip: Clip, found: VideoFrame) -> tuple[int, int]:
    return displayed_size(found, clip.stream.sample_aspect_ratio, clip.sight)


def _within(size: tuple[int, int], max_px: int) -> tuple[int, int]:
    scale = min(1.0, max(1, max_px) / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
