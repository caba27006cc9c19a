"""Messages within H.264 and HEVC (SEI) that may stay: those that change how pictures are shown.

Each is read to its last bit and held against what the format allows. Pure Python.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from .bits import Bits
from .encoder_notes import is_encoders_own

_MOST_PICTURES = 1 << 16
_CHROMATICITY_MAX = 50_000  # in steps of 0.00002: 1.0
_BRIGHTEST = 10_000  # candela a square metre: the end of PQ's scale
_DARKEST_BRIGHT = 50_000  # the least luminance, in steps of 0.0001: more is no black
_SUN = 100_000 * 10_000  # lux, in steps of 0.0001
_TRANSFERS = 18  # ISO 23091-2


def is_known_message(codec: str, kind: int, payload: bytes) -> bool:
    holds = _KINDS.get(kind)
    return holds is not None and holds(payload, codec == "hevc")


def mastering_is_sane(payload: bytes) -> bool:
    """Primaries, white, the brightest and darkest of a screen (SMPTE ST 2086)."""
    if len(payload) != 24:
        return False
    *points, most, least = struct.unpack(">8H2I", payload)
    sane = max(points) <= _CHROMATICITY_MAX and most <= _BRIGHTEST * 10_000
    return bool(sane and least <= _DARKEST_BRIGHT)


def light_levels_are_sane(payload: bytes) -> bool:
    """The brightest pixel and the brightest frame."""
    if len(payload) != 4:
        return False
    pixel, frame = struct.unpack(">2H", payload)
    return bool(max(pixel, frame) <= _BRIGHTEST)


def _recovery(payload: bytes, is_hevc: bool) -> bool:
    bits = Bits(payload)
    count = bits.exp_golomb()
    bits.take(2 if is_hevc else 4)
    return count < _MOST_PICTURES and _ends_here(bits)


def _orientation(payload: bytes, is_hevc: bool) -> bool:
    bits = Bits(payload)
    if not bits.take(1):
        bits.take(2)
        if bits.take(16) & 0x3FFF:  # a turn by quarters
            return False
        repeated = bits.take(1) if is_hevc else bits.exp_golomb()
        if repeated > _MOST_PICTURES or (not is_hevc and bits.take(1)):
            return False
    return _ends_here(bits)


def _ends_here(bits: Bits) -> bool:
    """Behind the last value: nothing, or one bit that is set, and zeros up to the byte."""
    left = bits.left
    return left < 8 and (not left or bits.peek(left) == 1 << (left - 1))


def _surroundings(payload: bytes, _: bool) -> bool:
    if len(payload) != 8:
        return False
    light, x, y = struct.unpack(">I2H", payload)
    return bool(light <= _SUN and max(x, y) <= _CHROMATICITY_MAX)


_KINDS: dict[int, Callable[[bytes, bool], bool]] = {
    5: lambda payload, _: is_encoders_own(payload),
    6: _recovery,
    47: _orientation,
    137: lambda payload, _: mastering_is_sane(payload),
    144: lambda payload, _: light_levels_are_sane(payload),
    147: lambda payload, _: len(payload) == 1 and payload[0] <= _TRANSFERS,
    148: _surroundings,
}
