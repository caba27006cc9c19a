"""How far long work is, told to the parent a few times a second. Worker side."""

from __future__ import annotations

import time
from collections.abc import Callable

from .protocol import Message

TELL_EVERY_S = 0.1  # ten a second is as often as a bar needs to move

Send = Callable[[Message], None]


class Progress:
    """Tells the share done, 0 to 1, never backwards. Also the sign of life of long work."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._told_at = 0.0
        self._share = 0.0

    def tell(self, share: float) -> None:
        self._share = max(self._share, min(1.0, share))
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._send({"progress": round(self._share, 4)})

    def tell_with(self, share: float, **values: object) -> None:
        """At once, with something made on the way."""
        self._share = max(self._share, min(1.0, share))
        self._told_at = time.monotonic()
        self._send({"progress": round(self._share, 4), **values})

    def part(self, begin: float, end: float) -> Progress:
        """A view whose 0 to 1 is this one's ``begin`` to ``end``."""
        return Progress(lambda message: self.tell(begin + (end - begin) * message["progress"]))
