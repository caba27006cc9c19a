"""Qt's translation for texts that belong to one widget, and the table of words built with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from kling_desktop.words import Words

CONTEXT = "KlingDesktop"


def tr(text: str) -> str:
    """``text`` in the language of the person, or as it is."""
    return QCoreApplication.translate(CONTEXT, text)


words = Words(tr)
