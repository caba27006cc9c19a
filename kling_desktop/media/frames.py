"""One decoded frame as an upright picture. Worker side."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from PIL import Image

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
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
# Real ones lie between 8:9 (NTSC) and 2:1 (anamorphic film); beyond this the header is broken.
WIDEST_SAMPLE = 4
HD_HEIGHT_PX = 720  # ITU-R BT.709 is for HD; what doesn't say is taken for it from here on


def turn_of(frame: VideoFrame) -> tuple[int, Image.Transpose | None]:
    """``(degrees clockwise, transpose)`` that make the frame upright; none for odd angles."""
    side_data = cast(Mapping[str, Any], frame.side_data)  # PyAV's stub knows one key only
    try:
        numbers = _MATRIX.unpack(bytes(side_data["DISPLAYMATRIX"]))
    except (KeyError, struct.error):
        return 0, None
    a, b, _, c, d = numbers[:5]
    return _TURNS.get(
        (round(a / _ONE), round(b / _ONE), round(c / _ONE), round(d / _ONE)), (0, None)
    )


def displayed_size(frame: VideoFrame, sample_aspect: Fraction | None) -> tuple[int, int]:
    """Width and height in px after the sample's aspect and the turn."""
    width_px = frame.width
    if sample_aspect and 1 / WIDEST_SAMPLE <= sample_aspect <= WIDEST_SAMPLE:
        width_px = max(1, round(frame.width * sample_aspect))
    turned, _ = turn_of(frame)
    return (frame.height, width_px) if turned in (90, 270) else (width_px, frame.height)


def to_picture(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    """The frame upright, RGB, scaled to ``size`` as displayed."""
    turned, transpose = turn_of(frame)
    width_px, height_px = (size[1], size[0]) if turned in (90, 270) else size
    unsaid = frame.colorspace == _UNSPECIFIED
    colorspace = Colorspace.ITU709 if unsaid and frame.height >= HD_HEIGHT_PX else None
    scaled = frame.reformat(
        width=width_px, height=height_px, format="rgb24", src_colorspace=colorspace
    )
    picture: Image.Image = scaled.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
    return picture.transpose(transpose) if transpose is not None else picture
