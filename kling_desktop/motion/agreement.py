"""What a person looked at and agreed to pay for, held against what is about to be sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .reading import Amount, Count

# A price is compared in whole thousandths of a credit, so that a limit met exactly is met.
MILLI = 1000


def milli(credits: float) -> int:
    """Credits as whole thousandths: what sums, limits and prices are compared in."""
    return round(credits * MILLI)


@dataclass(frozen=True, slots=True)
class InputStamp:
    """Which content an input had. A file has its SHA-256, a link what its host told of it."""

    sha256: str | None = None  # of the whole file, in hex
    size_bytes: Count | None = None
    etag: str | None = None
    last_modified: str | None = None  # as the host wrote it


@dataclass(frozen=True, slots=True)
class Agreement:
    """Content and price at the moment of the press. None: not known then, and not compared."""

    image: InputStamp | None = None
    video: InputStamp | None = None
    credits: Amount | None = None
    estimated: bool = False  # ``credits`` are our own figures, not the service's rules

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
