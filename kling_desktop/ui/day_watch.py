"""Tells a window that is left open over midnight that there is a new day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject, Qt, QTimer, Signal

LOOK_EVERY_MS = 30_000  # a timer set for midnight would sleep on when the computer does


class DayWatch(QObject):
    """Looks at the clock it is given; ``changed()`` comes once for each new day."""

    changed = Signal()

    def __init__(self, now: Callable[[], float], parent: QObject) -> None:
        """``now`` gives Unix seconds; days are this computer's own."""
        super().__init__(parent)
        self._now = now
        self._seen = self.today()
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        timer.timeout.connect(self.look)
        timer.start(LOOK_EVERY_MS)

    def today(self) -> date:
        """By the clock of this moment."""
        return date.fromtimestamp(self._now())

    def look(self) -> None:
        """Tell it where the day changed since the last look; also when a clock was set back."""
        if (today := self.today()) != self._seen:
            self._seen = today
            self.changed.emit()
