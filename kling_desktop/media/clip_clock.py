"""One clock for all packets of a file, also where recordings were joined and theirs starts anew.

Such a jump is no pause: what follows continues where the picture before it ended. Worker side.
"""

from __future__ import annotations

from typing import Any

from av.packet import Packet

# Streams of transmissions, whose clock may be set at any time; as FFmpeg's own program does.
_TRANSMITTED = frozenset({"mpegts", "mpeg", "ogg", "flv"})
_LONGEST_PAUSE_S, _FURTHEST_BACK_S = 10.0, 0.1
_IN_ORDER = frozenset({"mpegts", "mpeg"})  # a picture is never decoded before the one before it
_ROUNDING_S = 0.001
# In others a picture may stand for minutes, where nothing moves; no clip that is used has hours.
_OTHERS_PAUSE_S, _OTHERS_BACK_S = 600.0, 1.0


class Clock:
    """Sees every packet from the file's beginning on, and sets its stamps."""

    def __init__(self, container: str, picture: int) -> None:
        """``picture``: the index of the stream whose frames follow each other without a gap."""
        transmitted = container in _TRANSMITTED
        self._pause_s = _LONGEST_PAUSE_S if transmitted else _OTHERS_PAUSE_S
        self._back_s = _FURTHEST_BACK_S if transmitted else _OTHERS_BACK_S
        self._picture = picture
        self._picture_back_s = _ROUNDING_S if container in _IN_ORDER else self._back_s
        self._shift_s = self._shift_before_s = 0.0
        self._last_s: dict[int, float] = {}  # by stream: the last packet, on our clock
        self._step_s: dict[int, float] = {}
        self._loose: set[int] = set()  # streams whose packet before does not tell the next time
        self._of_sound = False  # the last jump was met in the sound: the picture decides
        self.restarts = 0

    def mend(self, packet: Packet[Any]) -> None:
        stamp = packet.dts if packet.dts is not None else packet.pts
        base = packet.time_base
        if stamp is None or base is None or not packet.size:
            if packet.size:
                self._loose.add(packet.stream_index)
            return
        raw_s, index = float(stamp * base), packet.stream_index
        if packet.stream.type in ("video", "audio"):
            back_s = self._picture_back_s if index == self._picture else self._back_s
            back_s = back_s if packet.dts is not None else _OTHERS_BACK_S
            shift_s = self._shift_for(index, raw_s, back_s)
            self._note(index, raw_s + shift_s, float((packet.duration or 0) * base))
        else:
            shift_s = self._shift_s
        if shift_s:
            ticks = round(shift_s / base)
            packet.pts = packet.pts + ticks if packet.pts is not None else None
            packet.dts = packet.dts + ticks if packet.dts is not None else None

    def _shift_for(self, index: int, raw_s: float, back_s: float) -> float:
        last_s = self._last_s.get(index)
        if last_s is None:
            return self._shift_s
        next_s = last_s + self._step_s.get(index, 0.0)
        # The last packets of one recording may come behind the first ones of the next.
        near = [
            shift_s
            for shift_s in (self._shift_s, self._shift_before_s)
            if -back_s <= raw_s + shift_s - last_s <= self._pause_s
        ]
        if near:
            shift_s = min(near, key=lambda one: abs(raw_s + one - next_s))
            if self._shift_s in near and (index in self._loose or index not in self._step_s):
                shift_s = self._shift_s
            if shift_s != self._shift_s or not (self._of_sound and index == self._picture):
                return shift_s
        else:
            self.restarts += 1
            self._shift_before_s = self._shift_s
        self._of_sound = index != self._picture
        self._shift_s = next_s - raw_s
        return self._shift_s

    def _note(self, index: int, at_s: float, length_s: float) -> None:
        self._loose.discard(index)
        last_s = self._last_s.get(index)
        step_s = length_s or (at_s - last_s if last_s is not None else 0.0)
        if step_s > 0:
            self._step_s[index] = step_s
        self._last_s[index] = max(at_s, last_s) if last_s is not None else at_s
