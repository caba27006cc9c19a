"""Picture above, transport below: the part of the Stage that goes to the whole screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kling_desktop.ui.tr import tr

from .canvas import StageCanvas
from .playback import Playback
from .transport import Transport


def every_text(stride: int) -> str:
    """What is said when only some of the frames are shown."""
    texts = {2: tr("Playing every 2nd frame"), 3: tr("Playing every 3rd frame")}
    return texts.get(stride) or tr("Playing every {n}th frame").replace("{n}", str(stride))


class PlayerPage(QWidget):
    """Joins canvas, transport and playback: shows what playback does, passes on what is wished."""

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self._copy_note = ""
        self.canvas = StageCanvas(self)
        self.transport = Transport(self)
        self._line = QFrame(self)
        self._line.setProperty("rule", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self._line)
        layout.addWidget(self.transport)
        self._connect_playback()
        self._connect_transport()

    @property
    def is_moving(self) -> bool:
        return not self._playback.is_still

    def set_controls_shown(self, shown: bool) -> None:
        """Without controls the picture has the whole page, and no pointer on it."""
        self.transport.setVisible(shown)
        self._line.setVisible(shown)
        if shown:
            self.canvas.unsetCursor()
        else:
            self.canvas.setCursor(Qt.CursorShape.BlankCursor)

    def set_copy_note(self, text: str) -> None:
        """What is said of the copy that a clip is shown from; empty for nothing."""
        self._copy_note = text
        self._on_pace()

    def _connect_playback(self) -> None:
        self._playback.loaded.connect(self._on_loaded)
        self._playback.frames_changed.connect(self._on_frames)
        self._playback.position_changed.connect(self._on_position)
        self._playback.playing_changed.connect(self._on_playing)
        self._playback.speed_changed.connect(self._on_speed)
        self._playback.range_changed.connect(self._on_range)
        self._playback.pace_changed.connect(self._on_pace)
        self.canvas.painted.connect(self._playback.pace.count)

    def _connect_transport(self) -> None:
        transport, playback = self.transport, self._playback
        transport.step_requested.connect(playback.step)
        transport.start_requested.connect(playback.go_to_start)
        transport.end_requested.connect(playback.go_to_end)
        transport.seek_requested.connect(playback.seek)
        transport.speed_requested.connect(playback.set_speed)
        menu = transport.more_menu
        menu.a_requested.connect(playback.set_a)
        menu.b_requested.connect(playback.set_b)
        menu.range_cleared.connect(playback.clear_range)
        menu.actual_size_requested.connect(self.canvas.view_control.toggle_actual)

    def _on_loaded(self) -> None:
        self.transport.seek_bar.set_frame_length(self._playback.frame_length_ms)
        self._on_position()

    def _on_frames(self) -> None:
        self.canvas.set_frames(*self._playback.frames)

    def _on_position(self) -> None:
        playback = self._playback
        self.transport.set_position(
            playback.position_ms, playback.duration_ms, playback.frame_number
        )

    def _on_range(self) -> None:
        loop = self._playback.range
        self.transport.set_range(loop.a_ms, loop.b_ms)

    def _on_pace(self) -> None:
        """What is left out is said, as long as it is more than the speed asks for."""
        pace = self._playback.pace
        self.canvas.set_note(every_text(pace.stride) if pace.is_late else self._copy_note)

    def _on_playing(self) -> None:
        self.transport.set_playing(self.is_moving)
        self.canvas.set_smooth(not self.is_moving)
        self._on_position()

    def _on_speed(self) -> None:
        self.transport.set_speed(self._playback.speed)
