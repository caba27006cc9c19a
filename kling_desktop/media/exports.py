"""A part of a video as MP4, GIF or animated WebP, to take along. Worker side."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from .cache import Cache
from .clip_colors import Chain
from .clip_copy import copy_clip
from .clip_encode import encode_clip
from .clip_fitting import kept_metadata
from .clip_frames import steady_frames
from .clip_graph import fitting_chain
from .clip_look import ClipLook
from .clip_work import ClipWork, Shape, Way, copy_range, even, part_of, plan_work
from .clips import Clip, many_threads, open_clip
from .early_end import look_as_far_as_it_goes
from .errors import MediaCode, MediaError
from .export_check import Made, Motion
from .filter_pipe import Pipe
from .fitted import ClipPlan
from .progress import Progress

GIF_LONGEST_PX, WEBP_LONGEST_PX = 480, 720  # what chats and pages show without a wait
# GIF counts in hundredths of a second: 6 of them. Browsers slow down what is below 2.
GIF_FASTEST, WEBP_FASTEST = Fraction(50, 3), Fraction(25)
WEBP_QUALITY = "80"  # libwebp's default is 75
_PALETTE_PX = 16  # palettegen gives 256 colours as 16 by 16
_MP4 = frozenset({"mp4", "mov"})


def export_clip(
    path: str,
    kind: str,
    start_s: float | None,
    end_s: float | None,
    cache: Cache,
    progress: Progress,
) -> Made:
    """The finished file, which is the caller's to move. Raises MediaError."""
    look, early = look_as_far_as_it_goes(path)
    start_s, end_s = part_within(look, start_s, end_s)
    work = plan_work(look, ClipPlan(start_s=start_s, end_s=end_s, clean_metadata=False, fit=False))
    with open_clip(path, many_threads()) as clip, cache.scratch("fitted", f".{kind}") as scratch:
        try:
            moves = _WRITERS[kind](clip, look, work, scratch, progress)
        except OSError as error:
            raise cache.making_fault(error, path) from error
        length_s = work.part.end_s - work.part.begin_s
        return Made(os.fspath(cache.set_aside(scratch)), length_s, moves, early)


def part_within(
    look: ClipLook, start_s: float | None, end_s: float | None
) -> tuple[float | None, float | None]:
    """A part that reaches over the clip's edges ends there. Raises MediaError where none is left.

    The frame at an edge counts: what shows times rounds them.
    """
    over_s = part_of(look, ClipPlan(fit=False)).end_s
    begin = 0.0 if start_s is None else start_s
    end = over_s if end_s is None else end_s
    if not (math.isfinite(begin) and math.isfinite(end) and begin < end and end > 0):
        raise MediaError(MediaCode.NO_SUCH_PART, "", f"{start_s} to {end_s}")
    if begin >= over_s:
        raise MediaError(MediaCode.NO_SUCH_PART, "", f"{start_s} of {over_s}")
    return None if start_s is None else max(0.0, begin), None if end_s is None else min(end, over_s)


def _write_mp4(
    clip: Clip, look: ClipLook, work: ClipWork, target: Path, progress: Progress
) -> bool:
    """By copying where the part's ends allow it; its tags, the recipe among them, go along."""
    if work.way in (Way.AS_IS, Way.UNDATED):
        fits = look.facts.container in _MP4 and copy_range(look, work.part) is not None
        work = replace(work, way=Way.COPY if fits else Way.ENCODE)
    make = copy_clip if work.way is Way.COPY else encode_clip
    make(clip, look, work, target, progress, kept_metadata(clip))
    return work.part.last - work.part.first > 1


def _write_webp(
    clip: Clip, look: ClipLook, work: ClipWork, target: Path, progress: Progress
) -> bool:
    motion = Motion()
    shape, rate, count = _small(look, work, WEBP_LONGEST_PX, WEBP_FASTEST)
    with av.open(os.fspath(target), "w", format="webp", options={"loop": "0"}) as out:
        options = {"quality": WEBP_QUALITY}
        stream = out.add_stream("libwebp_anim", rate=rate, options=options)
        stream.width, stream.height = shape.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = 1 / rate
        plain = fitting_chain(look, shape, deinterlace=look.interlaced)

        def chain(frame: VideoFrame) -> Chain:
            return [*plain(frame), ("scale", "out_color_matrix=bt601")]  # WebP knows no other

        for frame in steady_frames(clip, look, work.part.begin_s, rate, count, chain):
            motion.see(frame)
            out.mux(stream.encode(frame))
            progress.tell((frame.pts or 0) / count)
        out.mux(stream.encode(None))
    return motion.seen


def _write_gif(
    clip: Clip, look: ClipLook, work: ClipWork, target: Path, progress: Progress
) -> bool:
    """Twice through the part: for the best 256 colours, then to draw with them."""
    shape, rate, count = _small(look, work, GIF_LONGEST_PX, GIF_FASTEST)
    chain = fitting_chain(look, shape, deinterlace=look.interlaced)
    motion = Motion()
    frames = steady_frames(clip, look, work.part.begin_s, rate, count, chain)
    palette = _palette(clip.path, frames, count, motion, 1 / rate, progress.part(0.0, 0.5))
    drawing = progress.part(0.5, 1.0)
    painter = _Painter(shape.size, rate, palette)
    # Opened anew: some clips cannot be wound back.
    with (
        open_clip(clip.path, many_threads()) as again,
        av.open(os.fspath(target), "w", format="gif") as out,
    ):
        stream = out.add_stream("gif", rate=rate)
        stream.width, stream.height = shape.size
        stream.pix_fmt = "pal8"
        stream.codec_context.time_base = 1 / rate
        for frame in steady_frames(again, look, work.part.begin_s, rate, count, chain):
            for painted in painter.paint(frame):
                out.mux(stream.encode(painted))
            drawing.tell((frame.pts or 0) / count)
        for painted in painter.paint(None):
            out.mux(stream.encode(painted))
        out.mux(stream.encode(None))
    return motion.seen


def _small(
    look: ClipLook, work: ClipWork, longest_px: int, fastest: Fraction
) -> tuple[Shape, Fraction, int]:
    """Scaled down, never up; as many frames as the format shows well."""
    scale = min(1.0, longest_px / max(work.shape.size))
    size = (even(work.shape.size[0] * scale), even(work.shape.size[1] * scale))
    rate = min(fastest, look.rate)
    count = max(1, round((work.part.end_s - work.part.begin_s) * float(rate)))
    return Shape(None, size, size, scaled=scale != 1.0, cropped=False), rate, count


def _palette(
    path: str,
    frames: Iterator[VideoFrame],
    count: int,
    motion: Motion,
    time_base: Fraction,
    progress: Progress,
) -> VideoFrame:
    def collect(_: VideoFrame) -> Chain:
        return [("palettegen", "stats_mode=full")]

    pipe = Pipe(collect, time_base)
    for frame in frames:
        motion.see(frame)
        list(pipe.push(frame))  # nothing comes out before the end
        progress.tell((frame.pts or 0) / count)
    for palette in pipe.finish():
        return palette
    raise MediaError(MediaCode.TRUNCATED, path, "no frame")


class _Painter:
    """Draws frames with the colours of a palette."""

    def __init__(self, size: tuple[int, int], rate: Fraction, palette: VideoFrame) -> None:
        graph = Graph()
        base = f"time_base={rate.denominator}/{rate.numerator}:pixel_aspect=1/1"
        size_text = f"{size[0]}x{size[1]}"
        picture = graph.add(
            "buffer", f"video_size={size_text}:pix_fmt=yuv420p:{base}:colorspace=bt709:range=tv"
        )
        side = f"{_PALETTE_PX}x{_PALETTE_PX}"
        colors = graph.add("buffer", f"video_size={side}:pix_fmt={palette.format.name}:{base}")
        use, sink = graph.add("paletteuse", "diff_mode=rectangle"), graph.add("buffersink")
        picture.link_to(use, 0, 0)
        colors.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        palette.pts = 0
        colors.push(palette)
        colors.push(None)
        self._graph, self._picture, self._sink = graph, picture, sink

    def paint(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        self._picture.push(frame)
        yield from pulled(self._sink)


def pulled(sink: FilterContext) -> Iterator[VideoFrame]:
    """What is ready at the end of a graph."""
    while True:
        try:
            yield cast(VideoFrame, sink.pull())
        except (NothingYet, NothingMore):
            return


_WRITERS = {"mp4": _write_mp4, "gif": _write_gif, "webp": _write_webp}
