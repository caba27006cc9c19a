"""What a decoded frame's numbers mean, and the filters that make them plain. Worker side.

Plain is BT.709 in the narrow range, opaque: what every reader takes a clip for that it reads well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .color_table import (
    HDR_CURVES,
    LINEAR,
    PLAIN,
    TABLE_SIDE,
    UNSAID,
    Curve,
    Primaries,
    is_plain,
    known_primaries,
    plain_table,
)

TARGET_PIXELS = "yuv420p"
_OPAQUE = 255
_SRGB = 13  # as a curve
_LEAST_POWER = 1.8
NARROW, FULL = 1, 2  # AVCOL_RANGE_MPEG and _JPEG
_RGB, _BT709, _BT2020 = 0, 1, 9  # of AVColorSpace; primaries and matrix share the last number
_SD = frozenset({4, 5, 6, 7})  # FCC, BT.601 twice, SMPTE 240M: alike, and read as one
_UNUSUAL = {10: "bt2020"}  # of constant luminance: swscale knows the other one, which is near
# mpv's rule for what does not say how it was made: larger than the DVDs of either half of the world
_SD_MAX_WIDTH_PX, _SD_MAX_HEIGHT_PX = 1279, 576


@dataclass(frozen=True, slots=True)
class Table:
    """A step in a chain of filters: these colours made plain by a table."""

    primaries: Primaries
    curve: Curve


_EXACT = "flags=bicubic+accurate_rnd+full_chroma_int"  # else up to four levels off
_SAID = ("setparams", "colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")

Chain = list[tuple[str, str] | Table]  # (filter, arguments)


def is_hdr(frame: VideoFrame) -> bool:
    return frame.color_trc in HDR_CURVES


def is_wide(frame: VideoFrame) -> bool:
    """Whether a reader that ignores what the clip says of its colours sees other ones."""
    if frame.format.is_rgb or matrix_of(frame) in {_BT709, *_SD}:
        return not is_plain(_primaries_of(frame), frame.color_trc) and not _is_old(frame)
    return True


def may_shine_through(frame: VideoFrame) -> bool:
    return any(part.is_alpha for part in frame.format.components)


def shines_through(frame: VideoFrame) -> bool:
    """Whether it has a pixel that is not quite opaque."""
    if not may_shine_through(frame):
        return False
    plane = frame.reformat(format="rgba").planes[0]
    data, row = memoryview(plane), frame.width * 4
    rows = (data[at : at + row] for at in range(0, frame.height * plane.line_size, plane.line_size))
    return any(min(bytes(line)[3::4]) < _OPAQUE for line in rows)


def matrix_of(frame: VideoFrame) -> int:
    """As said; else as players guess it."""
    if frame.format.is_rgb or frame.colorspace == _RGB:
        return _RGB
    if frame.colorspace != UNSAID:
        return frame.colorspace
    if is_hdr(frame) or frame.color_primaries == _BT2020:
        return _BT2020
    small = frame.width <= _SD_MAX_WIDTH_PX and frame.height <= _SD_MAX_HEIGHT_PX
    return 6 if small else _BT709


def laid_on_white(frame: VideoFrame) -> Chain:
    """Nothing where it is opaque. What is clear may hide anything, so it is not blended out."""
    if not may_shine_through(frame):
        return []
    return [
        ("scale", f"{_from_matrix(frame)}:{_EXACT}"),
        ("format", "gbrap"),
        ("negate", ""),  # white becomes black, which nothing times anything is
        ("premultiply", "inplace=1"),
        ("negate", ""),
        ("format", "gbrp"),
    ]


def made_plain(frame: VideoFrame, size: tuple[int, int], target: tuple[int, int]) -> Chain:
    """To the target's size in plain 8-bit colours; its numbers stay where they are that already."""
    laid = may_shine_through(frame)
    matrix = _RGB if laid else matrix_of(frame)
    primaries, curve = _primaries_of(frame), frame.color_trc
    sides = f"{target[0]}:{target[1]}"
    into = f"{sides}:out_range=tv:out_color_matrix=bt709:{_EXACT}"
    if not is_plain(primaries, curve):
        return [
            ("scale", f"{sides}:{_EXACT}:{'' if laid else _from_matrix(frame)}".rstrip(":")),
            *by_table(Table(primaries, curve)),
            ("setparams", "color_primaries=bt709:color_trc=bt709"),
            ("scale", into),
            ("format", TARGET_PIXELS),
            _SAID,
        ]
    narrow = frame.format.name == TARGET_PIXELS and frame.color_range != FULL
    if narrow and matrix == _BT709 and size == target:
        return [_SAID]
    if matrix != _RGB:
        into += f":{_from_matrix(frame)}"
    return [("scale", into), ("format", TARGET_PIXELS), _SAID]


def shown_plain(frame: VideoFrame, size: tuple[int, int]) -> Chain:
    """To RGB of that size as a plain screen shows it."""
    chain = laid_on_white(frame)
    matrix = f"{_from_matrix(frame)}:" if not chain else ""
    chain.append(("scale", f"{size[0]}:{size[1]}:{matrix}{_EXACT}"))
    if not is_plain(_primaries_of(frame), frame.color_trc):
        chain += by_table(Table(_primaries_of(frame), frame.color_trc))
    return [*chain, ("format", "rgb24")]


def shown_as(frame: VideoFrame, table: Table | None) -> Chain:
    """To RGB, by this table whatever the frame says of itself."""
    chain: Chain = [("scale", f"{frame.width}:{frame.height}:{_from_matrix(frame)}:{_EXACT}")]
    if table is not None:
        chain += by_table(table)
    return [*chain, ("format", "rgb24")]


def by_table(table: Table) -> Chain:
    """For RGB. Curves with few numbers for shadows go by a formula: a table is too coarse."""
    deep: Chain = [("format", "rgb48le")]  # haldclut mixes planes up
    power = 1.0 if table.curve == LINEAR else table.curve
    if not isinstance(power, float) or power >= _LEAST_POWER:
        return [*deep, table]
    light = f"pow(val/maxval,{power})"
    shown = f"maxval*if(lte({light},0.0031308),12.92*{light},1.055*pow({light},1/2.4)-0.055)"
    chain: Chain = [*deep, ("lutrgb", ":".join(f"{part}='{shown}'" for part in "rgb"))]
    if table.primaries != PLAIN:
        chain.append(Table(table.primaries, _SRGB))
    return chain


def say_plain(stream: VideoStream) -> None:
    """Before anything is written: the encoder begins with the first packet of any stream."""
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = PLAIN
    context.color_range = NARROW


@lru_cache(maxsize=4)
def table_frame(table: Table) -> VideoFrame:
    """The table as a Hald picture."""
    side = round(TABLE_SIDE**1.5)
    levels = plain_table(table.primaries, table.curve)
    made = VideoFrame(side, side, "rgb48le")
    data = b"".join(round(level * 65535).to_bytes(2, "little") for level in levels)
    plane = made.planes[0]
    row = side * 6
    lines = (data[at : at + row].ljust(plane.line_size, b"\0") for at in range(0, len(data), row))
    plane.update(b"".join(lines))
    return made


def _primaries_of(frame: VideoFrame) -> int:
    if frame.color_primaries == UNSAID and (is_hdr(frame) or frame.colorspace in (9, 10)):
        return _BT2020
    return known_primaries(frame.color_primaries)


def _is_old(frame: VideoFrame) -> bool:
    """Of BT.601, which is sent as it is where it fits: readers know it."""
    return _primaries_of(frame) in _SD and not is_hdr(frame)


def _from_matrix(frame: VideoFrame) -> str:
    matrix = matrix_of(frame)
    if frame.colorspace != UNSAID and matrix not in _UNUSUAL:
        return "in_color_matrix=auto"
    return f"in_color_matrix={_UNUSUAL.get(matrix) or _NAMES[matrix]}"


_NAMES = {_RGB: "auto", _BT709: "bt709", 6: "bt601", _BT2020: "bt2020"}
