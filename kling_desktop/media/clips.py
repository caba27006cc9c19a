"""Opening clips with FFmpeg, within limits, and naming their container. Worker side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from .clip_clock import Clock
from .clip_sight import is_encrypted, sight_of
from .errors import MediaCode, MediaError
from .files import open_file, size_bytes
from .sniff import HEAD_BYTES, kind_of

# Containers that hold media. Playlists (hls, dash, concat) are left out on purpose: they make
# FFmpeg open other files and addresses. Sound formats are in, to be told "no video stream".
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,gif,"
    "h264,hevc,mpegvideo,ivf,dv,mxf,mp3,wav,flac,aac"
)
_OPEN_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "none"}
FRAME_MAX_PIXELS = 120_000_000  # 16K has 132, 12K 101; a decoder holds many of them
_STILL_CODECS = frozenset({"mjpeg", "png", "webp", "bmp", "tiff", "jpegls"})  # what covers are
_BESIDE = (
    Disposition.timed_thumbnails
    | Disposition.dependent
    | Disposition.still_image
    | Disposition.metadata
    | Disposition.non_diegetic
)
DECODER_THREADS = 2  # more threads mean more frames in memory, and two cores are common
_MOST_THREADS = 8  # each holds frames; more gain little at the sizes that are sent


# What FFmpeg's calls may raise on a damaged file: its own errors; OSError where the file led it to
# an impossible place in itself; ValueError for a format that isn't one of ours.
FAULTS = (FFmpegError, OSError, ValueError)


def fault(code: MediaCode, path: str, error: Exception) -> MediaError:
    """The error as ours: out of memory is ``bomb``, all else is the code given."""
    if isinstance(error, MemoryError):
        return MediaError(MediaCode.BOMB, path, "out of memory")
    return MediaError(code, path, repr(error))


def many_threads() -> int:
    """For long work that reads a whole clip."""
    return min(_MOST_THREADS, max(DECODER_THREADS + 1, os.cpu_count() or 1))


class Clip:
    """An open clip: container, its picture stream, and what its header says."""

    def __init__(
        self, path: str, file: BinaryIO, container: InputContainer, head: bytes, threads: int
    ) -> None:
        """Raises MediaError where it holds no picture stream that can be decoded."""
        self.path = path
        self.size_bytes = size_bytes(file)
        self.container = container
        self.container_name = _container_name(container, head)
        self._at_start = True
        self.clock_restarts = 0  # how often the clock jumped in what was read last
        self.stream = _picture_stream(path, container)
        at = file.tell()
        self.sight = sight_of(file, self.container_name, container, self.stream)
        self.is_encrypted = is_encrypted(file, self.container_name, container.metadata)
        file.seek(at)
        self.stream.thread_count = threads
        if threads > DECODER_THREADS:
            self.stream.thread_type = "AUTO"  # several frames at once: faster, more memory

    def rewind(self) -> None:
        """Before reading from the beginning. Raises what FFmpeg raises.

        A freshly opened one stands there already; a bare stream can't be sought in, nor stands it.
        """
        if not self._at_start:
            self.container.seek(0)
        self._at_start = False

    def seek(self, at_s: float) -> None:
        """To the key frame before that time. Raises what FFmpeg raises."""
        self._at_start = False
        base = self.stream.time_base
        if base is not None:
            self.container.seek(int(at_s / base), stream=self.stream)

    def packets(self, *streams: Stream) -> Iterator[Packet[Any]]:
        """From where it stands, of these streams or of all, on one clock. Raises as FFmpeg does.

        Behind a jump of the clock that is so only when it is read from the beginning.
        """
        clock = Clock(self.container_name, self.stream.index)
        for packet in self.container.demux(*streams):
            clock.mend(packet)
            self.clock_restarts = clock.restarts
            yield packet

    @property
    def other_pictures(self) -> bool:
        """Whether there is a picture track beside it that is no cover."""
        return any(s != self.stream and not _is_cover(s) for s in self.container.streams.video)

    @property
    def starts_at_s(self) -> float:
        """The time stamp of the stream's beginning; transport streams do not begin at zero."""
        start, base = self.stream.start_time, self.stream.time_base
        return float(start * base) if start is not None and base is not None else 0.0


@contextmanager
def open_clip(path: str, threads: int = DECODER_THREADS) -> Iterator[Clip]:
    """A clip with a picture stream of bounded size. Raises MediaError."""
    with open_file(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        kind = kind_of(head)
        if kind is not None and kind[0] == "image" and kind[1] != "gif":
            raise MediaError(MediaCode.PICTURE_NAMED_VIDEO, path, kind[1])
        try:
            # WORKAROUND PyAV 15: ``options`` go to each stream too, and FLV, whose streams come
            # late, then crashes the process. ``container_options`` don't.
            container = av.open(file, mode="r", container_options=_OPEN_OPTIONS)
        except FAULTS as error:
            code = MediaCode.NOT_A_VIDEO if kind is None else MediaCode.TRUNCATED
            raise fault(code, path, error) from error
        with container:
            yield Clip(path, file, container, head, threads)


def _picture_stream(path: str, container: InputContainer) -> VideoStream:
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        raise MediaError(MediaCode.NO_VIDEO_STREAM, path)
    readable = [s for s in streams if s.codec_context is not None]  # FFmpeg has a decoder
    if not readable:
        raise MediaError(MediaCode.NOT_A_VIDEO, path, "no decoder")
    stream = max(readable, key=_rank)  # of equals the first
    if stream.width * stream.height > FRAME_MAX_PIXELS:
        raise MediaError(MediaCode.BOMB, path, f"{stream.width}x{stream.height}")
    return stream


def _rank(stream: VideoStream) -> tuple[bool, bool, bool, int]:
    """The film before stills, depth and the like; then the default one, then the larger one."""
    still = stream.frames == 1 or stream.codec_context.codec.canonical_name in _STILL_CODECS
    default = bool(stream.disposition & Disposition.default)
    beside = bool(stream.disposition & _BESIDE)
    return not still, not beside, default, stream.width * stream.height


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _container_name(container: InputContainer, head: bytes) -> str:
    """mp4 and mov, matroska and webm share a demuxer; the head tells them apart."""
    names = container.format.name.split(",")
    if "mov" in names or "matroska" in names:
        brand = container.metadata.get("major_brand", "")
        if brand.startswith("3g"):
            return "3gp"
        kind = kind_of(head)
        if kind is not None and kind[0] == "video":
            return kind[1]
        return "mov" if brand in ("", "qt  ") and "mov" in names else names[0]
    return names[0]
