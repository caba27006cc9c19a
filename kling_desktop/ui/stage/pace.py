"""Whether playing keeps up, and which frames to leave out when it does not.

Every second the frames that were painted are compared with those that were due. Twice too few in
a row, and only every second frame is shown, then every third: evenly, and said to the person,
instead of stumbling. When the painting would have time again, the frames come back.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

LOOK_EVERY_MS = 1000
ENOUGH_SHARE = 0.9  # of the due frames; one in ten is missed by chance on a busy computer
BAD_LOOKS = 2  # so many in a row before frames are left out
GOOD_LOOKS = 8  # so many in a row before they come back: no to and fro
MOST_STRIDE = 4  # 60 fps become 15; fewer would not be moving pictures
DISPLAY_HZ = 60.0  # no more than this can be seen, so above it frames are left out anyway


def needed_stride(fps: float, speed: float) -> int:
    """Every how many-th frame the screen can show at all at this speed."""
    return max(1, math.ceil(fps * speed / DISPLAY_HZ - 0.01))


class Pace(QObject):
    """``stride`` says which frames to show; ``is_late``: more are left out than the speed asks."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stride = 1
        self.shown = self.due = 0  # of the whole playing so far, for measurements
        self._base = 1
        self._extra = 1
        self._rate_hz = 30.0
        self._shown_now = 0
        self._bad = self._good = 0
        self._clock = QElapsedTimer()
        self._look = QTimer(self, interval=LOOK_EVERY_MS)
        self._look.timeout.connect(self._on_look)

    @property
    def is_late(self) -> bool:
        return self._extra > 1

    def start(self, fps: float, speed: float) -> None:
        """Playing begins, or goes on at another speed."""
        self._base = needed_stride(fps, speed)
        self._rate_hz = fps * speed
        self._restart()
        self._set_stride()

    def stop(self) -> None:
        """Paused: what was missed is forgotten, and every frame is shown."""
        self._look.stop()
        self._extra = 1
        self._set_stride()

    def interrupt(self) -> None:
        """A seek: the second it takes is not judged."""
        if self._look.isActive():
            self._restart()

    def count(self) -> None:
        """A new frame was painted."""
        if self._look.isActive():
            self._shown_now += 1

    def _restart(self) -> None:
        self._shown_now = self._bad = self._good = 0
        self._clock.start()
        self._look.start()

    def _on_look(self) -> None:
        due = self._rate_hz * self._clock.restart() / 1000 / self.stride
        shown, self._shown_now = self._shown_now, 0
        self.shown += shown
        self.due += round(due)
        self._judge(shown >= ENOUGH_SHARE * due - 1)

    def _judge(self, enough: bool) -> None:
        self._bad = 0 if enough else self._bad + 1
        self._good = self._good + 1 if enough else 0
        if self._bad >= BAD_LOOKS and self._extra < MOST_STRIDE:
            self._bad = 0
            self._extra += 1
        elif self._good >= GOOD_LOOKS and self._extra > 1:
            self._good = 0
            self._extra -= 1
        self._set_stride()

    def _set_stride(self) -> None:
        stride = self._base * self._extra
        if stride != self.stride:
            self.stride = stride
            self.changed.emit()
