"""Opening pictures with Pillow, within limits. Worker side."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from PIL.Image import DecompressionBombError

from kling_desktop.motion.facts import ImageFacts

from .colors import to_srgb
from .errors import MediaCode, MediaError
from .files import open_file, size_bytes
from .heif_boxes import Property, crop_of, properties
from .jpeg_whole import END, lacks_only_its_end
from .picture_colors import is_plain_profile, meant_by
from .picture_depth import from_depth
from .picture_whole import lacks_pixels
from .raw_preview import is_raw, orientation_of, preview_of
from .sniff import HEAD_BYTES, RAW, kind_of

# 16,384 × 12,288: the largest sensors of phones have 200 megapixels, and once at 4 bytes a pixel it
# fits the worker's memory, beside what its decoder needs. What is brought smaller is so at once.
IMAGE_MAX_PIXELS = 16_384 * 12_288
_WHOLE_MAX_PIXELS = 50_000_000  # what colours and the rest are worked out for; twice what is sent
# Only these: Pillow knows formats that start other programs (EPS starts Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF", "AVIF")
_MOVING_FORMATS = frozenset({"gif", "webp", "png", "avif"})  # elsewhere, more frames mean pages
EXIF_ORIENTATION = 0x0112  # EXIF 2.3; 1 is upright
UPRIGHT = 1
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_REDUCIBLE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})
_SUBFILE_TYPE, _REDUCED = 254, 1  # TIFF 6
_MOST_PAGES = 32
_END_MAX_BYTES = 64 * 1024 * 1024  # of a JPEG: what is more holds its picture's end somewhere
_PNG_BIT_DEPTH_AT = 24  # PNG: signature 8, IHDR length and name 8, width and height 8

# Importing a plugin registers it; without this Pillow would import all sixty on the first miss.
_PLUGINS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)
pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = IMAGE_MAX_PIXELS


class Picture:
    """An open picture: Pillow's image, and what its header says. Sides are as stored."""

    def __init__(
        self, path: str, file: BinaryIO, image: Image.Image, head: bytes, raw: BinaryIO | None
    ) -> None:
        """``raw``: the camera's file that ``file`` lies in."""
        self.path = path
        self.image = image
        self._file = file
        self.size_bytes = size_bytes(raw or file)
        self._raw_orientation = orientation_of(raw) if raw is not None else UPRIGHT
        self._properties: list[Property] = []
        if image.format in ("HEIF", "AVIF"):
            self._properties = properties(file, self.size_bytes)
        # Pillow's AVIF leaves the crop to its callers, libheif does not.
        crops = image.format == "AVIF"
        self._aperture = crop_of(self._properties, image.size) if crops else None
        self.stored_size = image.size
        if self._aperture is not None:
            left, top, right, bottom = self._aperture
            self.stored_size = (right - left, bottom - top)
        self.format = _format_name(image)
        self.meant = meant_by(image, file, self._properties)
        self.color_mode = _color_mode(image, head)
        if raw is not None:
            self.format = RAW
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

    def check_whole(self) -> None:
        """Once the pixels are loaded: what decoders pass over. Raises MediaError ``truncated``."""
        if lacks_pixels(self.image.format, self._file):
            raise MediaError(MediaCode.TRUNCATED, self.path, "pixels are missing")

    def orientation(self) -> int:
        """EXIF's orientation, 1 to 8, once the pixels are loaded: PNG may carry it behind them."""
        try:
            value = self.image.getexif().get(EXIF_ORIENTATION, UPRIGHT)
        except Exception:  # damaged EXIF: the picture itself is fine, so it stays as it is
            return UPRIGHT
        turned = value if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT
        return self._raw_orientation if turned == UPRIGHT else turned

    def has_plain_colors(self) -> bool:
        """Whether a reader that ignores what it says of its colours sees the same."""
        if self.meant is not None:
            return False
        profile = self.image.info.get("icc_profile")
        return not profile or is_plain_profile(profile, self.image.mode)

    @property
    def may_be_decoded_smaller(self) -> bool:
        """A JPEG, whose head says all that its facts need."""
        return self.image.format in ("JPEG", "MPO")

    def decode_smaller(self, scale: float) -> None:
        """Before it is loaded: a JPEG may be decoded at a half, quarter or eighth of its size."""
        if self.may_be_decoded_smaller and scale <= 0.5:
            size = (ceil(self.image.width * scale), ceil(self.image.height * scale))
            self.image.draft(None, size)

    def upright(self, scale: float = 1.0, instead: Image.Image | None = None) -> Image.Image:
        """The loaded picture as it is meant to be seen, still in its own colours.

        Large ones that are scaled down anyway are brought near that size.
        """
        image = self.image if instead is None else instead
        if self._aperture is not None:
            image = image.crop(self._aperture)
        large = image.width * image.height > _WHOLE_MAX_PIXELS
        if large and scale <= 0.5 and image.mode in _REDUCIBLE:
            image = image.reduce(int(1 / scale))
        turn = _TURNS.get(self.orientation())
        return image if turn is None else image.transpose(turn)

    def plain(self, scale: float = 1.0) -> Image.Image:
        """The loaded picture as it is meant to be seen, in sRGB; see ``upright``."""
        image, meant = self.image, self.meant
        deep_png = image.format == "PNG" and self.color_mode.endswith(";16")
        whole = image.width * image.height <= _WHOLE_MAX_PIXELS
        if whole and (self._properties or deep_png):
            deep = from_depth(image, self._file, self._properties, meant)
            if deep is not None:
                return to_srgb(self.upright(scale, deep))
        return to_srgb(self.upright(scale), meant)

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
    with open_file(path) as given:
        file, head, raw = given, given.read(HEAD_BYTES), None
        if kind_of(head) == ("image", RAW) or is_raw(head, given):
            preview = preview_of(given)
            if preview is None:
                raise MediaError(MediaCode.RAW, path)
            file, head, raw = io.BytesIO(preview), preview[:HEAD_BYTES], given
        if kind_of(head) == ("image", "jpeg"):
            file = _with_end(file)
        file.seek(0)
        with _open_image(path, file, head) as image:
            _to_full_page(image)
            width_px, height_px = image.size
            if width_px * height_px > IMAGE_MAX_PIXELS:
                raise MediaError(MediaCode.BOMB, path, f"{width_px}x{height_px}")
            yield Picture(path, file, image, head, raw)


def _bytes_of(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _with_end(file: BinaryIO) -> BinaryIO:
    """A JPEG that lacks nothing but the mark of its end gets that."""
    if size_bytes(file) > _END_MAX_BYTES:
        return file
    data = _bytes_of(file)
    return io.BytesIO(data + END) if lacks_only_its_end(data) else file


def _to_full_page(image: Image.Image) -> None:
    """Of a TIFF whose first page is a smaller copy of another one."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    if not int(image.tag_v2.get(_SUBFILE_TYPE, 0)) & _REDUCED:
        return
    sizes = {}
    for page in range(min(image.n_frames, _MOST_PAGES)):
        image.seek(page)
        sizes[page] = image.width * image.height
    image.seek(max(sizes, key=lambda page: sizes[page]))


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
        picture.check_whole()
        return picture.facts()
