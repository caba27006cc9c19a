"""Python's cycle collector on the window's thread alone, between two events.

Of itself it runs wherever an allocation passes its threshold: in a worker thread, or in the middle
of painting. Where a cycle holds a QObject, that destroys it under Qt's hands.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 1000  # a look costs nothing; what is collected is a second's young objects


class GarbageCollection(QObject):
    """From ``start`` to ``stop``. Its thresholds are Python's own, so memory is bounded as ever."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_automatic = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """What is there now lives as long as the program, and is never looked at again."""
        self._was_automatic = gc.isenabled()
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """As it was before: without the collector of a program that ends."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    def _on_time(self) -> None:
        """The oldest generation that is due; the younger ones are collected with it."""
        due = [
            generation
            for generation, (count, most) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > most > 0  # 0: this Python has no such threshold
        ]
        if due and due[0] == 0:
            gc.collect(due[-1])
