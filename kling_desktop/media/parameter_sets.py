"""The parameter sets of H.264 and HEVC: sent as FFmpeg reads them and writes them again.

What stands behind their last value, where no decoder looks, is gone with that. Worker side.
"""

from __future__ import annotations

import re

from av.bitstream import BitStreamFilterContext
from av.packet import Packet

from .clips import FAULTS

_START_CODE = b"\0\0\0\1"
_STOP_BIT = 1
_VPS = 32
_FLAGS_OF_VPS, _FLAGS_OF_OTHERS = 0b1, 0b1111  # say that data of extensions follows them


class ParameterSets:
    """Reads them in their order: later ones are understood by the earlier ones."""

    def __init__(self, codec: str) -> None:
        self._is_hevc = codec == "hevc"
        self._filter = BitStreamFilterContext(f"{codec}_metadata", codec)
        self._last: tuple[bytes, bytes] | None = None

    def as_read(self, unit: bytes) -> bytes | None:
        """The unit itself, or less; None where it cannot be read."""
        read = self._read(unit)
        if read is None or not self._is_hevc:
            return read
        bare = self._without_extension(read)
        return self._read(bare)  # again: the filter knows the last one that it read

    def _without_extension(self, unit: bytes) -> bytes:
        """Data of an extension that is not known can be any number of bits: each may go."""
        bits, length = _bits_of(unit)
        least = length
        while self._read(_unit_of(bits >> (length - least + 1), least - 1)) is not None:
            least -= 1
        if least == length:
            return unit
        flags = _FLAGS_OF_VPS if unit[0] >> 1 & 0x3F == _VPS else _FLAGS_OF_OTHERS
        return _unit_of(bits >> (length - least) & ~flags, least)

    def _read(self, unit: bytes) -> bytes | None:
        try:
            found = self._filter.filter(Packet(_START_CODE + unit))
        except FAULTS:
            self._filter.flush()
            return None
        written = b"".join(bytes(packet) for packet in found)
        return written[written.find(b"\1") + 1 :] if written.startswith(b"\0\0") else None


def _bits_of(unit: bytes) -> tuple[int, int]:
    """(all in front of the stop bit as a number, how many)."""
    plain = unit.replace(b"\0\0\3", b"\0\0")
    whole = int.from_bytes(plain, "big")
    behind = (whole & -whole).bit_length()  # the stop bit, and the zeros up to the byte
    return whole >> behind, max(0, 8 * len(plain) - behind)


def _unit_of(bits: int, length: int) -> bytes:
    size = length // 8 + 1
    whole = (bits << 1 | _STOP_BIT) << (8 * size - length - 1)
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", whole.to_bytes(size, "big"))
