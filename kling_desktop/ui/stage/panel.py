"""The Stage: one video at a time, a first page when there is none, a notice when it cannot be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QKeyCombination, Qt, Signal, SignalInstance
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kling_desktop.ui.tr import tr

from .actions import StageAction
from .full_screen import FullScreenWindow
from .item import StageItem
from .pages import EmptyPage, Notice, NoticePage
from .playback import SPEEDS, Playback
from .player_page import PlayerPage

MS_PER_S = 1000

_log = logging.getLogger(__name__)


class StagePanel(QWidget):
    """Signals with a ``str`` carry the job's id. Keys are the window's actions; see the verbs."""

    save_as_requested = Signal(str)
    show_in_folder_requested = Signal(str)
    copy_requested = Signal(str)
    open_elsewhere_requested = Signal(str)
    fetch_again_requested = Signal(str)
    favourite_toggled = Signal(str)
    playback_failed = Signal(str)
    try_sandbox_requested = Signal()
    connect_requested = Signal()
    volume_changed = Signal(float, bool)  # 0 to 1, muted; by the person
    loop_changed = Signal(bool)  # by the person
    compare_changed = Signal(bool)  # by the person; side by side

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Stage")
        self._item: StageItem | None = None
        self._side_by_side = False
        self._full_screen: FullScreenWindow | None = None
        self._playback = Playback(self)
        self._empty = EmptyPage(self)
        self._player = PlayerPage(self._playback, self)
        self._notice = NoticePage(self)
        self._elsewhere = NoticePage(self)
        self._pages = QStackedWidget(self)
        for page in (self._empty, self._player, self._notice, self._elsewhere):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._connect_pages()
        self._connect_transport()
        self._playback.failed.connect(self._on_failed)
        self._playback.reference_failed.connect(self._on_reference_failed)

    # -- what to show -------------------------------------------------------------------------

    def show_item(self, item: StageItem | None) -> None:
        """Show this video, paused at its first frame; None shows the first page.

        The same file again only brings title and favourite up to date: it plays on.
        """
        before, self._item = self._item, item
        if item is None:
            self.release()
            self._leave_full_screen()
            self._show(self._empty)
            return
        is_same = (
            before is not None
            and before.result_path == item.result_path
            and before.reference_path == item.reference_path
        )
        self._describe(item)
        if not (is_same and self._playback.is_open):
            self._open(item)

    def show_missing(self, item: StageItem) -> None:
        """The file was deleted or moved: say so."""
        self.release()
        self._leave_full_screen()
        self._item = item
        self._say(
            Notice(
                tr("This video was deleted or moved."),
                item.result_path,
                (
                    (StageAction.FETCH_AGAIN, tr("Fetch again")),
                    (StageAction.SHOW_IN_FOLDER, tr("Show in folder")),
                ),
            )
        )

    def set_first_run(self, connected: bool, sandbox: bool) -> None:
        """Whether the first page still has to offer the two ways to begin."""
        self._empty.set_first_run(connected, sandbox)

    def set_running_hint(self, text: str) -> None:
        """A line on the first page while a job runs; empty for none."""
        self._empty.set_hint(text)

    def release(self) -> None:
        """Let go of the files at once, so that they can be moved or deleted.

        The item stays; playing or showing it again opens it again.
        """
        self._playback.release()

    # -- facts ----------------------------------------------------------------------------------

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
        return self._side_by_side

    @property
    def is_full_screen(self) -> bool:
        return self._full_screen is not None

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

    # -- verbs, for the window's actions ----------------------------------------------------------

    def play_pause(self) -> None:
        """Space: play, or pause what plays (also backwards)."""
        if not self._playback.is_still:
            self._playback.pause()
            return
        if self._item is not None and not self._playback.is_open:
            self._open(self._item)
        self._playback.play()

    def pause(self) -> None:
        """K."""
        self._playback.pause()

    def faster(self) -> None:
        """L: play; when it plays, the next higher speed."""
        if not self._playback.is_playing:
            self._playback.play()
        else:
            self._playback.set_speed(
                min((speed for speed in SPEEDS if speed > self.speed), default=self.speed)
            )

    def slower(self) -> None:
        """J: from a raised speed down a step; otherwise backwards at normal pace, silently."""
        if self._playback.is_playing and self.speed > 1:
            self._playback.set_speed(max(speed for speed in SPEEDS if speed < self.speed))
        else:
            self._playback.play_backwards()

    def step_frames(self, frames: int) -> None:
        """Pause, and go so many frames on, or back when negative."""
        self._playback.step(frames)

    def step_seconds(self, seconds: float) -> None:
        """Go so many seconds on, or back when negative; what plays plays on."""
        self._playback.seek(self.position_ms + seconds * MS_PER_S)

    def seek(self, position_ms: float) -> None:
        self._playback.seek(position_ms)

    def set_loop(self, loop: bool) -> None:
        self._playback.set_loop(loop)
        self._player.transport.set_loop(loop)

    def toggle_loop(self) -> None:
        self.set_loop(not self.loop)
        self.loop_changed.emit(self.loop)

    def set_speed(self, speed: float) -> None:
        """0.25 to 2; the nearest speed on offer is taken."""
        self._playback.set_speed(speed)

    def set_volume(self, volume: float, muted: bool) -> None:
        """0 to 1. For restoring; what the person changes comes as ``volume_changed``."""
        self._playback.set_volume(volume, muted)
        self._player.transport.set_volume(self.volume, self.muted)

    def toggle_mute(self) -> None:
        self.set_volume(self.volume, not self.muted)
        self.volume_changed.emit(self.volume, self.muted)

    def set_side_by_side(self, side_by_side: bool) -> None:
        """Holds for later videos too; one without a reference is shown alone."""
        self._side_by_side = side_by_side
        self._apply_compare()

    def toggle_compare(self) -> None:
        if self._reference_path() is not None:
            self._on_compare(not self._side_by_side)

    def toggle_full_screen(self) -> None:
        if self._full_screen is not None:
            self._leave_full_screen()
        elif self._pages.currentWidget() is self._player:
            self._enter_full_screen()

    # -- pages ------------------------------------------------------------------------------------

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)

    def _say(self, notice: Notice) -> None:
        self._notice.show_notice(notice)
        self._show(self._notice)

    def _describe(self, item: StageItem) -> None:
        chip = tr("Result · {mode}").replace("{mode}", item.mode_label)
        self._player.canvas.set_item(item.result_path, item.title, chip)
        self._player.transport.set_favourite(item.favourite)

    def _open(self, item: StageItem) -> None:
        if not Path(item.result_path).is_file():
            self.show_missing(item)
            return
        if self._full_screen is None:
            self._show(self._player)
        self._playback.open(item)
        self._apply_compare()

    def _reference_path(self) -> str | None:
        """The reference of what is shown, when it is a file on this computer."""
        if self._item is None or self._item.reference_path is None:
            return None
        path = self._item.reference_path
        return path if Path(path).is_file() else None

    def _apply_compare(self) -> None:
        path = self._reference_path()
        shown = self._side_by_side and path is not None
        self._player.transport.set_compare(shown, path is not None)
        self._player.canvas.set_shows_reference(shown)
        if not shown:
            self._playback.close_reference()
        elif path is not None and self._playback.is_open and not self._playback.has_reference:
            self._playback.open_reference(path)

    # -- full screen ------------------------------------------------------------------------------

    def _enter_full_screen(self) -> None:
        title = self._item.title if self._item is not None else ""
        self._elsewhere.show_notice(
            Notice(
                tr("Playing on the whole screen."),
                "",
                ((StageAction.LEAVE_FULL_SCREEN, tr("Leave full screen")),),
            )
        )
        self._pages.removeWidget(self._player)
        self._full_screen = FullScreenWindow(title, self._player, self)
        self._full_screen.leave_requested.connect(self._leave_full_screen)
        self._full_screen.key_pressed.connect(self._on_full_screen_key)
        self._show(self._elsewhere)
        self._full_screen.showFullScreen()
        self._player.canvas.setFocus()

    def _leave_full_screen(self) -> None:
        if self._full_screen is None:
            return
        window, self._full_screen = self._full_screen, None
        self._pages.addWidget(window.give_back())
        self._show(self._player)
        self._player.canvas.setFocus()

    def _on_full_screen_key(self, event: QKeyEvent) -> None:
        verb = self._full_screen_verbs().get(event.keyCombination().toCombined())
        if verb is not None:
            verb()

    def _full_screen_verbs(self) -> dict[int, Callable[[], None]]:
        """The window's keys for the Stage, which do not reach the full screen by themselves."""
        key, shift = Qt.Key, Qt.Modifier.SHIFT
        verbs: dict[QKeyCombination | Qt.Key, Callable[[], None]] = {
            key.Key_Space: self.play_pause,
            key.Key_K: self.pause,
            key.Key_L: self.faster,
            key.Key_J: self.slower,
            key.Key_Right: partial(self.step_frames, 1),
            key.Key_Left: partial(self.step_frames, -1),
            shift | key.Key_Right: partial(self.step_seconds, 1),
            shift | key.Key_Left: partial(self.step_seconds, -1),
            Qt.Modifier.CTRL | key.Key_L: self.toggle_loop,
            key.Key_C: self.toggle_compare,
            key.Key_F: self._on_favourite,
        }
        return {QKeyCombination(keys).toCombined(): verb for keys, verb in verbs.items()}

    # -- slots ------------------------------------------------------------------------------------

    def _connect_pages(self) -> None:
        self._empty.try_sandbox_requested.connect(self.try_sandbox_requested)
        self._empty.connect_requested.connect(self.connect_requested)
        self._notice.action_requested.connect(self._on_action)
        self._elsewhere.action_requested.connect(self._on_action)

    def _connect_transport(self) -> None:
        transport = self._player.transport
        transport.play_requested.connect(self.play_pause)
        transport.loop_requested.connect(self._on_loop)
        transport.volume_requested.connect(self._on_volume)
        transport.mute_requested.connect(self.toggle_mute)
        transport.compare_requested.connect(self._on_compare)
        transport.full_screen_requested.connect(self.toggle_full_screen)
        transport.action_requested.connect(self._on_action)
        self._player.canvas.double_clicked.connect(self.toggle_full_screen)

    def _on_loop(self, loop: bool) -> None:
        self.set_loop(loop)
        self.loop_changed.emit(loop)

    def _on_volume(self, volume: float) -> None:
        """Turning it up is also a wish to hear it."""
        self.set_volume(volume, False)
        self.volume_changed.emit(self.volume, self.muted)

    def _on_compare(self, side_by_side: bool) -> None:
        self.set_side_by_side(side_by_side)
        self.compare_changed.emit(side_by_side)

    def _on_favourite(self) -> None:
        self._on_action(StageAction.FAVOURITE)

    def _on_action(self, name: str) -> None:
        action = StageAction(name)
        if action is StageAction.LEAVE_FULL_SCREEN:
            self._leave_full_screen()
        elif self._item is not None:
            self._signal_of(action).emit(self._item.job_id)

    def _signal_of(self, action: StageAction) -> SignalInstance:
        return {
            StageAction.SAVE_AS: self.save_as_requested,
            StageAction.SHOW_IN_FOLDER: self.show_in_folder_requested,
            StageAction.COPY: self.copy_requested,
            StageAction.OPEN_ELSEWHERE: self.open_elsewhere_requested,
            StageAction.FETCH_AGAIN: self.fetch_again_requested,
            StageAction.FAVOURITE: self.favourite_toggled,
        }[action]

    def _on_failed(self, reason: str) -> None:
        if self._item is None:
            return
        _log.warning("a video could not be played: %s", reason)
        self.release()
        self._leave_full_screen()
        self._say(
            Notice(
                tr("Saved, but this computer could not play it."),
                self._item.result_path,
                (
                    (StageAction.OPEN_ELSEWHERE, tr("Open in another player")),
                    (StageAction.SHOW_IN_FOLDER, tr("Show in folder")),
                ),
            )
        )
        self.playback_failed.emit(self._item.job_id)

    def _on_reference_failed(self, reason: str) -> None:
        _log.warning("a reference clip could not be played: %s", reason)
        self._player.transport.set_compare(False, False)
        self._player.canvas.set_shows_reference(False)
