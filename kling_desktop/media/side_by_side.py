"""Two videos beside each other in one, with their names, to show to others. Worker side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from .cache import Cache
from .clip_colors import TARGET_PIXELS
from .clip_encode import MP4_OPTIONS, X264_PRESET, X264_QUALITY, plain_stream
from .clip_frames import steady_frames
from .clip_graph import fitting_chain
from .clip_look import ClipLook, sound_of
from .clip_work import FASTEST, Shape, even, part_of, shape_of
from .clips import FAULTS, Clip, many_threads, open_clip
from .early_end import look_as_far_as_it_goes
from .export_check import Made
from .exports import pulled
from .fitted import ClipPlan
from .letters import drawn_name
from .progress import Progress
from .sound import Sound

HIGHEST_PX = 1080  # each side; more makes the file large and the comparison no clearer
BAR_PX, TEXT_PX, MARGIN_PX = 48, 26, 16  # the strip with the names above the pictures
_BAR_COLOR, _TEXT_COLOR = "#15171a", "#e9ecef"  # the program's own background and text
_WHOLE = ClipPlan(fit=False)


def export_side_by_side(
    left: str,
    right: str,
    names: tuple[str, str],
    offset_frames: int,
    cache: Cache,
    progress: Progress,
) -> Made:
    """The finished file, which is the caller's to move. Raises MediaError.

    The left one begins ``offset_frames`` later, counted at the faster one's rate; below zero, the
    right one. Until it begins a side shows its first frame, when it is over its last. The sound
    is the left one's, or the right one's where the left has none.
    """
    found = [look_as_far_as_it_goes(path) for path in (left, right)]
    looks = [look for look, _early in found]
    rate = min(FASTEST, max(look.rate for look in looks))
    delays = (max(0, offset_frames), max(0, -offset_frames))
    with ExitStack() as stack:
        clips = [stack.enter_context(open_clip(path, many_threads())) for path in (left, right)]
        height_px = min(HIGHEST_PX, max(_upright_size(look)[1] for look in looks))
        sides = [
            _Side(clip, look, delay, rate, height_px)
            for clip, look, delay in zip(clips, looks, delays, strict=True)
        ]
        scratch = stack.enter_context(cache.scratch("fitted", ".mp4"))
        try:
            count = _write(sides, names, rate, scratch, progress)
        except OSError as error:
            raise cache.making_fault(error, left) from error
        made = os.fspath(cache.set_aside(scratch))
        return Made(
            made,
            float(count / rate),
            moves=count > 1,
            ends_early=any(early for _look, early in found),
        )


class _Side:
    """One of the two, scaled to the common height."""

    def __init__(
        self, clip: Clip, look: ClipLook, delay: int, rate: Fraction, height_px: int
    ) -> None:
        self.clip, self.look, self.delay, self.rate = clip, look, delay, rate
        part = part_of(look, _WHOLE)
        self.own_frames = max(1, round((part.end_s - part.begin_s) * float(rate)))
        width_px, own_height_px = _upright_size(look)
        self.size = (even(width_px * height_px / own_height_px), even(height_px))

    def frames(self) -> Iterator[VideoFrame]:
        """Without end: what stands before and after the clip is its first and last frame."""
        shape = Shape(None, self.size, self.size, scaled=True, cropped=False)
        chain = fitting_chain(self.look, shape, deinterlace=self.look.interlaced)
        last: VideoFrame | None = None
        own = steady_frames(self.clip, self.look, 0.0, self.rate, self.own_frames, chain)
        for frame in own:
            if last is None:
                for _ in range(self.delay):
                    yield frame
            yield frame
            last = frame
        assert last is not None  # a clip without any is an error of steady_frames
        while True:
            yield last


def _write(
    sides: list[_Side], names: tuple[str, str], rate: Fraction, target: Path, progress: Progress
) -> int:
    """How many frames it has."""
    count = max(side.own_frames + side.delay for side in sides)
    desk = _Desk(sides[0].size, sides[1].size, names, rate)
    with av.open(os.fspath(target), "w", format="mp4", options=MP4_OPTIONS) as out:
        options = {"preset": X264_PRESET, "crf": X264_QUALITY}
        stream = plain_stream(out, rate, desk.size, options)
        _write_sound(sides, out, rate, count)
        for number, pair in enumerate(zip(sides[0].frames(), sides[1].frames(), strict=False)):
            if number >= count:
                break
            for frame in desk.lay(*pair, number):
                frame.pict_type = PictureType.NONE
                out.mux(stream.encode(frame))
            progress.tell(number / count)
        out.mux(stream.encode(None))
    return count


def _write_sound(sides: list[_Side], out: OutputContainer, rate: Fraction, count: int) -> None:
    """All of it first: small, and the container puts it where it belongs."""
    heard = next((side for side in sides if sound_of(side.clip) is not None), None)
    track = sound_of(heard.clip) if heard is not None else None
    if heard is None or track is None:
        return
    begin_s = heard.look.begin_s - float(heard.delay / rate)
    sound = Sound(track, out, begin_s, float(count / rate))
    with open_clip(heard.clip.path) as clip:  # its own reader: the pictures have theirs
        own = sound_of(clip)
        if own is not None:
            with suppress(*FAULTS):  # the file ends early: what was heard is what there is
                for packet in clip.container.demux(own):
                    sound.take(packet)
    sound.finish()


class _Desk:
    """Lays two frames beside each other under a strip with their names."""

    def __init__(
        self, left: tuple[int, int], right: tuple[int, int], names: tuple[str, str], rate: Fraction
    ) -> None:
        self.size = (left[0] + right[0], left[1] + BAR_PX)
        self._rate = rate
        graph = Graph()
        base = f"time_base={rate.denominator}/{rate.numerator}:pixel_aspect=1/1"
        form = f"pix_fmt={TARGET_PIXELS}:{base}"
        self._left = graph.add("buffer", f"video_size={left[0]}x{left[1]}:{form}")
        self._right = graph.add("buffer", f"video_size={right[0]}x{right[1]}:{form}")
        self._bar = graph.add("buffer", f"video_size={self.size[0]}x{BAR_PX}:{form}")
        beside, under = graph.add("hstack", "inputs=2"), graph.add("vstack", "inputs=2")
        self._left.link_to(beside, 0, 0)
        self._right.link_to(beside, 0, 1)
        self._bar.link_to(under, 0, 0)
        beside.link_to(under, 0, 1)
        self._sink = graph.add("buffersink")
        under.link_to(self._sink)
        graph.configure()
        self._graph = graph
        picture = _bar(self.size[0], left[0], names)
        make = VideoFrame.from_image
        names_frame: VideoFrame = make(picture)  # type: ignore[no-untyped-call]  # PyAV's stub
        self._names = names_frame.reformat(
            format=TARGET_PIXELS, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )

    def lay(self, left: VideoFrame, right: VideoFrame, number: int) -> Iterator[VideoFrame]:
        inputs = ((self._bar, self._names), (self._left, left), (self._right, right))
        for source, frame in inputs:
            frame.pts, frame.time_base = number, 1 / self._rate
            source.push(frame)
        yield from pulled(self._sink)


def _bar(width_px: int, middle_px: int, names: tuple[str, str]) -> Image.Image:
    bar = Image.new("RGB", (width_px, BAR_PX), _BAR_COLOR)
    for name, begin, end in ((names[0], 0, middle_px), (names[1], middle_px, width_px)):
        room_px = max(1, end - begin - 2 * MARGIN_PX)
        line = drawn_name(name, TEXT_PX, _TEXT_COLOR, _BAR_COLOR)
        top = (BAR_PX - line.height) // 2
        bar.paste(
            line.crop((0, 0, min(room_px, line.width), line.height)), (begin + MARGIN_PX, top)
        )
    return bar


def _upright_size(look: ClipLook) -> tuple[int, int]:
    return shape_of(look, _WHOLE).size
