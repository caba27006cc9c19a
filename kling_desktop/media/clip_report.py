"""What the motion doctor found in a clip. Parent side; imports no decoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class ClipDefect(StrEnum):
    """What keeps a clip from driving a motion well."""

    BLACK_START = "black_start"
    FROZEN_START = "frozen_start"  # the same picture for a while, then motion
    BLURRED_START = "blurred_start"
    LITTLE_MOTION = "little_motion"
    FAST_MOTION = "fast_motion"


@dataclass(frozen=True, slots=True)
class Cut:
    """A new shot begins with this frame. Both count from the clip's first frame."""

    at_s: float
    frame: int


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames ``first_frame`` to before ``end_frame``."""

    start_s: float
    end_s: float
    first_frame: int
    end_frame: int

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class ClipFinding:
    """``at_s`` is where to look; ``good_s`` the first time that is better, where there is one."""

    defect: ClipDefect
    at_s: float
    good_s: float | None = None
    amount: float = 0.0  # how strong, in the doctor's own measure


@dataclass(frozen=True, slots=True)
class ClipReport:
    """All times are seconds from the clip's first frame, also where a part was examined."""

    start_s: float
    end_s: float
    fps: float
    cuts: tuple[Cut, ...]  # hard ones, exact to the frame
    fades: tuple[Cut, ...]  # through black into another shot: where it is darkest
    shots: tuple[Shot, ...]  # parted by both
    findings: tuple[ClipFinding, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
