"""The units that H.264 and HEVC streams are made of (ISO 14496-10, 23008-2). Worker side.

Pictures, parameters and the few messages that change how they are shown stay, byte for byte;
all else is left out, for it may tell anything: cameras write date, exposure and place there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .coded_text import ends_in_text
from .parameter_sets import ParameterSets
from .sei_messages import is_known_message

_START = re.compile(rb"\x00\x00\x01")
_START_CODE = b"\0\0\0\1"
_LOW_PROFILES = frozenset({66, 77, 88})  # Baseline, Main, Extended: no depth is told
_DELIMITER_END = 0x10  # behind the three bits that say which slices follow
_STOP = 0x80  # the bit that ends a unit, and the zeros up to the byte
_SPS = 33
# Of HEVC's head: where bits are reserved.
_RESERVED = ((13, 0xF0), (15, 0xFC), (16, 0xFC), (17, 0xF8), (18, 0xF8))


class BadStream(ValueError):
    """What can't be taken apart, or holds what can't be left out."""


@dataclass(frozen=True, slots=True)
class _Codec:
    head_bytes: int
    pictures: frozenset[int]
    parameters: frozenset[int]
    sequences: frozenset[int]  # of them, those of the whole film
    partitions: frozenset[int]  # of pictures; decoders know them no more
    marks: dict[int, int]  # delimiters, ends: type, and how many bytes they have
    delimiters: frozenset[int]
    filler: int
    messages: frozenset[int]


_CODECS = {
    "h264": _Codec(
        head_bytes=1,
        pictures=frozenset({1, 5}),
        parameters=frozenset({7, 8}),
        sequences=frozenset({7}),
        partitions=frozenset({2, 3, 4}),
        marks={9: 2, 10: 1, 11: 1},
        delimiters=frozenset({9}),
        filler=12,
        messages=frozenset({6}),
    ),
    "hevc": _Codec(
        head_bytes=2,
        pictures=frozenset({*range(10), *range(16, 22)}),
        parameters=frozenset({32, 33, 34}),
        sequences=frozenset({32, 33}),
        partitions=frozenset(),
        marks={35: 3, 36: 2, 37: 2},
        delimiters=frozenset({35}),
        filler=38,
        messages=frozenset({39, 40}),
    ),
}


class StreamCleaner:
    """Leaves out of a stream's head and packets what no list knows."""

    def __init__(self, codec: str, head: bytes | None) -> None:
        """``head``: FFmpeg's extradata, avcC or hvcC's content. Raises BadStream."""
        known = _CODECS.get(codec)
        if known is None:
            raise BadStream(codec)
        self._name, self._codec = codec, known
        self._parameters = ParameterSets(codec)
        self._sequences: dict[int, bytes] = {}  # the one that was seen
        self._length_bytes = 0  # of each unit's length; 0: units begin with a start code
        self.head = head or b""
        if head and head[0] == 1:
            at = 4 if codec == "h264" else 21
            self._length_bytes = _byte(head, at) % 4 + 1
            self.head = self._avc_head(head) if codec == "h264" else self._hevc_head(head)
        elif head:
            self.head = self._joined_by_codes(head)

    def cleaned(self, packet: bytes) -> bytes:
        """The packet itself where nothing is left out. Raises BadStream."""
        if not self._length_bytes:
            cleaned = self._joined_by_codes(packet)
        else:
            units = [(u, self._unit(u)) for u in _by_length(packet, self._length_bytes)]
            kept = [unit for _, unit in units if unit is not None]
            if all(before == after for before, after in units):
                return packet
            cleaned = b"".join(len(u).to_bytes(self._length_bytes, "big") + u for u in kept)
        if not cleaned:
            raise BadStream("nothing is left")
        return cleaned

    def _joined_by_codes(self, data: bytes) -> bytes:
        units = [(u, self._unit(u)) for u in _by_codes(data)]
        if all(before == after for before, after in units):
            return data
        return b"".join(_START_CODE + unit for _, unit in units if unit is not None)

    def _avc_head(self, head: bytes) -> bytes:
        """AVCDecoderConfigurationRecord."""
        made, at = bytearray(head[:5]), 5
        high = _byte(head, 1) not in _LOW_PROFILES
        for extended in (False, False, True):
            if extended:
                if not high or at + 4 > len(head):
                    break
                made += head[at : at + 3]
                at += 3
            count = _byte(head, at)
            units, at = _counted(head, at + 1, count if extended else count & 0x1F)
            kept = [new for new in map(self._unit, units) if new is not None]
            made.append(len(kept) | (0 if extended else count & 0xE0))
            for unit in kept:
                made += len(unit).to_bytes(2, "big") + unit
        return bytes(made)

    def _hevc_head(self, head: bytes) -> bytes:
        """HEVCDecoderConfigurationRecord."""
        made, at, arrays, levels = bytearray(head[:22]), 23, 0, b""
        for _ in range(_byte(head, 22)):
            kind, count = _byte(head, at), int.from_bytes(head[at + 1 : at + 3], "big")
            units, at = _counted(head, at + 3, count)
            kept = [new for new in map(self._unit, units) if new is not None]
            if kept:
                levels = _unescaped(kept[0])[3:15] if kind & 0x3F == _SPS else levels
                arrays += 1
                made += bytes((kind & 0xBF,)) + len(kept).to_bytes(2, "big")
                for unit in kept:
                    made += len(unit).to_bytes(2, "big") + unit
        made.insert(22, arrays)
        made[1:13] = levels or head[1:13]
        odd = any(made[n] & mask not in (0, mask) for n, mask in _RESERVED)
        if odd or (not levels and any(made[7:12])):
            raise BadStream("numbers that are none")
        return bytes(made)

    def _unit(self, unit: bytes) -> bytes | None:
        """As it may stay; None where it is left out. Raises BadStream."""
        codec = self._codec
        if len(unit) < codec.head_bytes or unit[0] & 0x80:
            return None
        kind = unit[0] & 0x1F
        if codec.head_bytes == 2:
            kind = unit[0] >> 1 & 0x3F
            if unit[0] & 1 or unit[1] >> 3:  # another layer: the other eye's, what shines through
                return None
        if kind in codec.pictures:
            if ends_in_text(unit):
                raise BadStream("text behind a picture")
            return unit
        if kind in codec.parameters:
            read = self._parameters.as_read(unit)
            if read is None:
                raise BadStream("parameters that are not known")
            if kind in codec.sequences and self._sequences.setdefault(kind, read) != read:
                raise BadStream("a second kind of film, or one that no picture is of")
            return unit if read == unit.rstrip(b"\0") else read
        if kind in codec.partitions:
            raise BadStream("parts of pictures")
        if kind in codec.messages:
            return self._messages(unit)
        if kind == codec.filler:
            return unit if _is_filling(unit[codec.head_bytes :]) else None
        if kind in codec.delimiters and unit[-1] & 0x1F != _DELIMITER_END:
            return None
        return unit if codec.marks.get(kind) == len(unit) else None

    def _messages(self, unit: bytes) -> bytes | None:
        head = unit[: self._codec.head_bytes]
        content = _unescaped(unit[self._codec.head_bytes :])
        kept = b"".join(
            whole
            for kind, payload, whole in _sei(content)
            if is_known_message(self._name, kind, payload)
        )
        if not kept:
            return None
        made = kept + bytes((_STOP,))
        return unit if made == content else head + _escaped(made)


def _is_filling(content: bytes) -> bool:
    return content[-1:] == bytes((_STOP,)) and not content[:-1].strip(b"\xff")


def unit_kinds(codec: str, head: bytes | None, packet: bytes) -> frozenset[int]:
    """The types of the units in a packet. Raises BadStream."""
    known = _CODECS.get(codec)
    if known is None:
        raise BadStream(codec)
    if head and head[0] == 1:
        length_bytes = _byte(head, 4 if codec == "h264" else 21) % 4 + 1
        units = list(_by_length(packet, length_bytes))
    else:
        units = _by_codes(packet)
    if known.head_bytes == 1:
        return frozenset(unit[0] & 0x1F for unit in units if unit)
    return frozenset(unit[0] >> 1 & 0x3F for unit in units if unit)


def _sei(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(type, payload, all of it) of each message; what is cut off is passed over."""
    at = 0
    while at < len(content) and content[at:].rstrip(b"\0") != bytes((_STOP,)):
        begin, numbers = at, [0, 0]
        for which in (0, 1):
            while at < len(content) and content[at] == 0xFF:
                numbers[which] += 0xFF
                at += 1
            if at >= len(content):
                return
            numbers[which] += content[at]
            at += 1
        end = at + numbers[1]
        if end > len(content):
            return
        yield numbers[0], content[at:end], content[begin:end]
        at = end


def _by_codes(data: bytes) -> list[bytes]:
    found = list(_START.finditer(data))
    if not found or data[: found[0].start()].strip(b"\0"):
        raise BadStream("no start code")
    ends = [*(m.start() for m in found[1:]), len(data)]
    units = [data[m.end() : end].rstrip(b"\0") for m, end in zip(found, ends, strict=True)]
    return [unit for unit in units if unit]


def _by_length(data: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        begin = at + length_bytes
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise BadStream("cut off")
        yield data[begin:at]


def _counted(head: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    units = []
    for _ in range(count):
        end = at + 2 + int.from_bytes(head[at : at + 2], "big")
        if end > len(head):
            raise BadStream("cut off")
        units.append(head[at + 2 : end])
        at = end
    return units, at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise BadStream("cut off")
    return data[at]


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


def _escaped(data: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", data)
