"""What a file is, whatever its name says. Worker side."""

from __future__ import annotations

from kling_desktop.motion.facts import ImageFacts, VideoFacts

from .errors import MediaCode, MediaError
from .files import open_file
from .images import probe_image
from .sniff import HEAD_BYTES, kind_of
from .videos import probe_video

# Only to choose between "not a picture" and "not a video" for what is neither.
_PICTURE_ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"),
    *(".heic", ".heif", ".avif", ".svg", ".psd", ".ico", ".jxl"),
)


def is_picture(path: str) -> bool:
    """By the first bytes. Raises MediaError where there are none."""
    with open_file(path) as file:
        kind = kind_of(file.read(HEAD_BYTES))
    return kind is not None and kind[0] == "image"


def probe(path: str) -> ImageFacts | VideoFacts:
    """Facts of a picture or a clip. Raises MediaError."""
    if is_picture(path):
        return probe_image(path)
    try:
        return probe_video(path)
    except MediaError as error:
        named_picture = path.lower().endswith(_PICTURE_ENDINGS)
        if error.code is MediaCode.NOT_A_VIDEO and named_picture:
            raise MediaError(MediaCode.NOT_A_PICTURE, path, error.detail) from error
        raise
