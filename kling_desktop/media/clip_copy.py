"""Putting a part of a clip into a new container without encoding its picture. Worker side."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from .aac_config import is_plain_aac
from .clip_encode import MP4_OPTIONS
from .clip_look import ClipLook, sound_of
from .clip_work import KEPT_SOUND, ClipWork, copy_range
from .clips import FAULTS, Clip, fault
from .errors import MediaCode, MediaError
from .fitted import ClipChange
from .nal_units import StreamCleaner
from .progress import Progress
from .sound import Sound
from .sound_packets import SoundPackets

_APPLE_TAGS = {"hevc": "hvc1"}  # the other name for HEVC, hev1, is not played by Apple's players


def copy_clip(
    clip: Clip,
    look: ClipLook,
    work: ClipWork,
    target: Path,
    progress: Progress,
    metadata: dict[str, str],
    *,
    clean: bool = False,
) -> None:
    """Write the part into ``target``. Raises MediaError; OSError of writing.

    ``clean``: what no list knows is left out of the streams, too. Raises BadStream where it can't.
    """
    with av.open(os.fspath(target), "w", format="mp4", options=MP4_OPTIONS) as out:
        out.metadata.update(metadata)
        _Copying(clip, look, work, out, progress, clean=clean).run()


class _Copying:
    """One run through the packets."""

    def __init__(
        self,
        clip: Clip,
        look: ClipLook,
        work: ClipWork,
        out: OutputContainer,
        progress: Progress,
        *,
        clean: bool,
    ) -> None:
        self._clip, self._look, self._work = clip, look, work
        self._out, self._progress = out, progress
        wanted = copy_range(look, work.part)
        if wanted is None:
            raise MediaError(MediaCode.HELPER_CRASHED, clip.path, "not to be copied")
        self._first, self._last = wanted
        self._picture = _template(out, clip.stream)
        self._cleaner: StreamCleaner | None = None
        if clean:
            self._cleaner = StreamCleaner(look.facts.codec, clip.stream.codec_context.extradata)
            if self._cleaner.head:
                self._picture.codec_context.extradata = self._cleaner.head
        tag = _APPLE_TAGS.get(look.facts.codec)
        if tag is not None:
            self._picture.codec_context.codec_tag = tag
        self._track = sound_of(clip)
        self._sound: Sound | None = None
        self._sound_copy: Stream | None = None
        self._sound_cleaner: SoundPackets | None = None
        if self._track is not None:
            self._add_sound(self._track, clean=clean)

    def run(self) -> None:
        stream = self._clip.stream
        number = 0  # of the picture's packets that are shown, as stored
        for packet in self._packets():
            if packet.size == 0:
                continue
            if packet.stream is not stream:
                self._take_sound(packet)
            elif not packet.is_discard and (packet.pts is not None or packet.dts is not None):
                if self._first <= number < self._last:
                    self._mux(self._cleaned(packet), self._picture)
                    self._progress.tell((number - self._first) / (self._last - self._first))
                number += 1
        if number < self._last:
            raise MediaError(MediaCode.TRUNCATED, self._clip.path, "fewer packets than before")
        if self._sound is not None:
            self._sound.finish()

    def _cleaned(self, packet: Packet[Any]) -> Packet[Any]:
        if self._cleaner is None:
            return packet
        before = bytes(packet)
        if packet.stream is self._clip.stream:
            cleaned = self._cleaner.cleaned(before)
        else:
            cleaned = before if self._sound_cleaner is None else self._sound_cleaner.plain(before)
        if cleaned == before:
            return packet
        made: Packet[Any] = Packet(cleaned)
        made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
        made.time_base, made.is_keyframe = packet.time_base, packet.is_keyframe
        return made

    def _add_sound(self, track: AudioStream, *, clean: bool) -> None:
        head = track.codec_context.extradata
        codec = self._look.audio_codec
        odd = codec == "aac" and head is not None and not is_plain_aac(head)
        odd = odd or track.index in self._look.telling.odd_sounds
        anew = (clean and odd) or ClipChange.SOUND_CONVERTED in self._work.changes
        if codec in KEPT_SOUND and not anew:
            self._sound_copy = _template(self._out, track)
            self._sound_cleaner = SoundPackets(codec, head) if clean and codec else None
        else:
            length_s = self._work.part.end_s - self._work.part.begin_s
            self._sound = Sound(track, self._out, self._begin_s(), length_s)

    def _packets(self) -> list[Packet[Any]] | Any:
        tracks: list[Stream] = [self._clip.stream]
        if self._track is not None:
            tracks.append(self._track)
        try:
            self._clip.rewind()
            yield from self._clip.packets(*tracks)
        except FAULTS as error:
            raise fault(MediaCode.TRUNCATED, self._clip.path, error) from error

    def _take_sound(self, packet: Packet[Any]) -> None:
        if self._sound is not None:
            self._sound.take(packet)
        elif self._sound_copy is not None and packet.pts is not None:
            base = packet.time_base
            begin_s = float(packet.pts * base) - self._begin_s()
            length_s = float((packet.duration or 0) * base)
            end_s = self._work.part.end_s - self._work.part.begin_s
            # One packet more in front: it is what the first one's decoding builds on. What lies
            # before the beginning is cut off by the container's edit list.
            if begin_s + 2 * length_s > 0 and begin_s < end_s:
                self._mux(self._cleaned(packet), self._sound_copy)

    def _mux(self, packet: Packet[Any], stream: Stream) -> None:
        shift = round(Fraction(self._begin_s()) / packet.time_base)
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        packet.stream = stream
        self._out.mux(packet)

    def _begin_s(self) -> float:
        return self._look.begin_s + self._work.part.begin_s


def _template(out: OutputContainer, stream: Any) -> Any:
    copied = out.add_stream_from_template(stream, opaque=True)
    copied.metadata.clear()
    return copied
