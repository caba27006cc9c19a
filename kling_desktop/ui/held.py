"""A widget that may go before whoever remembers it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget


class Held(QObject):
    """``widget`` is None once Qt has destroyed it, whoever made it.

    Qt says so itself: ``Shiboken.isValid`` knows only the widgets that Python made.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.widget: QWidget | None = widget
        widget.destroyed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self.widget = None
