"""Charts in the colours of phones and cameras, by the formulas of their standards (BT.2100, SMPTE
ST 2084, BT.709), and how far a picture is from the chart it was made of."""

from __future__ import annotations

import math

import av
from PIL import Image, ImageDraw

PQ, HLG, BT709 = 16, 18, 1  # H.273
BT2020, P3 = 9, 12
WHITE_NITS = 203  # BT.2408
CHART = [
    *((200, 60, 50), (60, 160, 70), (50, 80, 190), (220, 180, 140)),
    *((255, 255, 255), (128, 128, 128), (40, 40, 40), (0, 0, 0)),
]
_FROM_BT709 = {  # light, by SMPTE RP 177
    BT709: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    BT2020: (
        (0.6274039, 0.3292830, 0.0433131),
        (0.0690973, 0.9195404, 0.0113623),
        (0.0163914, 0.0880133, 0.8955953),
    ),
    P3: (
        (0.8224622, 0.1775380, 0.0),
        (0.0331942, 0.9668058, 0.0),
        (0.0170826, 0.0723974, 0.9105199),
    ),
}


def as_stored(color: tuple[int, int, int], primaries: int, curve: int) -> tuple[float, ...]:
    """The numbers, 0 to 1, that stand for a colour of sRGB."""
    plain = [_srgb(level / 255) for level in color]
    rows = _FROM_BT709[primaries]
    light = [max(0.0, sum(a * b for a, b in zip(row, plain, strict=True))) for row in rows]
    if curve == PQ:
        return tuple(_pq(part * WHITE_NITS) for part in light)
    if curve == HLG:
        shown = [part * WHITE_NITS / 1000 for part in light]
        luma = 0.2627 * shown[0] + 0.6780 * shown[1] + 0.0593 * shown[2]
        gain = luma ** (1 / 1.2 - 1) if luma else 0.0
        return tuple(_hlg(part * gain) for part in shown)
    return tuple(_to_srgb(part) for part in light)


def chart_frame(primaries: int, curve: int, size: tuple[int, int] = (400, 360)) -> av.VideoFrame:
    """The chart as RGB of 16 bit."""
    columns = [as_stored(color, primaries, curve) for color in CHART]
    row = b"".join(
        b"".join(round(part * 65535).to_bytes(2, "little") for part in columns[x * 8 // size[0]])
        for x in range(size[0])
    )
    frame = av.VideoFrame(*size, "rgb48le")
    plane = frame.planes[0]
    plane.update(row.ljust(plane.line_size, b"\0") * size[1])
    return frame


def chart_picture(size: tuple[int, int] = (400, 360)) -> Image.Image:
    image = Image.new("RGB", size)
    step = size[0] // 8
    for number, color in enumerate(CHART):
        left = number * step
        ImageDraw.Draw(image).rectangle((left, 0, left + step - 1, size[1]), fill=color)
    return image


def patches(image: Image.Image) -> list[tuple[int, ...]]:
    """The middles of the eight columns."""
    image = image.convert("RGB")
    return [
        image.getpixel((image.width * (2 * n + 1) // 16, image.height // 2))
        for n in range(len(CHART))
    ]


def farthest(found: list[tuple[int, ...]], chart=CHART) -> int:
    """Levels between any patch and what it was."""
    return max(
        abs(a - b)
        for one, other in zip(found, chart, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _to_srgb(light: float) -> float:
    light = min(1.0, light)
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _pq(nits: float) -> float:
    y = (nits / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32)


def _hlg(light: float) -> float:
    if light <= 1 / 12:
        return math.sqrt(3 * light)
    return 0.17883277 * math.log(12 * light - 0.28466892) + 0.55991073
