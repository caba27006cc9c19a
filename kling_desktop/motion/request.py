"""One generation, described completely: the two inputs and the settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit


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

    path: str | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if (self.path is None) == (self.url is None):
            raise ValueError("a source is a file or a link, and exactly one of them")

    @property
    def name(self) -> str:
        """The name to show: the file's, or the last part of the link's path, never its query."""
        if self.path is not None:
            return os.path.basename(self.path)
        parts = urlsplit(self.url or "")
        return unquote(parts.path.rstrip("/").rsplit("/", 1)[-1]) or parts.netloc

    @property
    def stem(self) -> str:
        """The name without its ending; what videos are named after."""
        return os.path.splitext(self.name)[0] or self.name

    def to_json(self) -> dict[str, str]:
        return {"path": self.path} if self.path is not None else {"url": self.url or ""}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Source:
        """Raises ValueError where neither or both are given."""
        return cls(path=data.get("path"), url=data.get("url"))


@dataclass(frozen=True, slots=True)
class MotionRequest:
    """Everything one generation needs. Unset fields are left out on the wire."""

    image: Source
    video: Source
    mode: Mode = Mode.STANDARD
    orientation: Orientation = Orientation.VIDEO
    prompt: str = ""
    keep_sound: bool = True
    model: str | None = None
    watermark: bool = False
    callback_url: str | None = None

    @property
    def title(self) -> str:
        """What a person calls this job, for example ``astronaut × meadow``."""
        return f"{self.image.stem} × {self.video.stem}"

    def to_json(self) -> dict[str, Any]:
        return Draft.from_request(self).to_json()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MotionRequest:
        """Raises ValueError or KeyError on what ``to_json`` did not write."""
        request = Draft.from_json(data).to_request()
        if request is None:
            raise ValueError("a request needs a picture and a clip")
        return request


@dataclass(frozen=True, slots=True)
class Draft:
    """A request in the making: as a MotionRequest, but the inputs may still be missing."""

    image: Source | None = None
    video: Source | None = None
    mode: Mode = Mode.STANDARD
    orientation: Orientation = Orientation.VIDEO
    prompt: str = ""
    keep_sound: bool = True
    model: str | None = None
    watermark: bool = False
    callback_url: str | None = None

    def source(self, slot: Slot) -> Source | None:
        return self.image if slot is Slot.IMAGE else self.video

    def with_source(self, slot: Slot, source: Source | None) -> Draft:
        if slot is Slot.IMAGE:
            return replace(self, image=source)
        return replace(self, video=source)

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
        )

    def to_json(self) -> dict[str, Any]:
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

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        """Raises ValueError, KeyError or TypeError on what ``to_json`` did not write."""
        image, video = data.get("image"), data.get("video")
        return cls(
            image=Source.from_json(image) if image else None,
            video=Source.from_json(video) if video else None,
            mode=Mode(data["mode"]),
            orientation=Orientation(data["orientation"]),
            prompt=str(data["prompt"]),
            keep_sound=bool(data["keep_sound"]),
            model=data.get("model"),
            watermark=bool(data.get("watermark", False)),
            callback_url=data.get("callback_url"),
        )
