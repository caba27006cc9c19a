"""One video file, played into plain images.

Wraps QMediaPlayer and hides its traps: a seek before the file is loaded is lost, nothing is
shown while it is stopped, it blanks the picture at the end, and it keeps the file open until
its source is cleared. One ClipPlayer is one file; another file is another ClipPlayer, so a
late frame of the old file can never appear in the new one. Everything runs on the window's
thread; decoding is Qt's own business on threads of its own.

Invariants: once loaded, the player plays or pauses, and is stopped only at the end, where the
last frame is kept and the next seek wakes it; at most one seek is under way, and of those asked
for meanwhile only the latest is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QLoggingCategory, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QImage

from kling_desktop.motion.shown_copy import ShownCopy

from .clip_sound import ClipSound
from .frames import MS_PER_S, US_PER_MS, ShownFrame
from .timeline import CopyTimeline, SteadyTimeline, Timeline

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame
    from PySide6.QtMultimedia import QVideoSink as VideoSink

SEEK_PATIENCE_MS = 1000  # a seek without an answer for so long no longer holds up the next one
FIRST_FRAME_PATIENCE_MS = 10_000  # a file that shows nothing for so long cannot be played here
AHEAD_OF_SEEK_MS = 500  # while playing, a late decoder may answer a seek this much further on
BLANK_PATIENCE_MS = 150  # how long a seek that met no picture waits for a late one
# FFmpeg's threads describe every file otherwise. Each line would wait for Python's lock, and one
# that comes while another message handler is put in place crashes PySide. Errors come as signals.
QUIET_RULES = "qt.multimedia.*=false"


class ClipPlayer(QObject):
    """Plays one file. Call :meth:`open` once the signals are connected."""

    loaded = Signal()
    failed = Signal(str)  # the player's own words; only before the first frame
    frame_shown = Signal()
    position_changed = Signal()
    playing_changed = Signal()
    restarted = Signal()  # the loop began again
    gave_up = Signal()  # a seek was not answered by a frame
    _failure = Signal(str)

    def __init__(
        self,
        path: str,
        *,
        audible: bool,
        fps: float | None = None,
        copy: ShownCopy | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``fps`` counts where the file itself does not say. ``copy``: is played in its place."""
        super().__init__(parent)
        self.path = path
        self._copy = copy
        self.timeline: Timeline = CopyTimeline(copy) if copy else SteadyTimeline(fps)
        self.frame: ShownFrame | None = None
        self.seek_cost_ms = 0  # how long the last seek took
        self._player: QMediaPlayer | None = None
        self._sink: VideoSink | None = None
        self._sound = ClipSound(audible, self)
        self._loaded = self._playing = self._ended = self._loop = False
        self._failed = False
        self._stopped = False  # by Qt, at the end
        self._rate = 1.0
        self._loop_start_ms = 0.0
        self._picture_end_ms = 0.0
        self._in_flight_ms: float | None = None
        self._wanted_ms: float | None = None
        self._back_off_ms = 0.0
        self._seek_clock = QElapsedTimer()
        self._failure.connect(self.failed, Qt.ConnectionType.QueuedConnection)
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._on_patience_over)
        self._first_frame = QTimer(self, singleShot=True, interval=FIRST_FRAME_PATIENCE_MS)
        self._first_frame.timeout.connect(self._on_no_first_frame)

    # -- the file ---------------------------------------------------------------------------

    def open(self) -> None:
        """Start loading; ends in ``loaded`` (and soon a paused first frame) or ``failed``."""
        try:
            from PySide6.QtMultimedia import QMediaPlayer, QVideoSink
        except ImportError as error:  # a Linux without the libraries QtMultimedia is linked to
            self._fail(str(error))
            return
        QLoggingCategory.setFilterRules(QUIET_RULES)
        self._player = player = QMediaPlayer(self)
        if not player.isAvailable():
            self._fail("QtMultimedia has no back end")
            return
        self._sink = QVideoSink(self)
        self._sink.videoFrameChanged.connect(self._on_video_frame)
        player.setVideoSink(self._sink)
        self._sound.attach(player)
        player.mediaStatusChanged.connect(self._on_media_status)
        player.errorOccurred.connect(self._on_error)
        player.positionChanged.connect(self._on_player_position)
        player.setPlaybackRate(self._rate)
        self._first_frame.start()
        player.setSource(QUrl.fromLocalFile(self._copy.path if self._copy else self.path))

    def close(self) -> None:
        """Let go of the file at once; the object is of no use afterwards."""
        self.blockSignals(True)
        self._patience.stop()
        self._first_frame.stop()
        self._loaded = self._playing = False
        # Forgotten first: a file that is still loading reports "loaded" from within setSource(),
        # and asking the player to pause there waits for its own decoder for ever.
        player, self._player = self._player, None
        if player is not None:
            player.setSource(QUrl())
            player.setVideoSink(None)  # type: ignore[arg-type] # documented, not in the stub
            self._sound.detach()
        self.deleteLater()

    # -- facts ------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        return self._loaded

    @property
    def is_playing(self) -> bool:
        return self._playing

    @property
    def is_seeking(self) -> bool:
        return self._in_flight_ms is not None

    @property
    def image(self) -> QImage | None:
        return self.frame.image if self.frame is not None else None

    @property
    def fps(self) -> float:
        """The file's own word, once it is loaded; on the average."""
        return self.timeline.fps

    @property
    def duration_ms(self) -> int:
        told_ms = self._player.duration() if self._player is not None else 0
        return round(self.timeline.end_ms(told_ms))

    @property
    def picture_end_ms(self) -> float:
        """Where the last picture ends; the sound may go on."""
        return self._picture_end_ms

    @property
    def position_ms(self) -> int:
        """Start of the shown frame, or where the seek under way will land."""
        if self._ended:
            return self.duration_ms
        asked_ms = self._asked_ms()
        if asked_ms is not None:
            return round(self.timeline.start_ms(asked_ms) if self._loaded else asked_ms)
        shown_ms = round(self.frame.start_ms) if self.frame is not None else 0
        if self._playing and self._player is not None:
            return max(shown_ms, round(self.timeline.from_file(self._player.position())))
        return shown_ms

    @property
    def target_ms(self) -> float:
        """The moment shown, or where the seek under way will land."""
        asked_ms = self._asked_ms()
        if asked_ms is not None:
            return asked_ms
        return self.frame.middle_ms if self.frame is not None else 0.0

    @property
    def visiting_ms(self) -> float:
        """The moment shown, or the one of the seek under way, even if a later wish waits."""
        if self._in_flight_ms is not None:
            return self._in_flight_ms
        return self.frame.middle_ms if self.frame is not None else 0.0

    @property
    def last_middle_ms(self) -> float:
        """The middle of the last frame."""
        return self.timeline.last_middle_ms(self._picture_end_ms)

    @property
    def frame_length_ms(self) -> float:
        return MS_PER_S / self.fps

    # -- transport --------------------------------------------------------------------------

    def play(self) -> None:
        """Play on; from the beginning when the last frame was reached."""
        if self._loaded and (self._ended or self._at_end(self.target_ms)):
            self._wanted_ms = None
            self._send(self.timeline.middle_ms(0.0))
        self.resume()

    def resume(self) -> None:
        """Play on from where it stands; at the end there is nothing more to play."""
        if self._failed or self._stopped:
            return
        self._ended = False
        if self._player is not None and self._loaded:
            self._player.play()
        self._set_playing(True)

    def pause(self) -> None:
        if self._player is not None and self._loaded and not self._stopped:
            self._player.pause()
            if self._in_flight_ms is not None and self._playing:
                self._send(self._in_flight_ms)  # Qt forgets a seek that a pause overtakes
        self._set_playing(False)

    def seek(self, position_ms: float) -> None:
        """Show the frame at this position, playing or paused. The latest wish wins."""
        if not self._loaded:
            self._wanted_ms = position_ms
            return
        self._ask(self.timeline.middle_ms(max(0.0, position_ms)))

    def show(self, time_ms: float) -> None:
        """Seek to exactly this time, or the last frame; used to follow another clock."""
        self._ask(time_ms)

    def shows(self, time_ms: float) -> bool:
        """Whether this moment is on the screen, or a seek to it is under way."""
        time_ms = min(time_ms, self.last_middle_ms)
        asked_ms = self._asked_ms()
        if asked_ms is not None:
            return self.timeline.are_one(asked_ms, time_ms)
        # Times are rounded to milliseconds on their way through Qt.
        return self.frame is not None and abs(self.frame.distance_ms(time_ms)) <= 1

    def step(self, frames: int) -> None:
        """Pause, and show the frame so many further on (or back, when negative)."""
        self.pause()
        if not self._loaded or frames == 0:
            return
        self._ask(self.timeline.stepped_ms(frames, self._asked_ms(), self.frame))

    def set_loop(self, loop: bool, start_ms: float = 0.0) -> None:
        """``start_ms``: where to begin again once the end was reached."""
        self._loop, self._loop_start_ms = loop, start_ms

    def set_rate(self, rate: float) -> None:
        self._rate = rate
        if self._player is not None:
            self._player.setPlaybackRate(rate)

    def set_volume(self, volume: float, muted: bool) -> None:
        """``volume`` is 0 to 1 as a person sets it."""
        self._sound.set_volume(volume, muted)

    def set_audible(self, audible: bool) -> None:
        """Whether this file's sound is played at all."""
        self._sound.set_audible(audible)

    # -- seeking ----------------------------------------------------------------------------

    def _ask(self, target_ms: float) -> None:
        target_ms = max(0.0, min(target_ms, self.last_middle_ms))
        self._ended = False
        self._back_off_ms = 0.0
        if self._in_flight_ms is not None:
            self._wanted_ms = target_ms
        else:
            self._send(target_ms)
        self.position_changed.emit()

    def _send(self, target_ms: float) -> None:
        if self._player is None:
            return
        self._in_flight_ms = target_ms
        self._seek_clock.start()
        self._patience.start(SEEK_PATIENCE_MS)
        if self._stopped:
            self._stopped = False
            # Qt goes back to the beginning here, so the seek comes after it.
            if self._playing:
                self._player.play()
            else:
                self._player.pause()
        self._player.setPosition(round(self.timeline.in_file(target_ms)))

    def _land(self) -> None:
        """The seek under way is over; go on to the latest wish, if there is one."""
        self._patience.stop()
        self._in_flight_ms = None
        if self._wanted_ms is not None:
            wanted_ms, self._wanted_ms = self._wanted_ms, None
            self._send(wanted_ms)

    def _asked_ms(self) -> float | None:
        return self._wanted_ms if self._wanted_ms is not None else self._in_flight_ms

    def _answers_seek(self, start_ms: float, end_ms: float) -> bool:
        """Whether a frame is the one asked for, not a late one from before the seek."""
        if self._in_flight_ms is None:
            return True
        target_ms = self._in_flight_ms
        if start_ms - 1 <= target_ms <= end_ms + 1:
            return True
        return self._playing and target_ms < start_ms < target_ms + AHEAD_OF_SEEK_MS

    # -- what Qt reports ----------------------------------------------------------------------

    def _on_video_frame(self, frame: QVideoFrame) -> None:
        if self._player is None or self._failed:
            return
        if not frame.isValid():
            self._on_blank()
            return
        start_ms = frame.startTime() / US_PER_MS
        end_ms = frame.endTime() / US_PER_MS
        if end_ms <= start_ms:
            end_ms = start_ms + self.frame_length_ms
        start_ms, end_ms = self.timeline.edges_in_clip(start_ms, end_ms)
        if not self._answers_seek(start_ms, end_ms) or self._is_shown_on(start_ms):
            return
        shown = ShownFrame(frame, start_ms, end_ms)
        if self.frame is None and shown.image.isNull():
            return  # a kind of picture that cannot be shown here; the first frame decides
        self._first_frame.stop()
        self.frame = shown
        if self._in_flight_ms is not None:
            self.seek_cost_ms = self._seek_clock.elapsed()
            self._land()
        self.frame_shown.emit()
        self.position_changed.emit()

    def _is_shown_on(self, start_ms: float) -> bool:
        """In a copy a frame may stand for several of its ticks: it came with the first one."""
        if self._copy is None or self._in_flight_ms is not None or self.frame is None:
            return False
        return self.frame.start_ms == start_ms

    def _on_blank(self) -> None:
        """No picture at the sought time: the sound goes on longer than the pictures do."""
        if self._in_flight_ms is not None and not self._playing:
            # The blank may also be a late one from before the seek, so the picture has a chance.
            self._back_off_ms = max(self.frame_length_ms, 2 * self._back_off_ms)
            self._patience.start(BLANK_PATIENCE_MS)

    def _on_patience_over(self) -> None:
        if self._back_off_ms and self._in_flight_ms and self._wanted_ms is None:
            self._send(max(0.0, self._in_flight_ms - self._back_off_ms))
        else:
            self._land()
            self.gave_up.emit()

    def _on_media_status(self, status: QMediaPlayer.MediaStatus) -> None:
        from PySide6.QtMultimedia import QMediaPlayer

        if status == QMediaPlayer.MediaStatus.LoadedMedia and not self._loaded:
            self._on_loaded()
        elif status == QMediaPlayer.MediaStatus.EndOfMedia:
            self._on_end()
        elif status == QMediaPlayer.MediaStatus.InvalidMedia:
            self._fail("invalid media")

    def _on_loaded(self) -> None:
        player = self._player
        if player is None or self._failed:
            return
        if not player.hasVideo():
            self._fail("no pictures in this file")
            return
        self._loaded = True
        self._read_facts(player)
        # Pausing is what makes the first frame appear.
        if self._playing:
            player.play()
        else:
            player.pause()
        if self._wanted_ms is not None:
            wanted_ms, self._wanted_ms = self._wanted_ms, None
            self.seek(wanted_ms)
        self.loaded.emit()
        self.position_changed.emit()

    def _read_facts(self, player: QMediaPlayer) -> None:
        from PySide6.QtMultimedia import QMediaMetaData

        fps = player.metaData().value(QMediaMetaData.Key.VideoFrameRate)
        if self._copy is None and isinstance(fps, (int, float)) and fps > 0:
            self.timeline = SteadyTimeline(float(fps))
        told_ms = float(player.duration())
        for track in player.videoTracks()[:1]:
            track_ms = track.value(QMediaMetaData.Key.Duration)
            if isinstance(track_ms, int) and track_ms > 0:
                told_ms = min(told_ms, float(track_ms))
        self._picture_end_ms = self.timeline.end_ms(told_ms)

    def _on_end(self) -> None:
        """Qt has stopped; start again, go where a seek wanted to, or stay with the last frame."""
        if self._player is None or not self._loaded:
            return
        self._stopped = True
        asked_ms = self._asked_ms()
        self._wanted_ms = self._in_flight_ms = None
        if asked_ms is None and self._playing and self._loop:
            self._send(self.timeline.middle_ms(self._loop_start_ms))
            self.restarted.emit()
            return
        if asked_ms is None or self._at_end(asked_ms):
            self._ended = self._playing
            self._set_playing(False)
        if asked_ms is not None:
            self._send(asked_ms)
        self.position_changed.emit()

    def _at_end(self, time_ms: float) -> bool:
        last_ms = self.last_middle_ms
        return time_ms >= last_ms or self.timeline.are_one(time_ms, last_ms)

    def _on_error(self, _error: QMediaPlayer.Error, text: str) -> None:
        if self.frame is None:
            self._fail(text)
        else:
            self.pause()  # a damaged place further on: what was shown stays

    def _on_no_first_frame(self) -> None:
        self._fail("no picture could be decoded")

    def _on_player_position(self, _position_ms: int) -> None:
        if self._playing:
            self.position_changed.emit()

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit()

    def _fail(self, text: str) -> None:
        if self._failed:
            return
        self._failed = True
        self._first_frame.stop()
        self._set_playing(False)
        # Queued: whoever hears it closes this player, which Qt must not meet in its own signal.
        self._failure.emit(text)
