"""Whether a clip tells about its maker: place, camera, author, comments, a cover. Worker side.

What is technical is known and listed; everything else counts as personal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from .clips import Clip
from .harmless import Proof, prove
from .nal_units import BadStream, StreamCleaner
from .scan import Scan
from .sound_packets import SoundPackets

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
        self._sounds: dict[int, SoundPackets] = {}
        self._odd_sounds: set[int] = set()
        self._cleaner: StreamCleaner | None = None
        try:
            head = context.extradata
            self._cleaner = StreamCleaner(context.codec.canonical_name, head)
            self.known = self._cleaner.head == (head or b"")
        except BadStream:  # no stream that is ever copied has other units
            self.known = context.codec.canonical_name not in ("h264", "hevc")

    def see(self, packet: Packet[Any]) -> None:
        if packet.stream is not self._picture:
            self._hear(packet)
        elif self.known:
            try:
                self.known = self._is_known(bytes(packet))
            except BadStream:
                self.known = False

    def odd_sounds(self) -> set[int]:
        """Numbers of the tracks that hold what cannot be left out: once all was seen."""
        for number, sound in self._sounds.items():
            try:
                sound.finish()
            except BadStream:
                self._odd_sounds.add(number)
        return self._odd_sounds

    def _is_known(self, content: bytes) -> bool:
        return self._cleaner is None or self._cleaner.cleaned(content) == content

    def _hear(self, packet: Packet[Any]) -> None:
        stream, number = packet.stream, packet.stream_index
        if stream.type != "audio" or number in self._odd_sounds:
            return
        context = stream.codec_context
        if context is None:
            return  # nothing can play it, and no copy holds it
        if number not in self._sounds:
            name = context.codec.canonical_name
            self._sounds[number] = SoundPackets(name, context.extradata)
        content = bytes(packet)
        try:
            self.known = self._sounds[number].plain(content) == content and self.known
        except BadStream:
            self._odd_sounds.add(number)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a clip tells of its maker."""

    personal: bool  # something was found that another container would leave out
    proven: bool  # that there is nothing: it may be sent byte for byte
    odd_sounds: frozenset[int] = frozenset()  # tracks that are not to be copied
    dated: bool = False  # proven, but for the time when it was made


def telling_of(clip: Clip, file: BinaryIO, scan: Scan, units: Units) -> Telling:
    proof = prove(file) if clip.container_name in _ISO else Proof(None)
    # What an edit list hides is no part of what is shown.
    odd_sounds = frozenset(units.odd_sounds())
    known = units.known and not odd_sounds
    proven = scan.complete and known and proof.pictures == scan.frame_count
    personal = proof.odd or not known or _has_more(clip.container)
    return Telling(personal, proven, odd_sounds, proven and proof.dated)


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
