"""Turning a picture into what the service takes. Worker side.

JPEG or PNG, upright, plain sRGB, sides within the limits, cropped and padded as wished. What is
written anew carries no EXIF, no place, no comment and no profile. Where only personal data is in
the way it is cut out and the pixels stay as they are.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

from PIL import Image

from kling_desktop.motion.agreement import Content
from kling_desktop.motion.facts import ImageFacts
from kling_desktop.motion.limits import (
    IMAGE_FORMATS,
    IMAGE_MAX_BYTES,
    IMAGE_MAX_SIDE_PX,
    IMAGE_MIN_SIDE_PX,
    IMAGE_WARN_SIDE_PX,
)
from kling_desktop.plain_file import plain

from .bare_profile import NotWhole
from .cache import Cache
from .colors import PLAIN_MODES, has_alpha, on_white, shines_through
from .files import check_unchanged, content_key, open_file
from .fitted import FittedImage, ImageChange, ImagePlan
from .framing import crop_px, padded, scale_into
from .images import Picture, open_picture
from .strip_picture import without_personal

JPEG_QUALITY = 95  # no loss that a person sees; Pillow advises against more
_QUALITIES = (JPEG_QUALITY, 92, 89, 85)  # below that skies and skin begin to show it
# A drawing or a screenshot has few colours when looked at closely, a photograph never has.
LINE_ART_COLORS = 256
LINE_ART_SAMPLE_PX = 512
_ENDINGS = {"jpeg": "jpg", "png": "png"}
_PADDING = "black"  # as in the clip
_RECIPE = 9  # raise it when the rules below change: older entries are then made anew


def fit_image(
    path: str, plan: ImagePlan, cache: Cache, content: Content | None = None
) -> FittedImage:
    """The original where it fits, else a file in the cache. Raises MediaError."""
    wished = json.dumps(plan.to_json(), sort_keys=True)
    key = content_key(path, "fit", _RECIPE, wished, content=content)
    kept = _from_cache(cache, key)
    if kept is not None:
        return kept
    with open_picture(path) as picture:
        if plan.fit and picture.may_be_decoded_smaller:
            picture.decode_smaller(_Frame(picture.facts(), plan).scale)
        picture.load()
        picture.check_whole()
        facts = picture.facts()
        if not plan.fit:
            if facts.format not in IMAGE_FORMATS:  # the limits refuse it
                return FittedImage(path, facts)
            plan = ImagePlan(clean_metadata=plan.clean_metadata, fit=False)
        frame = _Frame(facts, plan)
        changes = _needed_changes(picture, frame) if plan.fit else _unfit_changes(facts, plan)
        clean = None if changes else _as_it_is(path, facts, plan)
        check_unchanged(path, content)  # all is read: what is kept is made from this content
        if clean is not None:
            return _cleaned(path, facts, clean, cache, key)
        if not changes:
            large = plan.fit and facts.size_bytes > plan.most_bytes
            changes = [ImageChange.SHRUNK if large else ImageChange.CLEANED]
        return _convert(picture, frame, changes, plan, cache, key)


class _Frame:
    """Where the picture is cut, its size after that, and the box it then stands in."""

    def __init__(self, facts: ImageFacts, plan: ImagePlan) -> None:
        self.whole = whole = (facts.width_px, facts.height_px)
        self.crop = crop_px(plan.crop, whole) if plan.crop is not None else None
        inner = (self.crop[2], self.crop[3]) if self.crop is not None else whole
        box = padded(inner, plan.pad_to_aspect)
        # Scaled up to where nobody warns: other gateways refuse what the vendor takes.
        too_small = min(box) < IMAGE_MIN_SIDE_PX
        least = IMAGE_WARN_SIDE_PX if too_small else 1
        self.scale = scale_into(box, least, IMAGE_MAX_SIDE_PX)
        self.size = (max(1, round(inner[0] * self.scale)), max(1, round(inner[1] * self.scale)))
        self.box = (
            max(self.size[0], round(box[0] * self.scale)),
            max(self.size[1], round(box[1] * self.scale)),
        )


def _needed_changes(picture: Picture, frame: _Frame) -> list[ImageChange]:
    facts = picture.facts()
    wishes = (
        (ImageChange.CONVERTED, facts.format not in IMAGE_FORMATS),
        (ImageChange.FIRST_FRAME, facts.animated),
        (ImageChange.TURNED, facts.turned),
        (ImageChange.COLOR, facts.color_mode not in PLAIN_MODES or not picture.has_plain_colors()),
        (ImageChange.FLATTENED, shines_through(picture.image)),
        (ImageChange.SCALED, frame.scale != 1.0),
        (ImageChange.CROPPED, frame.crop is not None),
        (ImageChange.PADDED, frame.box != frame.size),
    )
    return [change for change, needed in wishes if needed]


def _unfit_changes(facts: ImageFacts, plan: ImagePlan) -> list[ImageChange]:
    """The note that says how a picture is turned goes with the others, so it has to be turned."""
    return [ImageChange.TURNED] if plan.clean_metadata and facts.turned else []


def _as_it_is(path: str, facts: ImageFacts, plan: ImagePlan) -> bytes | None:
    """The same pixels, cleaned as wished; nothing where the file itself is that.

    None where it is too large, or too odd to be taken apart.
    """
    clean = _clean_bytes(path, facts) if plan.clean_metadata else b""
    if clean is None or (plan.fit and (len(clean) or facts.size_bytes) > plan.most_bytes):
        return None
    return clean


def _clean_bytes(path: str, facts: ImageFacts) -> bytes | None:
    """The same pixels without personal data, nothing where there is none.

    None where the file is too odd to be taken apart.
    """
    with open_file(path) as file:
        data = file.read()
    try:
        clean = without_personal(data, facts.format)
        return b"" if clean == data else clean
    except NotWhole:  # Pillow forgives more: what it reads is written anew
        return None


def _cleaned(path: str, facts: ImageFacts, clean: bytes, cache: Cache, key: str) -> FittedImage:
    if not clean:
        return FittedImage(path, facts)
    target = cache.entry("fitted", f"{key}.{_ENDINGS[facts.format]}")
    facts = replace(facts, size_bytes=len(clean))
    return _kept(FittedImage(os.fspath(target), facts, (ImageChange.CLEANED,)), clean, cache, key)


def _convert(
    picture: Picture,
    frame: _Frame,
    changes: list[ImageChange],
    plan: ImagePlan,
    cache: Cache,
    key: str,
) -> FittedImage:
    image = picture.plain(frame.scale)
    lossless = picture.color_mode in ("P", "1") or _is_line_art(image)
    lossless = lossless or has_alpha(image)
    if plan.fit and has_alpha(image):
        image = on_white(image)
    image = _framed(image, frame)
    most_bytes = plan.most_bytes if plan.fit else IMAGE_MAX_BYTES
    name, data = _encode(image, lossless=lossless)
    if len(data) > most_bytes:
        if has_alpha(image):
            image = on_white(image)
            changes.append(ImageChange.FLATTENED)
        if ImageChange.SHRUNK not in changes:
            changes.append(ImageChange.SHRUNK)
        name, image, data = _shrunk(image, most_bytes)
    if name != picture.format and ImageChange.CONVERTED not in changes:
        changes.insert(0, ImageChange.CONVERTED)
    target = cache.entry("fitted", f"{key}.{_ENDINGS[name]}")
    facts = ImageFacts(name, image.width, image.height, len(data), color_mode=image.mode)
    return _kept(FittedImage(os.fspath(target), facts, tuple(changes)), data, cache, key)


def _shrunk(image: Image.Image, most_bytes: int) -> tuple[str, Image.Image, bytes]:
    """As a JPEG of so many bytes: coarser first, as far as nobody sees it, then smaller."""
    for quality in _QUALITIES:
        name, data = _encode(image, lossless=False, quality=quality)
        if len(data) <= most_bytes:
            return name, image, data
    while len(data) > most_bytes:
        scale = max(0.5, min(0.95, (most_bytes / len(data)) ** 0.5))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
        name, data = _encode(image, lossless=False, quality=_QUALITIES[-1])
    return name, image, data


def _framed(image: Image.Image, frame: _Frame) -> Image.Image:
    left, top, width, height = frame.crop or (0, 0, *frame.whole)
    across, down = image.width / frame.whole[0], image.height / frame.whole[1]  # of a smaller copy
    box = (left * across, top * down, (left + width) * across, (top + height) * down)
    if (across, down) == (1.0, 1.0) and (width, height) == frame.size:
        image = image.crop((left, top, left + width, top + height))
    else:
        image = image.resize(frame.size, Image.Resampling.LANCZOS, box)
    if frame.box == frame.size:
        return image
    ground = Image.new(image.mode, frame.box, _PADDING)
    at = ((frame.box[0] - frame.size[0]) // 2, (frame.box[1] - frame.size[1]) // 2)
    ground.paste(image, at)
    return ground


def _kept(fitted: FittedImage, data: bytes, cache: Cache, key: str) -> FittedImage:
    cache.write(Path(fitted.path), data)
    cache.write(cache.note(key), json.dumps(fitted.to_json()).encode("ascii"))
    return fitted


def _is_line_art(image: Image.Image) -> bool:
    sample = image.copy()
    # Nearest: any other filter would mix new colours.
    sample.thumbnail((LINE_ART_SAMPLE_PX, LINE_ART_SAMPLE_PX), Image.Resampling.NEAREST)
    return image.mode != "L" and sample.getcolors(LINE_ART_COLORS) is not None


def _encode(
    image: Image.Image, *, lossless: bool, quality: int = JPEG_QUALITY
) -> tuple[str, bytes]:
    """``(format, bytes)`` without any metadata."""
    bare = image.copy()
    bare.info.clear()  # Pillow writes comments and profiles that it finds here
    target = io.BytesIO()
    if lossless:
        bare.save(target, "PNG")
        return "png", target.getvalue()
    bare.save(target, "JPEG", quality=quality, subsampling=0)
    return "jpeg", target.getvalue()


def _from_cache(cache: Cache, key: str) -> FittedImage | None:
    """An entry that is still whole, else None."""
    try:
        kept = cache.noted(FittedImage, key)
        with open(kept.path, "rb", opener=plain) as file:
            image = Image.open(file, formats=("JPEG", "PNG"))
            image.load()
            whole = (
                image.size == (kept.facts.width_px, kept.facts.height_px)
                and os.path.getsize(kept.path) == kept.facts.size_bytes
            )
    except (OSError, ValueError, SyntaxError):
        return None
    if not whole:
        return None
    cache.touch(cache.note(key))
    cache.touch(Path(kept.path))
    return kept
