"""Makes clips of every kind with PyAV, frames numbered by their grey, and reads them back."""

from __future__ import annotations

import array
import locale
import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import av.filter
from PIL import Image

SIZE = (360, 346)  # within the limits for clips, barely: quick to encode
STEP = 6  # greys from a frame to the next; the codecs here round by 2 at most
DARKEST = 30
SOUND_RATE = 48_000
BEEP_HZ = 1000.0
LOUD = 0.1


def gray_of(number: int) -> int:
    return DARKEST + STEP * (number % 34)


def number_of(gray: float) -> int:
    return round((gray - DARKEST) / STEP)


def numbered(count: int, size: tuple[int, int] = SIZE) -> list[Image.Image]:
    return [Image.new("RGB", size, (gray_of(n),) * 3) for n in range(count)]


def make(
    path: Path,
    frames: Iterable[Image.Image] | None = None,
    *,
    codec: str = "libx264",
    container: str | None = None,
    pix_fmt: str = "yuv420p",
    fps: int | Fraction = 10,
    gop: int | None = None,
    stamps_ms: list[int] | None = None,
    sound: str | None = None,
    tracks: int = 1,
    layout: str = "stereo",
    beep_at_s: float = 0.0,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    sound_end_s: float | None = None,
    shape: Callable[[av.VideoStream], None] | None = None,
    each: Callable[[av.VideoFrame], av.VideoFrame] | None = None,
) -> Path:
    """``stamps_ms``: times of the frames, else even. Silence before ``beep_at_s``, then a tone."""
    pictures = list(frames) if frames is not None else numbered(20)
    with (
        usual_priority(),
        points_in_numbers(),
        av.open(str(path), "w", format=container, options=options or {}) as out,
    ):
        out.metadata.update(metadata or {})
        stream = out.add_stream(codec, rate=fps, options=codec_options or {})
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = pix_fmt
        if stamps_ms is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.bit_rate = 8_000_000  # or MPEG-4 leaves small changes out; x264 keeps its quality
        if codec in ("libx264", "libx265"):
            stream.bit_rate = 0
        if gop is not None:
            stream.gop_size = gop
        if shape is not None:
            shape(stream)
        audios = [
            out.add_stream(sound, rate=SOUND_RATE, layout=layout)
            for _ in range(tracks if sound else 0)
        ]
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture).reformat(format=pix_fmt)
            if stamps_ms is not None:
                frame.pts, frame.time_base = stamps_ms[number], Fraction(1, 1000)
            else:
                frame.pts, frame.time_base = number, 1 / Fraction(fps)
            if each is not None:
                frame = each(frame)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        end_s = stamps_ms[-1] / 1000 if stamps_ms else len(pictures) / float(fps)
        for audio in audios:
            _add_beep(out, audio, layout, beep_at_s, sound_end_s or end_s)
    return path


@contextmanager
def usual_priority() -> Iterator[None]:
    """SVT-AV1 makes the thread that calls it, and all that this thread starts, real-time for root.

    From then on nobody else on the machine had a turn while a test was busy.
    """
    if not hasattr(os, "sched_getscheduler"):  # not on macOS and Windows
        yield
        return
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, param)


@contextmanager
def points_in_numbers() -> Iterator[None]:
    """FFmpeg reads a place's degrees as the C locale of the process writes them, and Qt sets it."""
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        locale.setlocale(locale.LC_NUMERIC, "C")
        yield
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def with_fields(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame marked as two fields, the upper one first."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    mark, sink = graph.add("setfield", "tff"), graph.add("buffersink")
    source.link_to(mark)
    mark.link_to(sink)
    graph.configure()
    source.push(frame)
    return sink.pull()


def _add_beep(out, audio, layout: str, beep_at_s: float, end_s: float) -> None:
    resampler = av.AudioResampler(format=audio.format, layout=layout, rate=SOUND_RATE)
    block = 1024
    for begin in range(0, int(end_s * SOUND_RATE), block):
        samples = array.array("f", (_sample(n, beep_at_s) for n in range(begin, begin + block)))
        frame = av.AudioFrame(format="fltp", layout="mono", samples=block)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, begin, Fraction(1, SOUND_RATE)
        for ready in resampler.resample(frame):
            out.mux(audio.encode(ready))
    for ready in resampler.resample(None):
        out.mux(audio.encode(ready))
    out.mux(audio.encode(None))


def _sample(number: int, beep_at_s: float) -> float:
    at_s = number / SOUND_RATE
    return 0.5 * math.sin(2 * math.pi * BEEP_HZ * at_s) if at_s >= beep_at_s else 0.0


def shown(path: str | Path) -> list[tuple[float, int]]:
    """(time, number by the grey in the middle) of every frame that a player shows."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            gray = frame.to_image().convert("L")
            pixel = gray.getpixel((gray.width // 2, gray.height // 2))
            found.append((frame.time, number_of(pixel)))
    return found


def numbers(path: str | Path) -> list[int]:
    return [number for _, number in shown(path)]


def first_loud_s(path: str | Path) -> float:
    """When the beep begins."""
    for at_s, value in _samples(path):
        if abs(value) > LOUD:
            return at_s
    raise AssertionError("nothing to hear")


def sound_length_s(path: str | Path) -> float:
    return max(at_s for at_s, _ in _samples(path)) + 1 / SOUND_RATE


def _samples(path: str | Path) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    with av.open(str(path)) as container:
        mono = av.AudioResampler(format="fltp", layout="mono", rate=SOUND_RATE)
        for frame in container.decode(audio=0):
            for ready in mono.resample(frame):
                values = array.array("f")
                values.frombytes(bytes(ready.planes[0])[: ready.samples * 4])
                begin_s = ready.pts * float(ready.time_base)
                found += [(begin_s + n / SOUND_RATE, v) for n, v in enumerate(values)]
    return found


def packets(path: str | Path, kind: str = "video") -> list[bytes]:
    """The packets' bytes as stored."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def is_faststart(path: str | Path) -> bool:
    data = Path(path).read_bytes()
    return 0 <= data.find(b"moov") < data.find(b"mdat")


def with_entry_box(data: bytes, box: bytes) -> bytes:
    """An MP4 of H.264 alone, with a box more in its track's entry. ``moov`` stands last."""
    made, begin, end = bytearray(data), 0, len(data)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = made.index(name, begin, end) - 4
        end = at + int.from_bytes(made[at : at + 4], "big")
        made[at : at + 4] = (end - at + len(box)).to_bytes(4, "big")
        begin = at + 8
    made[end:end] = box
    return bytes(made)
