"""How a widget takes a drag: judged once when it comes in, said before the button is released."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData

from kling_desktop.motion.request import Slot
from kling_desktop.ui.dropped import DropVerdict, is_awaited, not_come
from kling_desktop.ui.tr import tr

from .offers import has_picture, texts_from_mime

# (slot or None, paths and links) -> (taken?, why not). No texts: a picture without a file.
SourceVerdict = Callable[[Slot | None, list[str]], tuple[bool, str]]


def take_all(_slot: Slot | None, _texts: list[str]) -> tuple[bool, str]:
    """The verdict of a panel that nobody has wired yet."""
    return True, ""


def judge(mime: QMimeData, slot: Slot | None, verdict: SourceVerdict) -> DropVerdict:
    """Judge a drag for a well (or, with None, for the panel). Decodes nothing."""
    texts = list(texts_from_mime(mime))
    picture = has_picture(mime)
    if not texts and not picture:
        return DropVerdict(False, not_come() if is_awaited(mime) else _nothing_here(slot))
    if not texts and slot is Slot.VIDEO:
        return DropVerdict(False, tr("This is a picture. Motion needs a clip."))
    accepts, reason = verdict(slot if len(texts) <= 1 else None, texts)
    return DropVerdict(accepts, tr("Release to add") if accepts else reason)


def _nothing_here(slot: Slot | None) -> str:
    if slot is Slot.IMAGE:
        return tr("This is no picture and no link to one.")
    if slot is Slot.VIDEO:
        return tr("This is no clip and no link to one.")
    return tr("This is no file and no link.")
