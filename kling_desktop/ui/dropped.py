"""What a drag brings: files from file managers, links from browsers, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent

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


class Carried:
    """What a drag brought when it came in, for the moment when it is let go.

    On X11 the data is asked for again at the drop, and a source that is busy then answers with
    nothing: the person would see their file bounce off for no reason.
    """

    def __init__(self) -> None:
        self._mime: QMimeData | None = None

    def enter(self, mime: QMimeData) -> None:
        """Remember the links and the text; pictures in memory are too large to copy in vain."""
        self._mime = QMimeData()
        if mime.hasUrls():
            self._mime.setUrls(mime.urls())
        for kind in ("text/plain", "text/html"):
            if mime.hasFormat(kind):
                self._mime.setData(kind, mime.data(kind))

    def drop(self, mime: QMimeData) -> QMimeData:
        """What came now, or what came at first where nothing is left of it."""
        earlier, self._mime = self._mime, None
        if mime.hasImage() or mime.urls() or mime.text() or earlier is None:
            return mime
        return earlier

    def leave(self) -> None:
        self._mime = None


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
