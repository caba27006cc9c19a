"""Which numbers the parts of an ICC profile (ICC.1) may hold: each in the range that colours fill.

Pure Python.
"""

from __future__ import annotations

import hashlib
import struct
from itertools import pairwise

_ONE = 0x10000  # s15Fixed16
_LIGHTEST = 1000 * _ONE  # candela a square metre, of what a profile was made in
_MOST_STEPS = 4096
_LAST_STEP = 0xF000  # a curve ends near white
_PARAMETERS = (1, 3, 4, 5, 7)  # how many each kind of formula has
_STEEPEST = 16 * _ONE
_TECHNOLOGIES = frozenset({b"CRT ", b"AMD ", b"PMD ", b"vidm", b"vidc", b"dcam", b"dcpj", b"fscn"})
_LENGTHS = {
    **dict.fromkeys((b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt", b"bkpt"), (b"XYZ ", ">3i", 2 * _ONE)),
    b"lumi": (b"XYZ ", ">3i", _LIGHTEST),
    b"chad": (b"sf32", ">9i", 4 * _ONE),
    b"chrm": (b"chrm", ">2H6I", _ONE),
    b"view": (b"view", ">6iI", _LIGHTEST),
    b"meas": (b"meas", ">I3i3I", _LIGHTEST),
}
_CURVES = frozenset({b"rTRC", b"gTRC", b"bTRC", b"kTRC"})


def are_plain_numbers(name: bytes, value: bytes) -> bool:
    if len(value) < 12 or value[4:8] != bytes(4):
        return False
    kind, numbers = value[:4], value[8:]
    if name in _CURVES:
        return _is_curve(kind, numbers)
    if name == b"cicp":
        return kind == b"cicp" and len(numbers) == 4 and max(numbers) <= 22
    if name == b"tech":
        return kind == b"sig " and numbers in _TECHNOLOGIES
    wanted, form, most = _LENGTHS.get(name, (b"", "", 0))
    if kind != wanted or len(numbers) != struct.calcsize(form):
        return False
    return all(abs(number) <= most for number in struct.unpack(form, numbers))


def _is_curve(kind: bytes, numbers: bytes) -> bool:
    """A gamma; steps that never fall, up to white; a formula."""
    if kind == b"para":
        formula = int.from_bytes(numbers[:2], "big")
        if formula >= len(_PARAMETERS) or len(numbers) != 4 + 4 * _PARAMETERS[formula]:
            return False
        parameters = struct.unpack(f">{_PARAMETERS[formula]}i", numbers[4:])
        return numbers[2:4] == bytes(2) and all(abs(n) <= _STEEPEST for n in parameters)
    count = int.from_bytes(numbers[:4], "big")
    if kind != b"curv" or len(numbers) != 4 + 2 * count or count > _MOST_STEPS:
        return False
    steps = struct.unpack(f">{count}H", numbers[4:])
    if count < 2:
        return all(gamma <= _STEEPEST >> 8 for gamma in steps)
    return steps[-1] >= _LAST_STEP and all(low <= high for low, high in pairwise(steps))


def is_plain_header(profile: bytes) -> bool:
    """What of it decides on colours: version, flags, intent, white."""
    flags, (intent, *white) = profile[44:48], struct.unpack(">I3i", profile[64:80])
    return (
        profile[8] <= 5
        and profile[10:12] == bytes(2)
        and profile[20:24] in (b"XYZ ", b"Lab ")
        and profile[36:40] == b"acsp"
        and int.from_bytes(flags, "big") <= 3
        and intent <= 3
        and all(abs(part) <= 2 * _ONE for part in white)
    )


def is_plain_rest(profile: bytes) -> bool:
    """What of it says when it was made, for which surface, and its checksum."""
    year, month, *rest = struct.unpack(">6H", profile[24:36])
    known = year == 0 or (1990 <= year <= 2100 and month <= 12 and max(rest) <= 60)
    bare = profile[:44] + bytes(4) + profile[48:64] + bytes(4) + profile[68:84] + bytes(16)
    checksum = hashlib.md5(bare + profile[100:], usedforsecurity=False).digest()
    surface = int.from_bytes(profile[56:64], "big")
    return known and surface <= 0xF and profile[84:100] in (bytes(16), checksum)
