"""Where what a person hands over goes: a picture to Character, a clip to Motion."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..media.errors import MediaError
from ..media.files import open_file, read_fault
from ..media.sniff import read_head, sniff
from ..motion.limits import Finding, finding
from ..motion.limits import FindingCode as C
from ..motion.request import Slot, Source
from ..plain_file import plain
from .devices import is_elsewhere, mounted_path
from .problems import FINDINGS

_IMAGE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic"}
_VIDEO_ENDINGS = {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg"}
_GIF = (b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where dropped things would go, told before the button is released."""

    slots: tuple[tuple[Slot, Source], ...] = ()
    left: tuple[Source, ...] = ()  # for which there is no well any more
    problem: Finding | None = None


def route(texts: tuple[str, ...], slot: Slot | None, *, is_pasted: bool = False) -> Verdict:
    """By kind: a picture to Character, a clip to Motion. Reads a few bytes of each file.

    ``is_pasted``: ``slot`` is for what has no kind of its own, as a link.
    """
    placed: dict[Slot, Source] = {}
    left: list[Source] = []
    for text in texts:
        source = as_source(text)
        if source is None:
            return Verdict(problem=no_source(text, slot))
        kind = _kind(source)
        if slot is Slot.VIDEO and source.path is not None and _is_gif(source.path):
            kind = Slot.VIDEO
        target = kind or (slot if source.url is not None else None)
        if target is None:
            problem = _neither(source, slot)
            if problem.code is C.FILE_MISSING and is_elsewhere(text):
                problem = no_source(text, slot)
            return Verdict(problem=problem)
        if slot is not None and target is not slot and len(texts) == 1 and not is_pasted:
            code = C.PICTURE_IS_VIDEO if slot is Slot.IMAGE else C.VIDEO_IS_PICTURE
            return Verdict(problem=finding(code, slot=slot))
        if target in placed:
            left.append(source)
        else:
            placed[target] = source
    return Verdict(tuple(placed.items()), tuple(left))


def route_links(
    texts: tuple[str, ...], slot: Slot | None, empty: Slot | None, *, is_pasted: bool
) -> Verdict:
    """Of links alone: no file is read. One without a telling ending goes to ``slot``, or to the
    first empty well."""
    is_one = len(texts) == 1 and texts[0].startswith(("http://", "https://"))
    if is_one and (slot is None or is_pasted):
        routed = route(texts, None)
        if routed.problem is None:
            return routed
        slot = slot or empty
    return route(texts, slot)


def no_source(text: str, slot: Slot | None) -> Finding:
    """Why what was handed over is neither a file here nor a link."""
    if is_elsewhere(text):
        return finding(C.FILE_ELSEWHERE, slot=slot, name=text.rstrip("/").rpartition("/")[2])
    return finding(C.LINK_NOT_HTTP, slot=slot)


def folder_of(texts: tuple[str, ...]) -> str | None:
    """Of the first file; None: links alone, of which no file has to be read."""
    paths = (source.path for text in texts if (source := as_source(text)) is not None)
    return next((os.path.dirname(path) for path in paths if path is not None), None)


def guessed(
    texts: tuple[str, ...], slot: Slot | None, empty: Slot, *, is_pasted: bool = False
) -> dict[Slot, Source]:
    """Where files will go, by their names alone: until they have been read. ``empty``: the well
    for a name that tells nothing, unless another one of them tells that it goes there."""
    if is_pasted:
        slot, empty = None, slot or empty
    found: dict[Slot, Source] = {}
    untold: list[Source] = []
    for source in filter(None, map(as_source, texts)):
        if source.path is None:
            continue
        if (well := slot or _by_ending(source.path)) is not None:
            found.setdefault(well, source)
        else:
            untold.append(source)
    for source in untold:
        found.setdefault(
            next((well for well in (empty, *Slot) if well not in found), empty), source
        )
    return found


def as_source(text: str) -> Source | None:
    """A path or link as typed, pasted or dropped; None where it is neither."""
    text = text.strip()
    for quote in ('"', "'"):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1]
    if not text or "\x00" in text:
        return None
    scheme = text.split(":", 1)[0].lower() if ":" in text else ""
    if scheme in ("http", "https"):
        return Source(url=text)
    if scheme == "file":
        return Source(path=_path_of_file_url(text))
    if "://" in text or is_elsewhere(text):
        mounted = mounted_path(text)
        return Source(path=mounted) if mounted is not None else None
    try:
        return Source(path=os.path.abspath(os.path.expanduser(text)))
    except FileNotFoundError:  # the folder that this program works in was deleted
        return None


def _path_of_file_url(text: str) -> str:
    path = unquote(urlsplit(text).path)
    if os.name == "nt":
        path = path.lstrip("/")
    return path


def _kind(source: Source) -> Slot | None:
    if source.path is not None:
        kind = sniff(source.path)
        if kind is None and _is_blank(source.path):
            return _by_ending(source.path)
        return Slot(kind) if kind in ("image", "video") else None
    return _by_ending(urlsplit(source.url or "").path)


def _by_ending(path: str) -> Slot | None:
    ending = os.path.splitext(path)[1].lower()
    if ending in _IMAGE_ENDINGS:
        return Slot.IMAGE
    return Slot.VIDEO if ending in _VIDEO_ENDINGS else None


def _is_gif(path: str) -> bool:
    """By its first bytes; whether it moves is seen when it is opened."""
    try:
        with open(path, "rb", opener=plain) as file:
            return file.read(6) in _GIF
    except OSError:
        return False


def _is_blank(path: str) -> bool:
    """Room was made for it, and its beginning is not written yet: whoever reads it waits."""
    head = read_head(path)
    return bool(head) and not any(head)


def _neither(source: Source, slot: Slot | None) -> Finding:
    code = C.NOT_A_PICTURE if slot is Slot.IMAGE else C.NOT_A_VIDEO
    try:
        with open_file(source.path or "") as file:
            file.read(1)
    except MediaError as error:
        code = FINDINGS[error.code]
    except OSError as error:
        code = FINDINGS[read_fault(error, source.path or "").code]
    return finding(code, slot=slot, name=source.name)
