"""FFmpeg's filters in a row, and how a table of colours gets into them. Worker side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import cast

from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from .clip_colors import Chain, Table, table_frame

_BEFORE_ALL = -(1 << 40)  # a time
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
