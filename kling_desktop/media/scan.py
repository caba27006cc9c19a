"""Counting a clip's packets without decoding them: length, frames, whether its end is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from statistics import median_low
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from .clips import FAULTS, Clip, fault
from .errors import MediaCode

SCAN_LIMIT_S = 5.0  # enough for 100 MiB, the upload's limit, also from a slow disk
SCAN_MAX_FRAMES = 200_000  # nearly an hour at 60 fps; time stamps are kept to be compared
# A missing end shorter than this may be a header's rounding.
SHORTFALL_S = 0.5
_FROM_ZERO = frozenset({"matroska", "webm"})  # whose duration counts from zero
# Steps differ by a tick or two through rounding; 10 % more or less is another frame rate.
STEP_TOLERANCE_TICKS = 2
STEP_TOLERANCE = 0.1
UNEVEN_SHARE = 0.01  # one odd step in a hundred is a dropped frame, more is a variable rate


See = Callable[["Packet[Any]"], None]


class Scan:
    """What the packets tell. ``complete``: the end was reached within the time."""

    def __init__(self, clip: Clip, limit_s: float = SCAN_LIMIT_S, see: See | None = None) -> None:
        """``see`` is shown each packet."""
        self._clip, self._see = clip, see
        self._stamps: list[int] = []  # of frames that are shown, in the stream's ticks
        self.order: list[tuple[int, bool]] = []  # as stored: (stamp, whether a key frame)
        self.hidden = 0  # packets that an edit list cuts off
        self._last_step = 0
        self._begin_s: float | None = None  # over all streams
        self._end_s = 0.0
        self.first_frame: VideoFrame | None = None
        self.frame_count = 0
        self.complete = False
        self.damaged = False  # a packet that isn't whole, or one that can't be read
        self.decoder_fault = ""
        self._run(time.monotonic() + limit_s)

    @property
    def duration_s(self) -> float | None:
        """Of the picture stream, as measured; None where that can't be said."""
        base = self._clip.stream.time_base
        if not self.complete or base is None or len(self._stamps) < 1:
            return None
        return float((self._stamps[-1] - self._stamps[0] + self._last_step) * base)

    @property
    def last_s(self) -> float | None:
        """When the last frame is shown, by its own stamp."""
        base = self._clip.stream.time_base
        return float(self._stamps[-1] * base) if self._stamps and base is not None else None

    @property
    def usual_step_s(self) -> float | None:
        """From a frame to the next, where most are alike: the rate of a clip with gaps."""
        steps = [b - a for a, b in zip(self._stamps, self._stamps[1:], strict=False) if b > a]
        base = self._clip.stream.time_base
        return float(median_low(steps) * base) if steps and base is not None else None

    @property
    def fps(self) -> float | None:
        """Mean rate over the packets seen."""
        base = self._clip.stream.time_base
        if base is None or len(self._stamps) < 2 or self._stamps[-1] == self._stamps[0]:
            return None
        return float((len(self._stamps) - 1) / Fraction(self._stamps[-1] - self._stamps[0]) / base)

    @property
    def variable(self) -> bool:
        """Whether the frames' steps differ by more than rounding and a dropped frame."""
        steps = [b - a for a, b in zip(self._stamps, self._stamps[1:], strict=False)]
        if len(steps) < 2:
            return False
        usual = median_low(steps)
        allowed = max(STEP_TOLERANCE_TICKS, usual * STEP_TOLERANCE)
        uneven = sum(abs(step - usual) > allowed for step in steps)
        return uneven > max(1, UNEVEN_SHARE * len(steps))

    @property
    def cut_off(self) -> bool:
        """Whether the file ends before its header says so. Transport streams have no header."""
        if self._clip.container_name == "mpegts":
            return False
        if self.damaged:
            return True
        promised = self._clip.container.duration
        if not self.complete or promised is None:
            return False
        from_s = 0.0 if self._clip.container_name in _FROM_ZERO else self._begin_s or 0.0
        seen_s = self._end_s - from_s
        return seen_s < promised / 1_000_000 - SHORTFALL_S

    def _run(self, deadline: float) -> None:
        try:
            for packet in self._clip.container.demux():
                self._take(packet)
                if time.monotonic() > deadline or len(self._stamps) > SCAN_MAX_FRAMES:
                    break
            else:
                self.complete = True
        except FAULTS as error:
            self._blame(error)
            self.damaged = True
        self._stamps.sort()  # packets come in decoding order

    def _take(self, packet: Packet[Any]) -> None:
        is_picture = packet.stream is self._clip.stream
        if is_picture and self.first_frame is None:
            self._decode(packet)
        if packet.size == 0:  # the flush at the end
            return
        self.damaged = self.damaged or packet.is_corrupt
        if self._see is not None:
            self._see(packet)
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None and packet.time_base is not None:
            self._note_span(packet, stamp)
        if is_picture and packet.is_discard:
            self.hidden += 1
        elif is_picture:
            self.frame_count += 1
            if stamp is not None:
                self.order.append((stamp, packet.is_keyframe))
                if not self._stamps or stamp >= max(self._stamps[-1], 0):
                    self._last_step = packet.duration or self._last_step
                self._stamps.append(stamp)

    def _note_span(self, packet: Packet[Any], stamp: int) -> None:
        begin_s = float(stamp * packet.time_base)
        end_s = begin_s + float((packet.duration or 0) * packet.time_base)
        self._begin_s = begin_s if self._begin_s is None else min(self._begin_s, begin_s)
        self._end_s = max(self._end_s, end_s)

    def _decode(self, packet: Packet[Any]) -> None:
        try:
            frames: Iterator[VideoFrame] = iter(self._clip.stream.decode(packet))
            self.first_frame = next(frames, None)
        except FAULTS as error:  # a clip may begin in the middle: the next packet may do
            self._blame(error)

    def _blame(self, error: Exception) -> None:
        found = fault(MediaCode.TRUNCATED, self._clip.path, error)
        if found.code is MediaCode.BOMB:
            raise found from error
        self.decoder_fault = self.decoder_fault or found.detail
