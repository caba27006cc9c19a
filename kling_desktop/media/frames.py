"""One decoded frame as an upright picture. Worker side."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from PIL import Image

from .clip_colors import is_wide, matrix_of, may_shine_through, shown_plain
from .clip_sight import NO_EDGES, Sight, shown_size
from .color_table import PLAIN
from .filter_pipe import Pipe
from .sight_boxes import Edges

Turn = tuple[int, Image.Transpose | None]
PLAIN_SIGHT = Sight()
_MATRIX = struct.Struct("=9i")  # FFmpeg's display matrix, native order
_ONE = 65536  # 16.16 fixed point
# (a, b, c, d) with x' = ax + cy, y' = bx + dy, y downwards → (turn clockwise, what Pillow does).
_TURNS: dict[tuple[int, int, int, int], tuple[int, Image.Transpose | None]] = {
    (1, 0, 0, 1): (0, None),
    (0, 1, -1, 0): (90, Image.Transpose.ROTATE_270),  # Pillow turns the other way
    (-1, 0, 0, -1): (180, Image.Transpose.ROTATE_180),
    (0, -1, 1, 0): (270, Image.Transpose.ROTATE_90),
    (-1, 0, 0, 1): (0, Image.Transpose.FLIP_LEFT_RIGHT),  # the mirror of a front camera
    (1, 0, 0, -1): (0, Image.Transpose.FLIP_TOP_BOTTOM),
    (0, 1, 1, 0): (90, Image.Transpose.TRANSPOSE),
    (0, -1, -1, 0): (90, Image.Transpose.TRANSVERSE),
}
_TURNED_BY = {turned: (turned, how) for turned, how in list(_TURNS.values())[:4]}  # no mirrors
# Real ones lie between 8:9 (NTSC) and 2:1 (anamorphic film); beyond this the header is broken.
WIDEST_SAMPLE = 4


def turn_of(frame: VideoFrame, sight: Sight = PLAIN_SIGHT) -> Turn:
    """``(degrees clockwise, transpose)`` that make the frame upright; none for odd angles.

    ``sight``: what the file says beside the frames, which counts where these say nothing.
    """
    turned = _own_turn(frame)
    return turned if turned is not None else _TURNED_BY.get(sight.turned, (0, None))


def _own_turn(frame: VideoFrame) -> Turn | None:
    """None where the frame tells of no turn."""
    try:
        side_data = cast(Mapping[str, Any], frame.side_data)  # PyAV's stub knows one key only
        numbers = _MATRIX.unpack(bytes(side_data["DISPLAYMATRIX"]))
    except (KeyError, struct.error):
        return None
    except ValueError:  # beside it lies side data of a kind that PyAV cannot name
        return _TURNED_BY.get(-round(frame.rotation) % 360)
    a, b, _, c, d = numbers[:5]
    return _TURNS.get(
        (round(a / _ONE), round(b / _ONE), round(c / _ONE), round(d / _ONE)), (0, None)
    )


def displayed_size(
    frame: VideoFrame, sample_aspect: Fraction | None, sight: Sight = PLAIN_SIGHT
) -> tuple[int, int]:
    """Width and height in px after the edges, the sample's aspect and the turn."""
    width_px, height_px = shown_size((frame.width, frame.height), sight.edges)
    if sample_aspect and 1 / WIDEST_SAMPLE <= sample_aspect <= WIDEST_SAMPLE:
        width_px = max(1, round(width_px * sample_aspect))
    turned, _ = turn_of(frame, sight)
    return (height_px, width_px) if turned in (90, 270) else (width_px, height_px)


def to_picture(frame: VideoFrame, size: tuple[int, int], sight: Sight = PLAIN_SIGHT) -> Image.Image:
    """The frame upright, RGB, without its edges, scaled to ``size`` as displayed."""
    turned, transpose = turn_of(frame, sight)
    wanted = (size[1], size[0]) if turned in (90, 270) else size
    width_px, height_px = _with_edges(wanted, frame, sight.edges)
    if is_wide(frame) or may_shine_through(frame):
        scaled = _as_shown(frame, (width_px, height_px))
    else:
        known = Colorspace.ITU709 if matrix_of(frame) == PLAIN else None
        scaled = frame.reformat(
            width=width_px, height=height_px, format="rgb24", src_colorspace=known
        )
    picture: Image.Image = scaled.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
    if sight.edges != NO_EDGES:
        left = round(sight.edges[0] * width_px / frame.width)
        top = round(sight.edges[1] * height_px / frame.height)
        picture = picture.crop((left, top, left + wanted[0], top + wanted[1]))
    return picture.transpose(transpose) if transpose is not None else picture


def _with_edges(size: tuple[int, int], frame: VideoFrame, edges: Edges) -> tuple[int, int]:
    """The sides of the coded picture, where what is shown of it has that size."""
    if edges == NO_EDGES:
        return size
    shown = shown_size((frame.width, frame.height), edges)
    if min(shown) < 1:  # a frame of another size than the rest
        return size
    return (
        max(size[0], round(size[0] * frame.width / shown[0])),
        max(size[1], round(size[1] * frame.height / shown[1])),
    )


def _as_shown(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    pipe = Pipe(lambda found: shown_plain(found, size), Fraction(1, 1000))
    was = frame.pts, frame.time_base
    frame.pts, frame.time_base = 0, Fraction(1, 1000)
    (shown,) = [*pipe.push(frame), *pipe.finish()]
    frame.pts, frame.time_base = was
    return shown
