"""Deciding what has to be done to a clip so that it may be sent. Pure: no file is touched."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from kling_desktop.motion.limits import (
    LENGTH_TOLERANCE_S,
    UPLOAD_MAX_BYTES,
    VIDEO_CONTAINERS,
    VIDEO_MAX_SIDE_PX,
    VIDEO_MIN_S,
    VIDEO_MIN_SIDE_PX,
)

from .clip_look import PLAIN_PIXELS, ClipLook
from .clip_sight import NO_EDGES
from .fitted import ClipChange, ClipPlan
from .framing import crop_px, padded, scale_into

C = ClipChange
FASTEST = Fraction(60)  # the issue: constant, and 60 frames a second at most
FASTEST_TOLERANCE = Fraction(1, 2)  # 60.1 is a measuring error
HALF_TICK_S = 0.0005  # time stamps in milliseconds round a frame's beginning up
_BEFORE_TOLERANCE_S = 0.1  # how pictures are reordered moves the first one by less
KEPT_CODECS = frozenset({"h264", "hevc"})
KEPT_SOUND = frozenset({"aac", "mp3"})  # what MP4 carries and every player decodes
# Only these give every packet its true time; AVI, for one, leaves out when a frame is shown.
_COPIED_CONTAINERS = frozenset({"mp4", "mov", "3gp", "matroska", "webm", "mpegts", "flv"})


class Way(StrEnum):
    """How the change is made."""

    AS_IS = "as_is"  # the original is sent, byte for byte
    UNDATED = "undated"  # the same, but for the time when it was made, which is set to 0
    COPY = "copy"  # the picture's packets are put into a new container
    ENCODE = "encode"


@dataclass(frozen=True, slots=True)
class Part:
    """Frames ``first`` to before ``last`` in showing order; seconds from the first frame's time."""

    first: int
    last: int
    begin_s: float
    end_s: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """The picture's way to its size: crop in upright coded px, scale, then a box to stand in."""

    crop: tuple[int, int, int, int] | None  # x, y, width, height
    size: tuple[int, int]
    box: tuple[int, int]  # equal to size where nothing is padded
    scaled: bool
    cropped: bool


@dataclass(frozen=True, slots=True)
class ClipWork:
    """What will be done, and how."""

    way: Way
    changes: tuple[ClipChange, ...]
    part: Part
    shape: Shape
    rate: Fraction
    frame_count: int


@dataclass(frozen=True, slots=True)
class Inside:
    """What only decoding tells of the part."""

    interlaced: bool = False  # some of it
    sizes: int = 1
    sound_kinds: int = 1
    broken: bool = False  # a few frames of it; more are not sent


def plan_work(look: ClipLook, plan: ClipPlan, inside: Inside | None = None) -> ClipWork:
    """``inside``: where it was decoded."""
    inside = inside or Inside()
    part = part_of(look, plan)
    shape = shape_of(look, plan)
    rate = rate_of(look) if plan.fit else look.rate
    picture = _picture_changes(look, plan, part, shape, inside)
    around = _changes_around(look, plan, part, inside)
    if plan.clean_metadata and (look.telling.personal or _unproven_as_is(look, picture | around)):
        around.add(C.CLEANED)
        if look.telling.odd_sounds and look.audio_codec in KEPT_SOUND:
            around.add(C.SOUND_CONVERTED)
    dated = plan.clean_metadata and look.telling.dated
    if picture:
        way = Way.ENCODE
    elif not around:
        way = Way.UNDATED if dated else Way.AS_IS
        around |= {C.CLEANED} if dated else set()
    else:
        # What is encoded anew shows a broken frame as decoders conceal it, and is whole.
        copied = _may_be_copied(look, part) and not inside.broken
        way = Way.COPY if copied else Way.ENCODE
    length_s = part.end_s - part.begin_s
    count = max(1, round(length_s * float(rate)))
    if C.HELD in picture:
        count = ceil(Fraction(VIDEO_MIN_S) * rate)
    changes = tuple(change for change in ClipChange if change in picture | around)
    return ClipWork(way, changes, part, shape, rate, count)


def part_of(look: ClipLook, plan: ClipPlan) -> Part:
    """The frames that are wished for; at least one."""
    times = [float((stamp - look.stamps[0]) * look.time_base) for stamp in look.stamps]
    first, last = 0, len(times)
    if plan.start_s is not None:
        first = max(0, bisect_right(times, plan.start_s + HALF_TICK_S) - 1)
    if plan.end_s is not None:
        last = max(first + 1, bisect_left(times, plan.end_s - HALF_TICK_S))
    begin_s = times[first] if times else 0.0
    if plan.end_s is not None and last < len(times):
        # Between frames at both ends: one less, so that a limit is never crossed by a whole frame.
        wished_s = plan.end_s - (plan.start_s or 0.0)
        over_s = times[last] - begin_s - wished_s
        if last - first > 1 and over_s > float(1 / look.rate) - HALF_TICK_S:
            last -= 1
    if last < len(times):
        return Part(first, last, begin_s, times[last], whole=False)
    return Part(first, last, begin_s, _end_s(look, times), whole=first == 0)


def _end_s(look: ClipLook, times: list[float]) -> float:
    """When the last frame is over. Where the rate is constant the frames know better than a header.

    Only a variable rate lets the last frame stand for long.
    """
    if not times and look.facts.frame_count:  # a bare stream has no times at all
        return float(look.facts.frame_count / look.rate)
    if not times or not look.order:
        return look.facts.duration_s
    last_over_s = times[-1] + float(1 / look.rate)
    if look.facts.variable_frame_rate:
        return max(last_over_s, look.facts.duration_s)
    return last_over_s


def shape_of(look: ClipLook, plan: ClipPlan) -> Shape:
    """The sides on the way. The picture is never cut to reach the limits."""
    whole = look.upright_size
    crop = crop_px(plan.crop, whole) if plan.crop is not None else None
    inner = (crop[2], crop[3]) if crop is not None else whole
    displayed = (max(1.0, float(inner[0] * look.upright_aspect)), float(inner[1]))
    box = padded(displayed, plan.pad_to_aspect)
    scale = scale_into(box, VIDEO_MIN_SIDE_PX, VIDEO_MAX_SIDE_PX) if plan.fit else 1.0
    size = (even(displayed[0] * scale), even(displayed[1] * scale))
    # The box never smaller than what stands in it, and no wider than half a pixel pair more.
    outer = (max(size[0], even(box[0] * scale)), max(size[1], even(box[1] * scale)))
    return Shape(crop, size, outer, scaled=scale != 1.0, cropped=crop is not None)


def contained(
    size: tuple[int, int], pixel_aspect: Fraction, box: tuple[int, int]
) -> tuple[int, int]:
    """The largest sides within the box for a picture of that size."""
    width, height = float(size[0] * pixel_aspect), float(size[1])
    scale = min(box[0] / width, box[1] / height)
    return min(box[0], even(width * scale)), min(box[1], even(height * scale))


def even(side: float) -> int:
    """4:2:0 pictures have even sides. Both limits are even, so none is crossed."""
    return max(2, round(side / 2) * 2)


def rate_of(look: ClipLook) -> Fraction:
    """Constant, at most 60; of more, every second, third … frame is left out."""
    if look.rate <= FASTEST + FASTEST_TOLERANCE:
        return look.rate
    keep_every = -(-look.rate // (FASTEST + FASTEST_TOLERANCE))
    return look.rate / keep_every


def copy_range(look: ClipLook, part: Part) -> tuple[int, int] | None:
    """Which packets, as stored, hold exactly these frames; None where no run of them does.

    It begins at a key frame, and nothing in it is shown outside the part: then nothing in it can
    need what is left out, for packets are stored before those that need them.
    """
    if not look.order or look.hidden:
        return None
    wanted = look.stamps[part.first : part.last]
    begin = next((i for i, (s, key) in enumerate(look.order) if key and s == wanted[0]), None)
    if begin is None:
        return None
    end = begin + len(wanted)
    held = tuple(sorted(stamp for stamp, _ in look.order[begin:end]))
    return (begin, end) if held == wanted else None


def is_held(length_s: float) -> bool:
    """Whether it is so little too short that its last picture may stand for the rest."""
    return VIDEO_MIN_S - LENGTH_TOLERANCE_S <= length_s < VIDEO_MIN_S - HALF_TICK_S


def _picture_changes(
    look: ClipLook, plan: ClipPlan, part: Part, shape: Shape, inside: Inside
) -> set[ClipChange]:
    """What can't be done without encoding anew."""
    wished = {C.CROPPED: shape.cropped, C.PADDED: shape.box != shape.size}
    length_s = max(look.facts.duration_s, HALF_TICK_S)
    share_bytes = look.facts.size_bytes * (part.end_s - part.begin_s) / length_s
    needed = {
        C.CONVERTED: not _codec_fits(look) and not look.hdr,
        C.SCALED: shape.scaled,
        C.TURNED: look.turn != (0, None),
        C.SQUARE_PIXELS: look.sample_aspect != 1,
        C.TONE_MAPPED: look.hdr,
        C.COLOR: look.wide and not look.hdr,
        C.FLATTENED: look.see_through,
        C.FRAME_RATE: look.facts.variable_frame_rate or rate_of(look) != look.rate,
        C.DEINTERLACED: look.interlaced or inside.interlaced,
        C.EDGES_CUT: look.edges != NO_EDGES,
        C.ONE_SIZE: inside.sizes > 1,
        C.HELD: is_held(part.end_s - part.begin_s),
        C.SHRUNK: share_bytes > UPLOAD_MAX_BYTES,
    }
    found = {change for change, yes in wished.items() if yes}
    return found | ({change for change, yes in needed.items() if yes} if plan.fit else set())


def _codec_fits(look: ClipLook) -> bool:
    return look.facts.codec in KEPT_CODECS and look.pixels in PLAIN_PIXELS


def _changes_around(look: ClipLook, plan: ClipPlan, part: Part, inside: Inside) -> set[ClipChange]:
    """What leaves the picture's packets alone, where they can be copied."""
    odd_sound = look.audio_codec is not None and look.audio_codec not in KEPT_SOUND
    more = look.behind_s > LENGTH_TOLERANCE_S or (
        look.before_s > _BEFORE_TOLERANCE_S and not look.begins_inside
    )
    needed = {
        C.CONVERTED: plan.fit and look.facts.container not in VIDEO_CONTAINERS,
        C.SOUND_CONVERTED: plan.fit and (odd_sound or inside.sound_kinds > 1),
        C.SOUND_CUT: plan.fit and part.whole and more,
        C.ONE_TRACK: plan.fit and look.other_pictures,
        C.TRIMMED: not part.whole or (plan.fit and look.begins_inside),
    }
    return {change for change, yes in needed.items() if yes}


def _unproven_as_is(look: ClipLook, changes: set[ClipChange]) -> bool:
    """Whether it would be sent byte for byte, and nobody knows what else is in it."""
    return not changes and look.facts.container in VIDEO_CONTAINERS and not look.telling.proven


def _may_be_copied(look: ClipLook, part: Part) -> bool:
    return (
        _codec_fits(look)
        and look.facts.container in _COPIED_CONTAINERS
        and not look.read_through
        and copy_range(look, part) is not None
    )
