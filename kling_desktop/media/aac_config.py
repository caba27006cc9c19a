"""AAC sound (ISO 14496-3): what says how it is decoded, and what else its packets carry."""

from __future__ import annotations

import re
import struct

from .bits import Bits
from .coded_text import ends_in_text
from .nal_units import BadStream

_RATE_SAID = 15  # the rate follows in 24 bits
_ESCAPE = 31  # of the object's type: 6 bits follow
_SPECTRAL_BANDS = frozenset({5, 29})  # SBR, with or without PS: the core's type follows
_CORES = frozenset({1, 2, 3, 4})  # Main, LC, SSR, LTP
_SBR_MARK, _PS_MARK = 0x2B7, 0x548
_AAC_TYPES = frozenset({0x40, 0x66, 0x67, 0x68})
_MP3_TYPES = frozenset({0x69, 0x6B})
_STREAM, _DECODER, _CONFIG, _SYNC = 3, 4, 5, 6  # descriptors of ISO 14496-1
_BUFFER_AND_RATES_BYTES = 11
_MOST_BITS_S = 0x1FFFFFFF  # no letter in front
_ADTS_MARK = 0xFFF  # a head of 7 bytes, 9 with a checksum, in front of each packet
_NOTE, _FILLING = 4, 6  # elements that are no sound
_END = b"\xe0"  # the element that ends a packet
_ENCODERS = re.compile(rb"|Lav[cf](?:[\d.]{1,12})?|libfaac [\d.]{1,8}")
_TAIL_BYTES = 256


def is_plain_aac(config: bytes) -> bool:
    """Whether it says how to decode and nothing else; a list of channels may hold a comment."""
    bits = Bits(config)
    kind = _object_type(bits)
    _take_rate(bits)
    channels = bits.take(4)
    if kind in _SPECTRAL_BANDS:
        _take_rate(bits)
        kind = _object_type(bits)
    if kind not in _CORES or channels == 0:
        return False
    bits.take(1)  # the frame's length
    if bits.take(1):  # a delay of a core coder
        bits.take(14)
    if bits.take(1):
        return False
    if bits.peek(11) == _SBR_MARK:
        bits.take(11)
        if _object_type(bits) == 5 and bits.take(1):
            _take_rate(bits)
            if bits.peek(11) == _PS_MARK:
                bits.take(12)
    return bits.peek(bits.left) == 0


def plain_packet(packet: bytes) -> bytes:
    """Without the notes that stand in front of the sound; itself where there are none.

    Raises BadStream where there is text behind it.
    """
    head = 0
    if int.from_bytes(packet[:2], "big") >> 4 == _ADTS_MARK and len(packet) > 9:
        head = 7 if packet[1] & 1 else 9
        if packet[6] & 3:  # several at once
            raise BadStream("several packets of sound in one")
    bits = Bits(packet[head:])
    plain = True
    while bits.left >= 16 and bits.peek(3) in (_NOTE, _FILLING):
        plain = _take_element(bits) and plain
    left = -(-bits.left // 8)
    sound = (bits.peek(bits.left) << (8 * left - bits.left)).to_bytes(left, "big") or _END
    if any(ends_in_text(form) for form in _forms(sound[-_TAIL_BYTES:])):
        raise BadStream("text behind sound")
    if plain:
        return packet
    return _resized(packet[:head], head + len(sound)) + sound


def _take_element(bits: Bits) -> bool:
    """Whether what it holds may stay."""
    if bits.take(3) == _NOTE:
        aligned = bits.take(5) & 1
        count = bits.take(8)
        if count == 0xFF:
            count += bits.take(8)
        bits.take((bits.left % 8 if aligned else 0) + 8 * count)
        return False
    count = bits.take(4)
    if count == 0xF:
        count += bits.take(8) - 1
    held = bits.take(8 * count)
    return _is_filling(held.to_bytes(count, "big"))


def _is_filling(held: bytes) -> bool:
    """Nothing, the pattern of ISO 14496-3, or an encoder's name."""
    if held[:1] == b"\x10" and not held[1:].strip(b"\xa5"):
        return True
    return any(_ENCODERS.fullmatch(form.strip(b"\0")) for form in _forms(held))


def _forms(data: bytes) -> list[bytes]:
    """As it reads from each of a byte's bits on: elements begin anywhere."""
    number, count = int.from_bytes(data, "big"), len(data) + 1
    return [(number << shift).to_bytes(count, "big") for shift in range(8)]


def _resized(head: bytes, size: int) -> bytes:
    """An ADTS head that says the packet's new length."""
    if not head:
        return head
    made = bytearray(head)
    made[3] = made[3] & 0xFC | size >> 11
    made[4] = size >> 3 & 0xFF
    made[5] = made[5] & 0x1F | (size & 7) << 5
    return bytes(made)


def is_plain_esds(content: bytes) -> bool:
    """Whether the box (ISO 14496-14) describes one AAC or MP3 stream and holds nothing else."""
    stream = _descriptors(content[4:])
    if content[:4] != bytes(4) or stream is None or list(stream) != [_STREAM]:
        return False
    inner = _descriptors(stream[_STREAM][3:])
    if stream[_STREAM][2:3] != b"\0" or inner is None or list(inner) != [_DECODER, _SYNC]:
        return False
    decoder = inner[_DECODER]
    kind, head = decoder[0], 2 + _BUFFER_AND_RATES_BYTES
    config = _descriptors(decoder[head:])
    if inner[_SYNC] != b"\2" or config is None or not _are_rates(decoder[1:head]):
        return False
    if kind in _MP3_TYPES:
        return not config
    return kind in _AAC_TYPES and list(config) == [_CONFIG] and is_plain_aac(config[_CONFIG])


def _are_rates(numbers: bytes) -> bool:
    """Its kind of stream, the buffer it needs, and the bits of a second."""
    if len(numbers) != 1 + _BUFFER_AND_RATES_BYTES:
        return False
    kind, most, usual = struct.unpack_from(">B3xII", numbers)
    return kind in (0x14, 0x15) and max(most, usual) <= _MOST_BITS_S


def _object_type(bits: Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == _ESCAPE else kind


def _take_rate(bits: Bits) -> None:
    if bits.take(4) == _RATE_SAID:
        bits.take(24)


def _descriptors(data: bytes) -> dict[int, bytes] | None:
    """By their tags; None where one comes twice, is cut off or empty."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        tag, length, at = data[at], 0, at + 1
        while at < len(data):
            byte, at = data[at], at + 1
            length = length << 7 | byte & 0x7F
            if not byte & 0x80:
                break
        if tag in found or not length or at + length > len(data):
            return None
        found[tag] = data[at : at + length]
        at += length
    return found
