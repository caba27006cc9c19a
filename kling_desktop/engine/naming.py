"""File names for results: readable, safe on every system, never another file's."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from pathlib import Path

from ..moving import move_new

# Windows forbids these; a slash is forbidden everywhere.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
# 255 bytes is the limit of ext4, APFS and (in UTF-16 units) NTFS; room for " (1000).mp4".
_MAX_STEM_BYTES = 200
_MAX_BESIDE_BYTES = 240  # of a file that the person named, perhaps as long as it may be


def safe_stem(text: str) -> str:
    """A file name without its ending that every system takes."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    # Bidirectional controls can make a name look as if it ended otherwise.
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    text = _FORBIDDEN.sub(" ", text)
    text = re.sub(r"\s+", " ", text).strip(" .")
    while len(text.encode("utf-8")) > _MAX_STEM_BYTES:
        text = text[:-1].rstrip(" .")
    if not text or _RESERVED.match(text):
        text = f"video {text}".strip()
    return text


def result_stem(title: str, mode_name: str, finished_at: float) -> str:
    """``astronaut × meadow, Standard, 2026-11-23 14.02``."""
    when = time.strftime("%Y-%m-%d %H.%M", time.localtime(finished_at))
    ending = f", {mode_name}, {when}"
    room = _MAX_STEM_BYTES - len(ending.encode("utf-8"))
    title = safe_stem(title)
    while len(title.encode("utf-8")) > room:
        title = title[:-1]
    return safe_stem(title + ending)


def beside(stem: str, end: str) -> str:
    """A stem with this end, shortened where the whole would be longer than systems take."""
    while len(os.fsencode(stem + end)) > _MAX_BESIDE_BYTES:
        stem = stem[:-1]
    return stem + end


def place(part: Path, folder: Path, stem: str, ending: str = ".mp4") -> Path:
    """Give a whole file its name in ``folder``, never over another one. Raises OSError."""
    for number in range(1, 10_000):
        name = stem if number == 1 else f"{stem} ({number})"
        target = folder / (name + ending)
        try:
            move_new(part, target)
            return target
        except FileExistsError:
            continue
    raise FileExistsError(str(folder / stem))
