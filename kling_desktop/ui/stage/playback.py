"""The result and, when asked for, its reference, kept in step.

The result leads: it has the sound and the clock. The reference follows it: paused it shows the
frame of the same moment; playing it runs by itself and is corrected when it is more than one
frame off, by waiting when it is a little ahead and by seeking otherwise. A shorter reference
holds its last frame. Everything runs on the window's thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtGui import QImage

from .clip_player import ClipPlayer
from .frames import FALLBACK_FPS, MS_PER_S
from .item import StageItem

SPEEDS: Sequence[float] = (0.25, 0.5, 1.0, 1.5, 2.0)
WAIT_AT_MOST_MS = 500.0  # further ahead than this, a seek is quicker than waiting
LEAD_AT_MOST_MS = 500  # a seek while playing aims ahead by what the last one cost, up to this
BACKWARDS_TICK_MS = 40  # 25 pictures a second; slower decoders simply show fewer


class Playback(QObject):
    """Transport for what the Stage shows. Without a file every verb does nothing."""

    loaded = Signal()
    failed = Signal(str)
    frames_changed = Signal()
    position_changed = Signal()
    playing_changed = Signal()
    speed_changed = Signal()
    reference_failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result: ClipPlayer | None = None
        self._reference: ClipPlayer | None = None
        self._reference_waits = False
        self._loop = False
        self._speed = 1.0
        self._volume, self._muted = 1.0, False
        # QMediaPlayer cannot play backwards, so J seeks back as time goes by. Seeks never pile
        # up, so a file that is slow to seek in shows fewer pictures but keeps the pace.
        self._backwards = QTimer(self, interval=BACKWARDS_TICK_MS)
        self._backwards.timeout.connect(self._on_backwards)
        self._backwards_clock = QElapsedTimer()
        self._backwards_from_ms = 0

    # -- files ------------------------------------------------------------------------------

    def open(self, item: StageItem) -> None:
        """Load the result; ends in ``loaded`` (paused, first frame) or ``failed``."""
        self.release()
        self._result = player = ClipPlayer(
            item.result_path, audible=True, fps=item.fps, parent=self
        )
        player.loaded.connect(self.loaded)
        player.failed.connect(self.failed)
        player.frame_shown.connect(self._on_result_frame)
        player.position_changed.connect(self.position_changed)
        player.playing_changed.connect(self._on_result_playing)
        player.restarted.connect(self._align)
        player.set_loop(self._loop)
        player.set_rate(self._speed)
        player.set_volume(self._volume, self._muted)
        player.open()

    def open_reference(self, path: str) -> None:
        """Load the reference beside the result; it joins at the result's position."""
        self.close_reference()
        self._reference = player = ClipPlayer(path, audible=False, parent=self)
        player.loaded.connect(self._align)
        player.failed.connect(self._on_reference_failed)
        player.frame_shown.connect(self._on_reference_frame)
        player.set_rate(self._speed)
        player.open()

    def close_reference(self) -> None:
        if self._reference is not None:
            self._reference.close()
            self._reference = None
            self._reference_waits = False
            self.frames_changed.emit()

    def release(self) -> None:
        """Let go of both files at once, so that they can be moved or deleted."""
        self._backwards.stop()
        self.close_reference()
        if self._result is not None:
            was_playing = self._result.is_playing
            self._result.close()
            self._result = None
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
        return self._backwards.isActive()

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
    def result_image(self) -> QImage | None:
        return self._result.image if self._result is not None else None

    @property
    def reference_image(self) -> QImage | None:
        return self._reference.image if self._reference is not None else None

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def loop(self) -> bool:
        return self._loop

    @property
    def volume(self) -> float:
        return self._volume

    @property
    def muted(self) -> bool:
        return self._muted

    # -- transport --------------------------------------------------------------------------

    def play(self) -> None:
        self._stop_backwards()
        if self._result is None:
            return
        self._result.play()
        self._align()

    def pause(self) -> None:
        self._stop_backwards()
        if self._result is not None:
            self._result.pause()

    def play_backwards(self) -> None:
        """Go back at normal pace, without sound, until the beginning or another verb."""
        if self._result is None or self._backwards.isActive():
            return
        self._result.pause()
        self._backwards_from_ms = self._result.position_ms
        self._backwards_clock.start()
        self._backwards.start()
        self.playing_changed.emit()

    def seek(self, position_ms: float) -> None:
        self._stop_backwards()
        if self._result is not None:
            self._result.seek(position_ms)
            self._align()

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
        if self._result is not None:
            self._result.set_loop(loop)

    def set_speed(self, speed: float) -> None:
        """``speed`` is taken as the nearest one of SPEEDS."""
        speed = min(SPEEDS, key=lambda known: abs(known - speed))
        if speed == self._speed:
            return
        self._speed = speed
        for player in (self._result, self._reference):
            if player is not None:
                player.set_rate(speed)
        self.speed_changed.emit()

    def set_volume(self, volume: float, muted: bool) -> None:
        self._volume, self._muted = min(1.0, max(0.0, volume)), muted
        if self._result is not None:
            self._result.set_volume(self._volume, muted)

    # -- keeping in step ----------------------------------------------------------------------

    def _align(self) -> None:
        """Send the reference where the result is or is going, playing or paused as it is."""
        result, reference = self._result, self._reference
        if result is None or reference is None:
            return
        self._reference_waits = False
        now_ms = result.target_ms
        plays_on = result.is_playing and now_ms < reference.picture_end_ms
        if not plays_on:
            reference.pause()
        if reference.is_loaded and not reference.shows(now_ms):
            reference.show(now_ms)
        if plays_on:
            reference.resume()

    def _follow(self) -> None:
        """After every frame: correct the reference if it is off."""
        result, reference = self._result, self._reference
        if result is None or result.frame is None or reference is None:
            return
        if not reference.is_loaded or reference.is_seeking or result.is_seeking:
            return
        now_ms = result.frame.middle_ms
        if not result.is_playing or now_ms >= reference.picture_end_ms:
            reference.pause()
            if not reference.shows(now_ms):
                reference.show(now_ms)
        elif reference.frame is not None:
            length_ms = max(result.frame.length_ms, reference.frame.length_ms)
            ahead_ms = reference.frame.distance_ms(now_ms)
            self._follow_playing(reference, now_ms, ahead_ms, length_ms)

    def _follow_playing(
        self, reference: ClipPlayer, now_ms: float, ahead_ms: float, length_ms: float
    ) -> None:
        if self._reference_waits and 0 < ahead_ms <= WAIT_AT_MOST_MS:
            return
        self._reference_waits = False
        if ahead_ms < -length_ms or ahead_ms > WAIT_AT_MOST_MS:
            lead_ms = min(reference.seek_cost_ms, LEAD_AT_MOST_MS) * self._speed
            reference.show(now_ms + lead_ms)
            reference.resume()
        elif ahead_ms > length_ms:
            reference.pause()
            self._reference_waits = True
        elif not reference.is_playing:
            reference.resume()

    def _on_result_frame(self) -> None:
        self._follow()
        self.frames_changed.emit()

    def _on_reference_frame(self) -> None:
        if not self.is_playing:
            self._follow()  # a correction that was under way when the result stopped
        self.frames_changed.emit()

    def _on_result_playing(self) -> None:
        if not self.is_playing:
            self._align()
        self.playing_changed.emit()

    def _on_reference_failed(self, text: str) -> None:
        self.close_reference()
        self.reference_failed.emit(text)

    # -- backwards ----------------------------------------------------------------------------

    def _on_backwards(self) -> None:
        if self._result is None:
            return
        target_ms = self._backwards_from_ms - self._backwards_clock.elapsed()
        self._result.seek(max(0, target_ms))
        self._align()
        if target_ms <= 0:
            self._stop_backwards()

    def _stop_backwards(self) -> None:
        if self._backwards.isActive():
            self._backwards.stop()
            self.playing_changed.emit()
