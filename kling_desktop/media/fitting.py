"""Turning a picture into what the service takes. Worker side.

JPEG or PNG, upright, plain sRGB, no side over the limit. What is written anew carries no EXIF,
no place, no comment and no profile.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

from PIL import Image, ImageOps

from kling_desktop.motion.facts import ImageFacts
from kling_desktop.motion.limits import IMAGE_FORMATS, IMAGE_MAX_BYTES, IMAGE_MAX_SIDE_PX

from .cache import Cache
from .colors import PLAIN_MODES, has_alpha, on_white, to_srgb
from .files import content_key
from .fitted import FittedImage, ImageChange
from .images import Picture, open_picture

JPEG_QUALITY = 95  # no loss that a person sees; Pillow advises against more
# A drawing or a screenshot has few colours when looked at closely, a photograph never has.
LINE_ART_COLORS = 256
LINE_ART_SAMPLE_PX = 512
_ENDINGS = {"jpeg": "jpg", "png": "png"}
_RECIPE = 1  # raise it when the rules below change: older entries are then made anew


def fit_image(path: str, cache: Cache) -> FittedImage:
    """The original where it fits, else a converted file in the cache. Raises MediaError."""
    key = content_key(path, "fit", _RECIPE)
    kept = _from_cache(cache, key)
    if kept is not None:
        return kept
    with open_picture(path) as picture:
        picture.load()
        facts = picture.facts()
        changes = _needed_changes(facts)
        if not changes:
            return FittedImage(path, facts)
        return _convert(picture, changes, cache, key)


def _needed_changes(facts: ImageFacts) -> list[ImageChange]:
    wishes = (
        (ImageChange.CONVERTED, facts.format not in IMAGE_FORMATS),
        (ImageChange.FIRST_FRAME, facts.animated),
        (ImageChange.TURNED, facts.turned),
        (ImageChange.COLOR, facts.color_mode not in PLAIN_MODES),
        (ImageChange.SCALED, max(facts.width_px, facts.height_px) > IMAGE_MAX_SIDE_PX),
    )
    return [change for change, needed in wishes if needed]


def _convert(picture: Picture, changes: list[ImageChange], cache: Cache, key: str) -> FittedImage:
    lossless = picture.color_mode in ("P", "1")
    image = _upright(picture)
    image = to_srgb(image)
    lossless = lossless or has_alpha(image) or _is_line_art(image)
    if ImageChange.SCALED in changes:
        image.thumbnail((IMAGE_MAX_SIDE_PX, IMAGE_MAX_SIDE_PX), Image.Resampling.LANCZOS)
    name, data = _encode(image, lossless=lossless)
    if name == "png" and len(data) > IMAGE_MAX_BYTES:  # too large to send: a JPEG isn't
        if has_alpha(image):
            image = on_white(image)
            changes.append(ImageChange.FLATTENED)
        name, data = _encode(image, lossless=False)
    if name != picture.format and ImageChange.CONVERTED not in changes:
        changes.insert(0, ImageChange.CONVERTED)
    target = cache.entry("fitted", f"{key}.{_ENDINGS[name]}")
    facts = ImageFacts(name, image.width, image.height, len(data), color_mode=image.mode)
    fitted = FittedImage(os.fspath(target), facts, tuple(changes))
    cache.write(target, data)
    cache.write(_note(cache, key), json.dumps(fitted.to_json()).encode("ascii"))
    return fitted


def _upright(picture: Picture) -> Image.Image:
    # The orientation was judged already; a damaged EXIF must not fail here.
    if picture.orientation() == 1:
        return picture.image
    return ImageOps.exif_transpose(picture.image)


def _is_line_art(image: Image.Image) -> bool:
    sample = image.copy()
    # Nearest: any other filter would mix new colours.
    sample.thumbnail((LINE_ART_SAMPLE_PX, LINE_ART_SAMPLE_PX), Image.Resampling.NEAREST)
    return image.mode != "L" and sample.getcolors(LINE_ART_COLORS) is not None


def _encode(image: Image.Image, *, lossless: bool) -> tuple[str, bytes]:
    """``(format, bytes)`` without any metadata."""
    bare = image.copy()
    bare.info.clear()  # Pillow writes comments and profiles that it finds here
    target = io.BytesIO()
    if lossless:
        bare.save(target, "PNG")
        return "png", target.getvalue()
    bare.save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return "jpeg", target.getvalue()


def _note(cache: Cache, key: str) -> Path:
    return cache.entry("fitted", f"{key}.json")


def _from_cache(cache: Cache, key: str) -> FittedImage | None:
    """An entry that is still whole, else None."""
    note = _note(cache, key)
    try:
        kept = FittedImage.from_json(json.loads(note.read_bytes()))
        with Image.open(kept.path, formats=("JPEG", "PNG")) as image:
            image.load()
            whole = (
                image.size == (kept.facts.width_px, kept.facts.height_px)
                and os.path.getsize(kept.path) == kept.facts.size_bytes
            )
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None
    if not whole:
        return None
    cache.touch(note)
    cache.touch(Path(kept.path))
    return kept
