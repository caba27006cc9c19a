"""One track's packets as sound, also where a transmission changes its codec on the way.

FFmpeg keeps the decoder that a track begins with, which makes noise of the rest. Worker side.
"""

from __future__ import annotations

from typing import Any, cast

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.packet import Packet

from .clips import FAULTS

_TRANSMITTED = frozenset({"mpegts", "mpeg"})  # their packets begin with what says the codec
_SYNC = 0xFFF  # ISO 11172-3, 13818-7: twelve bits, one of the version, two of the layer
_LAYERS = {0: "aac", 1: "mp3", 2: "mp2", 3: "mp1"}
_MOST_CHANNELS = 16  # more is noise


class SoundDecoder:
    """From wherever reading begins. What is damaged gives nothing."""

    def __init__(self, track: AudioStream) -> None:
        self._is_told = track.container.format.name in _TRANSMITTED
        self._codec = track.codec_context.codec.canonical_name
        self._own: AudioCodecContext | None = None

    @property
    def codec(self) -> str:
        """Of the packet before."""
        return self._codec

    def decode(self, packet: Packet[Any]) -> list[AudioFrame]:
        told = codec_of(bytes(packet)) if self._is_told and packet.size else None
        if told is not None and told != self._codec:
            self._codec = told
            self._own = cast(AudioCodecContext, CodecContext.create(told, "r"))
        try:
            frames = packet.decode() if self._own is None else self._decoded(self._own, packet)
        except FAULTS:
            return []
        return [f for f in frames if isinstance(f, AudioFrame) and _is_sound(f)]

    @staticmethod
    def _decoded(own: AudioCodecContext, packet: Packet[Any]) -> list[AudioFrame]:
        return own.decode(packet if packet.size else None)


def codec_of(packet: bytes) -> str | None:
    """By the packet's head, where that says it."""
    head = int.from_bytes(packet[:2], "big")
    if len(packet) < 2 or head >> 4 != _SYNC:
        return None
    return _LAYERS[head >> 1 & 3]


def _is_sound(frame: AudioFrame) -> bool:
    return bool(frame.sample_rate) and 0 < frame.layout.nb_channels <= _MOST_CHANNELS
