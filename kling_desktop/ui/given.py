"""Files that have no place on this computer: their data comes along, or only a promise of them.

A mail's attachment, a photo on a phone, what lies in an archive. Windows lists them with their
names and hands out each by its number; elsewhere some programs hand out a picture's or a clip's own
bytes. What is only promised (macOS, X direct save) goes into a folder that we cannot name.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from kling_desktop.ui.handed import DESCRIPTOR, PICTURES, Handed
from kling_desktop.ui.tr import tr

# A larger one would be copied into memory more than once, on the window's thread.
MAX_BYTES = 512 * 1024 * 1024
MOST = 50  # of a list; one for each well is taken
_CONTENTS = 'application/x-qt-windows-mime;value="FileContents";index={number}'
# FILEDESCRIPTORW: flags, 32 bytes of no use here, attributes, three times, size, name.
_RECORD = struct.Struct("<I32xI24xII520s")
_COUNT = struct.Struct("<I")
_HAS_ATTRIBUTES, _HAS_SIZE, _IS_FOLDER = 0x4, 0x40, 0x10
_PICTURE_ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"),
    *(".bmp", ".tif", ".tiff", ".gif"),
)
_CLIP_ENDINGS = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts"),
    *(".mpg", ".mpeg", ".wmv", ".3gp"),
)
# A media type whose bytes may come by themselves, and how such a file's name ends.
_RAW = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/mp2t": ".ts",
    "video/mpeg": ".mpg",
    "video/3gpp": ".3gp",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/avif": ".avif",
}
# Kinds by which a program says that it would write files, if it were told where.
_PROMISES = ("promise", "directsave", "ark-dndextract", "filegroupdescriptor")


@dataclass(frozen=True, slots=True)
class Given:
    """One that can be asked for."""

    name: str
    kind: str
    size_bytes: int | None = None  # None: untold

    @property
    def ending(self) -> str:
        return os.path.splitext(self.name)[1].lower()


@dataclass(frozen=True, slots=True)
class GivenFile:
    """One that came."""

    name: str
    data: bytes


def given(handed: Handed, *, beside_links: bool = False) -> tuple[Given, ...]:
    """At most one for each well. Browsers list a shortcut to a link as a file, too."""
    found = _listed(handed) if DESCRIPTOR in handed.kinds else _raw(handed)
    chosen = [
        next((one for one in found if one.ending in endings), None)
        for endings in (_PICTURE_ENDINGS, _CLIP_ENDINGS)
    ]
    media = tuple(one for one in chosen if one is not None)
    return media or (() if beside_links else found[:1])


def fetched(handed: Handed, wanted: tuple[Given, ...]) -> tuple[GivenFile, ...]:
    """Those that came, in whole."""
    came = ((one, handed.data(one.kind)) for one in wanted if not is_too_large(one))
    return tuple(
        GivenFile(one.name, data)
        for one, data in came
        if data and (one.size_bytes is None or len(data) == one.size_bytes)
    )


def is_too_large(one: Given) -> bool:
    return one.size_bytes is not None and one.size_bytes > MAX_BYTES


def is_promised(handed: Handed) -> bool:
    """Whether files are announced that only their own program can write."""
    promised = any(part in kind.lower() for kind in handed.kinds for part in _PROMISES)
    return promised or handed.has_strange_links


def told_how() -> str:
    return tr(
        "The program that this comes from has no file for it yet. Save or extract it into a "
        "folder first, then add it from there."
    )


def _listed(handed: Handed) -> tuple[Given, ...]:
    """What Windows' list of files names."""
    data = handed.data(DESCRIPTOR)
    if len(data) < _COUNT.size:
        return ()
    room = (len(data) - _COUNT.size) // _RECORD.size
    count = min(_COUNT.unpack_from(data)[0], room, MOST)
    found: list[Given] = []
    for number in range(count):
        flags, attributes, high, low, name = _RECORD.unpack_from(
            data, _COUNT.size + number * _RECORD.size
        )
        if flags & _HAS_ATTRIBUTES and attributes & _IS_FOLDER:
            continue
        text = name.decode("utf-16-le", "replace").partition("\0")[0]
        text = text.replace("/", "\\").rpartition("\\")[2]  # one in a folder has its path
        size_bytes = (high << 32 | low) if flags & _HAS_SIZE else None
        if text:
            found.append(Given(text, _CONTENTS.format(number=number), size_bytes))
    return tuple(found)


def _raw(handed: Handed) -> tuple[Given, ...]:
    if handed.has_picture and not any(kind.startswith("video/") for kind in handed.kinds):
        return ()  # in a kind that every program reads
    kinds = (kind for kind in _RAW if kind in handed.kinds and kind not in PICTURES)
    return tuple(Given(tr("Handed over") + _RAW[kind], kind) for kind in kinds)
