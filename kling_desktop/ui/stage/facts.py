"""What can be asked about the Stage; the panel adds what can be done with it."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from .compare_mode import CompareMode
from .comparing import Comparing
from .item import StageItem
from .loop_range import LoopRange
from .playback import Playback
from .player_page import PlayerPage


class StageFacts(QWidget):
    """Owns the playback, its page and the comparing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item: StageItem | None = None
        self._playback = Playback(self)
        self._player = PlayerPage(self._playback, self)
        self._comparing = Comparing(self._playback, self._player, self)

    @property
    def item(self) -> StageItem | None:
        return self._item

    @property
    def is_playing(self) -> bool:
        return self._playback.is_playing

    @property
    def position_ms(self) -> int:
        return self._playback.position_ms

    @property
    def duration_ms(self) -> int:
        return self._playback.duration_ms

    @property
    def frame_shown(self) -> QImage | None:
        """The result's frame on the screen, in the video's own size."""
        return self._playback.result_image

    @property
    def reference_frame_shown(self) -> QImage | None:
        return self._playback.reference_image

    @property
    def side_by_side(self) -> bool:
        return self._comparing.mode is CompareMode.SIDE_BY_SIDE

    @property
    def compare_mode(self) -> CompareMode:
        """The person's wish; a video without a reference is shown alone all the same."""
        return self._comparing.mode

    @property
    def shown_mode(self) -> CompareMode:
        """How the video on the Stage is shown."""
        return self._comparing.shown_mode

    @property
    def loop_range(self) -> LoopRange:
        """The part from A to B that is played again and again, in ms of the result."""
        return self._playback.range

    @property
    def frame_number(self) -> int:
        """Of the frame at the position, from 0."""
        return self._playback.frame_number

    @property
    def reference_offset_frames(self) -> int:
        """How many frames the reference is to begin later (below zero: the result), by nudges.

        Counted at the faster one's rate.
        """
        return self._playback.offset_frames

    @property
    def volume(self) -> float:
        return self._playback.volume

    @property
    def muted(self) -> bool:
        return self._playback.muted

    @property
    def loop(self) -> bool:
        return self._playback.loop

    @property
    def speed(self) -> float:
        return self._playback.speed
