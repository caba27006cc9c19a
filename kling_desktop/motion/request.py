"""One generation, described completely: the two inputs and the settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from .reading import FilePath, Link, Unreadable, number, one_line, text


class Slot(StrEnum):
    """Which of the two inputs."""

    IMAGE = "image"  # the reference image: who is seen
    VIDEO = "video"  # the reference video: how they move


class Mode(StrEnum):
    """The service's quality setting, field ``mode``."""

    STANDARD = "std"
    PRO = "pro"


class Orientation(StrEnum):
    """Which way the person faces, field ``character_orientation``."""

    VIDEO = "video"  # as in the clip
    IMAGE = "image"  # as in the picture


# The models the vendor's contract names; None lets the service choose.
MODELS: tuple[str, ...] = ("kling-v2-6", "kling-v3")
DEFAULT_MODEL = "kling-v2-6"  # believed to be what the service uses when the field is left out


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input lies: a file on this computer or a public link, exactly one of them."""

    path: FilePath | None = None
    url: Link | None = None

    def __post_init__(self) -> None:
        if (self.path is None) == (self.url is None):
            raise ValueError("a source is a file or a link, and exactly one of them")

    @property
    def name(self) -> str:
        """The name to show: the file's, or the last part of the link's path, never its query."""
        if self.path is not None:
            return one_line(os.path.basename(self.path))
        parts = urlsplit(self.url or "")
        return one_line(unquote(parts.path.rstrip("/").rsplit("/", 1)[-1]) or parts.netloc)

    @property
    def stem(self) -> str:
        """The name without its ending; what videos are named after."""
        return os.path.splitext(self.name)[0] or self.name

    def to_json(self) -> dict[str, str]:
        return {"path": self.path} if self.path is not None else {"url": self.url or ""}


PROMPT_KEPT_CHARS = 100_000  # longer than may be sent: a person is still at shortening it


def _prompt(value: object) -> str:
    found = text(value)
    if len(found) > PROMPT_KEPT_CHARS:
        raise Unreadable("an absurdly long prompt")
    return found


BOX_SLACK = 1e-6  # shares are added up in floats
_share = number(0.0, 1.0 + BOX_SLACK)


def _box(value: object) -> tuple[float, float, float, float]:
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise Unreadable("no box")
    x, y, width, height = map(_share, value)
    if not (width > 0 and height > 0 and max(x + width, y + height) <= 1 + BOX_SLACK):
        raise Unreadable("a box outside of its picture")
    return x, y, width, height


# x, y, width, height: shares (0 to 1) of the sides as displayed.
Box = Annotated[tuple[float, float, float, float], _box]
WHOLE_BOX: Box = (0.0, 0.0, 1.0, 1.0)
_SEEN_SHARE = 1e-3  # of a side: less cut off is a slip of the hand
SECOND_MAX = 1e6  # eleven days: no clip is longer
Second = Annotated[float, number(0.0, SECOND_MAX)]  # of a clip, from its first frame
Aspect = Annotated[float, number(0.01, 100.0)]  # width : height
Prompt = Annotated[str, _prompt]


def takes_all(box: Box | None) -> bool:
    """Whether it leaves nothing out that could be seen."""
    return box is None or all(
        abs(one - whole) < _SEEN_SHARE for one, whole in zip(box, WHOLE_BOX, strict=True)
    )


@dataclass(frozen=True, slots=True)
class ClipEdit:
    """The part of a clip that is sent. Times are seconds from its first frame; None: its edge."""

    start_s: Second | None = None
    end_s: Second | None = None
    crop: Box | None = None

    @property
    def is_empty(self) -> bool:
        return self == WHOLE_CLIP

    def span(self, duration_s: float) -> tuple[float, float]:
        """Start and end within a clip of this length."""
        start_s = min(max(0.0, self.start_s or 0.0), duration_s)
        end_s = duration_s if self.end_s is None else min(max(start_s, self.end_s), duration_s)
        return start_s, end_s

    def to_json(self) -> dict[str, Any]:
        return {"start_s": self.start_s, "end_s": self.end_s, "crop": self.crop}


@dataclass(frozen=True, slots=True)
class ImageEdit:
    """What is cut off a picture, and what is put around it after that."""

    crop: Box | None = None
    pad_to_aspect: Aspect | None = None  # never cuts anything off

    @property
    def is_empty(self) -> bool:
        return self == WHOLE_IMAGE

    def to_json(self) -> dict[str, Any]:
        return {"crop": self.crop, "pad_to_aspect": self.pad_to_aspect}


WHOLE_CLIP, WHOLE_IMAGE = ClipEdit(), ImageEdit()  # nothing was asked for


@dataclass(frozen=True, slots=True)
class MotionRequest:
    """Everything one generation needs. Unset fields are left out on the wire."""

    image: Source
    video: Source
    mode: Mode = Mode.STANDARD
    orientation: Orientation = Orientation.VIDEO
    prompt: Prompt = ""
    keep_sound: bool = True
    model: str | None = None
    watermark: bool = False
    callback_url: str | None = None
    image_edit: ImageEdit = WHOLE_IMAGE
    video_edit: ClipEdit = WHOLE_CLIP
    fit: bool = True  # what does not fit the limits is converted; False: it is refused

    @property
    def title(self) -> str:
        """What a person calls this job, for example ``astronaut × meadow``."""
        return f"{self.image.stem} × {self.video.stem}"

    def to_json(self) -> dict[str, Any]:
        return Draft.from_request(self).to_json()


@dataclass(frozen=True, slots=True)
class Draft:
    """A request in the making: as a MotionRequest, but the inputs may still be missing."""

    image: Source | None = None
    video: Source | None = None
    mode: Mode = Mode.STANDARD
    orientation: Orientation = Orientation.VIDEO
    prompt: Prompt = ""
    keep_sound: bool = True
    model: str | None = None
    watermark: bool = False
    callback_url: str | None = None
    image_edit: ImageEdit = WHOLE_IMAGE
    video_edit: ClipEdit = WHOLE_CLIP
    fit: bool = True  # what does not fit the limits is converted; False: it is refused

    def source(self, slot: Slot) -> Source | None:
        return self.image if slot is Slot.IMAGE else self.video

    def with_source(self, slot: Slot, source: Source | None) -> Draft:
        """Another input; what was cut off the one before it does not concern it."""
        if slot is Slot.IMAGE:
            edit = self.image_edit if source == self.image else WHOLE_IMAGE
            return replace(self, image=source, image_edit=edit)
        clip_edit = self.video_edit if source == self.video else WHOLE_CLIP
        return replace(self, video=source, video_edit=clip_edit)

    def to_request(self) -> MotionRequest | None:
        """The complete request, or None while an input is missing."""
        if self.image is None or self.video is None:
            return None
        return MotionRequest(
            image=self.image,
            video=self.video,
            mode=self.mode,
            orientation=self.orientation,
            prompt=self.prompt,
            keep_sound=self.keep_sound,
            model=self.model,
            watermark=self.watermark,
            callback_url=self.callback_url,
            image_edit=self.image_edit,
            video_edit=self.video_edit,
            fit=self.fit,
        )

    @classmethod
    def from_request(cls, request: MotionRequest) -> Draft:
        return cls(
            image=request.image,
            video=request.video,
            mode=request.mode,
            orientation=request.orientation,
            prompt=request.prompt,
            keep_sound=request.keep_sound,
            model=request.model,
            watermark=request.watermark,
            callback_url=request.callback_url,
            image_edit=request.image_edit,
            video_edit=request.video_edit,
            fit=request.fit,
        )

    def to_json(self) -> dict[str, Any]:
        """Edits are left out while there are none, as in what older versions wrote."""
        return self._settings_to_json() | self._edits_to_json()

    def _edits_to_json(self) -> dict[str, Any]:
        edits: dict[str, Any] = {}
        if not self.image_edit.is_empty:
            edits["image_edit"] = self.image_edit.to_json()
        if not self.video_edit.is_empty:
            edits["video_edit"] = self.video_edit.to_json()
        if not self.fit:
            edits["fit"] = False
        return edits

    def _settings_to_json(self) -> dict[str, Any]:
        return {
            "image": self.image.to_json() if self.image else None,
            "video": self.video.to_json() if self.video else None,
            "mode": self.mode.value,
            "orientation": self.orientation.value,
            "prompt": self.prompt,
            "keep_sound": self.keep_sound,
            "model": self.model,
            "watermark": self.watermark,
            "callback_url": self.callback_url,
        }
