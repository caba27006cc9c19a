"""What a drag brings: files from file managers, links from browsers, or both."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent

from kling_desktop.ui.tr import tr

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class DropVerdict:
    """What would happen with what is being dragged, said before it is released."""

    accepted: bool
    text: str


def dropped_items(mime: QMimeData) -> list[str]:
    """Paths of files and http(s) links, in their order, each once. Empty: nothing for us."""
    found: list[str] = []
    for url in mime.urls():
        if url.isLocalFile():
            found.append(url.toLocalFile())
        elif url.scheme() in ("http", "https"):
            found.append(url.toString())
    if not found and mime.hasText():
        found = [line.strip() for line in mime.text().splitlines() if _LINK.fullmatch(line.strip())]
    return list(dict.fromkeys(found))


def is_awaited(mime: QMimeData) -> bool:
    """Files are announced, their names have not come: X11 fetches them from the source.

    Between the button's release and the drop that follows it, Qt's sources hand out nothing:
    who lets go quickly would be told that their file is none.
    """
    return mime.hasUrls() and not mime.urls()


def not_come() -> str:
    return tr("The file has not come across yet. If it stays out, drop it again.")


Judge = Callable[[QMimeData], DropVerdict]


class Drag:
    """What is dragged over one widget: judged when it comes in, and by what is there at its end.

    It keeps no ``judge``: a widget that is its own garbage may be collected while another paints.
    """

    def __init__(self) -> None:
        self._mime: QMimeData | None = None
        self._verdict = DropVerdict(False, "")
        self._is_awaited = False

    def enter(self, mime: QMimeData, judge: Judge) -> DropVerdict:
        """Remember links and text; pictures in memory are too large to copy in vain.

        Names are read once: the button may go up at any moment, and then the source hands them
        out no more. Who reads again may refuse what was there.
        """
        self._mime = kept = QMimeData()
        if mime.hasUrls():
            kept.setUrls(mime.urls())
        for kind in ("text/plain", "text/html"):
            if mime.hasFormat(kind):
                kept.setData(kind, mime.data(kind))
        self._is_awaited = mime.hasUrls() and not kept.urls()
        verdict = judge(kept if dropped_items(kept) else mime)
        # Who refuses what has not come gets no drop, and the names would have come with it.
        self._verdict = replace(verdict, accepted=True) if self._is_awaited else verdict
        return self._verdict

    def move(self, mime: QMimeData, judge: Judge) -> DropVerdict:
        """As judged at first; anew where it had not come across then."""
        return self.enter(mime, judge) if self._is_awaited else self._verdict

    def drop(self, mime: QMimeData, judge: Judge) -> tuple[QMimeData, DropVerdict]:
        """What came now, or what came at first where a busy source gives it no second time."""
        earlier, self._mime = self._mime, None
        if earlier is not None and not (mime.hasImage() or mime.urls() or mime.text()):
            mime = earlier
        return mime, judge(mime)


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
