"""Generated shots with known cuts, for the motion doctor: pictures as from a camera, and tricks."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (160, 90)
FPS = 25
Frames = list[Image.Image]


def scene(seed: int, size: tuple[int, int] = (480, 180)) -> Image.Image:
    """A wide backdrop of its own: a sky, a ground, and many things in its own colours."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, _color(chance))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * chance.uniform(0.4, 0.8), *size), fill=_color(chance))
    for _ in range(60):
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        w, h = chance.uniform(8, 60), chance.uniform(8, 60)
        form = draw.ellipse if chance.random() < 0.5 else draw.rectangle
        form((x, y, x + w, y + h), fill=_color(chance))
    return image


def _color(chance: random.Random) -> tuple[int, int, int]:
    base = chance.choice(((200, 180, 150), (60, 80, 120), (90, 140, 70), (150, 60, 60)))
    return tuple(max(0, min(255, c + chance.randint(-60, 60))) for c in base)


def shot(seed: int, count: int, *, pan_px: float = 0.5, person: bool = True) -> Frames:
    """A slow camera and a person who moves in front of the backdrop."""
    backdrop, chance = scene(seed), random.Random(seed + 1000)
    skin, phase = _color(chance), chance.uniform(0, 40)
    frames = []
    for number in range(count):
        left = 20 + pan_px * number
        left = left if left <= 300 else 300 - (left - 300) % 280
        frame = backdrop.crop((int(left), 30, int(left) + SIZE[0], 30 + SIZE[1]))
        if person:
            x = 60 + 25 * _swing((number + phase) / 20)
            y = 30 + 6 * _swing((number + phase) / 7)
            draw = ImageDraw.Draw(frame)
            draw.rectangle((x, y, x + 22, 90), fill=skin)
            draw.ellipse((x + 2, y - 20, x + 20, y), fill=skin)
        frames.append(frame)
    return frames


def _swing(turn: float) -> float:
    turn %= 1
    return 4 * abs(turn - 0.5) - 1


def with_flash(frames: Frames, at: int, length: int = 2) -> Frames:
    out = list(frames)
    for number in range(at, min(len(out), at + length)):
        strength = 1.0 - 0.3 * (number - at) / length
        out[number] = Image.blend(out[number], Image.new("RGB", SIZE, "white"), 0.85 * strength)
    return out


def fade(frames: Frames, begin: int, end: int) -> Frames:
    """To black between two frames, and black after that."""
    out = list(frames)
    for number in range(begin, len(out)):
        share = max(0.0, 1 - (number - begin) / max(1, end - begin))
        out[number] = ImageEnhance.Brightness(out[number]).enhance(share)
    return out


def dark(frames: Frames, share: float = 0.12, seed: int = 0) -> Frames:
    """A night scene, with the noise that a camera adds to it."""
    chance = random.Random(seed)
    out = []
    for frame in frames:
        low = ImageEnhance.Brightness(frame).enhance(share)
        noise = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
        noise = Image.merge("RGB", (noise,) * 3).point(lambda level: level // 24)
        out.append(Image.eval(Image.blend(low, noise, 0.25), lambda level: min(255, level + 4)))
    return out


def shake(frames: Frames, seed: int) -> Frames:
    """A hand-held camera."""
    chance = random.Random(seed)
    return [
        frame.transform(
            SIZE, Image.Transform.AFFINE, (1, 0, chance.randint(-4, 4), 0, 1, chance.randint(-3, 3))
        )
        for frame in frames
    ]


def blurred(frames: Frames, radius: float) -> Frames:
    return [frame.filter(ImageFilter.GaussianBlur(radius)) for frame in frames]


def film(*shots: Frames) -> tuple[Frames, list[int]]:
    """The frames one after the other, and where the cuts are."""
    frames: Frames = []
    cuts: list[int] = []
    for one in shots:
        if frames:
            cuts.append(len(frames))
        frames += one
    return frames, cuts


def films() -> dict[str, Callable[[], tuple[Frames, list[int]]]]:
    """Films by name. Where a film has no second shot, every cut that is found is wrong."""
    return {
        "hard cuts": lambda: film(*(shot(n, 18 + 3 * (n % 5)) for n in range(10))),
        "quick cuts": lambda: film(*(shot(20 + n, 12) for n in range(12))),
        "hand-held": lambda: film(*(shake(shot(40 + n, 22), n) for n in range(6))),
        "low light": lambda: film(*(dark(shot(60 + n, 22), seed=n) for n in range(8))),
        "flashes": lambda: film(
            *(with_flash(with_flash(shot(80 + n, 40), 8), 22, 3) for n in range(3))
        ),
        "fast pans": lambda: film(*(shot(100 + n, 24, pan_px=9) for n in range(4))),
        "fades": lambda: film(fade(shot(120, 60), 30, 55)),
        "fade in": lambda: film(fade(shot(125, 50), 10, 40)[::-1]),
        "one long pan": lambda: film(shot(130, 60, pan_px=12)),
        "a whip of the camera": lambda: film(_whip(140)),
    }


def _whip(seed: int) -> Frames:
    """Still, then a jerk to the side, then still."""
    backdrop = scene(seed)
    places = [20] * 15 + [20 + 28 * n for n in range(1, 8)] + [216] * 15
    return [backdrop.crop((x, 30, x + SIZE[0], 30 + SIZE[1])) for x in places]


def pan(seed: int, count: int, step_px: int, person: bool = True) -> Frames:
    """A camera that turns by ``step_px`` from frame to frame, along with a dancer."""
    backdrop = scene(seed, (step_px * count + SIZE[0], 180))
    frames = []
    for number in range(count):
        left = number * step_px
        frame = backdrop.crop((left, 30, left + SIZE[0], 30 + SIZE[1]))
        if person:
            x = 80 + 15 * _swing(number / 7)
            draw = ImageDraw.Draw(frame)
            draw.rectangle((x - 10, 45, x + 10, 90), fill=(180, 60, 90))
            draw.ellipse((x - 8, 27, x + 8, 45), fill=(220, 180, 150))
        frames.append(frame)
    return frames


def lens_switches(backdrop: Image.Image, zoom: float, count: int) -> Frames:
    """Wide, ``zoom`` times closer, wide again: ``count`` frames each, from one hand."""
    chance, frames = random.Random(3), []
    for number in range(3 * count):
        times = zoom if count <= number < 2 * count else 1.0
        width, height = (side * 0.9 / times for side in backdrop.size)
        x, y = (side / 2 + chance.uniform(-1, 1) * side * 0.004 for side in backdrop.size)
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        frame = backdrop.resize(SIZE, Image.Resampling.BILINEAR, box=box)
        x = 80 + 10 * _swing(number / 40) * times
        draw = ImageDraw.Draw(frame)
        draw.rectangle((x - 8 * times, 45 - 5 * times, x + 8 * times, 90), fill=(180, 60, 90))
        frames.append(frame)
    return frames


def wall() -> Image.Image:
    """A plain room: little in it tells how near it is."""
    image = Image.new("RGB", (480, 270))
    draw = ImageDraw.Draw(image)
    for y in range(270):
        draw.line((0, y, 480, y), fill=tuple(int(c * (1 - y / 600)) for c in (190, 180, 170)))
    draw.rectangle((0, 200, 480, 270), fill=(110, 90, 70))
    draw.rectangle((60, 40, 130, 120), fill=(90, 110, 130))
    return image.filter(ImageFilter.GaussianBlur(3))
