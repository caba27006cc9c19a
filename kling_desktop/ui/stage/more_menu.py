"""The menu behind the three dots: what has no button, and what has no room for its button."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QScreen
from PySide6.QtWidgets import QMenu, QWidget

from kling_desktop.ui.tr import tr

from .actions import StageAction
from .compare_mode import CompareMode, mode_text

VOLUME_CHOICES = (100, 75, 50, 25)  # per cent, where the slider has no room


class MoreMenu(QMenu):
    """Says what is wished; ``set_given_up`` shows what the row had to hide."""

    action_requested = Signal(str)  # a StageAction
    mode_requested = Signal(str)  # a CompareMode
    options_requested = Signal()
    loop_requested = Signal(bool)
    mute_requested = Signal()
    volume_requested = Signal(int)  # per cent
    a_requested = Signal()
    b_requested = Signal()
    range_cleared = Signal()
    actual_size_requested = Signal()
    full_screen_requested = Signal()
    screen_requested = Signal(str)  # its name; it may be unplugged by then

    def __init__(self, speed_menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self._add_file_actions()
        self.addSeparator()
        self._add_frame_actions()
        self.addSeparator()
        self._add_compare()
        self._add_range()
        self.addSeparator()
        self._add_without_room(speed_menu)
        self._add_screens()
        self.aboutToShow.connect(self._fill_screens)

    # -- state to show --------------------------------------------------------------------------

    def set_given_up(self, gone: frozenset[str]) -> None:
        self.loop_action.setVisible("loop" in gone)
        self.speed_action.setVisible("speed" in gone)
        self.mute_action.setVisible("mute" in gone)
        self.volume_action.setVisible("volume" in gone)
        self.favourite_action.setVisible("favourite" in gone)
        self.full_screen_action.setVisible("full screen" in gone)

    def set_mode(self, mode: CompareMode, possible: bool) -> None:
        for action in self.mode_actions.actions():
            action.setChecked(action.data() == mode.value)
            action.setEnabled(possible or action.data() == CompareMode.RESULT.value)
        self.options_action.setEnabled(possible and mode.shows_both)

    def set_range(self, is_empty: bool) -> None:
        self.clear_range_action.setEnabled(not is_empty)

    # -- building -------------------------------------------------------------------------------

    def _ask(self, menu: QMenu, text: str, action: StageAction) -> QAction:
        entry = menu.addAction(text)
        entry.triggered.connect(partial(self._on_action, action.value))
        return entry

    def _entry(self, text: str, requested: SignalInstance, checkable: bool = False) -> QAction:
        action = self.addAction(text)
        action.setCheckable(checkable)
        action.triggered.connect(requested)
        return action

    def _add_file_actions(self) -> None:
        self._ask(self, tr("Show in folder"), StageAction.SHOW_IN_FOLDER)
        with_mark = tr("Show watermarked copy in folder")
        self.marked_action = self._ask(self, with_mark, StageAction.SHOW_MARKED)
        self.marked_action.setVisible(False)
        self._ask(self, tr("Copy"), StageAction.COPY)
        self._ask(self, tr("Open in another player"), StageAction.OPEN_ELSEWHERE)
        self._ask(self, tr("Fetch again"), StageAction.FETCH_AGAIN)

    def _add_frame_actions(self) -> None:
        self._ask(self, tr("Save frame…"), StageAction.SAVE_FRAME)
        self._ask(self, tr("Copy frame"), StageAction.COPY_FRAME)
        self.export_action = self._ask(self, tr("Export…"), StageAction.EXPORT)

    def _add_compare(self) -> None:
        menu = QMenu(tr("Compare"), self)
        self.mode_actions = QActionGroup(self)
        for mode in CompareMode:
            action = menu.addAction(mode_text(mode))
            action.setCheckable(True)
            action.setData(mode.value)
            action.triggered.connect(partial(self._on_mode, mode.value))
            self.mode_actions.addAction(action)
        menu.addSeparator()
        self.options_action = menu.addAction(tr("Nudge and sound…"))
        self.options_action.triggered.connect(self.options_requested)
        self.addMenu(menu)

    def _add_range(self) -> None:
        menu = QMenu(tr("Loop from A to B"), self)
        for text, requested in (
            (tr("Begin at this frame (A)"), self.a_requested),
            (tr("End at this frame (B)"), self.b_requested),
            (tr("Clear A and B"), self.range_cleared),
        ):
            self.clear_range_action = menu.addAction(text)
            self.clear_range_action.triggered.connect(requested)
        self.clear_range_action.setEnabled(False)
        self.addMenu(menu)

    def _add_without_room(self, speed_menu: QMenu) -> None:
        self._entry(tr("Actual size"), self.actual_size_requested)
        self.loop_action = self._entry(tr("Loop"), self.loop_requested, True)
        self.speed_action = self.addMenu(speed_menu)
        self.mute_action = self._entry(tr("Mute"), self.mute_requested, True)
        volume_menu = QMenu(tr("Volume"), self)
        for percent in VOLUME_CHOICES:
            action = volume_menu.addAction(f"{percent} %")
            action.triggered.connect(partial(self._on_volume, percent))
        self.volume_action = self.addMenu(volume_menu)
        self.favourite_action = self._ask(self, "", StageAction.FAVOURITE)
        self.full_screen_action = self._entry(tr("Full screen"), self.full_screen_requested)

    def _add_screens(self) -> None:
        self.screen_menu = QMenu(tr("Full screen on"), self)
        self.screen_action = self.addMenu(self.screen_menu)
        self._fill_screens()

    def _fill_screens(self) -> None:
        """Only with a second screen there is a choice."""
        screens = QGuiApplication.screens()
        self.screen_action.setVisible(len(screens) > 1)
        self.screen_menu.clear()
        for screen in screens:
            action = self.screen_menu.addAction(screen_text(screen))
            action.triggered.connect(partial(self._on_screen, screen.name()))

    # -- slots ----------------------------------------------------------------------------------

    def _on_action(self, value: str) -> None:
        self.action_requested.emit(value)

    def _on_mode(self, value: str) -> None:
        self.mode_requested.emit(value)

    def _on_volume(self, percent: int) -> None:
        self.volume_requested.emit(percent)

    def _on_screen(self, name: str) -> None:
        self.screen_requested.emit(name)


def screen_text(screen: QScreen) -> str:
    """``DELL U2720Q, 3840 × 2160``."""
    name = " ".join(part for part in (screen.manufacturer(), screen.model()) if part)
    size = screen.size() * screen.devicePixelRatio()
    return f"{name or screen.name()}, {size.width()} × {size.height()}".replace("&", "&&")
