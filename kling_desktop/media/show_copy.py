"""A copy of a clip that the window's player shows exactly: H.264 at a constant rate. Worker side.

The player finds moments by the rate, in containers that can be sought in, and decodes what every
computer decodes. All else is shown from a copy, turned, cropped and coloured as it would be sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame

from kling_desktop.motion.limits import LONGEST_CHECKED_S, VIDEO_MAX_SIDE_PX
from kling_desktop.motion.reading import JSON_MAX_BYTES, Unreadable, parsed, read
from kling_desktop.motion.shown_copy import ShownCopy
from kling_desktop.plain_file import read_plain

from .cache import Cache
from .clip_encode import MP4_OPTIONS, plain_stream
from .clip_frames import timed_frames
from .clip_graph import fitting_chain
from .clip_look import PLAIN_PIXELS, ClipLook, sound_of
from .clip_sight import NO_EDGES
from .clip_work import HALF_TICK_S, Part, Shape, even, part_of, shape_of
from .clips import FAULTS, Clip, many_threads, open_clip
from .early_end import look_as_far_as_it_goes
from .errors import MediaCode, MediaError
from .files import content_key
from .filter_pipe import Pipe
from .fitted import ClipPlan
from .progress import Progress
from .sound import Sound

# Where the player finds every frame by its time; measured with Qt's FFmpeg back end.
_SOUGHT_IN = frozenset({"mp4", "mov", "3gp", "matroska", "webm"})
# AV1 is decoded by hardware alone; in HEVC steps stop where a group of pictures is open.
_DECODED = frozenset({"h264", "vp8", "vp9", "mpeg4", "mjpeg"})
# Half the time of the uploads' preset to make and to decode, for files twice as large.
PRESET, QUALITY = "ultrafast", "18"  # CRF: what is compared must not blur
MOST_BITS_S = 40_000_000  # half a minute has 150 MB then
KEY_EVERY_S = Fraction(1, 2)  # a seek decodes so much at most
FASTEST_TICKS = Fraction(120)  # of a rate that fits no grid: off by 4 ms at most, in the file only
_GRIDS = (
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 60)),
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 90, 100)),
    FASTEST_TICKS,
)
_OFF_GRID_S = 0.001  # stamps in milliseconds are off by half of one
_ROOM, _VERSION = "shown", 1  # raise it when copies are made in another way
ROOM_MAX_BYTES = 1_000_000_000  # half of what the whole cache may take
_INDEX_BASE = Fraction(1, 1000)  # filters are given frames' numbers as times


def needs_copy(path: str, start_s: float | None, end_s: float | None) -> bool:
    """Whether the player would not show the clip, or this part of it, as it is. Raises MediaError.

    What nobody would send, as it is too long, is shown as it is.
    """
    look, _early = look_as_far_as_it_goes(path)
    part = part_of(look, ClipPlan(start_s=start_s, end_s=end_s, fit=False))
    return part.end_s - part.begin_s <= LONGEST_CHECKED_S and not _is_shown_exactly(look)


def make_copy(
    path: str, start_s: float | None, end_s: float | None, cache: Cache, progress: Progress
) -> ShownCopy:
    """From the cache where it was made before. Raises MediaError."""
    key = content_key(path, "show", _VERSION, start_s, end_s)
    target = cache.entry(_ROOM, f"{key}.mp4")
    note = cache.entry(_ROOM, f"{key}.json")
    if (kept := _kept(target, note)) is not None:
        cache.touch(target)
        cache.touch(note)
        return kept
    look, _early = look_as_far_as_it_goes(path)
    part = part_of(look, ClipPlan(start_s=start_s, end_s=end_s, fit=False))
    with open_clip(path, many_threads()) as clip, cache.scratch(_ROOM, ".mp4") as scratch:
        try:
            made = _Copying(clip, look, part, progress).write(scratch, os.fspath(target))
        except OSError as error:
            raise cache.making_fault(error, path) from error
        cache.adopt(scratch, target)
    cache.write(note, json.dumps(made.to_json()).encode("ascii"))
    cache.trim_room(_ROOM, ROOM_MAX_BYTES, keep=(target, note))
    return made


def _is_shown_exactly(look: ClipLook) -> bool:
    facts = look.facts
    plain = facts.container in _SOUGHT_IN and facts.codec in _DECODED
    odd_times = (
        facts.variable_frame_rate
        or look.read_through
        or look.begins_inside
        or look.false_starts > 0
    )
    odd_sight = (
        look.edges != NO_EDGES
        or look.sample_aspect != 1
        or look.interlaced
        or look.other_pictures
        or (look.turn[1] is not None and look.turn[0] == 0)  # a mirror
    )
    odd_colors = look.pixels not in PLAIN_PIXELS or look.hdr or look.wide or look.see_through
    return plain and not (odd_times or odd_sight or odd_colors)


def _kept(target: Path, note: Path) -> ShownCopy | None:
    try:
        kept = read(ShownCopy, parsed(read_plain(note, JSON_MAX_BYTES)))
        return (
            kept if kept.is_sane and target.stat().st_size and Path(kept.path) == target else None
        )
    except (OSError, Unreadable):
        return None


class _Copying:
    """One run through the part."""

    def __init__(self, clip: Clip, look: ClipLook, part: Part, progress: Progress) -> None:
        self._clip, self._look, self._part, self._progress = clip, look, part, progress
        self._shape = _shape(look)
        self._rate = _rate(look, part)
        self._count = max(1, ceil((part.end_s - part.begin_s) * self._rate - Fraction(1, 100)))
        self._times_s: list[float] = []
        self._ticks: list[int] = []
        self._next = 0  # the tick that is written next

    def write(self, scratch: Path, path: str) -> ShownCopy:
        """``path``: where it will lie."""
        with av.open(os.fspath(scratch), "w", format="mp4", options=MP4_OPTIONS) as out:
            options = {
                "preset": PRESET,
                "crf": QUALITY,
                "maxrate": str(MOST_BITS_S),
                "bufsize": str(MOST_BITS_S),
                "bf": "0",
                "g": str(max(1, round(self._rate * KEY_EVERY_S))),
            }
            stream = plain_stream(out, self._rate, self._shape.box, options)
            self._write_sound(out)
            for frame in self._frames():
                out.mux(stream.encode(frame))
                self._progress.tell(self._next / max(self._count, self._next))
            out.mux(stream.encode(None))
        end_s = max(self._part.end_s, self._times_s[-1] + float(1 / self._rate))
        return ShownCopy(
            path,
            (self._rate.numerator, self._rate.denominator),
            tuple(self._times_s),
            tuple(self._ticks),
            end_s,
        )

    def _frames(self) -> Iterator[VideoFrame]:
        """Each tick's. Raises MediaError where the clip has none there."""
        held: VideoFrame | None = None
        for frame in self._filtered():
            number = round((frame.time or 0.0) / float(_INDEX_BASE))
            if held is not None:
                yield from self._until(held, self._ticks[number])
            held = frame
        if held is None:
            raise MediaError(MediaCode.TRUNCATED, self._clip.path, "no frame")
        yield from self._until(held, max(self._count, self._ticks[-1] + 1))

    def _until(self, frame: VideoFrame, tick: int) -> Iterator[VideoFrame]:
        frame.pict_type = PictureType.NONE
        while self._next < tick:
            frame.pts, frame.time_base = self._next, 1 / self._rate
            self._next += 1
            yield frame

    def _filtered(self) -> Iterator[VideoFrame]:
        look = self._look
        chain = fitting_chain(look, self._shape, deinterlace=look.interlaced)
        pipe = Pipe(chain, _INDEX_BASE)
        for at_s, frame in self._wanted():
            self._note(at_s)
            frame.time_base, frame.pts = _INDEX_BASE, len(self._times_s) - 1
            yield from pipe.push(frame)
        yield from pipe.finish()

    def _wanted(self) -> Iterator[tuple[float, VideoFrame]]:
        """The part's frames, and of those that no time tells apart the last one."""
        begin_s, end_s = self._part.begin_s, self._part.end_s
        for at_s, frame in timed_frames(self._clip, self._look, begin_s):
            if at_s >= end_s - HALF_TICK_S:
                return
            if at_s >= begin_s - HALF_TICK_S and not self._is_at_last(at_s):
                yield at_s, frame

    def _is_at_last(self, at_s: float) -> bool:
        return bool(self._times_s) and at_s <= self._times_s[-1]

    def _note(self, at_s: float) -> None:
        """Two frames of the clip never share a tick."""
        tick = round((at_s - self._part.begin_s) * self._rate)
        self._ticks.append(max(tick, self._ticks[-1] + 1) if self._ticks else 0)
        self._times_s.append(max(0.0, at_s))

    def _write_sound(self, out: OutputContainer) -> None:
        """All of it first: small, and the container puts it where it belongs."""
        track = sound_of(self._clip)
        if track is None:
            return
        begin_s = self._look.begin_s + self._part.begin_s
        sound = Sound(track, out, begin_s, self._part.end_s - self._part.begin_s)
        with open_clip(self._clip.path) as clip, suppress(*FAULTS):  # pictures have their own
            own = sound_of(clip)
            if self._part.first and not self._look.read_through:
                clip.seek(begin_s)
            for packet in clip.packets(*(one for one in (clip.stream, own) if one is not None)):
                if packet.stream is not own:
                    continue
                sound.take(packet)
                if sound.ended:
                    break
                self._progress.tell(0.0)
        sound.finish()


def _shape(look: ClipLook) -> Shape:
    """As large as it is, and as the service would take at most."""
    whole = shape_of(look, ClipPlan(fit=False))
    scale = min(1.0, VIDEO_MAX_SIDE_PX / max(whole.size))
    size = (even(whole.size[0] * scale), even(whole.size[1] * scale))
    return Shape(None, size, size, scaled=size != look.upright_size, cropped=False)


def _rate(look: ClipLook, part: Part) -> Fraction:
    """The slowest at which each frame of the part has a tick of its own, at its time."""
    stamps = look.stamps[part.first : part.last]
    times_s = [float((stamp - stamps[0]) * look.time_base) for stamp in stamps]
    if not look.facts.variable_frame_rate or len(times_s) < 2:
        return min(look.rate, FASTEST_TICKS)
    for rate in sorted({*_GRIDS, look.rate}):
        ticks = [round(at_s * rate) for at_s in times_s]
        off_s = max(abs(at_s - tick / rate) for at_s, tick in zip(times_s, ticks, strict=True))
        if off_s <= _OFF_GRID_S and all(a < b for a, b in pairwise(ticks)):
            return rate
    return FASTEST_TICKS
