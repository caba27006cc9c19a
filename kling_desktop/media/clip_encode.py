"""Encoding a part of a clip anew: H.264 and AAC in MP4, exact to the frame. Worker side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from kling_desktop.motion.limits import UPLOAD_MAX_BYTES

from .clip_alpha import Decoder
from .clip_colors import TARGET_PIXELS, say_plain
from .clip_frames import nth_time_s
from .clip_graph import fitting_chain
from .clip_look import ClipLook, sound_of
from .clip_sight import with_colors
from .clip_ticks import Ticks
from .clip_work import HALF_TICK_S, ClipWork
from .clips import FAULTS, Clip, fault, many_threads
from .errors import MediaCode, MediaError
from .filter_pipe import Pipe
from .fitted import ClipChange
from .progress import Progress
from .scan import NO_TIMES
from .sound import SOUND_BIT_RATE, Sound

X264_PRESET = "veryfast"  # twice as fast as the default for files a fifth larger
X264_QUALITY = "20"  # CRF: no loss that a person sees in motion; x264's default is 23
# Of the upload's limit; the rest is for the container's tables and the rate control's overshoot.
SIZE_SHARE = 0.94
RATE_BUFFER_S = 1.0  # how far the rate control may run ahead
MOST_BITS_S = 60_000_000  # more is never needed, and decoders have levels
BITS_PER_BYTE = 8
MP4_OPTIONS = {"movflags": "faststart"}


def encode_clip(
    clip: Clip,
    look: ClipLook,
    work: ClipWork,
    target: Path,
    progress: Progress,
    metadata: dict[str, str],
) -> None:
    """Write the part into ``target``. Raises MediaError; OSError of writing."""
    from_start = work.part.first == 0 or look.read_through
    while True:
        with av.open(os.fspath(target), "w", format="mp4", options=MP4_OPTIONS) as out:
            out.metadata.update(metadata)
            if _Encoding(clip, look, work, out, progress, from_start=from_start).run():
                return
        from_start = True  # the seek landed behind the part: read from the beginning


class _Encoding:
    """One run through the clip."""

    def __init__(
        self,
        clip: Clip,
        look: ClipLook,
        work: ClipWork,
        out: OutputContainer,
        progress: Progress,
        *,
        from_start: bool,
    ) -> None:
        self._clip, self._look, self._work = clip, look, work
        self._out, self._progress, self._from_start = out, progress, from_start
        self._stream = _picture_stream(out, work)
        self._decoder = Decoder(clip.stream)
        deinterlace = ClipChange.DEINTERLACED in work.changes
        chain = fitting_chain(look, work.shape, deinterlace=deinterlace)
        self._pipe = Pipe(chain, look.time_base)
        self._ticks: Ticks[VideoFrame] = Ticks(work.rate, look.rate, work.frame_count)
        self._begin_s = look.begin_s + work.part.begin_s
        self._decoded = 0
        track = sound_of(clip)
        length_s = float(work.frame_count / work.rate)
        begin_s = look.begin_s + work.part.begin_s
        self._sound = Sound(track, out, begin_s, length_s) if track is not None else None

    def run(self) -> bool:
        """False: the seek failed, or landed behind the part's beginning."""
        for packet in self._packets():
            if packet.stream is self._clip.stream:
                if not self._take_picture(packet):
                    return False
            elif self._sound is not None:
                self._sound.take(packet)
            if self._ticks.done and self._sound_is_past(packet):
                break
        for filtered in self._pipe.finish():
            self._encode(filtered)
        for number, frame in self._ticks.finish():
            self._write(number, frame)
        if self._decoded == 0:
            if self._from_start:
                raise MediaError(MediaCode.TRUNCATED, self._clip.path, "no frame")
            return False
        self._out.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.finish()
        return True

    def _packets(self) -> Iterator[Packet[Any]]:
        stream = self._clip.stream
        try:
            if self._from_start:
                self._clip.rewind()
            else:
                self._clip.seek(self._look.begin_s + self._work.part.begin_s + HALF_TICK_S)
        except FAULTS as error:
            if not self._from_start:
                return
            raise fault(MediaCode.TRUNCATED, self._clip.path, error) from error
        tracks = [stream] if self._sound is None else [stream, self._sound.track]
        try:
            yield from self._clip.packets(*tracks)
        except FAULTS:
            return  # the file ends early: what was read is what there is

    def _take_picture(self, packet: Packet[VideoStream]) -> bool:
        if self._ticks.done:
            return True
        try:
            frames = self._decoder.decode(packet)
        except FAULTS as error:
            if isinstance(error, MemoryError):
                raise fault(MediaCode.BOMB, self._clip.path, error) from error
            return True  # damaged, or before the first key frame
        for frame in frames:
            at_s = self._time_s(frame)
            if at_s < self._look.begin_s - HALF_TICK_S:
                continue  # it builds on what is not there
            if not self._from_start and self._is_late(at_s):
                return False
            self._from_start = True
            if self._ticks.done:
                return True
            frame.pts, frame.time_base = round(at_s / self._look.time_base), self._look.time_base
            for filtered in self._pipe.push(with_colors(frame, self._clip.sight)):
                self._encode(filtered)
        return True

    def _is_late(self, at_s: float) -> bool:
        return at_s > self._begin_s + HALF_TICK_S

    def _time_s(self, frame: VideoFrame) -> float:
        """When it is shown."""
        number, self._decoded = self._decoded, self._decoded + 1
        if frame.time is not None and self._look.facts.container not in NO_TIMES:
            return frame.time
        return self._look.begin_s + nth_time_s(self._look, number)

    def _encode(self, frame: VideoFrame) -> None:
        at_s = (frame.time or 0.0) - self._begin_s
        for number, shown in self._ticks.push(frame, at_s):
            self._write(number, shown)

    def _write(self, number: int, frame: VideoFrame) -> None:
        frame.pts, frame.time_base = number, 1 / self._work.rate
        frame.pict_type = PictureType.NONE  # the source's kinds are not orders to the encoder
        self._out.mux(self._stream.encode(frame))
        self._progress.tell(number / self._work.frame_count)

    def _sound_is_past(self, packet: Packet[Any]) -> bool:
        """Whether the sound of the part has come as well; it may lie behind the picture."""
        if self._sound is None or self._sound.ended:
            return True
        if packet.dts is None or packet.time_base is None or packet.stream is self._clip.stream:
            return False
        return float(packet.dts * packet.time_base) > self._end_s()

    def _end_s(self) -> float:
        return self._look.begin_s + self._work.part.end_s


def _picture_stream(out: OutputContainer, work: ClipWork) -> VideoStream:
    options = {"preset": X264_PRESET, "crf": X264_QUALITY, **_bounds(work)}
    return plain_stream(out, work.rate, work.shape.box, options)


def plain_stream(
    out: OutputContainer, rate: Fraction, size_px: tuple[int, int], options: dict[str, str]
) -> VideoStream:
    """H.264 at a constant ``rate`` in plain colours; ``options`` are x264's."""
    stream = out.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = size_px
    stream.pix_fmt = TARGET_PIXELS
    say_plain(stream)
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.thread_count = many_threads()
    stream.codec_context.thread_type = "FRAME"  # as ffmpeg does: PyAV slices, which is slower
    return stream


def _bounds(work: ClipWork) -> dict[str, str]:
    """Rate control that can't exceed the upload's limit, in one run."""
    length_s = float(work.frame_count / work.rate)
    bits = UPLOAD_MAX_BYTES * BITS_PER_BYTE * SIZE_SHARE
    bits_s = int(bits / (length_s + RATE_BUFFER_S)) - SOUND_BIT_RATE
    bits_s = max(1000, min(MOST_BITS_S, bits_s))
    return {"maxrate": str(bits_s), "bufsize": str(int(bits_s * RATE_BUFFER_S))}
