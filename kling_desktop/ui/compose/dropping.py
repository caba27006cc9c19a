"""How a widget takes a drag: judged once when it comes in, said before the button is released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

from kling_desktop.motion.request import Slot
from kling_desktop.ui.dropped import (
    Drag,
    DropVerdict,
    answer,
    does_not_answer,
    next_paste,
    not_come,
)
from kling_desktop.ui.given import given, is_promised, is_too_large, told_how
from kling_desktop.ui.handed import Handed
from kling_desktop.ui.tr import tr

from .offers import Offer, is_link, offer_from_mime, texts_from_mime
from .well_parts import Veil

# (slot or None, paths and links) -> (taken?, why not). No texts: a picture without a file.
SourceVerdict = Callable[[Slot | None, list[str]], tuple[bool, str]]


def take_all(_slot: Slot | None, _texts: list[str]) -> tuple[bool, str]:
    """The verdict of a panel that nobody has wired yet."""
    return True, ""


def judge(
    handed: Handed, slot: Slot | None, verdict: SourceVerdict, focus: Slot | None = None
) -> DropVerdict:
    """Judge a drag for a well (or, with None, for the panel). Decodes nothing.

    ``focus``: the well that has it, where nothing was aimed at.
    """
    texts = list(texts_from_mime(handed))
    if not texts and (handed.is_awaited or handed.is_silent):
        return DropVerdict(False, not_come(handed))
    if all(map(is_link, texts)) and (wanted := given(handed, beside_links=bool(texts))):
        if not all(map(is_too_large, wanted)):
            return DropVerdict(True, tr("Let go to look at it"))
        return DropVerdict(False, told_how())
    if not texts and not handed.has_picture:
        return DropVerdict(
            False, told_how() if is_promised(handed) else _nothing_here(slot or focus)
        )
    if not texts and slot is Slot.VIDEO:
        return DropVerdict(False, tr("This is a picture. Motion needs a clip."))
    accepts, reason = verdict(slot if len(texts) <= 1 else None, texts)
    return DropVerdict(accepts, reason or (tr("Release to add") if accepts else _not_now()))


class DropPlace:
    """Mixed into a widget: a drag or a paste is judged, shown on its veil, offered or refused."""

    _slot: Slot | None = None  # None: wherever it belongs
    _veil: Veil
    _drag: Drag

    def _verdict(self, slot: Slot | None, texts: list[str]) -> tuple[bool, str]:
        raise NotImplementedError

    def _offer(self, offer: Offer) -> None:
        raise NotImplementedError

    def judge_again(self) -> None:
        """More is known of what hovers here."""
        if self._drag.hovers:
            self._veil.show_verdict(self._drag.judge_again(self._judge))

    def _judge(self, handed: Handed) -> DropVerdict:
        return judge(handed, self._slot, self._verdict)

    def take_pasted(self, handed: Handed) -> None:
        """Where the clipboard was asked already. It goes where it belongs: the focus is no aim."""
        next_paste()
        verdict = judge(handed, None, self._verdict, focus=self._slot)
        self._take(handed, verdict, is_pasted=self._slot is not None)

    def _take(self, handed: Handed, verdict: DropVerdict, *, is_pasted: bool = False) -> bool:
        """Offer it, or say why not."""
        offer = offer_from_mime(handed, self._slot) if verdict.accepted else None
        if offer is not None:
            self._offer(replace(offer, is_pasted=is_pasted))
        elif not verdict.accepted:
            self._veil.say(verdict.text)
        else:
            self._veil.say(cannot_be_read(handed))
        return offer is not None

    # Qt's own

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._veil.show_verdict(self._drag.enter(event.mimeData(), self._judge))
        # Taken in either case: who ignores the entering drag is not told when it leaves.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        verdict = self._drag.move(event.mimeData(), self._judge)
        self._veil.show_verdict(verdict)
        answer(event, verdict.accepted)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drag.leave()
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        handed, verdict = self._drag.drop(event.mimeData(), self._judge)
        self._veil.hide()
        answer(event, self._take(handed, verdict))


def cannot_be_read(handed: Handed) -> str:
    """Of something that was announced, and did not come, or is none."""
    if handed.is_silent:
        return does_not_answer()
    return told_how() if is_promised(handed) else tr("This cannot be read.")


def _not_now() -> str:
    return tr("This cannot be taken now.")


def _nothing_here(slot: Slot | None) -> str:
    if slot is Slot.IMAGE:
        return tr("This is no picture and no link to one.")
    if slot is Slot.VIDEO:
        return tr("This is no clip and no link to one.")
    return tr("This is no file and no link.")
