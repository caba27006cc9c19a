"""Where a file dialog begins: Qt's own asks the disk of its folder many times, while all waits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

# (whose dialog it is, the folder that it should begin in, what opens it in the one it is to be)
Begin = Callable[[QWidget, str, Callable[[str], None]], None]


def at_once(_owner: QWidget, folder: str, opens: Callable[[str], None]) -> None:
    """Where nobody was told how to look first."""
    opens(folder)
