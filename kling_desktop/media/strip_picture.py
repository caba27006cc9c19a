"""Taking personal data out of a JPEG or PNG without touching its pixels. Pure Python.

What the picture needs to look the same stays, where it is known: the colours' profile, Adobe's
note on the colour transform, gamma and the like. All else goes: EXIF (place, camera, thumbnail),
XMP, IPTC, comments, texts, maker notes, what nobody knows, and what follows the picture's end.
"""

from __future__ import annotations

from .jpeg_parts import jpeg_parts
from .png_parts import png_parts


def without_personal(data: bytes, name: str) -> bytes:
    """The same picture without personal data; equal where there was none. Raises NotWhole."""
    return b"".join(jpeg_parts(data) if name == "jpeg" else png_parts(data))
