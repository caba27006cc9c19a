"""Packets of AAC and MP3 as they may be sent: sound, and nothing that is not heard. Worker side."""

from __future__ import annotations

import re

from av.audio.codeccontext import AudioCodecContext
from av.codec import CodecContext
from av.packet import Packet

from .aac_config import plain_packet
from .bits import Bits
from .clips import FAULTS
from .coded_text import holds_text
from .nal_units import BadStream

# MP3 (ISO 11172-3, 13818-3): by the version's two bits.
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MONO = 3
_GRANULE_BITS = {True: 59, False: 63}  # of its description, for each channel
_LENGTH_BITS = 12  # the first of them: how many bits of sound it has
# What LAME fills with: its name, then bits in turn.
_FILLING = re.compile(
    rb"\0*(?:L(?:A(?:M(?:E[\d.]{0,8}(?:U*|\xaa*)[\0-\xff]?)?)?)?)?\0*|[U\xaa]*\0*"
)


class SoundPackets:
    """One track's, in their order."""

    def __init__(self, codec: str, head: bytes | None) -> None:
        self._mp3 = _Mp3() if codec == "mp3" else None
        self._decoder: AudioCodecContext | None = None
        if codec == "aac":
            self._decoder = CodecContext.create("aac", "r")
            if head:
                self._decoder.extradata = head

    def plain(self, packet: bytes) -> bytes:
        """The packet itself, or without notes in front. Raises BadStream."""
        if self._mp3 is not None:
            self._mp3.take(packet)
        if self._decoder is None:
            return packet
        try:  # what is behind the sound is taken for another packet
            frames = self._decoder.decode(Packet(packet))
        except FAULTS as error:
            raise BadStream("sound that is not read to its end") from error
        if len(frames) > 1:
            raise BadStream("more sound than a packet has")
        return plain_packet(packet)

    def finish(self) -> None:
        """Raises BadStream."""
        if self._mp3 is not None:
            self._mp3.finish()


def _check_filling(behind: bytes) -> None:
    if len(behind) > 1 and _FILLING.fullmatch(behind) is None:  # a byte may be begun by sound
        raise BadStream("notes between frames")


class _Mp3:
    """Sound may begin in the frames before: what no frame reaches is for anybody's notes."""

    def __init__(self) -> None:
        self._left = b""  # of the frames before, not yet read

    def take(self, packet: bytes) -> None:
        """Raises BadStream."""
        if holds_text(packet):
            raise BadStream("text within sound")
        bits = Bits(packet)
        if bits.take(11) != 0x7FF:
            raise BadStream("no frame of MP3")
        version, layer, unprotected = bits.take(2), bits.take(2), bits.take(1)
        kbits, rate, padded, private = bits.take(4), bits.take(2), bits.take(1), bits.take(1)
        mode = bits.take(2)
        bits.take(6)
        if version not in _RATES or layer != 1 or not 0 < kbits < 15 or rate > 2 or private:
            raise BadStream("a frame of another kind")
        first = version == 3
        size = (144 if first else 72) * (_KBITS_1 if first else _KBITS_2)[kbits] * 1000
        if len(packet) != size // _RATES[version][rate] + padded:
            raise BadStream("a frame that is longer than it says")
        bits.take(0 if unprotected else 16)
        reach, length_bits = self._described(bits, first=first, mono=mode == _MONO)
        head = len(packet) - bits.left // 8
        self._read(packet[head:], reach, length_bits)

    def finish(self) -> None:
        """Raises BadStream where notes are behind the last frame's sound."""
        _check_filling(self._left)

    @staticmethod
    def _described(bits: Bits, *, first: bool, mono: bool) -> tuple[int, int]:
        """(how many bytes before the frame its sound begins, how many bits it has)."""
        channels = 1 if mono else 2
        reach = bits.take(9 if first else 8)
        bits.take(((5 if mono else 3) + 4 * channels) if first else channels)
        length_bits = 0
        for _ in range(channels * (2 if first else 1)):
            length_bits += bits.take(_LENGTH_BITS)
            bits.take(_GRANULE_BITS[first] - _LENGTH_BITS)
        return reach, length_bits

    def _read(self, content: bytes, reach: int, length_bits: int) -> None:
        missing = max(0, reach - len(self._left))  # where a part begins in the middle
        behind = self._left[: len(self._left) - reach] if not missing else b""
        _check_filling(behind)
        whole = self._left[len(behind) :] + content
        used = max(0, -(-length_bits // 8) - missing)
        if used > len(whole):
            raise BadStream("a frame that ends elsewhere")
        self._left = whole[used:]
