"""One transport for the result and, when asked for, its reference.

The result leads: it is the clock. The reference follows it (see ``follower``), and only frames
that belong together reach the screen (see ``pairs``). Everything runs on the window's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from kling_desktop.motion.compare import CompareSettings, Heard
from kling_desktop.motion.shown_copy import ShownCopy

from .alignment import Alignment
from .backwards import Backwards
from .clip_player import ClipPlayer
from .follower import Follower
from .frames import FALLBACK_FPS, MS_PER_S, ShownFrame
from .item import StageItem
from .loop_range import LoopRange
from .pace import Pace
from .pairs import Pairs

SPEEDS: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


class Playback(QObject):
    """Transport for what the Stage shows. Without a file every verb does nothing."""

    loaded = Signal()
    failed = Signal(str)
    frames_changed = Signal()
    position_changed = Signal()
    playing_changed = Signal()
    speed_changed = Signal()
    range_changed = Signal()
    pace_changed = Signal()
    reference_failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result: ClipPlayer | None = None
        self._reference: Follower | None = None
        self._pairs: Pairs | None = None
        self._loop = False
        self._range = LoopRange()
        self._speed = 1.0
        self._volume, self._muted = 1.0, False
        self._settings = CompareSettings()
        self._part: tuple[float | None, float | None] = None, None
        self._backwards = Backwards(self)
        self._backwards.position_wanted.connect(self._seek)
        self._backwards.ended.connect(self.playing_changed)
        self.pace = Pace(self)
        self.pace.changed.connect(self._on_pace)

    # -- files ------------------------------------------------------------------------------

    def open(self, item: StageItem) -> None:
        """Load the result; ends in ``loaded`` (paused, first frame) or ``failed``."""
        self.release()
        self._set_range(LoopRange())
        self._result = player = ClipPlayer(
            item.result_path, audible=True, fps=item.fps, copy=item.result_copy, parent=self
        )
        self._pairs = Pairs(player, player)
        self._pairs.changed.connect(self.frames_changed)
        player.loaded.connect(self.loaded)
        player.failed.connect(self.failed)
        player.frame_shown.connect(self._on_result_frame)
        player.position_changed.connect(self.position_changed)
        player.playing_changed.connect(self._on_result_playing)
        player.restarted.connect(self._align)
        player.gave_up.connect(self._follow)
        self._tell_loop()
        self._tell_sound()
        player.set_rate(self._speed)
        player.open()

    def open_reference(self, path: str, copy: ShownCopy | None = None) -> None:
        """Load the reference beside the result; it joins at the result's position."""
        self.close_reference()
        if self._result is None or self._pairs is None:
            return
        audible = self._settings.heard is Heard.REFERENCE
        self._reference = follower = Follower(
            path, self._result, audible=audible, copy=copy, parent=self
        )
        follower.failed.connect(self._on_reference_failed)
        follower.frame_shown.connect(self._on_reference_frame)
        follower.gave_up.connect(self._follow)
        follower.set_rate(self._speed)
        follower.set_alignment(self._alignment())
        self._tell_sound()
        self._pairs.set_follower(follower)
        follower.open()

    def close_reference(self) -> None:
        if self._reference is not None:
            self._reference.close()
            self._reference = None
            self._tell_sound()
            if self._pairs is not None:
                self._pairs.set_follower(None)

    def release(self) -> None:
        """Let go of both files at once, so that they can be moved or deleted."""
        self._backwards.stop()
        self.pace.stop()
        self.close_reference()
        if self._result is not None:
            was_playing = self._result.is_playing
            self._result.close()
            self._result = self._pairs = None
            if was_playing:
                self.playing_changed.emit()
            self.frames_changed.emit()
            self.position_changed.emit()

    # -- facts ------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self._result is not None

    @property
    def is_playing(self) -> bool:
        return self._result is not None and self._result.is_playing

    @property
    def is_going_backwards(self) -> bool:
        return self._backwards.is_active

    @property
    def is_still(self) -> bool:
        """Nothing moves, so pictures can be drawn at their best."""
        return not self.is_playing and not self.is_going_backwards

    @property
    def has_reference(self) -> bool:
        return self._reference is not None

    @property
    def position_ms(self) -> int:
        return self._result.position_ms if self._result is not None else 0

    @property
    def duration_ms(self) -> int:
        return self._result.duration_ms if self._result is not None else 0

    @property
    def frame_length_ms(self) -> float:
        if self._result is None:
            return MS_PER_S / FALLBACK_FPS
        return self._result.frame_length_ms

    @property
    def frame_number(self) -> int:
        """Of the frame at the position, from 0."""
        return self._result.timeline.number_at(self.position_ms) if self._result else 0

    @property
    def frames(self) -> tuple[ShownFrame | None, ShownFrame | None]:
        """Result and reference that are shown together."""
        if self._pairs is None:
            return None, None
        return self._pairs.result, self._pairs.reference

    @property
    def result_image(self) -> QImage | None:
        shown, _ = self.frames
        return shown.image if shown is not None else None

    @property
    def reference_image(self) -> QImage | None:
        _, shown = self.frames
        return shown.image if shown is not None else None

    @property
    def apart_ms(self) -> float | None:
        """How far the shown reference is from the shown result's moment; None without a pair."""
        result, reference = self.frames
        if self._reference is None or result is None or reference is None:
            return None
        return abs(self._reference.distance_ms(reference, result.middle_ms))

    @property
    def offset_frames(self) -> int:
        """How many frames the reference is to begin later (below zero: the result), by the nudges.

        Counted at the faster one's rate.
        """
        result_ms = self.frame_length_ms
        other_ms = self._reference.player.frame_length_ms if self._reference else result_ms
        settings = self._settings
        ahead_ms = settings.reference_frames * other_ms - settings.result_frames * result_ms
        return -round(ahead_ms / min(result_ms, other_ms))

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def loop(self) -> bool:
        return self._loop

    @property
    def range(self) -> LoopRange:
        return self._range

    @property
    def volume(self) -> float:
        return self._volume

    @property
    def muted(self) -> bool:
        return self._muted

    @property
    def settings(self) -> CompareSettings:
        return self._settings

    # -- transport --------------------------------------------------------------------------

    def play(self) -> None:
        self._stop_backwards()
        if self._result is None:
            return
        if self._range.is_set and not self._range.contains(self._result.target_ms):
            self._result.seek(self._range.a_ms or 0.0)
        self._result.play()
        self._align()

    def pause(self) -> None:
        self._stop_backwards()
        if self._result is not None:
            self._result.pause()

    def play_backwards(self) -> None:
        """Go back at normal pace, without sound, until the beginning or another verb."""
        if self._result is None or self._backwards.is_active:
            return
        self._result.pause()
        self._backwards.start(self._result.position_ms)
        self.playing_changed.emit()

    def seek(self, position_ms: float) -> None:
        self._stop_backwards()
        self._seek(position_ms)

    def step(self, frames: int) -> None:
        self._stop_backwards()
        if self._result is not None:
            self._result.step(frames)
            self._align()

    def go_to_start(self) -> None:
        self.seek(0)

    def go_to_end(self) -> None:
        """Pause on the last frame."""
        self.pause()
        self.seek(self.duration_ms)

    def set_loop(self, loop: bool) -> None:
        self._loop = loop
        self._tell_loop()

    def set_a(self) -> None:
        """The loop begins with the frame at the position."""
        if self._result is not None:
            start_ms, _ = self._frame_edges()
            self._set_range(self._range.with_a(start_ms))

    def set_b(self) -> None:
        """The loop ends with the frame at the position."""
        if self._result is not None:
            _, end_ms = self._frame_edges()
            self._set_range(self._range.with_b(end_ms))

    def clear_range(self) -> None:
        self._set_range(LoopRange())

    def set_speed(self, speed: float) -> None:
        """``speed`` is taken as the nearest one of SPEEDS."""
        speed = min(SPEEDS, key=lambda known: abs(known - speed))
        if speed == self._speed:
            return
        self._speed = speed
        if self._result is not None:
            self._result.set_rate(speed)
        if self._reference is not None:
            self._reference.set_rate(speed)
        self._tell_pace()
        self.speed_changed.emit()

    def set_volume(self, volume: float, muted: bool) -> None:
        self._volume, self._muted = min(1.0, max(0.0, volume)), muted
        self._tell_sound()

    # -- comparing ----------------------------------------------------------------------------

    def set_compare(
        self, settings: CompareSettings, start_s: float | None = None, end_s: float | None = None
    ) -> None:
        """Nudges, sound, and the part of the reference that was sent."""
        self._settings, self._part = settings, (start_s, end_s)
        self._apply_alignment()
        self._tell_sound()

    def nudge_result(self, frames: int) -> None:
        """The result shows this many frames further on beside the same reference frame."""
        if self._result is None:
            return
        before = self._settings
        self._settings = replace(before, result_frames=before.result_frames + frames)
        if not self._result.is_playing:
            self._stop_backwards()
            self._result.step(frames)
        self._apply_alignment()

    def nudge_reference(self, frames: int) -> None:
        before = self._settings
        self._settings = replace(before, reference_frames=before.reference_frames + frames)
        self._apply_alignment()

    def set_heard(self, heard: Heard) -> None:
        self._settings = replace(self._settings, heard=heard)
        self._tell_sound()

    def _alignment(self) -> Alignment:
        return Alignment.of(*self._part, self._settings)

    def _apply_alignment(self) -> None:
        if self._reference is not None and self._pairs is not None:
            self._reference.set_alignment(self._alignment())
            self._pairs.realign()

    # -- telling the players ------------------------------------------------------------------

    def _tell_sound(self) -> None:
        """Alone the result is heard, whatever is chosen for comparing."""
        heard = self._settings.heard if self._reference is not None else Heard.RESULT
        if self._result is not None:
            self._result.set_volume(self._volume, self._muted or heard is not Heard.RESULT)
        if self._reference is not None:
            player = self._reference.player
            player.set_volume(self._volume, self._muted)
            player.set_audible(heard is Heard.REFERENCE)

    def _tell_loop(self) -> None:
        if self._result is not None:
            start_ms = (self._range.a_ms or 0.0) if self._range.is_set else 0.0
            self._result.set_loop(self._loop or self._range.is_set, start_ms)

    def _tell_pace(self) -> None:
        if self._result is not None and self._result.is_playing:
            self.pace.start(self._result.timeline.slowest_fps, self._speed)
        else:
            self.pace.stop()

    def _set_range(self, new: LoopRange) -> None:
        if new != self._range:
            self._range = new
            self._tell_loop()
            self.range_changed.emit()

    def _frame_edges(self) -> tuple[float, float]:
        """Of the frame at the position; a seek under way has its nominal ones."""
        result = self._result
        if result is not None and result.frame is not None and not result.is_seeking:
            return result.frame.start_ms, result.frame.end_ms
        if result is None:
            return 0.0, 0.0
        start_ms, end_ms = result.timeline.edges_ms(self.frame_number)
        return start_ms, min(end_ms, float(self.duration_ms))

    # -- keeping in step ----------------------------------------------------------------------

    def _seek(self, position_ms: float) -> None:
        if self._result is not None:
            self.pace.interrupt()
            self._result.seek(position_ms)
            self._align()

    def _align(self) -> None:
        if self._reference is not None:
            self._reference.align()

    def _follow(self) -> None:
        if self._reference is not None:
            self._reference.follow()

    def _leaves_range(self, result: ClipPlayer) -> bool:
        if not (self._range.is_set and result.is_playing and result.frame is not None):
            return False
        return not result.is_seeking and not self._range.contains(result.frame.middle_ms)

    def _on_result_frame(self) -> None:
        result, pairs = self._result, self._pairs
        if result is None or pairs is None:
            return
        if self._leaves_range(result):
            self._seek(self._range.a_ms or 0.0)  # the frame after B is never shown
            return
        self._follow()
        pairs.take_result()

    def _on_reference_frame(self) -> None:
        if self._pairs is None:
            return
        if not self.is_playing:
            self._follow()
        self._pairs.take_reference()

    def _on_result_playing(self) -> None:
        if not self.is_playing:
            self._align()
            if self._pairs is not None:
                self._pairs.realign()
        self._tell_pace()
        self.playing_changed.emit()

    def _on_pace(self) -> None:
        if self._pairs is not None:
            self._pairs.stride = self.pace.stride
        self.pace_changed.emit()

    def _on_reference_failed(self, text: str) -> None:
        self.close_reference()
        self.reference_failed.emit(text)

    def _stop_backwards(self) -> None:
        if self._backwards.is_active:
            self._backwards.stop()
            self.playing_changed.emit()
