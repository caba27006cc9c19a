"""Small videos whose every frame carries its own number, and the reader of that number.

Eight bars from left to right are the bits of the number, the lowest first: white is one. With
``rows`` they go from the top down instead, so that either half of the picture has them all.
"""

from __future__ import annotations

import array
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from PySide6.QtGui import QImage

BITS = 8
WIDTH, HEIGHT = 320, 240
WHITE, BLACK, GREY = 235, 16, 128  # in limited range YUV
SOUND_RATE = 44_100
SOUND_BLOCK = 1024
ROW_READ_AT = 0.8  # of the height of a row: labels lie on the upper part of the first one


def _bars(number: int, line_size: int, lines: int) -> bytes:
    bar = WIDTH // BITS
    line = b"".join(bytes([WHITE if number >> bit & 1 else BLACK]) * bar for bit in range(BITS))
    return line.ljust(line_size, bytes([BLACK])) * lines


def _rows(number: int, line_size: int, lines: int) -> bytes:
    tall = lines // BITS
    rows = (
        bytes([WHITE if number >> bit & 1 else BLACK]) * line_size * tall for bit in range(BITS)
    )
    return b"".join(rows).ljust(line_size * lines, bytes([BLACK]))


def make_numbered_video(
    path: Path,
    *,
    frames: int = 75,
    fps: int = 25,
    sound_s: float | None = None,
    rows: bool = False,
    pixels: str = "yuv420p",
    stamps_ms: list[int] | None = None,
) -> str:
    """H.264 with AAC as long as the pictures, or ``sound_s`` long; returns the path.

    ``stamps_ms``: when its frames are shown, in place of an even rate.
    """
    with av.open(str(path), "w") as container:
        seconds = frames / fps if sound_s is None else sound_s
        drawn = _pictures(frames, fps, _rows if rows else _bars, stamps_ms)
        _add_both(container, fps, seconds, (frame.reformat(format=pixels) for frame in drawn))
    return str(path)


def _add_both(
    container: av.container.OutputContainer,
    fps: int,
    seconds: float,
    frames: Iterator[av.VideoFrame],
) -> None:
    first = next(frames)
    picture = container.add_stream("libx264", rate=fps)
    picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, first.format.name
    picture.time_base = picture.codec_context.time_base = first.time_base
    picture.options = {"g": "12", "preset": "ultrafast", "bf": "2"}
    sound = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
    for frame in (first, *frames):
        container.mux(picture.encode(frame))
    container.mux(picture.encode())
    for tone in _tones(seconds):
        container.mux(sound.encode(tone))
    container.mux(sound.encode())


def _pictures(
    frames: int, fps: int, draw: Callable[[int, int, int], bytes], stamps_ms: list[int] | None
) -> Iterator[av.VideoFrame]:
    for number in range(frames):
        frame = _picture(number, fps, draw)
        if stamps_ms is not None:
            frame.pts, frame.time_base = stamps_ms[number], Fraction(1, 1000)
        yield frame


def _picture(number: int, fps: int, draw: Callable[[int, int, int], bytes]) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma, *chroma = frame.planes
    luma.update(draw(number, luma.line_size, luma.height))
    for plane in chroma:
        plane.update(bytes([GREY]) * plane.buffer_size)
    frame.pts, frame.time_base = number, Fraction(1, fps)
    return frame


def _tones(seconds: float) -> Iterator[av.AudioFrame]:
    """A quiet A, exactly so long."""
    angle, total = 2 * math.pi * 440 / SOUND_RATE, int(SOUND_RATE * seconds)
    for start in range(0, total, SOUND_BLOCK):
        end = min(start + SOUND_BLOCK, total)
        samples = array.array("f", (0.1 * math.sin(angle * i) for i in range(start, end)))
        frame = av.AudioFrame("fltp", "mono", end - start)
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts = SOUND_RATE, start
        yield frame


def make_sound_only(path: Path) -> str:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for tone in _tones(1.0):
            container.mux(stream.encode(tone))
        container.mux(stream.encode())
    return str(path)


def frame_number(image: QImage | None) -> int | None:
    """The number that the frame carries; None without a picture."""
    if image is None:
        return None
    bar = image.width() / BITS
    middle = image.height() // 2
    bits = (image.pixelColor(int(bar * (i + 0.5)), middle).lightness() > 127 for i in range(BITS))
    return sum(1 << i for i, bit in enumerate(bits) if bit)


def rows_number(image: QImage, x: int) -> int:
    """The number in the rows of a painted picture, read in its column ``x``."""
    tall = image.height() / BITS
    bits = (
        image.pixelColor(x, int(tall * (i + ROW_READ_AT))).lightness() > 127 for i in range(BITS)
    )
    return sum(1 << i for i, bit in enumerate(bits) if bit)


def row_levels(image: QImage, x: int) -> list[int]:
    """The brightness of each row, 0 to 255, where two pictures are mixed."""
    tall = image.height() / BITS
    return [image.pixelColor(x, int(tall * (i + ROW_READ_AT))).lightness() for i in range(BITS)]
