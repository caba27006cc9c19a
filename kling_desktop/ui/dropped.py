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
