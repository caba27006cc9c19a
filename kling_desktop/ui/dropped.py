"""What a drag brings: files from file managers, links from browsers, or both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QMimeData, Qt, QTimer
from PySide6.QtGui import QDropEvent

from kling_desktop.ui.handed import Handed
from kling_desktop.ui.tr import tr


@dataclass(frozen=True)
class DropVerdict:
    """What would happen with what is being dragged, said before it is released."""

    accepted: bool
    text: str


def not_come(handed: Handed) -> str:
    """Of files that were announced: why there is no name."""
    if handed.is_silent:
        return does_not_answer()
    return tr("The file has not come across yet. If it stays out, drop it again.")


def does_not_answer() -> str:
    return tr("The program that this comes from does not answer.")


Judge = Callable[[Handed], DropVerdict]


class _Under:
    """What hovers now, over however many places: its source is asked once for all of them."""

    def __init__(self) -> None:
        self._mime: QMimeData | None = None
        self._handed: Handed | None = None
        self._is_leaving = False
        self.number = 0  # of the drag: another one brings other files, perhaps by the same names

    def handed(self, mime: QMimeData) -> Handed:
        self._is_leaving = False
        if self._handed is None or mime is not self._mime:
            self.number += 1
            self._mime, self._handed = mime, Handed(mime)
        return self._handed

    def again(self, mime: QMimeData) -> Handed:
        """Where a source that answers had nothing before."""
        self._mime, self._handed = mime, Handed(mime)
        return self._handed

    def leaves(self) -> None:
        """It is over, unless it comes in at another place at once."""
        self._is_leaving = True
        if (application := QCoreApplication.instance()) is not None:
            QTimer.singleShot(0, application, self._forget)

    def is_over(self) -> None:
        self._is_leaving = True
        self._forget()

    def _forget(self) -> None:
        if self._is_leaving:
            self._mime = self._handed = None


_under = _Under()


def drag_number() -> int:
    """Another one for each drag and each paste."""
    return _under.number


def next_paste() -> None:
    _under.number += 1


class Drag:
    """What is dragged over one widget: judged when it comes in, and by what is there at its end.

    It keeps no ``judge``: a widget that is its own garbage may be collected while another paints.
    """

    def __init__(self) -> None:
        self._handed: Handed | None = None
        self._verdict = DropVerdict(False, "")

    @property
    def hovers(self) -> bool:
        return self._handed is not None

    def enter(self, mime: QMimeData, judge: Judge) -> DropVerdict:
        """Names are read once: the button may go up at any moment, and then the source hands them
        out no more. Pictures in memory are too large to copy in vain."""
        return self._judged(_under.handed(mime), judge)

    def move(self, mime: QMimeData, judge: Judge) -> DropVerdict:
        """As judged at first; anew where it had not come across then."""
        handed = self._handed
        if handed is None or (handed.is_awaited and not handed.is_silent):
            return self._judged(_under.again(mime), judge)
        return self._verdict

    def judge_again(self, judge: Judge) -> DropVerdict:
        """More is known of what hovers."""
        return self._judged(self._handed, judge) if self._handed is not None else self._verdict

    def drop(self, mime: QMimeData, judge: Judge) -> tuple[Handed, DropVerdict]:
        """What came at first; what comes now, where a source that answers had nothing then."""
        handed = _under.handed(mime)
        came = handed.has_picture or handed.has_given or handed.urls or handed.text
        if not came and not handed.is_silent:
            handed = _under.again(mime)
        self._handed = None
        verdict = judge(handed)
        _under.is_over()
        return handed, verdict

    def leave(self) -> None:
        self._handed = None
        _under.leaves()

    def _judged(self, handed: Handed, judge: Judge) -> DropVerdict:
        self._handed = handed
        verdict = judge(handed)
        # Who refuses what has not come gets no drop, and the names would have come with it.
        waits = handed.is_awaited and not handed.is_silent
        self._verdict = replace(verdict, accepted=True) if waits else verdict
        return self._verdict


def answer(event: QDropEvent, accepts: bool) -> None:
    """Tell the source. Never as a move: it would delete the person's file."""
    if not accepts:
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.ignore()
        return
    possible = event.possibleActions()
    only_link = possible & Qt.DropAction.LinkAction and not possible & Qt.DropAction.CopyAction
    event.setDropAction(Qt.DropAction.LinkAction if only_link else Qt.DropAction.CopyAction)
    event.accept()
