"""Make a picture and a clip to try the program on: ``make_inputs.py FOLDER``.

``figure.png`` shows a drawn figure, ``dance.mp4`` the same figure moving, with sound.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

PICTURE_SIZE = (720, 960)  # well inside the service's limits: 300 to 3,850 px a side
CLIP_SIZE = (480, 640)
CLIP_S = 4  # the service takes 3 s and more
FPS = 24
SOUND_HZ = 44_100
NOTES_HZ = (262, 330, 392, 330)  # one a second
LOUDNESS = 6_000  # of 32,767
LIMB = 0.028  # thickness of an arm, as a share of the picture's height

Point = tuple[float, float]


def draw_figure(size: tuple[int, int], swing: float, coat: str, wall: str) -> Image.Image:
    """A person from head to foot; ``swing`` in -1…1 moves arms, legs and hips."""
    width, height = size
    picture = Image.new("RGB", size, wall)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, height * 0.86, width, height), fill="#5b4636")

    def at(x: float, y: float) -> Point:
        return width / 2 + x * height + swing * 0.02 * height, y * height

    def limb(color: str, *points: Point) -> None:
        pen.line(points, fill=color, width=round(LIMB * 2 * height), joint="curve")
        for x, y in points:
            pen.ellipse(_around((x, y), LIMB * height), fill=color)

    for side in (-1, 1):
        knee = at(side * 0.07, 0.74 - max(0.0, swing * side) * 0.05)
        foot = at(side * 0.08, 0.90 - max(0.0, swing * side) * 0.08)
        limb("#27364d", at(side * 0.04, 0.58), knee, foot)
        elbow = at(side * 0.15, 0.42 - swing * side * 0.10)
        hand = at(side * 0.19, 0.46 - swing * side * 0.22)
        limb(coat, at(side * 0.08, 0.32), elbow)
        limb("#e3b18c", elbow, hand)
    pen.rounded_rectangle((*at(-0.10, 0.28), *at(0.10, 0.60)), radius=0.05 * height, fill=coat)
    _draw_head(pen, at(swing * 0.015, 0.18), height)
    return picture


def _draw_head(pen: ImageDraw.ImageDraw, center: Point, height: int) -> None:
    x, y = center
    pen.ellipse(_around((x, y - 0.015 * height), 0.085 * height), fill="#3a2418")
    pen.ellipse(_around((x, y), 0.075 * height), fill="#e3b18c")
    for side in (-1, 1):
        eye = (x + side * 0.028 * height, y - 0.012 * height)
        pen.ellipse(_around(eye, 0.009 * height), fill="#1d1d1d")
    mouth = _around((x, y + 0.02 * height), 0.03 * height)
    pen.arc(mouth, 20, 160, fill="#8c2f2f", width=max(2, round(0.006 * height)))


def _around(center: Point, radius: float) -> tuple[float, float, float, float]:
    x, y = center
    return x - radius, y - radius, x + radius, y + radius


def _frames() -> Iterator[av.VideoFrame]:
    for number in range(CLIP_S * FPS):
        swing = math.sin(2 * math.pi * number / FPS)
        image = draw_figure(CLIP_SIZE, swing, coat="#2f7d6b", wall="#b8c7d6")
        yield av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV's


def _notes() -> Iterator[av.AudioFrame]:
    for number, note_hz in enumerate(NOTES_HZ[:CLIP_S]):
        samples = bytearray()
        for i in range(SOUND_HZ):
            level = LOUDNESS * math.sin(2 * math.pi * note_hz * i / SOUND_HZ)
            samples += round(level).to_bytes(2, "little", signed=True)
        frame = av.AudioFrame(format="s16", layout="mono", samples=SOUND_HZ)
        frame.planes[0].update(bytes(samples))
        frame.sample_rate = SOUND_HZ
        frame.pts = number * SOUND_HZ
        frame.time_base = Fraction(1, SOUND_HZ)
        yield frame


def make_clip(path: Path) -> None:
    """H.264 and AAC in an MP4."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS)
        video.width, video.height = CLIP_SIZE
        video.pix_fmt = "yuv420p"
        sound = out.add_stream("aac", rate=SOUND_HZ, layout="mono")
        for picture in _frames():
            out.mux(video.encode(picture))
        out.mux(video.encode())
        for note in _notes():
            out.mux(sound.encode(note))
        out.mux(sound.encode())


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw_figure(PICTURE_SIZE, 0.3, coat="#c2452d", wall="#e9dcc3").save(folder / "figure.png")
    make_clip(folder / "dance.mp4")


if __name__ == "__main__":
    main()
