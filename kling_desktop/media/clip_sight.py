"""Which part of the coded picture is shown, and which way up, where only the file says so.

FFmpeg's decoders do not apply it, and PyAV does not hand it on. Worker side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .boxes import BadBoxes, boxes
from .color_table import UNSAID
from .files import size_bytes
from .sight_boxes import Colors, Edges, mp4_colors, mp4_edges

NO_EDGES: Edges = (0, 0, 0, 0)
_NO_MATRIX = frozenset({0, 2, 3})  # RGB, which these frames are not; not said; reserved
_TURNS = frozenset({90, 180, 270})

# Matroska (RFC 9559): what leads to a track's picture, and the fields that are read.
_SEGMENT, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_CROPS = (0x54CC, 0x54BB, 0x54DD, 0x54AA)  # PixelCropLeft, Top, Right, Bottom
_MOST_TRACKS_BYTES = 4 * 1024 * 1024
_MOST_ELEMENTS = 20_000  # hours of pictures may stand before them
_MOST_NUMBERS_BYTES = 16  # of a name and a size
_EBML_CONTAINERS = frozenset({"matroska", "webm"})
_BOX_CONTAINERS = frozenset({"mp4", "mov", "3gp"})


@dataclass(frozen=True, slots=True)
class Sight:
    edges: Edges = NO_EDGES
    turned: int = 0  # degrees clockwise that make it upright
    colors: Colors | None = None  # what counts where the frames do not say it


def sight_of(
    file: BinaryIO, container_name: str, container: InputContainer, stream: VideoStream
) -> Sight:
    """``file`` is read from its beginning; it stands anywhere afterwards."""
    edges, colors = NO_EDGES, None
    if container_name in _EBML_CONTAINERS:
        edges = _matroska_edges(file, stream.index)
    elif container_name in _BOX_CONTAINERS:
        edges = mp4_edges(file, stream.id) or NO_EDGES
        colors = mp4_colors(file, stream.id)
    context = stream.codec_context  # before a decoder puts what the frames say in its place
    colors = colors or (context.colorspace, context.color_primaries, context.color_trc)
    width_px, height_px = stream.width, stream.height
    if edges[0] + edges[2] >= width_px or edges[1] + edges[3] >= height_px:
        edges = NO_EDGES  # nothing would be left: the fields are wrong
    return Sight(edges, _tagged_turn(container, stream), colors)


def _tagged_turn(container: InputContainer, stream: VideoStream) -> int:
    """The tag ``rotate``, which editors and older phones write beside no matrix."""
    for tags in (stream.metadata, container.metadata):
        for name, value in tags.items():
            if name.lower() in ("rotate", "rotation") and value.strip().lstrip("-").isdecimal():
                turned = int(value) % 360
                return turned if turned in _TURNS else 0
    return 0


def _matroska_edges(file: BinaryIO, index: int) -> Edges:
    found: dict[int, int] = {}
    try:
        tracks = list(_elements(_tracks(file), {_TRACK}))
        for video in _elements(tracks[index], {_VIDEO}):
            for name in _CROPS:
                for value in _elements(video, {name}):
                    found[name] = int.from_bytes(value, "big")
    except IndexError:
        return NO_EDGES
    left, top, right, bottom = (found.get(name, 0) for name in _CROPS)
    return left, top, right, bottom


def _tracks(file: BinaryIO) -> bytes:
    """What the file says of its tracks; editors put it behind the pictures. Raises IndexError."""
    at, end = 0, size_bytes(file)
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            break
        file.seek(at)
        head = file.read(_MOST_NUMBERS_BYTES)
        name, used = _number(head, 0, keep_mark=True)
        size, used = _number(head, used, keep_mark=False)
        if name == _SEGMENT:
            at += used
            continue
        if size is None:  # it goes on for as long as there is something
            break
        if name == _TRACKS:
            if size > _MOST_TRACKS_BYTES:
                break
            file.seek(at + used)
            return file.read(size)
        at += used + size
    raise IndexError("no tracks")


def _elements(data: bytes, names: set[int]) -> Iterator[bytes]:
    """The contents of the elements of these names. Raises IndexError."""
    at = 0
    while at < len(data):
        name, at = _number(data, at, keep_mark=True)
        size, at = _number(data, at, keep_mark=False)
        end = len(data) if size is None else min(len(data), at + size)
        if name in names:
            yield data[at:end]
        at = end


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int | None, int]:
    """A number of variable length, and where it ends; None: a size that is not known."""
    length = 9 - data[at].bit_length()
    if length > 8 or at + length > len(data):
        raise IndexError("no number")
    value = int.from_bytes(data[at : at + length], "big")
    if keep_mark:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return (None if value == (1 << 7 * length) - 1 else value), at + length


def is_encrypted(file: BinaryIO, container_name: str, metadata: dict[str, str]) -> bool:
    """Whether its head says so, in a way that FFmpeg passes over or that stops it early."""
    if any(name.lower().startswith("asf_protection") for name in metadata):
        return True
    if container_name not in _BOX_CONTAINERS:
        return False
    try:
        return any(_encrypted_tracks(file))
    except (BadBoxes, OSError):
        return False


_PATH = {b"moov": b"trak", b"trak": b"mdia", b"mdia": b"minf", b"minf": b"stbl", b"stbl": b"stsd"}
_ENCRYPTED = frozenset({b"encv", b"enca", b"drmi", b"drms"})
_STSD_HEAD_BYTES = 8


def _encrypted_tracks(file: BinaryIO) -> Iterator[bool]:
    def walk(begin: int, end: int, wanted: bytes) -> Iterator[bool]:
        for box in boxes(file, begin, end):
            if box.name != wanted:
                continue
            if wanted == b"stsd":
                entries = boxes(file, box.inner + _STSD_HEAD_BYTES, box.end)
                yield any(entry.name in _ENCRYPTED for entry in entries)
            else:
                yield from walk(box.inner, box.end, _PATH[wanted])

    yield from walk(0, size_bytes(file), b"moov")


def with_colors(frame: VideoFrame, sight: Sight) -> VideoFrame:
    """The frame, saying what the container says of its colours where it says nothing itself."""
    if sight.colors is not None and not frame.format.is_rgb:
        matrix, primaries, curve = sight.colors
        if frame.colorspace == UNSAID and matrix not in _NO_MATRIX:
            frame.colorspace = matrix
        if frame.color_primaries == UNSAID and primaries:
            frame.color_primaries = primaries
        if frame.color_trc == UNSAID and curve:
            frame.color_trc = curve
    return frame


def shown_size(size: tuple[int, int], edges: Edges) -> tuple[int, int]:
    """Coded sides without the edges."""
    return size[0] - edges[0] - edges[2], size[1] - edges[1] - edges[3]
