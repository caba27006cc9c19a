"""Tells when a window is on the screen: what takes long can wait until then."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from kling_desktop.engine.events import is_set_within

WAIT_S = 2.0  # a window that is minimised or hidden is never painted


class FirstPaint(QObject):
    """Waits for the first paint of ``widget``."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._seen = asyncio.Event()
        widget.installEventFilter(self)

    async def wait(self) -> None:
        """Returns after the first paint, or after two seconds without one."""
        await is_set_within(self._seen, WAIT_S)
        self._widget.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._seen.set()
        return super().eventFilter(watched, event)
