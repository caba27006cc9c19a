"""Reading numbers of some bits. Pure Python."""

from __future__ import annotations


class Bits:
    """Zeros beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._value, self.left = int.from_bytes(data, "big"), len(data) * 8

    def take(self, count: int) -> int:
        taken = self.peek(count)
        self.left = max(0, self.left - count)
        return taken

    def peek(self, count: int) -> int:
        rest = self._value & ((1 << self.left) - 1)
        return rest >> (self.left - count) if self.left >= count else rest << (count - self.left)

    def exp_golomb(self) -> int:
        """ue(v) of ISO 14496-10."""
        zeros = 0
        while self.left and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)
