"""Bringing any picture to plain 8-bit sRGB. Worker side."""

from __future__ import annotations

from PIL import Image

from .picture_colors import Meant, through_profile, through_table

PLAIN_MODES = frozenset({"RGB", "RGBA", "L"})
_DEEP_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
_SHADES = 255
_OPAQUE = 255


def to_srgb(image: Image.Image, meant: Meant | None = None) -> Image.Image:
    """A loaded picture as L, RGB or RGBA in sRGB; RGBA only where something shines through.

    ``meant``: what its numbers mean, where no profile says it.
    """
    profile = image.info.get("icc_profile") if meant is None else None
    image = _to_eight_bits(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBa", "1") or "transparency" in image.info:
        image = image.convert("L" if image.mode == "1" else "RGBA")
    if meant is not None:
        if image.mode != "RGBA":
            image = image.convert("RGB")
        return _without_idle_alpha(through_table(image, meant))
    plain = through_profile(image, profile) if profile else None
    if plain is None:
        plain = image if image.mode in PLAIN_MODES else image.convert("RGB")
    return _without_idle_alpha(plain)


def shines_through(image: Image.Image) -> bool:
    """Whether a loaded picture has a pixel that is not quite opaque."""
    if image.mode in ("LA", "La", "PA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    return image.mode == "RGBA" and _without_idle_alpha(image) is image


def has_alpha(image: Image.Image) -> bool:
    return image.mode == "RGBA"


def on_white(image: Image.Image) -> Image.Image:
    """An RGBA picture laid on white."""
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode not in _DEEP_MODES:
        return image
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0  # a whole 16-bit range, whatever part this picture uses
    else:
        low, high = image.getextrema()  # type: ignore[assignment]  # one band: a pair of numbers
        if low >= 0 and high <= 1 and image.mode == "F":
            low, high = 0.0, 1.0  # the usual range of floating point pictures
        elif low >= 0 and high <= _SHADES:
            return image.convert("L")
    scale = _SHADES / ((high - low) or 1)
    return image.convert("F").point(lambda value: value * scale + (-low * scale)).convert("L")


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    lowest, _ = image.getchannel("A").getextrema()
    return image.convert("RGB") if lowest == _OPAQUE else image
