"""Small pictures of pictures and clips, kept in the cache. Worker side."""

from __future__ import annotations

import io
import os

from PIL import Image

from .cache import Cache
from .clips import open_clip
from .colors import has_alpha
from .files import content_key
from .frames import to_picture
from .images import open_picture
from .kinds import is_picture
from .stills import is_whole, poster

THUMBNAIL_QUALITY = 85  # small, and shown small
LONGEST_TIMES = 8  # of what was asked for: a strip of a picture is cut, not kept whole


def thumbnail(path: str, width_px: int, height_px: int, cache: Cache) -> str:
    """Path of a JPEG, or of a PNG where something shines through. Raises MediaError."""
    key = content_key(path, "thumb", width_px, height_px)
    for ending in ("jpg", "png"):
        kept = cache.entry("thumbs", f"{key}.{ending}")
        if is_whole(kept):
            cache.touch(kept)
            return os.fspath(kept)
    box = (max(1, width_px), max(1, height_px))
    image = _of_picture(path, box) if is_picture(path) else _of_clip(path, box)
    name, ending = ("PNG", "png") if has_alpha(image) else ("JPEG", "jpg")
    data = io.BytesIO()
    image.save(data, name, quality=THUMBNAIL_QUALITY)
    target = cache.entry("thumbs", f"{key}.{ending}")
    cache.write(target, data.getvalue())
    return os.fspath(target)


def _of_picture(path: str, box: tuple[int, int]) -> Image.Image:
    with open_picture(path) as picture:
        longer = max(box)
        # A JPEG can be decoded at a half, quarter or eighth: enough as long as it still covers.
        picture.image.draft(None, (longer, longer))
        picture.load()
        scale = max(side / px for side, px in zip(box, picture.stored_size, strict=True))
        image = picture.plain(scale)
    size = _covering(image.size, box)
    image = image.resize(size, Image.Resampling.LANCZOS) if size != image.size else image.copy()
    image.info.clear()  # no profile, no comment
    return _trimmed(image, box)


def _of_clip(path: str, box: tuple[int, int]) -> Image.Image:
    with open_clip(path) as clip:
        frame, size = poster(clip)
        return _trimmed(to_picture(frame, _covering(size, box), clip.sight), box)


def _covering(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The size scaled so that the box is just covered, never scaled up."""
    scale = min(1.0, max(box[0] / size[0], box[1] / size[1]))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _trimmed(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """The middle of a picture that is much longer than the box."""
    width_px = min(image.width, box[0] * LONGEST_TIMES)
    height_px = min(image.height, box[1] * LONGEST_TIMES)
    left, top = (image.width - width_px) // 2, (image.height - height_px) // 2
    if (width_px, height_px) == image.size:
        return image
    return image.crop((left, top, left + width_px, top + height_px))
