"""What a person looked at and agreed to pay for, held against what is about to be sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .money import micro
from .price import Quote
from .reading import Amount, Count

LEAST_RISE = 0.01  # credits: the two figures that are shown always differ
SLACK_PERCENT = 2  # of an estimate, and of a length that only our own fitting changed


@dataclass(frozen=True, slots=True)
class FileMark:
    """What a glance at a file tells without reading it. The same mark: nothing was written.

    No inode: some network and FUSE file systems make them up anew.
    """

    size_bytes: int
    modified_ns: int
    changed_ns: int  # POSIX: set by every write, and by nothing that a program could turn back


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held, and the mark it had from before it was read until after."""

    sha256: str
    mark: FileMark


@dataclass(frozen=True, slots=True)
class InputStamp:
    """Which content an input had. A file has its SHA-256, a link what its host told of it."""

    sha256: str | None = None  # of the whole file, in hex
    size_bytes: Count | None = None
    etag: str | None = None
    last_modified: str | None = None  # as the host wrote it

    def differs_from(self, now: InputStamp) -> bool:
        """Whether anything that both tell is not the same."""
        pairs = ((getattr(self, f.name), getattr(now, f.name)) for f in fields(self))
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)

    def common_with(self, other: InputStamp) -> InputStamp:
        """What both tell alike."""
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return InputStamp(**{name: one for name, one, two in pairs if one == two})

    def completed_by(self, now: InputStamp) -> InputStamp:
        """With what was not known before."""
        unknown = [f.name for f in fields(self) if getattr(self, f.name) is None]
        return replace(self, **{name: getattr(now, name) for name in unknown})


@dataclass(frozen=True, slots=True)
class Agreement:
    """Content and price at the moment of the press. None: not known then, and not compared."""

    image: InputStamp | None = None
    video: InputStamp | None = None
    credits: Amount | None = None
    estimated: bool = False  # ``credits`` are our own figures, not the service's rules
    duration_s: Amount | None = None  # what ``credits`` are for; None: the most it could cost

    @property
    def price(self) -> Quote | None:
        """What was agreed to in credits."""
        if self.credits is None:
            return None
        at_most = self.duration_s is None
        return Quote(self.credits, self.duration_s or 0.0, self.estimated, at_most=at_most)

    def completed_by(self, now: Agreement) -> Agreement:
        """With what was not known at the press; from here on it is compared, too."""
        price = now if self.credits is None else self
        return Agreement(
            image=_completed(self.image, now.image),
            video=_completed(self.video, now.video),
            credits=price.credits,
            estimated=price.estimated,
            duration_s=price.duration_s,
        )

    def is_exceeded_by(self, now: Quote, for_agreed_length: Quote) -> bool:
        """Whether the same content costs more than was agreed to.

        ``for_agreed_length``: today's price of the length at the press. Where that one is not
        dearer, our own fitting alone made the length another one.
        """
        if self.credits is None:
            return False
        slack = SLACK_PERCENT if self.estimated else 0
        if is_dearer(self.credits, for_agreed_length.credits, percent=slack):
            return True
        return is_dearer(self.credits, now.credits, percent=SLACK_PERCENT)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _completed(before: InputStamp | None, now: InputStamp | None) -> InputStamp | None:
    return before.completed_by(now) if before is not None and now is not None else before or now


def is_dearer(agreed: float, now: float, *, percent: int = 0) -> bool:
    """Whether ``now`` credits are more than ``agreed``, by more than ``percent`` and as shown."""
    before, after = micro(agreed), micro(now)
    looks_dearer = round(now, 2) > round(agreed, 2)
    return (
        looks_dearer
        and after - before >= micro(LEAST_RISE)
        and after * 100 > before * (100 + percent)
    )
