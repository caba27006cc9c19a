"""How a result is set against its reference: what is remembered with the job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from .reading import Clamped

# Enough to bring two takes together by hand; further apart, it is another part of the clip.
MOST_NUDGE_FRAMES = 300

Nudge = Annotated[int, Clamped("frames", -MOST_NUDGE_FRAMES, MOST_NUDGE_FRAMES, whole=True)]


class Heard(StrEnum):
    """Whose sound is heard while both play."""

    RESULT = "result"
    REFERENCE = "reference"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CompareSettings:
    """Nudges are frames of the side's own file: positive shows a later frame at each moment."""

    result_frames: Nudge = 0
    reference_frames: Nudge = 0
    heard: Heard = Heard.RESULT

    def to_json(self) -> dict[str, Any]:
        return {
            "result_frames": self.result_frames,
            "reference_frames": self.reference_frames,
            "heard": self.heard.value,
        }
