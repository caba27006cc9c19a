"""What is known about an input or a result, read from its bytes by the media helper."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from .reading import Amount, Count


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A picture. Sides are as displayed: after the turn that EXIF asks for."""

    KIND: ClassVar = "image"

    format: str  # lower case: jpeg, png, webp, bmp, tiff, gif, heif, avif …
    width_px: Count
    height_px: Count
    size_bytes: Count
    turned: bool = False  # EXIF asks for a turn or a mirror
    animated: bool = False
    color_mode: str = "RGB"  # Pillow's word: RGB, RGBA, CMYK, I;16 …

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A clip or a result. Sides are as displayed: after the rotation flag."""

    KIND: ClassVar = "video"

    container: str  # lower case: mp4, mov, matroska, webm, avi, gif …
    codec: str  # FFmpeg's word: h264, hevc, vp9 …
    width_px: Count
    height_px: Count
    size_bytes: Count
    duration_s: Amount
    fps: Amount
    frame_count: Count | None = None
    has_sound: bool = False
    rotation_deg: int = 0
    variable_frame_rate: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a HEAD or a ranged GET told about a link, without loading it."""

    KIND: ClassVar = "link"

    content_type: str | None = None  # lower case, without parameters
    size_bytes: Count | None = None
    etag: str | None = None
    last_modified: str | None = None  # as the host wrote it


Facts = ImageFacts | VideoFacts | LinkFacts


def facts_to_json(facts: Facts | None) -> dict[str, Any] | None:
    """With the kind, by which ``reading`` knows them."""
    return None if facts is None else {"kind": facts.KIND, **asdict(facts)}
