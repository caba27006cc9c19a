"""FFmpeg's filters between decoding and encoding a clip's picture. Worker side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import cast

from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from PIL import Image

from .clip_colors import Chain, Table, laid_on_white, made_plain, table_frame
from .clip_look import ClipLook
from .clip_sight import NO_EDGES, shown_size
from .clip_work import Shape, contained

_BEFORE_ALL = -(1 << 40)  # a time
_TURNS: dict[Image.Transpose | None, tuple[tuple[str, str], ...]] = {
    None: (),
    Image.Transpose.ROTATE_270: (("transpose", "clock"),),  # Pillow's angles run the other way
    Image.Transpose.ROTATE_90: (("transpose", "cclock"),),
    Image.Transpose.ROTATE_180: (("hflip", ""), ("vflip", "")),
    Image.Transpose.FLIP_LEFT_RIGHT: (("hflip", ""),),
    Image.Transpose.FLIP_TOP_BOTTOM: (("vflip", ""),),
    Image.Transpose.TRANSPOSE: (("transpose", "cclock_flip"),),
    Image.Transpose.TRANSVERSE: (("transpose", "clock_flip"),),
}
ChainFor = Callable[[VideoFrame], Chain]


class Pipe:
    """Filters in a row, made for the frames that come, and made anew when those change."""

    def __init__(self, chain_for: ChainFor, time_base: Fraction) -> None:
        self._chain_for = chain_for
        self._time_base = time_base
        self._made_for: tuple[object, ...] | None = None
        self._graph: Graph | None = None
        self._source: FilterContext | None = None
        self._sink: FilterContext | None = None

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        kind = (
            *(frame.width, frame.height, frame.format.name),
            *(frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc),
        )
        if kind != self._made_for:
            yield from self.finish()
            self._make(frame)
            self._made_for = kind
        assert self._source is not None
        self._source.push(frame)
        yield from self._pulled()

    def finish(self) -> Iterator[VideoFrame]:
        """What the filters still hold back."""
        if self._source is None:
            return
        self._source.push(None)
        yield from self._pulled()
        self._graph = self._source = self._sink = self._made_for = None

    def _make(self, frame: VideoFrame) -> None:
        base = self._time_base
        graph = Graph()
        last = self._source = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
            f":time_base={base.numerator}/{base.denominator}:pixel_aspect=1/1"
            f":colorspace={frame.colorspace}:range={frame.color_range}",
        )
        tables: list[tuple[FilterContext, VideoFrame]] = []
        for step in [*self._chain_for(frame), ("buffersink", "")]:
            if isinstance(step, Table):
                following = graph.add("haldclut", "clut=first")
                tables.append(_add_table(graph, following, step, base))
            else:
                following = graph.add(step[0], step[1] or None)
            last.link_to(following)
            last = following
        graph.configure()
        for source, table in tables:
            source.push(table)
            source.push(None)
        self._graph, self._sink = graph, last

    def _pulled(self) -> Iterator[VideoFrame]:
        assert self._sink is not None
        while True:
            try:
                yield cast(VideoFrame, self._sink.pull())
            except (NothingYet, NothingMore):
                return


def fitting_chain(look: ClipLook, shape: Shape, *, deinterlace: bool) -> ChainFor:
    """Deinterlace, turn upright, crop, scale and tone-map, pad: in this order."""

    def chain_for(frame: VideoFrame) -> Chain:
        chain: Chain = [("bwdif", "mode=send_frame")] if deinterlace else []
        if look.edges != NO_EDGES and frame_size(frame) == look.coded_size:
            left, top, _, _ = look.edges
            width, height = shown_size(look.coded_size, look.edges)
            chain.append(("crop", f"{width}:{height}:{left}:{top}:exact=1"))
        chain += _TURNS[look.turn[1]]
        size = (frame.height, frame.width) if look.turn[0] in (90, 270) else frame_size(frame)
        if look.edges != NO_EDGES and frame_size(frame) == look.coded_size:
            size = look.upright_size
        inner = shape.size
        if size != look.upright_size:  # its size changes on the way: contained, never stretched
            inner = contained(size, look.upright_aspect, shape.size)
        elif shape.crop is not None:
            left, top, width, height = shape.crop
            chain.append(("crop", f"{width}:{height}:{left}:{top}:exact=1"))
            size = (width, height)
        chain += laid_on_white(frame)
        chain += made_plain(frame, size, inner)
        if inner != shape.size:
            sides = f"{shape.size[0]}:{shape.size[1]}"
            chain.append(("pad", f"{sides}:(ow-iw)/2:(oh-ih)/2:black"))
        if shape.box != shape.size:
            chain.append(("pad", f"{shape.box[0]}:{shape.box[1]}:(ow-iw)/2:(oh-ih)/2:black"))
        # Without the file's own rotation, captions and light data: they have been applied.
        return [*chain, ("setsar", "1"), ("sidedata", "mode=delete")]

    return chain_for


def _add_table(
    graph: Graph, user: FilterContext, table: Table, base: Fraction
) -> tuple[FilterContext, VideoFrame]:
    """(where it goes in, what goes in)."""
    frame = table_frame(table)
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
        f":time_base={base.numerator}/{base.denominator}:pixel_aspect=1/1",
    )
    source.link_to(user, 0, 1)
    frame.pts, frame.time_base = _BEFORE_ALL, base
    return source, frame


def frame_size(frame: VideoFrame) -> tuple[int, int]:
    return frame.width, frame.height
