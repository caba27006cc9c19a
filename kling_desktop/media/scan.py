"""Counting a clip's packets without decoding them: length, frames, whether its end is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from .clean_starts import CleanStarts
from .clip_sight import with_colors
from .clip_times import Times
from .clips import FAULTS, Clip, fault
from .errors import MediaCode

SCAN_LIMIT_S = 5.0  # enough for 100 MiB, the upload's limit, also from a slow disk
SCAN_MAX_FRAMES = 200_000  # nearly an hour at 60 fps; time stamps are kept to be compared
# A missing end shorter than this may be a header's rounding.
SHORTFALL_S = 0.5
_FROM_ZERO = frozenset({"matroska", "webm"})  # whose duration counts from zero
FIRST_WITHIN_FRAMES = 300  # a stream that begins anywhere has a picture by then
NO_TIMES = frozenset({"avi"})  # it says in which slot a frame is stored, not when it is shown

See = Callable[["Packet[Any]"], None]


class Scan:
    """What the packets tell. ``complete``: the end was reached within the time."""

    def __init__(self, clip: Clip, limit_s: float = SCAN_LIMIT_S, see: See | None = None) -> None:
        """``see`` is shown each packet."""
        self._clip, self._see = clip, see
        context = clip.stream.codec_context
        self._starts = CleanStarts(context.codec.canonical_name, context.extradata)
        self._by_slots = clip.container_name in NO_TIMES
        self.stamps: list[int] = []  # of frames that are shown, in the stream's ticks
        self.order: list[tuple[int, bool]] = []  # as stored: (stamp, whether one may begin there)
        self._first_key: int | None = None  # its stamp; the first stored packet's own, or later
        self._untold = 0  # packets that do not say when they are shown
        self.false_starts = 0  # packets whose key flags promise too much
        self.hidden = 0  # packets that an edit list cuts off
        self._last_step = 0
        self._spans: dict[int, tuple[float, float]] = {}  # of each stream, in seconds
        self.first_frame: VideoFrame | None = None
        self.frame_count = 0  # as stored
        self.begins_inside = False  # a group of pictures whose beginning is not there
        self.complete = False
        self.damaged = False  # a packet that isn't whole, or one that can't be read
        self.protected = False  # a packet that is encrypted
        self.restarts = 0  # of the clock
        self.decoder_fault = ""
        self._run(time.monotonic() + limit_s)

    @property
    def duration_s(self) -> float | None:
        """Of the picture stream, as measured; None where that can't be said."""
        base = self._clip.stream.time_base
        if not self.complete or base is None or len(self.stamps) < 1:
            return None
        return float((self.stamps[-1] - self.stamps[0] + self._last_step) * base)

    @property
    def last_s(self) -> float | None:
        """When the last frame is shown, by its own stamp."""
        base = self._clip.stream.time_base
        return float(self.stamps[-1] * base) if self.stamps and base is not None else None

    @property
    def times(self) -> Times:
        return Times(self.stamps, self._clip.stream.time_base)

    @property
    def before_s(self) -> float:
        """How long something else is there before the first picture."""
        others = [begin_s for begin_s, _ in self._others()]
        base = self._clip.stream.time_base
        if not others or not self.stamps or base is None:
            return 0.0
        return max(0.0, float(self.stamps[0] * base) - max(0.0, min(others)))

    @property
    def behind_s(self) -> float:
        """How long something else, sound for one, goes on behind the last picture."""
        base, others = self._clip.stream.time_base, [end_s for _, end_s in self._others()]
        if not others or not self.stamps or base is None or not self.complete:
            return 0.0
        return max(0.0, max(others) - float((self.stamps[-1] + self._last_step) * base))

    @property
    def cut_off(self) -> bool:
        """Whether the file ends before its header says so. Transport streams have no header."""
        if self._clip.container_name == "mpegts":
            return False
        if self.damaged:
            return True
        if self.restarts:  # the header counts the jumps in
            return False
        promised = self._clip.container.duration
        if not self.complete or promised is None:
            return False
        from_s = 0.0
        if self._clip.container_name not in _FROM_ZERO:
            from_s = min((begin_s for begin_s, _ in self._spans.values()), default=0.0)
        seen_s = max((end_s for _, end_s in self._spans.values()), default=0.0) - from_s
        return seen_s < promised / 1_000_000 - SHORTFALL_S

    def _others(self) -> list[tuple[float, float]]:
        return [span for index, span in self._spans.items() if index != self._clip.stream.index]

    def _run(self, deadline: float) -> None:
        try:
            for packet in self._clip.packets():
                self._take(packet)
                if time.monotonic() > deadline or len(self.stamps) > SCAN_MAX_FRAMES:
                    break
            else:
                self.complete = True
        except FAULTS as error:
            self._blame(error)
            self.damaged = True
        self.restarts = self._clip.clock_restarts
        self.stamps.sort()  # packets come in decoding order
        if self._by_slots:
            self._last_step = self.times.usual_step or self._last_step
        self._leave_out_what_cannot_be_shown()

    def _leave_out_what_cannot_be_shown(self) -> None:
        """At the beginning: frames that build on what is not there."""
        if not self.order or self._by_slots or self.first_frame is None:
            return
        begin = self.first_frame.pts
        if begin is None:
            return
        if 2 * self._untold > len(self.order):  # in their place stands when they are decoded
            later = begin - self.stamps[0]
            self.stamps = [stamp + later for stamp in self.stamps]
            self.order = [(stamp + later, clean) for stamp, clean in self.order]
            return
        if self.order[0][0] == self._first_key:  # only what is stored behind a key, shown before it
            begin = min(begin, self._first_key)
        kept = [stamp for stamp in self.stamps if stamp >= begin]
        self.begins_inside = bool(kept) and len(kept) < len(self.stamps)
        if self.begins_inside:
            self.stamps = kept

    def _take(self, packet: Packet[Any]) -> None:
        is_picture = packet.stream is self._clip.stream
        if is_picture and self._is_first_wanted():
            self._decode(packet)
        if packet.size == 0:  # the flush at the end
            return
        self.damaged = self.damaged or packet.is_corrupt
        self.protected = self.protected or packet.has_sidedata("encryption_info")
        if self._see is not None:
            self._see(packet)
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None and packet.time_base is not None:
            self._note_span(packet, stamp)
        if is_picture and packet.is_discard:
            self.hidden += 1
        elif is_picture:
            self.frame_count += 1
            self._untold += packet.pts is None
            stamp = self._slot(packet) if self._by_slots else stamp
            if stamp is not None:
                self._note_picture(packet, stamp)

    def _slot(self, packet: Packet[Any]) -> int | None:
        """Its place in the file. FFmpeg guesses times around it, and leaves the first one out."""
        if packet.dts is not None:
            return packet.dts
        return self.stamps[-1] + (packet.duration or 0) if self.stamps else 0

    def _note_picture(self, packet: Packet[Any], stamp: int) -> None:
        if packet.is_keyframe and self._first_key is None:
            self._first_key = stamp
        clean = packet.is_keyframe and self._starts.is_one(bytes(packet))
        self.order.append((stamp, clean))
        self.false_starts += packet.is_keyframe and not clean
        if not self.stamps or stamp >= max(self.stamps[-1], 0):
            self._last_step = packet.duration or self._last_step
        self.stamps.append(stamp)

    def _note_span(self, packet: Packet[Any], stamp: int) -> None:
        begin_s = float(stamp * packet.time_base)
        end_s = begin_s + float((packet.duration or 0) * packet.time_base)
        known = self._spans.get(packet.stream_index, (begin_s, end_s))
        self._spans[packet.stream_index] = (min(known[0], begin_s), max(known[1], end_s))

    def _is_first_wanted(self) -> bool:
        """Also where one is there already that was decoded from something that is not there."""
        if self.first_frame is None:
            return True
        return self.first_frame.is_corrupt and self.frame_count < FIRST_WITHIN_FRAMES

    def _decode(self, packet: Packet[Any]) -> None:
        try:
            for frame in self._clip.stream.decode(packet):
                if self.first_frame is None or self.first_frame.is_corrupt:
                    self.first_frame = with_colors(frame, self._clip.sight)
        except FAULTS as error:  # a clip may begin in the middle: the next packet may do
            self._blame(error)

    def _blame(self, error: Exception) -> None:
        found = fault(MediaCode.TRUNCATED, self._clip.path, error)
        if found.code is MediaCode.BOMB:
            raise found from error
        self.decoder_fault = self.decoder_fault or found.detail
