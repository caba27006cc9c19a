"""What a picture's numbers mean, whoever says it: a profile, cICP, nclx, EXIF. Worker side."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import lru_cache
from typing import BinaryIO

from av.video.frame import VideoFrame
from PIL import Image, ImageCms
from PIL.ImageCms import PyCMSError

from .clip_colors import Table, by_table
from .color_table import (
    ADOBE_CURVE,
    ADOBE_RGB,
    HDR_CURVES,
    PLAIN,
    UNSAID,
    Curve,
    Primaries,
    is_plain,
)
from .filter_pipe import Pipe
from .heif_boxes import Property, nclx_of

_EXIF, _COLOR_SPACE = 0x8769, 0xA001  # EXIF 2.3
_INTEROP, _INTEROP_INDEX = 0xA005, 1
_UNCALIBRATED, _ADOBE = 0xFFFF, 2  # the second is no standard's, and written by some cameras
_PNG_SIGNATURE_BYTES = 8
_BAND_PIXELS = 2_000_000  # at once: sixteen bits of them and a copy take little
_TICK = Fraction(1, 25)
_HEADER_CHUNKS = 200  # more in front of the pixels is no picture
_CLOSE = 2  # levels: what nobody sees
_BT2100 = 9
_LEAST_AREA = 0.02  # sRGB has 0.22; next to nothing is no picture's
_USUAL_GAMMA, _GAMMA_TOLERANCE = 0.45455, 0.02
_SHADES = (0, 20, 64, 128, 192, 240, 255)
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

Meant = tuple[Primaries, Curve]


def meant_by(image: Image.Image, file: BinaryIO, found: list[Property]) -> Meant | None:
    """Primaries and curve; None where the numbers are plain, or a profile says what they are.

    ``found``: what a HEIC or AVIF says of its picture. The file may be read anywhere.
    """
    if image.format in ("HEIF", "AVIF"):
        said = nclx_of(found)
    elif image.format == "PNG":
        said = _cicp(file)
        if said is None and "icc_profile" not in image.info:
            return _by_gamma(image)
    elif "icc_profile" not in image.info and _is_adobe(image):
        return ADOBE_RGB, ADOBE_CURVE
    else:
        return None
    if said is not None and said[0] == UNSAID and said[1] in HDR_CURVES:
        said = _BT2100, said[1]
    return None if said is None or is_plain(*said) else said


def through_table(image: Image.Image, meant: Meant) -> Image.Image:
    """RGB or RGBA in, the same out, plain."""
    plain = Image.new("RGB", image.size)
    pipe = Pipe(lambda _: [*by_table(Table(*meant)), ("format", "rgb24")], _TICK)
    step = max(1, _BAND_PIXELS // image.width)
    bands = ((0, top, image.width, top + step) for top in range(0, image.height, step))
    made = (done for box in bands for done in pipe.push(_frame(image, box, step)))
    for number, done in enumerate([*made, *pipe.finish()]):
        plain.paste(done.to_image(), (0, number * step))  # type: ignore[no-untyped-call]
    if image.mode == "RGBA":
        plain.putalpha(image.getchannel("A"))
    return plain


def through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """RGB or RGBA by the embedded ICC profile; None where it can't be used."""
    target_mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=_INTENT,
            outputMode=target_mode,
            flags=_FLAGS,
        )
    except (PyCMSError, OSError, ValueError, TypeError):
        return None  # a damaged profile, or one for another kind of picture


@lru_cache(maxsize=16)
def is_plain_profile(profile: bytes, mode: str) -> bool:
    """Whether a reader that ignores the profile sees the same; also where it can't be used."""
    if mode not in ("RGB", "L"):
        mode = "L" if mode in ("LA", "La", "1") or mode.startswith("I") else "RGB"
    chart = Image.new("RGB", (len(_SHADES) ** 2, len(_SHADES)))
    chart.putdata([(r, g, b) for r in _SHADES for g in _SHADES for b in _SHADES])
    if mode == "L":
        chart = Image.linear_gradient("L")
    seen = through_profile(chart, profile)
    if seen is None:
        return True
    pairs = zip(seen.tobytes(), chart.convert("RGB").tobytes(), strict=True)
    return all(abs(a - b) <= _CLOSE for a, b in pairs)


def _frame(image: Image.Image, box: tuple[int, int, int, int], height_px: int) -> VideoFrame:
    """A band of it; below its last row it is black."""
    band = image.crop(box).convert("RGB")
    frame: VideoFrame = VideoFrame.from_image(band)  # type: ignore[no-untyped-call]
    frame.pts, frame.time_base = box[1] // height_px, _TICK
    return frame


def _cicp(file: BinaryIO) -> tuple[int, int] | None:
    """PNG's own word on it, which stands above all others."""
    file.seek(_PNG_SIGNATURE_BYTES)
    for _ in range(_HEADER_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head)
        if name == b"IDAT":
            return None
        if name == b"cICP" and length == 4:
            primaries, curve, _matrix, _full = file.read(4)
            return primaries, curve
        file.seek(length + 4, io.SEEK_CUR)
    return None


def _by_gamma(image: Image.Image) -> Meant | None:
    """What PNG says in numbers where it has no profile."""
    gamma, places = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" in image.info or not gamma or not 0.1 < gamma < 10:
        return None
    primaries: Primaries = PLAIN
    if isinstance(places, tuple) and len(places) == 8 and _area(places[2:]) > _LEAST_AREA:
        primaries = tuple(places[2:])
    close = abs(gamma - _USUAL_GAMMA) <= _GAMMA_TOLERANCE
    if close and _are_near(primaries):
        return None
    return primaries, 1 / gamma


def _area(places: tuple[float, ...]) -> float:
    """Twice the triangle's; 0 where one of them is no place that a colour has."""
    xr, yr, xg, yg, xb, yb = places
    if not all(0 < place < 1 for place in places):
        return 0.0
    return abs((xg - xr) * (yb - yr) - (xb - xr) * (yg - yr))


def _are_near(primaries: Primaries) -> bool:
    if isinstance(primaries, int):
        return True
    plain = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
    return all(abs(a - b) < 0.01 for a, b in zip(primaries, plain, strict=True))


def _is_adobe(image: Image.Image) -> bool:
    """Cameras that are set to Adobe RGB say it in EXIF alone, as DCF asks of them."""
    try:
        exif = image.getexif()
        space = exif.get_ifd(_EXIF).get(_COLOR_SPACE)
        index = exif.get_ifd(_INTEROP).get(_INTEROP_INDEX)
    except Exception:  # damaged EXIF: the picture itself is fine
        return False
    return space == _ADOBE or (space == _UNCALIBRATED and str(index).startswith("R03"))
