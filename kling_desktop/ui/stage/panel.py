"""The Stage: one video at a time, a first page when there is none, a notice when it cannot be."""

from __future__ import annotations

import logging

from PySide6.QtCore import QEvent, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication, QKeyEvent, QScreen
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kling_desktop.ui.tr import words

from . import notices
from .actions import StageAction
from .compare_mode import CompareMode
from .facts import StageFacts
from .full_screen import FullScreenWindow
from .item import StageItem
from .keys import is_flicker_key, verb_for
from .pages import EmptyPage, Notice, NoticePage
from .playback import SPEEDS

MS_PER_S = 1000

_log = logging.getLogger(__name__)


class StagePanel(StageFacts):
    """Signals with a ``str`` carry the job's id. Keys are the window's actions; see the verbs."""

    save_as_requested = Signal(str)
    show_in_folder_requested = Signal(str)
    show_marked_requested = Signal(str)
    copy_requested = Signal(str)
    open_elsewhere_requested = Signal(str)
    fetch_again_requested = Signal(str)
    favourite_toggled = Signal(str)
    playback_failed = Signal(str)
    try_sandbox_requested = Signal()
    connect_requested = Signal()
    sign_up_requested = Signal()
    volume_changed = Signal(float, bool)  # 0 to 1, muted; by the person
    loop_changed = Signal(bool)  # by the person
    compare_changed = Signal(bool)  # by the person; whether both are shown
    compare_mode_changed = Signal(str)  # a CompareMode; by the person
    compare_settings_changed = Signal(str, object)  # CompareSettings, to remember with the job
    full_screen_changed = Signal(bool)
    reference_playback_failed = Signal(str)
    save_frame_requested = Signal(str)
    copy_frame_requested = Signal(str)
    export_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Stage")
        self._full_screen: FullScreenWindow | None = None
        self._empty = EmptyPage(self)
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
        is_same = before is not None and _played(before) == _played(item)
        self._describe(item)
        if item.result_waits:
            if not (is_same and before is not None and before.result_waits):
                self._wait_for_copy(item)
        elif not (is_same and self._playback.is_open):
            self._open(item)
        elif before is not None and _compared(before) != _compared(item):
            self._playback.close_reference()
            self._comparing.apply()
        if not item.reference_waits:
            self._player.set_copy_note("")

    def set_copy_share(self, share: float) -> None:
        """How much is done of the copies that the item waits for, 0 to 1."""
        if self._item is not None and self._item.result_waits:
            self._notice.title.setText(words.preparing_copy(share))
        elif self._item is not None and self._item.reference_waits:
            self._player.set_copy_note(words.preparing_copy(share))

    def show_missing(self, item: StageItem) -> None:
        """The file was deleted or moved: say so."""
        self.release()
        self._leave_full_screen()
        self._item = item
        self._say(notices.missing(item))

    def show_away(self, item: StageItem, text: str) -> None:
        """Its whole folder is not there just now: ``text`` says so."""
        self.release()
        self._leave_full_screen()
        self._item = item
        self._say(Notice(text, item.result_path, ()))

    def set_first_run(self, connected: bool, sandbox: bool) -> None:
        """Whether the first page still has to offer the two ways to begin."""
        self._empty.set_first_run(connected, sandbox)

    def set_export_offered(self, offered: bool) -> None:
        """Whether this program can export clips now."""
        self._player.transport.more_menu.export_action.setVisible(offered)

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
    def can_be_full_screen(self) -> bool:
        """There is a video to show."""
        return self._full_screen is not None or self._pages.currentWidget() is self._player

    @property
    def is_full_screen(self) -> bool:
        return self._full_screen is not None

    # -- verbs, for the window's actions ----------------------------------------------------------

    def play_pause(self) -> None:
        """Space: play, or pause what plays (also backwards)."""
        if not self._playback.is_still:
            self._playback.pause()
            return
        if self._item is not None and not (self._playback.is_open or self._item.result_waits):
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
        """0.1 to 4; the nearest speed on offer is taken."""
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
        mode = CompareMode.SIDE_BY_SIDE if side_by_side else CompareMode.RESULT
        self._comparing.set_mode(mode)

    def set_compare_mode(self, mode: CompareMode) -> None:
        """Holds for later videos too. For restoring; what the person does is told."""
        self._comparing.set_mode(mode)

    def toggle_compare(self) -> None:
        """Side by side, or the result alone."""
        if self._comparing.reference_path is not None:
            self.set_side_by_side(not self.compare_mode.shows_both)
            self._on_mode(self.compare_mode.value)

    def cycle_compare(self) -> None:
        """C: the next way to compare."""
        self._comparing.cycle()

    def flicker(self) -> None:
        """Reference and result in turns for a few seconds; the key does it while it is held."""
        self._comparing.flicker_for_a_while()

    def nudge_reference(self, frames: int) -> None:
        """The reference shows so many frames further on, or back when negative."""
        self._comparing.nudge_reference(frames)

    def nudge_result(self, frames: int) -> None:
        self._comparing.nudge_result(frames)

    def set_loop_start(self) -> None:
        """A: the loop begins with the frame on the screen."""
        self._playback.set_a()

    def set_loop_end(self) -> None:
        """B: the loop ends with the frame on the screen."""
        self._playback.set_b()

    def clear_loop_range(self) -> None:
        self._playback.clear_range()

    def toggle_actual_size(self) -> None:
        """One pixel of the video on one of the screen, or the whole picture."""
        self._player.canvas.view_control.toggle_actual()

    def zoom_in(self) -> None:
        self._player.canvas.view_control.zoom_in()

    def zoom_out(self) -> None:
        self._player.canvas.view_control.zoom_out()

    def toggle_favourite(self) -> None:
        self._on_action(StageAction.FAVOURITE)

    def toggle_full_screen(self) -> None:
        """The video alone on the screen that the window is on, or back."""
        if self._full_screen is not None:
            self._leave_full_screen()
        elif self.can_be_full_screen:
            self._enter_full_screen(None)

    def show_full_screen_on(self, name: str) -> None:
        """The video alone on the screen of this name; on the window's own where that one went."""
        screen = next((s for s in QGuiApplication.screens() if s.name() == name), None)
        if self._full_screen is not None:
            self._full_screen.show_on(screen)
        elif self.can_be_full_screen:
            self._enter_full_screen(screen)

    # -- pages ------------------------------------------------------------------------------------

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)

    def _say(self, notice: Notice) -> None:
        self._notice.show_notice(notice)
        self._show(self._notice)

    def _describe(self, item: StageItem) -> None:
        self._player.canvas.set_item(item.result_path, item.title)
        self._comparing.set_item(item)
        self._player.transport.set_favourite(item.favourite)
        self._player.transport.more_menu.marked_action.setVisible(item.has_marked)

    def _wait_for_copy(self, item: StageItem) -> None:
        self.release()
        self._leave_full_screen()
        self._say(notices.waiting(item))

    def _open(self, item: StageItem) -> None:
        if self._full_screen is None:
            self._show(self._player)
        self._playback.open(item)
        self._comparing.apply()

    # -- full screen ------------------------------------------------------------------------------

    def _enter_full_screen(self, screen: QScreen | None) -> None:
        title = self._item.title if self._item is not None else ""
        self._elsewhere.show_notice(notices.on_whole_screen())
        self._pages.removeWidget(self._player)
        self._full_screen = FullScreenWindow(title, self._player, self)
        self._full_screen.leave_requested.connect(self._leave_full_screen)
        self._full_screen.key_pressed.connect(self._on_full_screen_key)
        self._full_screen.key_released.connect(self._on_key_released)
        self._show(self._elsewhere)
        self._full_screen.show_on(screen)
        self._player.canvas.setFocus()
        self.full_screen_changed.emit(True)

    def _leave_full_screen(self) -> None:
        if self._full_screen is None:
            return
        self._comparing.stop_flicker()
        window, self._full_screen = self._full_screen, None
        self._pages.addWidget(window.give_back())
        self._show(self._player)
        self._player.canvas.setFocus()
        self.full_screen_changed.emit(False)

    def _on_full_screen_key(self, event: QKeyEvent) -> None:
        if is_flicker_key(event):
            self._comparing.start_flicker()
            return
        verb = verb_for(event, self)
        if verb is not None:
            verb()

    def _on_key_released(self, event: QKeyEvent) -> None:
        if is_flicker_key(event) and not event.isAutoRepeat():
            self._comparing.stop_flicker()

    # -- slots ------------------------------------------------------------------------------------

    def _connect_pages(self) -> None:
        self._empty.try_sandbox_requested.connect(self.try_sandbox_requested)
        self._empty.connect_requested.connect(self.connect_requested)
        self._empty.sign_up_requested.connect(self.sign_up_requested)
        self._notice.action_requested.connect(self._on_action)
        self._elsewhere.action_requested.connect(self._on_action)

    def _connect_transport(self) -> None:
        transport = self._player.transport
        transport.play_requested.connect(self.play_pause)
        transport.loop_requested.connect(self._on_loop)
        transport.volume_requested.connect(self._on_volume)
        transport.mute_requested.connect(self.toggle_mute)
        transport.more_menu.screen_requested.connect(self.show_full_screen_on)
        self._comparing.mode_changed.connect(self._on_mode)
        self._comparing.settings_changed.connect(self._on_settings)
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

    def _on_mode(self, mode: str) -> None:
        self.compare_changed.emit(CompareMode(mode).shows_both)
        self.compare_mode_changed.emit(mode)

    def _on_settings(self, settings: object) -> None:
        """Only what belongs to the clip that drove the video is remembered with it."""
        if self._item is not None and self._item.reference_label is None:
            self.compare_settings_changed.emit(self._item.job_id, settings)

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
            StageAction.SHOW_MARKED: self.show_marked_requested,
            StageAction.COPY: self.copy_requested,
            StageAction.OPEN_ELSEWHERE: self.open_elsewhere_requested,
            StageAction.FETCH_AGAIN: self.fetch_again_requested,
            StageAction.FAVOURITE: self.favourite_toggled,
            StageAction.SAVE_FRAME: self.save_frame_requested,
            StageAction.COPY_FRAME: self.copy_frame_requested,
            StageAction.EXPORT: self.export_requested,
        }[action]

    def _on_failed(self, reason: str) -> None:
        if self._item is None:
            return
        _log.warning("a video could not be played: %s", reason)
        self.release()
        self._leave_full_screen()
        self._say(notices.unplayable(self._item))
        self.playback_failed.emit(self._item.job_id)

    def _on_reference_failed(self, reason: str) -> None:
        _log.warning("a reference clip could not be played: %s", reason)
        if self._item is not None:
            self.reference_playback_failed.emit(self._item.job_id)

    # -- Qt ------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if is_flicker_key(event):
                event.accept()  # the key is held, so it comes as a key and not as a shortcut
                return True
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._comparing.stop_flicker()  # its release would go elsewhere
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_flicker_key(event):
            self._comparing.start_flicker()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if is_flicker_key(event):
            self._on_key_released(event)
        else:
            super().keyReleaseEvent(event)


def _played(item: StageItem) -> tuple[object, ...]:
    return item.result_path, item.result_copy


def _compared(item: StageItem) -> tuple[object, ...]:
    return item.reference_path, item.reference_copy, item.reference_waits
