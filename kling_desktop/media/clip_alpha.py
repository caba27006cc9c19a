"""VP8 and VP9 keep their transparency beside the picture, where FFmpeg's own decoders don't look.

Without it what was cut out would be seen, and sent. Worker side.
"""

from __future__ import annotations

from typing import Any, cast

from av.codec import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def has_alpha_beside(stream: VideoStream) -> bool:
    """By the word of its container, Matroska or WebM."""
    said = {name.lower(): value for name, value in stream.metadata.items()}
    return said.get("alpha_mode") == "1" and stream.codec_context.name in _DECODERS


class Decoder:
    """The packets of one stream as frames, from wherever reading begins."""

    def __init__(self, stream: VideoStream) -> None:
        self._own: VideoCodecContext | None = None
        if has_alpha_beside(stream):
            name = _DECODERS[stream.codec_context.name]
            self._own = cast(VideoCodecContext, CodecContext.create(name, "r"))

    def decode(self, packet: Packet[Any]) -> list[VideoFrame]:
        """Raises what FFmpeg raises."""
        if self._own is None:
            return packet.decode()
        return self._own.decode(packet if packet.size else None)
