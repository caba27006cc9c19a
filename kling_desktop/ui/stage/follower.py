"""The reference, kept in step with the result.

Paused it chases the frame of the moment that the result shows; playing it runs by itself and is
corrected when it is more than one frame off: by waiting when it is a little ahead, by seeking
otherwise. Before and after the part that was sent it holds the part's first or last frame.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from kling_desktop.motion.shown_copy import ShownCopy

from .alignment import Alignment
from .clip_player import ClipPlayer
from .frames import ShownFrame

WAIT_AT_MOST_MS = 500.0  # further ahead than this, a seek is quicker than waiting
LEAD_AT_MOST_MS = 500  # a seek while playing aims ahead by what the last one cost, up to this
EXACT_MS = 1.0  # times are rounded to milliseconds on their way through Qt


class Follower(QObject):
    """Follows ``leader``, which must live as long; everything runs on the window's thread."""

    frame_shown = Signal()
    gave_up = Signal()
    failed = Signal(str)

    def __init__(
        self,
        path: str,
        leader: ClipPlayer,
        *,
        audible: bool,
        parent: QObject,
        copy: ShownCopy | None = None,
    ) -> None:
        super().__init__(parent)
        self._leader = leader
        self._waits = False
        self._rate = 1.0
        self._copy = copy
        self.alignment = Alignment()
        self.player = ClipPlayer(path, audible=audible, copy=copy, parent=self)
        self.player.loaded.connect(self.align)
        self.player.failed.connect(self.failed)
        self.player.frame_shown.connect(self.frame_shown)
        self.player.gave_up.connect(self.gave_up)

    def open(self) -> None:
        self.player.open()

    def close(self) -> None:
        """Let go of the file at once; the object is of no use afterwards."""
        self.player.close()
        self.deleteLater()

    def set_rate(self, rate: float) -> None:
        self._rate = rate
        self.player.set_rate(rate)

    def set_alignment(self, alignment: Alignment) -> None:
        self.alignment = alignment
        self.align()

    # -- which moment belongs to which ----------------------------------------------------------

    def raw_ms(self, result_ms: float) -> float:
        return self.alignment.raw_ms(
            result_ms, self._leader.frame_length_ms, self.player.frame_length_ms
        )

    def goal_ms(self, result_ms: float) -> float:
        """Where the reference is to stand when the result shows this moment."""
        if self._copy is not None:
            return self.alignment.goal_in_copy_ms(
                result_ms, self._leader.frame_length_ms, self._copy
            )
        return self.alignment.goal_ms(
            self.raw_ms(result_ms), self.player.fps, self.player.last_middle_ms
        )

    def holds(self, result_ms: float) -> bool:
        return self.alignment.holds(self.raw_ms(result_ms), self.player.picture_end_ms)

    def distance_ms(self, frame: ShownFrame, result_ms: float) -> float:
        """How far this frame of the reference is from the result's moment; 0: it is the one."""
        if self.holds(result_ms):
            return frame.distance_ms(self.goal_ms(result_ms))
        return frame.distance_ms(self.raw_ms(result_ms))

    def is_exact(self, frame: ShownFrame, result_ms: float) -> bool:
        return abs(frame.distance_ms(self.goal_ms(result_ms))) <= EXACT_MS

    # -- keeping in step ------------------------------------------------------------------------

    def align(self) -> None:
        """After a jump of the result: go where it is or will be, playing or paused as it is."""
        leader, player = self._leader, self.player
        self._waits = False
        if not leader.is_playing or self.holds(leader.target_ms):
            player.pause()
            self.chase()
            return
        if player.is_loaded:
            goal_ms = self.goal_ms(leader.target_ms)
            if not player.shows(goal_ms):
                player.show(goal_ms)
            player.resume()

    def chase(self) -> None:
        """Paused: go to what the result shows or is about to show, one seek at a time."""
        if not self.player.is_loaded or self.player.is_seeking:
            return
        goal_ms = self.goal_ms(self._leader.visiting_ms)
        if not self.player.shows(goal_ms):
            self.player.show(goal_ms)

    def follow(self) -> None:
        """After every frame: correct what is off."""
        leader, player = self._leader, self.player
        if leader.frame is None or not player.is_loaded:
            return
        now_ms = leader.visiting_ms
        if not leader.is_playing or self.holds(now_ms):
            player.pause()
            self.chase()
        elif player.frame is not None and not (player.is_seeking or leader.is_seeking):
            self._follow_playing(now_ms, player.frame.distance_ms(self.raw_ms(now_ms)))

    def _follow_playing(self, now_ms: float, ahead_ms: float) -> None:
        player = self.player
        length_ms = max(self._leader.frame_length_ms, player.frame_length_ms)
        if self._waits and 0 < ahead_ms <= WAIT_AT_MOST_MS:
            return
        self._waits = False
        if ahead_ms < -length_ms or ahead_ms > WAIT_AT_MOST_MS:
            lead_ms = min(player.seek_cost_ms, LEAD_AT_MOST_MS) * self._rate
            player.show(self.raw_ms(now_ms) + lead_ms)
            player.resume()
        elif ahead_ms > length_ms:
            player.pause()
            self._waits = True
        elif not player.is_playing:
            player.resume()
