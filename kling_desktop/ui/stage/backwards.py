"""Going backwards, which QMediaPlayer cannot: seeking back as time goes by.

Seeks never pile up, so a file that is slow to seek in shows fewer pictures but keeps the pace.
"""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

BACKWARDS_TICK_MS = 40  # 25 pictures a second; slower decoders simply show fewer


class Backwards(QObject):
    """Asks for earlier and earlier positions, down to 0, in real time."""

    position_wanted = Signal(int)  # ms
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tick = QTimer(self, interval=BACKWARDS_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._clock = QElapsedTimer()
        self._from_ms = 0

    @property
    def is_active(self) -> bool:
        return self._tick.isActive()

    def start(self, from_ms: int) -> None:
        self._from_ms = from_ms
        self._clock.start()
        self._tick.start()

    def stop(self) -> None:
        self._tick.stop()

    def _on_tick(self) -> None:
        target_ms = self._from_ms - self._clock.elapsed()
        self.position_wanted.emit(max(0, target_ms))
        if target_ms <= 0:
            self._tick.stop()
            self.ended.emit()
