"""With which stored pictures a decoder may begin: a key flag alone does not promise that.

Streams with open groups, refreshed bit by bit, or marked by recovery points flag pictures as keys
that build on what stands before them. Pure Python.
"""

from __future__ import annotations

from .nal_units import BadStream, unit_kinds

_IDR_H264 = frozenset({5})
# BLA and IDR; CRA, whose leading pictures alone build on what stands before it.
_RANDOM_ACCESS_HEVC = frozenset(range(16, 22))


class CleanStarts:
    """Judges the packets of one stream."""

    def __init__(self, codec: str, head: bytes | None) -> None:
        """``head``: FFmpeg's extradata."""
        self._codec, self._head = codec, head
        self._kinds = {"h264": _IDR_H264, "hevc": _RANDOM_ACCESS_HEVC}.get(codec)

    def is_one(self, packet: bytes) -> bool:
        """Of a packet that is flagged as a key."""
        if self._kinds is None:  # never copied, or each key stands alone
            return True
        try:
            return bool(self._kinds & unit_kinds(self._codec, self._head, packet))
        except BadStream:
            return False
