"""From the colours that H.273 (ITU-T) numbers, in clips, PNG, HEIC and AVIF, to plain ones.

Plain are those of sRGB and BT.709, which have the same primaries. A table of cubes stands for the
whole way: curve, primaries, highlights, sRGB's curve. Pure Python.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import lru_cache

PLAIN = 1  # BT.709 as primaries, as curve and as matrix
UNSAID = 2
PQ, HLG, LINEAR = 16, 18, 8  # SMPTE ST 2084, ARIB STD-B67
HDR_CURVES = frozenset({PQ, HLG})
# The others are of displays as bright as the room: what is stored is shown.
TABLE_SIDE = 36  # a Hald picture of level 6; finer makes no level of difference
# H.273, table 2: x and y of red, green, blue. White is taken for D65, so that it stays white.
_PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    5: (0.640, 0.330, 0.290, 0.600, 0.150, 0.060),  # BT.601 with 625 lines
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601 with 525 lines
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020, BT.2100
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU 3213
}
_WHITE = (0.3127, 0.3290)  # D65
_WIDE = 9
WHITE_NITS = 203.0  # BT.2408: where HDR shows what is white in a plain picture
_HLG_PEAK_NITS = 1000.0  # BT.2100's nominal display, for which its system gamma is 1.2
_HLG_GAMMA = 1.2
_PQ_PEAK_NITS = 10_000.0
# Up to here, relative to white, light stays as it is; what is brighter shares what is left.
KNEE = 0.75

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]


# x and y of red, green and blue in another space; a power as its curve
Primaries = int | tuple[float, ...]
Curve = int | float
ADOBE_RGB = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
ADOBE_CURVE = 563 / 256


def known_primaries(primaries: int) -> int:
    """The same, or those of BT.709 where they are unsaid or of no display."""
    return primaries if primaries in _PRIMARIES else PLAIN


def is_plain(primaries: int, curve: int) -> bool:
    """Whether these numbers are those of a plain picture already."""
    return known_primaries(primaries) == PLAIN and curve not in (PQ, HLG, LINEAR)


@lru_cache(maxsize=4)
def plain_table(primaries: Primaries, curve: Curve, side: int = TABLE_SIDE) -> array[float]:
    """Red, green, blue from 0 to 1 for each of side³ places, red changing fastest.

    A curve that is no whole number is a power, as gamma is.
    """
    if isinstance(primaries, int):
        primaries = known_primaries(primaries)
    steps = [_light_of(curve)(n / (side - 1)) for n in range(side)]
    turn = _times(_from_xyz(PLAIN), _to_xyz(primaries))
    bright = _Highlights(curve) if curve in HDR_CURVES else None
    found = array("f")
    for blue in steps:
        for green in steps:
            for red in steps:
                light: Row = (red, green, blue)
                if bright is not None:
                    light = bright.tamed(light)
                for row in turn:
                    value = row[0] * light[0] + row[1] * light[1] + row[2] * light[2]
                    found.append(_shown(value))
    return found


class _Highlights:
    """Brings the light of HDR into what a plain display shows, hue kept."""

    def __init__(self, curve: Curve) -> None:
        self._hlg = curve == HLG
        peak = (_HLG_PEAK_NITS if self._hlg else _PQ_PEAK_NITS) / WHITE_NITS
        self._farthest = (peak - KNEE) / (1 - KNEE)
        self._luma = _to_xyz(_WIDE)[1]

    def tamed(self, light: Row) -> Row:
        if self._hlg:  # what is stored is the scene's light; a display adds its own gamma
            luma = sum(weight * part for weight, part in zip(self._luma, light, strict=True))
            gain = luma ** (_HLG_GAMMA - 1) * _HLG_PEAK_NITS / WHITE_NITS
            light = (light[0] * gain, light[1] * gain, light[2] * gain)
        brightest = max(light)
        if brightest <= KNEE:
            return light
        over = (brightest - KNEE) / (1 - KNEE)
        # Reinhard's curve with a white point: it leaves the knee without an edge, and ends at 1.
        eased = over * (1 + over / self._farthest**2) / (1 + over)
        share = min(1.0, KNEE + (1 - KNEE) * eased) / brightest
        return (light[0] * share, light[1] * share, light[2] * share)


def _light_of(curve: Curve) -> Callable[[float], float]:
    if isinstance(curve, float):
        return lambda value: value**curve
    curves: dict[int, Callable[[float], float]] = {PQ: _pq, HLG: _hlg, LINEAR: lambda x: x}
    return curves.get(curve, _srgb)


def _pq(value: float) -> float:
    """ST 2084, relative to white."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = value ** (1 / m2)
    share = max(0.0, root - c1) / (c2 - c3 * root)
    return float(share ** (1 / m1)) * _PQ_PEAK_NITS / WHITE_NITS


def _hlg(value: float) -> float:
    """BT.2100: the scene's light, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    if value <= 0.5:
        return value * value / 3
    return float((2.718281828459045 ** ((value - c) / a) + b) / 12)


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _shown(light: float) -> float:
    """By sRGB's curve; what no plain display shows is cut off."""
    light = min(1.0, max(0.0, light))
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _to_xyz(primaries: Primaries) -> Matrix:
    """SMPTE RP 177."""
    places = _PRIMARIES[primaries] if isinstance(primaries, int) else primaries
    xr, yr, xg, yg, xb, yb = places
    columns: Matrix = (
        (xr / yr, xg / yg, xb / yb),
        (1.0, 1.0, 1.0),
        ((1 - xr - yr) / yr, (1 - xg - yg) / yg, (1 - xb - yb) / yb),
    )
    white = (_WHITE[0] / _WHITE[1], 1.0, (1 - _WHITE[0] - _WHITE[1]) / _WHITE[1])
    shares = [sum(a * b for a, b in zip(row, white, strict=True)) for row in _inverse(columns)]
    r, g, b = shares
    return tuple((row[0] * r, row[1] * g, row[2] * b) for row in columns)  # type: ignore[return-value]


def _from_xyz(primaries: Primaries) -> Matrix:
    return _inverse(_to_xyz(primaries))


def _times(a: Matrix, b: Matrix) -> Matrix:
    return tuple(  # type: ignore[return-value]
        tuple(sum(row[k] * b[k][column] for k in range(3)) for column in range(3)) for row in a
    )


def _inverse(m: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = m
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det),
        ((f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det),
        ((d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det),
    )
