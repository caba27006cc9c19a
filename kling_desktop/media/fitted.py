"""Pictures and clips in the form that the service takes: what is wished, and what was done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.limits import IMAGE_MAX_BYTES, IMAGE_WARN_BYTES
from kling_desktop.motion.reading import FilePath
from kling_desktop.motion.request import Aspect, Box, Second


class ImageChange(StrEnum):
    """One thing that was done to a picture."""

    CONVERTED = "converted"  # another format
    TURNED = "turned"  # made upright as EXIF asks
    FLATTENED = "flattened"  # transparency laid on white
    FIRST_FRAME = "first_frame"  # of a moving picture
    SCALED = "scaled"  # brought into the limits, up or down
    COLOR = "color"  # CMYK, palette, 16 bit, HDR or another space made plain sRGB
    SHRUNK = "shrunk"  # of too many bytes
    CROPPED = "cropped"
    PADDED = "padded"
    CLEANED = "cleaned"  # place, camera, author, comments or embedded thumbnails taken out


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """What is wished of a picture beside fitting the limits.

    ``fit`` False: it is only cleaned, where that is wished, the limits and the rest aside.
    ``large``: up to the limit that the vendor names today, instead of what older documents say.
    """

    crop: Box | None = None
    pad_to_aspect: Aspect | None = None  # after the crop; never cuts anything off
    clean_metadata: bool = True
    fit: bool = True
    large: bool = False

    @property
    def most_bytes(self) -> int:
        return IMAGE_MAX_BYTES if self.large else IMAGE_WARN_BYTES

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FittedImage:
    """``path`` is the original itself, with no changes, where it already fits."""

    path: FilePath
    facts: ImageFacts  # of the file at ``path``
    changes: tuple[ImageChange, ...] = ()

    def to_json(self) -> dict[str, Any]:
        changes = [change.value for change in self.changes]
        return {"path": self.path, "facts": self.facts.to_json(), "changes": changes}


class ClipChange(StrEnum):
    """One thing that was, or would be, done to a clip."""

    CONVERTED = "converted"  # another container or codec, or 10 bit made 8
    TRIMMED = "trimmed"
    SCALED = "scaled"  # brought into the limits, up or down
    TURNED = "turned"  # made upright as its rotation flag asks
    SQUARE_PIXELS = "square_pixels"
    TONE_MAPPED = "tone_mapped"  # HDR made plain
    COLOR = "color"  # of a wider range than BT.709, or stored in an unusual way
    FLATTENED = "flattened"  # transparency laid on white
    FRAME_RATE = "frame_rate"  # made constant, or brought to 60 at most
    DEINTERLACED = "deinterlaced"
    SHRUNK = "shrunk"  # a bit rate chosen so that it may be uploaded
    CROPPED = "cropped"
    PADDED = "padded"
    CLEANED = "cleaned"  # place, camera, author, comments or cover taken out
    EDGES_CUT = "edges_cut"  # rows and columns that players do not show
    ONE_SIZE = "one_size"  # its size changes on the way
    HELD = "held"  # the last picture, up to the least length
    ONE_TRACK = "one_track"  # other picture tracks left out
    SOUND_CUT = "sound_cut"  # to begin and end with the picture
    SOUND_CONVERTED = "sound_converted"  # to AAC; the picture alone may still be a copy


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What is wished of a clip. Times are seconds from its first frame.

    The part begins with the frame that is shown at ``start_s`` and ends before the one that begins
    at ``end_s``; where both lie between frames it is never a whole frame longer than wished.
    ``fit`` False: only what is wished here is done, the limits aside.
    """

    start_s: Second | None = None
    end_s: Second | None = None
    crop: Box | None = None
    pad_to_aspect: Aspect | None = None  # after the crop
    clean_metadata: bool = True
    fit: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FittedClip:
    """``path`` is the original itself, with no changes, where it already fits."""

    path: FilePath
    facts: VideoFacts  # of the file at ``path``
    changes: tuple[ClipChange, ...] = ()
    reencoded: bool = False  # the picture was; False: its packets are the original's

    def to_json(self) -> dict[str, Any]:
        changes = [change.value for change in self.changes]
        return {
            "path": self.path,
            "facts": self.facts.to_json(),
            "changes": changes,
            "reencoded": self.reencoded,
        }
