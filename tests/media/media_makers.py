"""Makes real pictures and clips, good and bad, for the tests of the media helper."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

# One colour for each corner, so that every turn and mirror can be told.
CORNERS = {"top_left": "red", "top_right": "lime", "bottom_left": "blue", "bottom_right": "white"}
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
SIDEWAYS = 6  # EXIF: turn 90° clockwise to see it upright


def four_corners(width_px: int = 320, height_px: int = 180) -> Image.Image:
    image = Image.new("RGB", (width_px, height_px), CORNERS["top_left"])
    half_x, half_y = width_px // 2, height_px // 2
    image.paste(CORNERS["top_right"], (half_x, 0, width_px, half_y))
    image.paste(CORNERS["bottom_left"], (0, half_y, half_x, height_px))
    image.paste(CORNERS["bottom_right"], (half_x, half_y, width_px, height_px))
    return image


def photograph(width_px: int = 640, height_px: int = 480) -> Image.Image:
    """Thousands of colours, as a photograph has."""
    red = Image.linear_gradient("L").resize((width_px, height_px))
    green = red.transpose(Image.Transpose.ROTATE_180).resize((width_px, height_px))
    blue = Image.radial_gradient("L").resize((width_px, height_px))
    return Image.merge("RGB", (red, green, blue))


def corner_colors(image: Image.Image) -> dict[str, str]:
    """The name of the nearest colour in the middle of each quarter."""
    image = image.convert("RGB")
    left, right = image.width // 4, image.width * 3 // 4
    top, bottom = image.height // 4, image.height * 3 // 4
    spots = {
        "top_left": (left, top),
        "top_right": (right, top),
        "bottom_left": (left, bottom),
        "bottom_right": (right, bottom),
    }
    return {name: nearest_color(image.getpixel(spot)) for name, spot in spots.items()}


def nearest_color(pixel: tuple[int, ...]) -> str:
    return min(
        RGB, key=lambda name: sum((a - b) ** 2 for a, b in zip(pixel, RGB[name], strict=True))
    )


def sideways_exif(orientation: int = SIDEWAYS) -> bytes:
    """EXIF that asks for a turn and tells a place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "A camera maker"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)  # GPS latitude
    return exif.tobytes()


def png_header_claiming(path: Path, width_px: int, height_px: int) -> Path:
    """A bomb: a tiny file whose header promises a huge picture."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )
    return path


def large_png(path: Path, side_px: int) -> Path:
    """A whole RGB picture of one colour, small as a file and slow to decode."""
    packer = zlib.compressobj(1)
    row = b"\0" + b"\x40\x80\xc0" * side_px
    pixels = b"".join([packer.compress(row) for _ in range(side_px)]) + packer.flush()
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )
    return path


def deep_png(path: Path, color_type: int, pixel: bytes, side_px: int = 320) -> Path:
    """A 16-bit PNG of one colour; Pillow itself can't write colour ones."""
    header = struct.pack(">IIBBBBB", side_px, side_px, 16, color_type, 0, 0, 0)
    rows = (b"\0" + pixel * side_px) * side_px
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def gray_of_frame(number: int) -> int:
    return 60 + 6 * number  # steps that the codec's rounding, 2 at most here, can't blur


def numbered_frames(count: int, *, black: int = 0) -> list[Image.Image]:
    """Black ones first, then greys that grow by the frame."""
    grays = [0 if n < black else gray_of_frame(n) for n in range(count)]
    return [Image.new("RGB", (320, 180), (g, g, g)) for g in grays]


def make_clip(
    target: Path | io.RawIOBase,
    *,
    container: str | None = None,
    codec: str = "libx264",
    frames: Iterable[Image.Image] | None = None,
    fps: int = 10,
    stamps: list[int] | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
    sample_aspect: Fraction | None = None,
    shape: Callable[[av.VideoStream], None] | None = None,
) -> None:
    """Encode the frames; ``stamps`` are their times in milliseconds, else they are even."""
    pictures = list(frames) if frames is not None else [four_corners()] * 10
    opened = av.open(
        target if isinstance(target, io.RawIOBase) else str(target),
        "w",
        format=container,
        options=options or {},
    )
    with opened as out:
        stream = out.add_stream(codec, rate=fps)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        if stamps is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if sample_aspect is not None:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        if shape is not None:
            shape(stream)
        audio = out.add_stream("aac", rate=44100) if sound else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture)
            if stamps is not None:
                frame.pts, frame.time_base = stamps[number], Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if audio is not None:
            add_silence(out, audio, len(pictures) / fps)


def add_silence(out: av.container.OutputContainer, audio: av.AudioStream, length_s: float) -> None:
    for number in range(int(length_s * 44100 / 1024)):
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 44100, number * 1024, Fraction(1, 44100)
        out.mux(audio.encode(frame))
    out.mux(audio.encode())


def make_sound(path: Path) -> None:
    """A file with sound and no pictures."""
    with av.open(str(path), "w") as out:
        add_silence(out, out.add_stream("aac", rate=44100), 1.0)
