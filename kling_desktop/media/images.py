"""Opening pictures with Pillow, within limits. Worker side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from PIL.Image import DecompressionBombError

from kling_desktop.motion.facts import ImageFacts

from .errors import MediaCode, MediaError
from .files import open_file, size_bytes
from .sniff import HEAD_BYTES, kind_of

# The largest phone cameras make 108 MP; 120 MP at 4 bytes a pixel, twice, fit the worker's memory.
IMAGE_MAX_PIXELS = 120_000_000
# Only these: Pillow knows formats that start other programs (EPS starts Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF", "AVIF")
_MOVING_FORMATS = frozenset({"gif", "webp", "png", "avif"})  # elsewhere, more frames mean pages
EXIF_ORIENTATION = 0x0112  # EXIF 2.3; 1 is upright
UPRIGHT = 1
_PNG_BIT_DEPTH_AT = 24  # PNG: signature 8, IHDR length and name 8, width and height 8

# Importing a plugin registers it; without this Pillow would import all sixty on the first miss.
_PLUGINS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)
pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = IMAGE_MAX_PIXELS


class Picture:
    """An open picture: Pillow's image, and what its header says. Sides are as stored."""

    def __init__(self, path: str, file: BinaryIO, image: Image.Image, head: bytes) -> None:
        self.path = path
        self.image = image
        self.size_bytes = size_bytes(file)
        self.stored_size = image.size
        self.format = _format_name(image)
        self.color_mode = _color_mode(image, head)
        self.animated = self.format in _MOVING_FORMATS and bool(
            getattr(image, "is_animated", False)
        )

    def load(self) -> None:
        """Decode the pixels. Raises MediaError ``truncated`` or ``bomb``."""
        try:
            self.image.load()
        except MemoryError as error:
            raise MediaError(MediaCode.BOMB, self.path, "out of memory") from error
        except Exception as error:  # a decoder may raise anything on a damaged file
            raise MediaError(MediaCode.TRUNCATED, self.path, repr(error)) from error

    def orientation(self) -> int:
        """EXIF's orientation, 1 to 8, once the pixels are loaded: PNG may carry it behind them."""
        try:
            value = self.image.getexif().get(EXIF_ORIENTATION, UPRIGHT)
        except Exception:  # damaged EXIF: the picture itself is fine, so it stays as it is
            return UPRIGHT
        return value if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT

    def facts(self) -> ImageFacts:
        """Once the pixels are loaded."""
        orientation = self.orientation()
        width_px, height_px = self.stored_size
        if orientation >= 5:  # 5 to 8 lie on their side
            width_px, height_px = height_px, width_px
        return ImageFacts(
            format=self.format,
            width_px=width_px,
            height_px=height_px,
            size_bytes=self.size_bytes,
            turned=orientation != UPRIGHT,
            animated=self.animated,
            color_mode=self.color_mode,
        )


@contextmanager
def open_picture(path: str) -> Iterator[Picture]:
    """A picture whose size is known to be within bounds. Raises MediaError."""
    with open_file(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        with _open_image(path, file, head) as image:
            width_px, height_px = image.size
            if width_px * height_px > IMAGE_MAX_PIXELS:
                raise MediaError(MediaCode.BOMB, path, f"{width_px}x{height_px}")
            yield Picture(path, file, image, head)


def _open_image(path: str, file: BinaryIO, head: bytes) -> Image.Image:
    kind = kind_of(head)
    if kind is not None and kind[0] == "video":
        raise MediaError(MediaCode.VIDEO_NAMED_PICTURE, path, kind[1])
    broken = MediaCode.NOT_A_PICTURE if kind is None else MediaCode.TRUNCATED
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise MediaError(broken, path) from error
    except (MemoryError, DecompressionBombError) as error:
        raise MediaError(MediaCode.BOMB, path, str(error)) from error
    except Exception as error:  # a decoder may raise anything on a damaged file
        raise MediaError(broken, path, repr(error)) from error


def _format_name(image: Image.Image) -> str:
    name = (image.format or "").lower()
    return "jpeg" if name == "mpo" else name  # MPO: a JPEG with more pictures behind it


def _color_mode(image: Image.Image, head: bytes) -> str:
    # Pillow opens 16-bit colour PNGs as 8-bit ones; only the header still tells.
    if image.format == "PNG" and head[_PNG_BIT_DEPTH_AT] == 16 and ";16" not in image.mode:
        return f"{image.mode};16"
    return image.mode


def probe_image(path: str) -> ImageFacts:
    """Facts of a picture that was decoded to its end. Raises MediaError."""
    with open_picture(path) as picture:
        width_px, height_px = picture.stored_size
        # A JPEG is read to its end also when decoded at an eighth of its size: faster.
        picture.image.draft(None, (max(1, width_px // 8), max(1, height_px // 8)))
        picture.load()
        return picture.facts()
