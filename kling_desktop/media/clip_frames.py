"""A clip's frames with their times, and at a constant rate. Worker side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.video.frame import PictureType, VideoFrame

from .clip_graph import ChainFor, Pipe
from .clip_look import ClipLook
from .clip_ticks import Ticks
from .clip_work import HALF_TICK_S
from .clips import FAULTS, Clip, fault
from .errors import MediaCode


def timed_frames(clip: Clip, look: ClipLook, begin_s: float) -> Iterator[tuple[float, VideoFrame]]:
    """(seconds from the clip's first frame, frame), from at or before ``begin_s`` on."""
    guessed = look.facts.container == "avi"  # there the n-th frame has the n-th time
    base, number = look.time_base, 0
    origin_s = float(look.stamps[0] * base) if look.stamps else clip.starts_at_s
    try:
        if begin_s > 0 and not guessed:
            clip.container.seek(int((origin_s + begin_s + HALF_TICK_S) / base), stream=clip.stream)
        for packet in clip.container.demux(clip.stream):
            try:
                frames = packet.decode()
            except FAULTS as error:
                if isinstance(error, MemoryError):
                    raise fault(MediaCode.BOMB, clip.path, error) from error
                continue
            for frame in frames:
                at_s = (frame.time or 0.0) - origin_s
                if guessed or frame.time is None:
                    at_s = number / float(look.rate)
                number += 1
                yield at_s, frame
    except FAULTS:
        return  # the file ends early: what was seen is what there is


def steady_frames(
    clip: Clip, look: ClipLook, begin_s: float, rate: Fraction, count: int, chain_for: ChainFor
) -> Iterator[VideoFrame]:
    """``count`` filtered frames, one a tick, from the one shown at ``begin_s`` on.

    Their numbers are their times. Fewer only where the clip has no frame at all.
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
    for number, shown in ticks.finish():
        yield _numbered(shown, number, rate)


def _numbered(frame: VideoFrame, number: int, rate: Fraction) -> VideoFrame:
    frame.pts, frame.time_base = number, 1 / rate
    frame.pict_type = PictureType.NONE  # the source's kinds are not orders to an encoder
    return frame
