"""A picture in the form that the service takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kling_desktop.motion.facts import ImageFacts


class ImageChange(StrEnum):
    """One thing that was done to a picture."""

    CONVERTED = "converted"  # another format
    TURNED = "turned"  # made upright as EXIF asks
    FLATTENED = "flattened"  # transparency laid on white
    FIRST_FRAME = "first_frame"  # of a moving picture
    SCALED = "scaled"  # made smaller
    COLOR = "color"  # CMYK, palette or 16 bit made plain sRGB


@dataclass(frozen=True, slots=True)
class FittedImage:
    """``path`` is the original itself, with no changes, where it already fits."""

    path: str
    facts: ImageFacts  # of the file at ``path``
    changes: tuple[ImageChange, ...] = ()

    def to_json(self) -> dict[str, Any]:
        changes = [change.value for change in self.changes]
        return {"path": self.path, "facts": self.facts.to_json(), "changes": changes}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FittedImage:
        """Raises KeyError, TypeError or ValueError on what ``to_json`` did not write."""
        return cls(
            path=str(data["path"]),
            facts=ImageFacts.from_json(data["facts"]),
            changes=tuple(ImageChange(change) for change in data["changes"]),
        )
