"""How a result is set against its reference: what is remembered with the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Enough to bring two takes together by hand; further apart, it is another part of the clip.
MOST_NUDGE_FRAMES = 300


class Heard(StrEnum):
    """Whose sound is heard while both play."""

    RESULT = "result"
    REFERENCE = "reference"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CompareSettings:
    """Nudges are frames of the side's own file: positive shows a later frame at each moment."""

    result_frames: int = 0
    reference_frames: int = 0
    heard: Heard = Heard.RESULT

    def to_json(self) -> dict[str, Any]:
        return {
            "result_frames": self.result_frames,
            "reference_frames": self.reference_frames,
            "heard": self.heard.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CompareSettings:
        """What is missing or unknown becomes the default: nothing is lost by it."""
        return cls(
            result_frames=_frames(data.get("result_frames")),
            reference_frames=_frames(data.get("reference_frames")),
            heard=_heard(data.get("heard")),
        )


def _frames(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(-MOST_NUDGE_FRAMES, min(MOST_NUDGE_FRAMES, value))


def _heard(value: object) -> Heard:
    try:
        return Heard(str(value))
    except ValueError:
        return Heard.RESULT
