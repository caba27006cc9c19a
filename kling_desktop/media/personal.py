"""Whether a clip tells about its maker: place, camera, author, comments, a cover. Worker side.

What is technical is known and listed; everything else counts as personal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from .aac_config import plain_packet
from .clips import Clip
from .harmless import Proof, prove
from .nal_units import BadStream, StreamCleaner
from .scan import Scan

# What every muxer writes: nothing here tells who, where or with what camera.
_TECHNICAL_TAGS = frozenset(
    {
        *("major_brand", "minor_version", "compatible_brands", "encoder", "language"),
        *("handler_name", "vendor_id", "timecode", "duration", "variant_bitrate", "rotate"),
        *("creation_time", "bps", "number_of_frames", "number_of_bytes", "alpha_mode"),
        *("_statistics_writing_app", "_statistics_writing_date_utc", "_statistics_tags"),
        *("software", "service_name", "service_provider", "stereo_mode", "metadatacreator"),
        *("deviceconformancetemplate", "isvbr", "hasaudio", "hasvideo"),
    }
)
_ISO = frozenset({"mp4", "mov", "3gp"})


class Units:
    """Looks at pictures and sound while they are counted."""

    def __init__(self, clip: Clip) -> None:
        self._picture = clip.stream
        context = clip.stream.codec_context
        self.known = True  # nothing was seen that a copy would leave out
        self._cleaner: StreamCleaner | None = None
        try:
            head = context.extradata
            self._cleaner = StreamCleaner(context.codec.canonical_name, head)
            self.known = self._cleaner.head == (head or b"")
        except BadStream:  # no stream that is ever copied has other units
            self.known = context.codec.canonical_name not in ("h264", "hevc")

    def see(self, packet: Packet[Any]) -> None:
        try:
            self.known = self.known and self._is_known(packet)
        except BadStream:
            self.known = False

    def _is_known(self, packet: Packet[Any]) -> bool:
        content = bytes(packet)
        if packet.stream is self._picture:
            return self._cleaner is None or self._cleaner.cleaned(content) == content
        is_aac = packet.stream.type == "audio" and packet.stream.name == "aac"
        return not is_aac or plain_packet(content) == content


@dataclass(frozen=True, slots=True)
class Telling:
    """What a clip tells of its maker."""

    personal: bool  # something was found that another container would leave out
    proven: bool  # that there is nothing: it may be sent byte for byte


def telling_of(clip: Clip, file: BinaryIO, scan: Scan, units: Units) -> Telling:
    proof = prove(file) if clip.container_name in _ISO else Proof(None)
    # What an edit list hides is no part of what is shown.
    proven = scan.complete and units.known and proof.pictures == scan.frame_count
    return Telling(proof.odd or not units.known or _has_more(clip.container), proven)


def _has_more(container: InputContainer) -> bool:
    """By FFmpeg's account."""
    return (
        bool(personal_tags(container))
        or any(s.type not in ("video", "audio") for s in container.streams)  # places, by the second
        or any(s.disposition & Disposition.attached_pic for s in container.streams.video)
        or bool(container.chapters())
    )


def personal_tags(container: InputContainer) -> set[str]:
    found = {key.lower() for key in container.metadata}
    for stream in container.streams:
        found |= {key.lower().split("-")[0] for key in stream.metadata}
    return found - _TECHNICAL_TAGS
