"""Pictures and clips for the scenes, drawn here: nothing of anyone's is in the repository."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFilter

FPS = 25
CLIP_FRAMES = 50
CLIP_SIZE = (640, 360)
PERSON_SIZE = (512, 512)
POSTER_SIZE = (480, 352)
STRIP_FRAMES, STRIP_HEIGHT_PX = 12, 96  # as the engine makes them

# Suit, backdrop above and below: one person for each tile of the Library.
_LOOKS = (
    ("#E2692B", "#7C8FA8", "#D8D2C6"),
    ("#2E6F8E", "#E9C48F", "#B5744C"),
    ("#6B4C9A", "#10243E", "#274B74"),
    ("#9A3B3B", "#DDB892", "#7F5539"),
    ("#3F7D58", "#CFE3EA", "#8FB3C4"),
    ("#C9A227", "#2B2D42", "#51547A"),
)


@dataclass(frozen=True, slots=True)
class Media:
    """Paths of everything that a scene may show."""

    image: str
    clip: str
    clip_still: str
    result: str
    not_a_video: str
    posters: tuple[str, ...]
    strip: tuple[str, ...]  # small pictures of the clip, evenly over it


def make_media(folder: Path, image: Path | None = None, clip: Path | None = None) -> Media:
    """Draw everything into ``folder``; ``image`` and ``clip`` are taken instead of drawn ones."""
    person = folder / "astronaut.png"
    if image is None:
        draw_person(PERSON_SIZE, 0, 0.0).save(person)
    else:
        shutil.copyfile(image, person)
    meadow = folder / "meadow.mp4"
    if clip is None:
        _write_clip(meadow, [draw_meadow(CLIP_SIZE, n / FPS) for n in range(CLIP_FRAMES)])
    else:
        shutil.copyfile(clip, meadow)
    still = folder / "meadow.png"
    _first_frame(meadow).save(still)
    result = folder / "astronaut × meadow.mp4"
    _write_clip(result, _performance(person))
    broken = folder / "broken.mp4"
    broken.write_text("this is no video\n" * 200, encoding="utf-8")
    posters = []
    for number in range(len(_LOOKS)):
        poster = folder / f"poster-{number}.png"
        draw_person(POSTER_SIZE, number, 0.4 * number).save(poster)
        posters.append(str(poster))
    return Media(
        str(person),
        str(meadow),
        str(still),
        str(result),
        str(broken),
        tuple(posters),
        _write_strip(meadow, folder),
    )


def draw_person(size: tuple[int, int], number: int, lean: float) -> Image.Image:
    """Head and shoulders before a plain backdrop; ``lean`` in units of a head's width."""
    suit, above, below = _LOOKS[number % len(_LOOKS)]
    picture = _gradient(size, above, below)
    pen = ImageDraw.Draw(picture)
    width, height = size
    unit = min(width, height) / 10
    x = width / 2 + lean * unit * 0.8
    pen.ellipse(_box(x, height + unit * 1.2, unit * 4.2, unit * 4.4), fill=suit)
    pen.rectangle((x - unit * 0.7, height / 2, x + unit * 0.7, height * 0.72), fill="#C98E6B")
    pen.ellipse(_box(x, height * 0.4, unit * 2.1, unit * 2.4), fill="#4A3425")
    pen.ellipse(_box(x, height * 0.42, unit * 1.6, unit * 2.0), fill="#E3AE8B")
    for side in (-1, 1):
        pen.ellipse(_box(x + side * unit * 0.6, height * 0.4, unit * 0.14, unit * 0.18), "#2A1D15")
    mouth = (x - unit * 0.6, height * 0.44, x + unit * 0.6, height * 0.51)
    pen.arc(mouth, 20, 160, fill="#8A3F33", width=max(2, round(unit * 0.12)))
    pen.arc(_box(x, height * 0.66, unit * 2.2, unit * 0.9), 0, 180, "#F2F2F0", round(unit * 0.5))
    return picture.filter(ImageFilter.GaussianBlur(unit * 0.02))


def draw_meadow(size: tuple[int, int], at_s: float) -> Image.Image:
    """Hills, a sky, and somebody who hops across."""
    picture = _gradient(size, "#8CC0E8", "#E8F3D8")
    pen = ImageDraw.Draw(picture)
    width, height = size
    for hill, green in ((0.62, "#5E9C3A"), (0.74, "#7CB84A"), (0.86, "#A4D25F")):
        top = [
            (x, height * hill + math.sin(x / width * 5 + hill * 20) * height * 0.05)
            for x in range(0, width + 8, 8)
        ]
        pen.polygon([*top, (width, height), (0, height)], fill=green)
    x = width * (0.3 + 0.2 * at_s)
    y = height * 0.62 - abs(math.sin(at_s * 6)) * height * 0.12
    pen.ellipse(_box(x, y, height * 0.11, height * 0.15), fill="#8E8BA0")
    pen.ellipse(_box(x, y - height * 0.2, height * 0.08, height * 0.08), fill="#A3A0B5")
    for side in (-1, 1):
        ear = _box(x + side * height * 0.04, y - height * 0.32, height * 0.02, height * 0.07)
        pen.ellipse(ear, fill="#A3A0B5")
    return picture


def _performance(person: Path) -> list[Image.Image]:
    """The person's picture swaying: what a result looks like from afar."""
    with Image.open(person) as opened:
        still = opened.convert("RGB")
    width, height = (side - side % 2 for side in still.size)
    wide = still.resize((round(width * 1.08), round(height * 1.08)))
    frames = []
    for number in range(CLIP_FRAMES):
        left = round((wide.width - width) * (0.5 + 0.5 * math.sin(number / 8)))
        frames.append(wide.crop((left, 0, left + width, height)))
    return frames


def _write_clip(path: Path, frames: list[Image.Image]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "12"}
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _first_frame(clip: Path) -> Image.Image:
    with av.open(str(clip)) as container:
        frame = next(container.decode(video=0))
        return frame.to_image()


def _write_strip(clip: Path, folder: Path) -> tuple[str, ...]:
    with av.open(str(clip)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    paths = []
    for number in range(STRIP_FRAMES):
        picture = frames[number * len(frames) // STRIP_FRAMES]
        picture.thumbnail((picture.width, STRIP_HEIGHT_PX))
        path = folder / f"strip-{number}.jpg"
        picture.save(path)
        paths.append(str(path))
    return tuple(paths)


def _gradient(size: tuple[int, int], above: str, below: str) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, below), Image.new("RGB", size, above), ramp)


def _box(x: float, y: float, half_width: float, half_height: float) -> tuple[float, ...]:
    return (x - half_width, y - half_height, x + half_width, y + half_height)
