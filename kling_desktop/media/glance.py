"""A frame made so small that thousands can be compared: a few bytes and figures. Worker side."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from operator import mul, sub

from av.video.frame import VideoFrame
from PIL import Image, ImageFilter, ImageStat

GRID = (32, 18)  # each cell is the mean of many pixels: noise and grain are gone
PIXELS = GRID[0] * GRID[1]
SHARP_WIDTH_PX = 320  # fine enough to tell a blurred picture from a sharp one
LEVELS = 255.0
FLAT = 1.0  # a standard deviation below this is one colour: nothing to compare shapes by
COLOR_FULL = 40.0  # a mean change of this many levels of 255 is another picture
SHAPED_LEVELS, STEADY_LEVELS = 8, 4  # between two cells; of one cell from frame to frame
SHAPED_SHARE = 0.25
SHAPE_WEIGHT, COLOR_WEIGHT = 0.6, 0.4
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True, slots=True)
class Glance:
    """One frame: its grey cells, and its colours sorted by brightness."""

    at_s: float
    gray: bytes
    sorted_colors: tuple[bytes, bytes, bytes]
    mean: float
    deviation: float
    sharpness: float | None

    @property
    def bright_spot(self) -> int:
        """The level that one cell in fifty exceeds."""
        return sorted(self.gray)[-PIXELS // 50]


def glance(frame: VideoFrame, at_s: float, *, sharp: bool) -> Glance:
    small = frame.reformat(*GRID, format="rgb24", interpolation="AREA")
    picture: Image.Image = small.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
    gray = picture.convert("L").tobytes()
    red, green, blue = (bytes(sorted(band.tobytes())) for band in picture.split())
    mean = sum(gray) / PIXELS
    deviation = sqrt(max(0.0, sum(map(mul, gray, gray)) / PIXELS - mean * mean))
    sharpness = _sharpness(frame) if sharp else None
    return Glance(at_s, gray, (red, green, blue), mean, deviation, sharpness)


def likeness(a: Glance, b: Glance) -> float:
    """Correlation of the shapes, -1 to 1, whatever the brightness: flashes and fades keep it."""
    return _correlation(a.gray, b.gray)


def difference(a: Glance, b: Glance) -> float:
    """0 the same, 1 nothing in common."""
    shape = 0.0
    if a.deviation > FLAT and b.deviation > FLAT:
        shape = min(1.0, 1.0 - likeness(a, b))
    elif a.deviation > FLAT or b.deviation > FLAT:
        shape = 0.5  # one of them is flat: the colours decide
    return SHAPE_WEIGHT * shape + COLOR_WEIGHT * color_change(a, b)


def color_change(a: Glance, b: Glance) -> float:
    """How far the colours lie apart, wherever they stand: motion keeps them."""
    total = 0.0
    for before, after in zip(a.sorted_colors, b.sorted_colors, strict=True):
        total += sum(map(abs, map(sub, before, after)))
    return min(1.0, total / (3 * PIXELS) / COLOR_FULL)


def change(a: Glance, b: Glance) -> float:
    """Mean change of a cell, in levels of 255."""
    return float(sum(map(abs, map(sub, a.gray, b.gray)))) / PIXELS


def shifted_likeness(a: Glance, b: Glance, most_x: int, most_y: int) -> tuple[float, float]:
    """The best correlation where one picture is moved over the other: high for a pan.

    And how far the levels of what both show lie apart there, of 255.
    """
    rows_a, rows_b = _rows(a.gray), _rows(b.gray)
    best, levels = -1.0, LEVELS
    for down in range(-most_y, most_y + 1):
        upper = rows_a[max(0, down) : len(rows_a) + min(0, down)]
        lower = rows_b[max(0, -down) : len(rows_b) + min(0, -down)]
        for right in range(-most_x, most_x + 1):
            left = b"".join(row[max(0, right) : GRID[0] + min(0, right)] for row in upper)
            other = b"".join(row[max(0, -right) : GRID[0] + min(0, -right)] for row in lower)
            alike = _correlation(left, other)
            if alike > best:
                best, levels = alike, sum(map(abs, map(sub, left, other))) / len(left)
    return best, levels


def unchanged_shapes(a: Glance, b: Glance) -> float:
    """The share of the picture whose shapes stand there in both, where some of it is shaped.

    What has none, a wall or a black edge, is no proof and counts on neither side.
    """
    shaped = same = 0
    for at, (before, after) in enumerate(zip(a.gray, b.gray, strict=True)):
        beside = a.gray[at - 1] if at % GRID[0] else a.gray[at + 1]
        above = a.gray[at - GRID[0]] if at >= GRID[0] else a.gray[at + GRID[0]]
        contrast = max(abs(before - beside), abs(before - above))
        steady = abs(before - after) <= STEADY_LEVELS
        if contrast > SHAPED_LEVELS or not steady:
            shaped += 1
            same += steady
    return same / shaped if shaped > SHAPED_SHARE * PIXELS else 0.0


def _rows(gray: bytes) -> list[bytes]:
    return [gray[n : n + GRID[0]] for n in range(0, PIXELS, GRID[0])]


def _correlation(a: bytes, b: bytes) -> float:
    count = len(a)
    sum_a, sum_b = sum(a), sum(b)
    spread_a = sum(map(mul, a, a)) * count - sum_a * sum_a
    spread_b = sum(map(mul, b, b)) * count - sum_b * sum_b
    if spread_a <= 0 or spread_b <= 0:
        return 0.0
    together = sum(map(mul, a, b)) * count - sum_a * sum_b
    return float(together) / sqrt(spread_a * spread_b)


def _sharpness(frame: VideoFrame) -> float:
    """Strength of the edges against the contrast."""
    width_px = min(frame.width, SHARP_WIDTH_PX)  # scaled up, every picture would be blurred
    height_px = max(1, round(frame.height * width_px / frame.width))
    gray = frame.reformat(width_px, height_px, format="gray", interpolation="AREA")
    picture: Image.Image = gray.to_image()  # type: ignore[no-untyped-call]  # PyAV's stub
    picture = picture.convert("L")
    edges = ImageStat.Stat(picture.filter(_LAPLACE)).stddev[0]
    return edges / (ImageStat.Stat(picture).stddev[0] + FLAT)
