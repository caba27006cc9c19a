"""HEIC, AVIF and PNG at all the bits they hold: eight are too few for PQ, HLG and linear light.

Worker side. Pillow gives eight, and reads an AVIF by BT.601 or BT.709 only.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from fractions import Fraction
from typing import BinaryIO

import av
import pillow_heif
from av.video.frame import VideoFrame
from PIL import Image

from .clip_colors import Table, shown_as
from .clips import FAULTS
from .color_table import UNSAID, Curve, Primaries
from .filter_pipe import Pipe
from .heif_boxes import Property

_EIGHT_BITS_DO = frozenset({0, 1, UNSAID, 5, 6})  # H.273's matrices that Pillow reads well
_SAMPLE_BYTES = 6
_TICK = Fraction(1, 25)


def from_depth(
    image: Image.Image,
    file: BinaryIO,
    found: list[Property],
    meant: tuple[Primaries, Curve] | None,
) -> Image.Image | None:
    """The loaded picture, made plain if it is ``meant`` otherwise; None where Pillow's will do."""
    matrix = _matrix(found)
    if meant is None and matrix in _EIGHT_BITS_DO:
        return None
    try:
        file.seek(0)
        if image.format == "PNG":
            frame = _of_png(file)
        else:
            frame = _of_heif(file) if image.format == "HEIF" else _of_avif(file, matrix)
    except (*FAULTS, RuntimeError, LookupError):
        return None
    if frame is None or (frame.width, frame.height) != image.size:  # of tiles, or another one
        return None
    frame.pts, frame.time_base = 0, _TICK
    table = Table(*meant) if meant is not None else None
    pipe = Pipe(lambda given: shown_as(given, table), _TICK)
    (shown,) = [*pipe.push(frame), *pipe.finish()]
    plain: Image.Image = shown.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
    if image.mode in ("RGBA", "LA"):
        plain.putalpha(image.getchannel("A"))
    plain.info = dict(image.info)
    return plain


def _of_avif(file: BinaryIO, matrix: int) -> VideoFrame | None:
    with av.open(file, "r") as container:
        if not container.streams.video:
            return None
        frame = next(iter(container.decode(video=0)), None)
    if frame is not None and matrix != UNSAID:
        frame.colorspace = matrix
    return frame


def _of_png(file: BinaryIO) -> VideoFrame | None:
    decoder = av.CodecContext.create("png", "r")
    decoder.thread_count = 1
    packet = av.Packet(file.read())
    return next(iter([*decoder.decode(packet), *decoder.decode(None)]), None)


def _of_heif(file: BinaryIO) -> VideoFrame | None:
    heif = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
    one = heif[heif.primary_index]
    if one.mode != "RGB;16":
        return None
    frame = VideoFrame(*one.size, "rgb48le")
    data, row, plane = memoryview(one.data), one.size[0] * _SAMPLE_BYTES, frame.planes[0]
    lines = (data[at : at + row] for at in range(0, one.size[1] * one.stride, one.stride))
    plane.update(b"".join(bytes(line).ljust(plane.line_size, b"\0") for line in lines))
    return frame


def _matrix(found: list[Property]) -> int:
    for name, content in found:
        if name == b"colr" and content[:4] == b"nclx":
            with suppress(struct.error):
                return int(struct.unpack_from(">H", content, 8)[0])
    return UNSAID
