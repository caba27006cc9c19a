"""The result against its reference: the mode, the nudges, the sound, and flickering."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from kling_desktop.motion.compare import MOST_NUDGE_FRAMES, CompareSettings, Heard
from kling_desktop.ui.tr import tr

from .compare_mode import CompareMode
from .compare_options import CompareOptions, frames_text
from .item import StageItem
from .playback import Playback
from .player_page import PlayerPage

# Five changes a second are two and a half flashes: under the three of WCAG 2.3.1.
FLICKER_EVERY_MS = 200
FLICKER_ALONE_MS = 3000  # when it was asked for in a menu, where no key is held


class Comparing(QObject):
    """Keeps canvas, transport and playback of one page in the same mode."""

    mode_changed = Signal(str)  # a CompareMode; by the person
    settings_changed = Signal(object)  # CompareSettings; by the person

    def __init__(self, playback: Playback, page: PlayerPage, parent: QObject) -> None:
        super().__init__(parent)
        self._playback, self._page = playback, page
        self._item: StageItem | None = None
        self._failed_path: str | None = None
        self.mode = CompareMode.RESULT  # the person's wish, for later videos too
        self.options = CompareOptions(page)
        self._flicker = QTimer(self, interval=FLICKER_EVERY_MS)
        self._flicker.timeout.connect(self._on_flicker)
        self._flicker_end = QTimer(self, singleShot=True, interval=FLICKER_ALONE_MS)
        self._flicker_end.timeout.connect(self.stop_flicker)
        self._shows_reference = False
        self._connect()

    def _connect(self) -> None:
        transport, options = self._page.transport, self.options
        transport.mode_requested.connect(self._on_mode)
        transport.options_requested.connect(self.open_options)
        options.result_nudged.connect(self.nudge_result)
        options.reference_nudged.connect(self.nudge_reference)
        options.heard_requested.connect(self._on_heard)
        options.reset_requested.connect(self._on_reset)
        self._playback.reference_failed.connect(self._on_reference_failed)

    # -- the video ------------------------------------------------------------------------------

    def set_item(self, item: StageItem) -> None:
        """What is on the Stage. The same one again keeps what was set since."""
        before, self._item = self._item, item
        if before is not None and before.reference_copy != item.reference_copy:
            self._failed_path = None
        if before is None or _pair(before) != _pair(item):
            self._failed_path = None
            self._playback.set_compare(
                item.compare or CompareSettings(), item.reference_start_s, item.reference_end_s
            )
        self._show_settings()

    def apply(self) -> None:
        """Open or close the reference as the mode wants it, and show the mode."""
        path = self.reference_path
        shown = self.shown_mode
        self._page.transport.set_mode(shown, path is not None)
        self._page.canvas.set_mode(shown)
        wanted = path is not None and (shown.shows_both or self._flicker.isActive())
        if not wanted:
            self._playback.close_reference()
        elif self._waits:
            return
        elif path is not None and self._playback.is_open and not self._playback.has_reference:
            copy = self._item.reference_copy if self._item is not None else None
            self._playback.open_reference(path, copy)

    @property
    def reference_path(self) -> str | None:
        """The reference of what is shown, unless it could not be played here."""
        path = self._item.reference_path if self._item is not None else None
        return None if path == self._failed_path else path

    @property
    def _waits(self) -> bool:
        """For the copy that the reference is shown from."""
        return self._item is not None and self._item.reference_waits

    @property
    def shown_mode(self) -> CompareMode:
        return self.mode if self.reference_path is not None else CompareMode.RESULT

    # -- verbs ----------------------------------------------------------------------------------

    def set_mode(self, mode: CompareMode) -> None:
        self.mode = mode
        self.apply()

    def cycle(self) -> None:
        """The next mode; without a reference there is only one."""
        if self.reference_path is not None:
            self._on_mode(self.mode.next.value)

    def nudge_result(self, frames: int) -> None:
        if self._may_nudge(self._playback.settings.result_frames + frames):
            self._playback.nudge_result(frames)
            self._on_settings()

    def nudge_reference(self, frames: int) -> None:
        if self._may_nudge(self._playback.settings.reference_frames + frames):
            self._playback.nudge_reference(frames)
            self._on_settings()

    def open_options(self) -> None:
        transport = self._page.transport
        button = transport.options_button
        self._show_settings()
        self.options.open_above(button if button.isVisible() else transport.more_button)

    def start_flicker(self) -> None:
        """The reference in the result's place and back, until :meth:`stop_flicker`."""
        if self._flicker.isActive() or self.reference_path is None:
            return
        self._flicker.start()
        self.apply()
        self._shows_reference = False
        self._on_flicker()

    def flicker_for_a_while(self) -> None:
        """For the menu."""
        self.start_flicker()
        self._flicker_end.start()

    def stop_flicker(self) -> None:
        if self._flicker.isActive():
            self._flicker.stop()
            self._flicker_end.stop()
            self._page.canvas.set_flicker(None)
            self.apply()

    @property
    def is_flickering(self) -> bool:
        return self._flicker.isActive()

    # -- inside ---------------------------------------------------------------------------------

    def _may_nudge(self, frames: int) -> bool:
        return self.shown_mode.shows_both and abs(frames) <= MOST_NUDGE_FRAMES

    def _show_settings(self) -> None:
        item, settings = self._item, self._playback.settings
        if item is None:
            return
        result = tr("Result · {mode}").replace("{mode}", item.mode_label)
        reference = item.reference_label or tr("Reference")
        self._page.canvas.set_chips(
            _with_nudge(reference, settings.reference_frames),
            _with_nudge(result, settings.result_frames),
        )
        self.options.show_settings(settings, item.reference_label is None)

    def _on_settings(self) -> None:
        self._show_settings()
        self.settings_changed.emit(self._playback.settings)

    def _on_heard(self, value: str) -> None:
        self._playback.set_heard(Heard(value))
        self._on_settings()

    def _on_reset(self) -> None:
        settings = self._playback.settings
        self._playback.nudge_result(-settings.result_frames)
        self._playback.nudge_reference(-settings.reference_frames)
        self._on_settings()

    def _on_mode(self, value: str) -> None:
        self.set_mode(CompareMode(value))
        self.mode_changed.emit(value)

    def _on_flicker(self) -> None:
        self._shows_reference = not self._shows_reference
        self._page.canvas.set_flicker(self._shows_reference)

    def _on_reference_failed(self, _reason: str) -> None:
        self._failed_path = self._item.reference_path if self._item is not None else None
        self.stop_flicker()
        self.apply()


def _pair(item: StageItem) -> tuple[str, str, str | None]:
    return item.job_id, item.result_path, item.reference_path


def _with_nudge(name: str, frames: int) -> str:
    return f"{name} · {frames_text(frames)}" if frames else name
