"""Whether the pixels of a picture are all there, where its decoder passes over it. Worker side.

What a copy that broke off left unwritten is zeros, which some coders read as a picture.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

import av

from .clips import FAULTS
from .files import size_bytes
from .jpeg_whole import is_damaged

_MAX_BYTES = 256 * 1024 * 1024  # more is not looked at
_NOTHING = bytes(512)  # no coder of these ends so
_PNG_SIGNATURE_BYTES = _RIFF_HEAD_BYTES = _CHUNK_BYTES = 8
_RIFF_FORM_BYTES = 4


def lacks_pixels(name: str | None, file: BinaryIO) -> bool:
    """``name``: as Pillow names its format. It was decoded."""
    if size_bytes(file) > _MAX_BYTES:
        return False
    file.seek(0)
    if name in ("JPEG", "MPO"):
        return is_damaged(file.read())
    if name == "PNG":
        return _png(file.read())
    if name == "WEBP":
        return _webp(file.read())
    return name in ("HEIF", "AVIF") and _heif(file)


def _png(data: bytes) -> bool:
    at = _PNG_SIGNATURE_BYTES
    while at + _CHUNK_BYTES <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + _CHUNK_BYTES + length
        if name == b"IEND":
            return False
        said = int.from_bytes(data[end : end + 4], "big")
        if name == b"IDAT" and zlib.crc32(memoryview(data)[at + 4 : end]) != said:
            return True
        at = end + 4
    return False


def _webp(data: bytes) -> bool:
    at = _RIFF_HEAD_BYTES + _RIFF_FORM_BYTES
    while at + _CHUNK_BYTES <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + _CHUNK_BYTES + length
        if data[at : at + 4] == b"VP8 " and data[:end].endswith(_NOTHING):
            return True
        at = end + (length & 1)
    return False


def _heif(file: BinaryIO) -> bool:
    try:
        with av.open(file, "r") as container:
            return any(bytes(part).endswith(_NOTHING) for part in container.demux() if part.size)
    except FAULTS:
        return False
