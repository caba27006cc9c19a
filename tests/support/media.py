"""Small pictures and clips, made in a fraction of a second."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

SOUND_HZ = 44_100
SOUND_FRAME = 1024  # samples; what AAC takes at once
_DISC = 8  # the moving disc is an eighth of the clip's height


def make_picture(path: Path, width: int = 400, height: int = 500, color: str = "#c2452d") -> Path:
    """One disc on a plain ground; the format follows the name's ending."""
    picture = Image.new("RGB", (width, height), "#e9dcc3")
    side = min(width, height) // 2
    left, top = (width - side) // 2, (height - side) // 2
    ImageDraw.Draw(picture).ellipse((left, top, left + side, top + side), fill=color)
    picture.save(path)
    return path


def make_clip(
    path: Path,
    seconds: float = 3.2,
    width: int = 360,
    height: int = 480,
    fps: int = 12,
    *,
    sound: bool = True,
) -> Path:
    """A disc that crosses the picture, H.264, with quiet sound; the container by the ending."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        count = round(seconds * fps)
        audio = out.add_stream("aac", rate=SOUND_HZ, layout="mono") if sound else None
        for number in range(count):
            image = _disc_at(width, height, number / count)
            out.mux(video.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        out.mux(video.encode())
        if audio is not None:
            for start in range(0, round(seconds * SOUND_HZ), SOUND_FRAME):
                out.mux(audio.encode(_sound(start)))
            out.mux(audio.encode())
    return path


def _disc_at(width: int, height: int, share: float) -> Image.Image:
    image = Image.new("RGB", (width, height), "#20303c")
    radius = height // _DISC
    x, y = share * width, height / 2
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(image).ellipse(box, fill="#f5b544")
    return image


def _sound(start: int) -> av.AudioFrame:
    """A saw, quiet enough for a person who runs the tests with loudspeakers on."""
    levels = ((i % 100) * 20 - 1000 for i in range(start, start + SOUND_FRAME))
    data = b"".join(level.to_bytes(2, "little", signed=True) for level in levels)
    frame = av.AudioFrame(format="s16", layout="mono", samples=SOUND_FRAME)
    frame.planes[0].update(data)
    frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, start, Fraction(1, SOUND_HZ)
    return frame
