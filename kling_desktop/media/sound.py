"""A clip's sound, mixed to stereo AAC of an exact length. Worker side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import cast

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet

from .sound_decoder import SoundDecoder

SOUND_RATE = 48_000  # what video uses; every AAC decoder takes it
SOUND_BIT_RATE = 160_000  # stereo AAC that nobody tells from the original
AAC_FRAME_SAMPLES = 1024  # ISO 14496-3
LEAST_GAP_S = 0.01  # FFmpeg passes over gaps up to 0.1 s, which is heard; stamps round by 0.001

Kind = tuple[int, str, str]  # rate, format of the samples, layout


class Sound:
    """Decodes one track's packets and writes them, beginning and ending with the picture.

    What begins late is led by silence, gaps are filled with it, what ends early is followed by it.
    """

    def __init__(
        self, track: AudioStream, out: OutputContainer, begin_s: float, length_s: float
    ) -> None:
        """``begin_s``: the track's own time that becomes 0."""
        self.track = track
        self._decoder = SoundDecoder(track)
        self._begin_s = begin_s
        self._samples = round(length_s * SOUND_RATE)
        self._out = out
        self._stream = out.add_stream("aac", rate=SOUND_RATE, options={}, layout="stereo")
        self._stream.bit_rate = SOUND_BIT_RATE
        self._source: FilterContext | None = None
        self._sink: FilterContext | None = None
        self._graph: Graph | None = None
        self._kind: Kind = (0, "", "")  # of the first frame
        self._changed: tuple[Kind, AudioResampler] | None = None  # the kind now, and back
        self._next_s: float | None = None  # where a frame follows that has no time of its own
        self.ended = False

    def take(self, packet: Packet[AudioStream]) -> None:
        if self.ended:
            return
        for frame in self._decoder.decode(packet):  # a damaged packet becomes silence
            self._take_frame(frame)

    def finish(self) -> None:
        """Silence up to the end, and the encoder's last packets."""
        if self._source is None:
            self._make_silence()
        if not self.ended:
            assert self._source is not None
            self._source.push(None)
            self._encode()
        self._out.mux(self._stream.encode(None))

    def _take_frame(self, frame: AudioFrame) -> None:
        time_s = frame.time if frame.time is not None else self._next_s
        if time_s is None:
            return
        self._next_s = time_s + frame.samples / frame.sample_rate
        kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if self._source is None:
            self._make(frame)
            self._kind = kind
        at_s = time_s - self._begin_s
        for ready in [frame] if kind == self._kind else self._as_before(frame):
            at = round(at_s * ready.sample_rate)
            ready.pts, ready.time_base = at, Fraction(1, ready.sample_rate)
            assert self._source is not None
            self._source.push(ready)
            at_s += ready.samples / ready.sample_rate
        self._encode()

    def _as_before(self, frame: AudioFrame) -> list[AudioFrame]:
        """Of a track that changes its kind on the way: as it was at first."""
        kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if self._changed is None or self._changed[0] != kind:
            rate, samples, layout = self._kind
            self._changed = kind, AudioResampler(format=samples, layout=layout, rate=rate)
        return self._changed[1].resample(frame)

    def _make(self, frame: AudioFrame) -> None:
        self._make_graph(
            f"time_base=1/{frame.sample_rate}:sample_rate={frame.sample_rate}"
            f":sample_fmt={frame.format.name}:channel_layout={frame.layout.name}"
        )

    def _make_silence(self) -> None:
        self._make_graph(
            f"time_base=1/{SOUND_RATE}:sample_rate={SOUND_RATE}"
            ":sample_fmt=fltp:channel_layout=stereo"
        )
        assert self._source is not None
        silence = AudioFrame(format="fltp", layout="stereo", samples=AAC_FRAME_SAMPLES)
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        silence.sample_rate, silence.pts = SOUND_RATE, 0
        silence.time_base = Fraction(1, SOUND_RATE)
        self._source.push(silence)

    def _make_graph(self, source: str) -> None:
        graph = Graph()
        chain = (
            ("abuffer", source),
            # async fills gaps and cuts what comes too early, first_pts the beginning.
            ("aresample", f"{SOUND_RATE}:async=1:min_hard_comp={LEAST_GAP_S}:first_pts=0"),
            ("aformat", f"sample_fmts=fltp:sample_rates={SOUND_RATE}:channel_layouts=stereo"),
            ("apad", ""),
            ("atrim", f"end_sample={self._samples}"),
            ("asetnsamples", f"n={AAC_FRAME_SAMPLES}:p=0"),
            ("abuffersink", ""),
        )
        nodes = [graph.add(name, arguments or None) for name, arguments in chain]
        for before, after in pairwise(nodes):
            before.link_to(after)
        graph.configure()
        self._graph, self._source, self._sink = graph, nodes[0], nodes[-1]

    def _encode(self) -> None:
        for frame in self._pulled():
            self._out.mux(self._stream.encode(frame))

    def _pulled(self) -> Iterator[AudioFrame]:
        assert self._sink is not None
        while True:
            try:
                yield cast(AudioFrame, self._sink.pull())
            except NothingYet:
                return
            except NothingMore:
                self.ended = True
                return
