"""What is known about an input or a result, read from its bytes by the media helper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A picture. Sides are as displayed: after the turn that EXIF asks for."""

    format: str  # lower case: jpeg, png, webp, bmp, tiff, gif, heif, avif …
    width_px: int
    height_px: int
    size_bytes: int
    turned: bool = False  # EXIF asks for a turn or a mirror
    animated: bool = False
    color_mode: str = "RGB"  # Pillow's word: RGB, RGBA, CMYK, I;16 …

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ImageFacts:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A clip or a result. Sides are as displayed: after the rotation flag."""

    container: str  # lower case: mp4, mov, matroska, webm, avi, gif …
    codec: str  # FFmpeg's word: h264, hevc, vp9 …
    width_px: int
    height_px: int
    size_bytes: int
    duration_s: float
    fps: float
    frame_count: int | None = None
    has_sound: bool = False
    rotation_deg: int = 0
    variable_frame_rate: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VideoFacts:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a HEAD or a ranged GET told about a link, without loading it."""

    content_type: str | None = None  # lower case, without parameters
    size_bytes: int | None = None


Facts = ImageFacts | VideoFacts | LinkFacts


def facts_to_json(facts: Facts | None) -> dict[str, Any] | None:
    """A tagged object that ``facts_from_json`` reads back."""
    if facts is None:
        return None
    tag = {ImageFacts: "image", VideoFacts: "video", LinkFacts: "link"}[type(facts)]
    return {"kind": tag, **asdict(facts)}


def facts_from_json(data: Mapping[str, Any] | None) -> Facts | None:
    """Raises KeyError or TypeError on what ``facts_to_json`` did not write."""
    if data is None:
        return None
    fields = dict(data)
    kind = {"image": ImageFacts, "video": VideoFacts, "link": LinkFacts}[fields.pop("kind")]
    return kind(**fields)  # type: ignore[no-any-return]  # mypy joins the three classes to object
