"""A clip's frames with their times, and at a constant rate. Worker side."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from typing import Any

from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame

from .clip_look import ClipLook
from .clip_sight import with_colors
from .clip_ticks import Ticks
from .clip_work import HALF_TICK_S
from .clips import FAULTS, Clip, fault
from .errors import MediaCode, MediaError
from .filter_pipe import ChainFor, Pipe
from .scan import NO_TIMES

Hear = Callable[["Packet[Any]"], None]


def timed_frames(
    clip: Clip,
    look: ClipLook,
    begin_s: float,
    track: AudioStream | None = None,
    hear: Hear | None = None,
    lost: Hear | None = None,
) -> Iterator[tuple[float, VideoFrame]]:
    """(seconds from the clip's first frame, frame), from at or before ``begin_s`` on.

    ``hear`` is given the packets of the sound ``track`` that lie between, ``lost`` those of
    pictures that cannot be decoded. However often: each time it reads from there anew, a bare
    stream alone can be read only once.
    """
    if begin_s > 0 and not look.read_through:
        frames = _frames(clip, look, begin_s, track, hear, lost)
        first = next(frames, None)
        if first is not None and first[0] <= begin_s + HALF_TICK_S:
            yield first
            yield from frames
            return
        frames.close()  # the seek failed, or landed behind it: read from the beginning
    yield from _frames(clip, look, None, track, hear, lost)


def _frames(
    clip: Clip,
    look: ClipLook,
    begin_s: float | None,
    track: AudioStream | None,
    hear: Hear | None,
    lost: Hear | None,
) -> Generator[tuple[float, VideoFrame], None, None]:
    """None: from the beginning."""
    by_slots = look.facts.container in NO_TIMES
    base, number = look.time_base, 0
    origin_s = float(look.stamps[0] * base) if look.stamps else clip.starts_at_s
    try:
        if begin_s is None:
            clip.rewind()
        else:
            clip.seek(origin_s + begin_s + HALF_TICK_S)
        tracks: list[Stream] = [clip.stream] if track is None else [clip.stream, track]
        for packet in clip.packets(*tracks):
            if packet.stream is not clip.stream:
                if hear is not None and packet.size:
                    hear(packet)
                continue
            try:
                frames = packet.decode()
            except FAULTS as error:
                if isinstance(error, MemoryError):
                    raise fault(MediaCode.BOMB, clip.path, error) from error
                if lost is not None:
                    lost(packet)
                continue
            for frame in frames:
                at_s = (frame.time or 0.0) - origin_s
                if by_slots or frame.time is None:
                    at_s = nth_time_s(look, number)
                number += 1
                if at_s > -HALF_TICK_S:  # what lies before cannot be shown whole
                    yield at_s, with_colors(frame, clip.sight)
    except FAULTS:
        return  # the file ends early: what was seen is what there is


def nth_time_s(look: ClipLook, number: int) -> float:
    """Of a container that does not say when a frame is shown: the n-th has the n-th slot."""
    if number < len(look.stamps):
        return float((look.stamps[number] - look.stamps[0]) * look.time_base)
    return number / float(look.rate)


def steady_frames(
    clip: Clip, look: ClipLook, begin_s: float, rate: Fraction, count: int, chain_for: ChainFor
) -> Iterator[VideoFrame]:
    """``count`` filtered frames, one a tick, from the one shown at ``begin_s`` on.

    Their numbers are their times. Raises MediaError where the clip has no frame there at all.
    """
    pipe = Pipe(chain_for, look.time_base)
    ticks: Ticks[VideoFrame] = Ticks(rate, look.rate, count)
    for at_s, frame in timed_frames(clip, look, begin_s):
        frame.time_base = look.time_base
        frame.pts = round((at_s - begin_s) / look.time_base)
        for ready in pipe.push(frame):
            for number, shown in ticks.push(ready, ready.time):
                yield _numbered(shown, number, rate)
        if ticks.done:
            return
    for ready in pipe.finish():
        for number, shown in ticks.push(ready, ready.time):
            yield _numbered(shown, number, rate)
    if ticks.is_empty:  # an encoder that got nothing writes what no program opens
        raise MediaError(MediaCode.TRUNCATED, clip.path, "no frame")
    for number, shown in ticks.finish():
        yield _numbered(shown, number, rate)


def _numbered(frame: VideoFrame, number: int, rate: Fraction) -> VideoFrame:
    frame.pts, frame.time_base = number, 1 / rate
    frame.pict_type = PictureType.NONE  # the source's kinds are not orders to an encoder
    return frame
