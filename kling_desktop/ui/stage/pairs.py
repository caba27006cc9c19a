"""Which two frames stand on the screen together: never two that are more than one frame apart.

The result and the reference are decoded by two clocks. The last few frames of both are kept, and
a pair goes to the screen when its two frames belong together: to the frame when paused, within
one frame while playing. A frame without its partner is not shown; what was there stays.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from .clip_player import ClipPlayer
from .follower import Follower
from .frames import ShownFrame

KEPT_FRAMES = 6  # of each side; two clocks that run well are not further apart
PAIR_PATIENCE_MS = 1500  # a reference that has not come for so long is left out


class Pairs(QObject):
    """``result`` and ``reference`` are what is shown. One instance for one result."""

    changed = Signal()

    def __init__(self, leader: ClipPlayer, parent: QObject) -> None:
        super().__init__(parent)
        self._leader = leader
        self._follower: Follower | None = None
        self.result: ShownFrame | None = None
        self.reference: ShownFrame | None = None
        self.stride = 1  # while playing, only every so many-th frame of the result is shown
        self._results: deque[ShownFrame] = deque(maxlen=KEPT_FRAMES)
        self._references: deque[ShownFrame] = deque(maxlen=KEPT_FRAMES)
        self._patience = QTimer(self, singleShot=True, interval=PAIR_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_over)

    def set_follower(self, follower: Follower | None) -> None:
        self._follower = follower
        self._references.clear()
        self.reference = None
        self._patience.stop()
        if follower is None and self._leader.frame is not None:
            self.result = self._leader.frame
        self.changed.emit()

    def take_result(self) -> None:
        """The result decoded a frame."""
        frame = self._leader.frame
        if frame is None or not self._is_due(frame):
            return
        if self._follower is None or self._follower.player.frame is None:
            self._show(frame, None)
            return
        self._results.append(frame)
        self._match()

    def take_reference(self) -> None:
        """The reference decoded a frame."""
        if self._follower is not None and self._follower.player.frame is not None:
            self._references.append(self._follower.player.frame)
            if not self._results and self._leader.frame is not None:
                self._results.append(self._leader.frame)
            self._match()

    def realign(self) -> None:
        """Which frames belong together has changed: what is on the screen may not any more."""
        if self._leader.frame is not None and not self._leader.is_playing:
            self._results.clear()
            self._results.append(self._leader.frame)
        self._match()

    def _is_due(self, frame: ShownFrame) -> bool:
        if self.stride <= 1 or not self._leader.is_playing:
            return True
        number = self._leader.timeline.number_at(frame.start_ms)
        return number % self.stride == 0

    def _match(self) -> None:
        """The newest result that has a partner."""
        for result in reversed(self._results):
            if result is self.result and self.reference is not None and self._fits(result):
                break
            partner = self._partner(result)
            if partner is not None:
                self._forget_before(result)
                self._show(result, partner)
                break
        self._wait_if_unmatched()

    def _fits(self, result: ShownFrame) -> bool:
        """Whether the shown reference belongs to this result as well as any would."""
        follower, reference = self._follower, self.reference
        if follower is None or reference is None:
            return False
        return follower.is_exact(reference, result.middle_ms)

    def _partner(self, result: ShownFrame) -> ShownFrame | None:
        follower = self._follower
        if follower is None or not self._references:
            return None
        now_ms = result.middle_ms
        best = min(self._references, key=lambda frame: abs(follower.distance_ms(frame, now_ms)))
        if not self._leader.is_playing:
            exact = [frame for frame in self._references if follower.is_exact(frame, now_ms)]
            return exact[-1] if exact else None
        limit_ms = max(result.length_ms, best.length_ms)
        return best if abs(follower.distance_ms(best, now_ms)) <= limit_ms else None

    def _forget_before(self, result: ShownFrame) -> None:
        while self._results and self._results[0] is not result:
            self._results.popleft()

    def _wait_if_unmatched(self) -> None:
        if self._results and self._results[-1] is not self.result:
            if not self._patience.isActive():
                self._patience.start()
        else:
            self._patience.stop()

    def _show(self, result: ShownFrame, reference: ShownFrame | None) -> None:
        self.result, self.reference = result, reference
        self.changed.emit()

    def _on_patience_over(self) -> None:
        """Show the result alone: better than nothing, and not a false pair."""
        if self._results:
            self._show(self._results[-1], None)
