"""Opening what was exported once, as results are, before it is called saved. Worker side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageSequence

from .errors import MediaCode, MediaError
from .images import open_picture
from .progress import Progress
from .videos import verify_video

# Shorter than was wished by both of these: a part of it is missing. Headers round, and the last
# frame of a clip stands for as long as its container says.
SHORT_S, SHORT_SHARE = 0.5, 0.1
MS_PER_S = 1000.0
FAINT_LEVELS = 16  # of 256: libwebp takes four or five for none, a palette of 256 colours some more


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: where, how long it is to be, whether its frames differ clearly, and
    whether what it was made from ends early.
    """

    path: str
    length_s: float
    moves: bool
    ends_early: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Motion:
    """Whether the frames that were seen differ clearly: one still picture is wrong only then.

    Encoders take frames for one that differ faintly.
    """

    def __init__(self) -> None:
        self.seen = False
        self._first: Image.Image | None = None

    def see(self, frame: VideoFrame) -> None:
        if self.seen:
            return
        plane = frame.planes[0]
        size, row = (plane.width, plane.height), plane.line_size
        light = Image.frombytes("L", size, bytes(plane), "raw", "L", row)
        if self._first is None:
            self._first = light
        _, most = cast(tuple[int, int], ImageChops.difference(light, self._first).getextrema())
        self.seen = most > FAINT_LEVELS


def check_export(path: str, kind: str, length_s: float, moves: bool, progress: Progress) -> None:
    """It opens, to its end, moves, and is as long as was wished. Raises MediaError."""
    count, found_s = _clip(path) if kind == "mp4" else _moving_picture(path, progress)
    if count < 2 and moves:
        raise MediaError(MediaCode.TRUNCATED, path, "it does not move")
    # A still picture has no length.
    if count > 1 and found_s < min(length_s - SHORT_S, length_s * (1 - SHORT_SHARE)):
        raise MediaError(MediaCode.TRUNCATED, path, f"{found_s:.1f} s of {length_s:.1f} s")


def _clip(path: str) -> tuple[int, float]:
    facts = verify_video(path)
    return facts.frame_count or 0, facts.duration_s


def _moving_picture(path: str, progress: Progress) -> tuple[int, float]:
    """Every frame decoded; Pillow counts in milliseconds."""
    count, length_ms = 0, 0.0
    with open_picture(path) as picture:
        try:
            for frame in ImageSequence.Iterator(picture.image):
                frame.load()
                length_ms += frame.info.get("duration", 0)
                count += 1
                progress.tell(0.0)  # a sign of life
        except MemoryError as error:
            raise MediaError(MediaCode.BOMB, path, "out of memory") from error
        except Exception as error:  # a decoder may raise anything on a damaged file
            raise MediaError(MediaCode.TRUNCATED, path, repr(error)) from error
    return count, length_ms / MS_PER_S
