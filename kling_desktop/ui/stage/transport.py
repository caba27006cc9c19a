"""The seek bar and the row of controls below the picture."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QIcon, QWheelEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.icons import icon
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12, SPACE_16, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import IconButton, Segmented

from .actions import StageAction
from .fitting_row import FittingRow, Sacrifice
from .frames import MS_PER_S
from .playback import SPEEDS
from .seek_bar import SeekBar

RESULT = "result"
SIDE_BY_SIDE = "side-by-side"
VOLUME_STEPS = 100
VOLUME_WIDTH_PX = 72
VOLUME_CHOICES = (100, 75, 50, 25)  # per cent, in the menu where the slider has no room
WHEEL_STEP = 0.05  # of the volume, for one notch
NOTCH = 120  # Qt's angle delta of one notch of a wheel
ROW_HEIGHT_PX = 38
ICON_BUTTON_PX = 28
PLAY_BUTTON_PX = 46
GAP_PX = 2  # quiet buttons bring their own air


def speed_text(speed: float) -> str:
    """``1×``, ``0.25×``."""
    return f"{speed:g}×"


class MuteButton(IconButton):
    """Turning the wheel over it changes the volume."""

    wheel_turned = Signal(float)  # notches, up is positive

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.wheel_turned.emit(event.angleDelta().y() / NOTCH)
        event.accept()


class Transport(QFrame):
    """Shows the state it is told and says what is wished; it decides nothing."""

    play_requested = Signal()  # play, or pause when it plays
    step_requested = Signal(int)  # frames
    start_requested = Signal()
    end_requested = Signal()
    seek_requested = Signal(int)  # ms
    loop_requested = Signal(bool)
    speed_requested = Signal(float)
    volume_requested = Signal(float)
    mute_requested = Signal()
    compare_requested = Signal(bool)
    full_screen_requested = Signal()
    action_requested = Signal(str)  # a StageAction

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._duration_ms = 0
        self.seek_bar = SeekBar(self)
        self.seek_bar.seek_requested.connect(self.seek_requested)
        self._build_buttons()
        self._build_sound()
        self._build_file_buttons()
        self._build_menu()
        self._build_layout()

    # -- state to show --------------------------------------------------------------------------

    def set_playing(self, playing: bool) -> None:
        self.play_button.set_icon_name("pause" if playing else "play")
        self.play_button.setAccessibleName("Pause" if playing else "Play")
        self.play_button.setToolTip(tr("Pause") if playing else tr("Play"))

    def set_position(self, position_ms: int, duration_ms: int) -> None:
        self.seek_bar.follow(position_ms, duration_ms)
        position = words.timecode(position_ms / MS_PER_S)
        self.position_label.setText(position)
        self.bar_position_label.setText(position)
        if duration_ms != self._duration_ms:
            self._duration_ms = duration_ms
            duration = words.timecode(duration_ms / MS_PER_S)
            self.duration_label.setText("/ " + duration)
            self.bar_duration_label.setText(duration)
            self.row.fit()

    def set_loop(self, loop: bool) -> None:
        self.loop_button.setChecked(loop)
        self.loop_action.setChecked(loop)

    def set_speed(self, speed: float) -> None:
        self.speed_button.setText(speed_text(speed))
        for action in self.speed_actions.actions():
            action.setChecked(action.data() == speed)

    def set_volume(self, volume: float, muted: bool) -> None:
        silent = muted or volume == 0
        self.mute_button.set_icon_name("muted" if silent else "volume")
        self.mute_button.setChecked(muted)
        self.mute_button.setToolTip(tr("Turn the sound on") if silent else tr("Mute"))
        self.mute_action.setChecked(muted)
        with QSignalBlocker(self.volume_slider):
            self.volume_slider.setValue(round(volume * VOLUME_STEPS))

    def set_compare(self, side_by_side: bool, possible: bool) -> None:
        """``possible``: this video has a reference on this computer."""
        with QSignalBlocker(self.compare):
            self.compare.set_value(SIDE_BY_SIDE if side_by_side else RESULT)
        self.compare.set_option_enabled(SIDE_BY_SIDE, possible)
        reason = "" if possible else tr("The reference clip is not on this computer.")
        self.compare.button(SIDE_BY_SIDE).setToolTip(reason)
        self.compare_action.setChecked(side_by_side)
        self.compare_action.setEnabled(possible)

    def set_favourite(self, favourite: bool) -> None:
        self.favourite_button.set_icon_name("heart-filled" if favourite else "heart")
        self.favourite_button.setChecked(favourite)
        text = tr("Remove from favourites") if favourite else tr("Add to favourites")
        self.favourite_button.setToolTip(text)
        self.favourite_action.setText(text)

    # -- building -------------------------------------------------------------------------------

    def _icon_button(
        self, name: str, accessible_name: str, tooltip: str, checkable: bool = False
    ) -> IconButton:
        button = IconButton(name, accessible_name, tooltip, self)
        button.setFixedWidth(ICON_BUTTON_PX)
        button.setCheckable(checkable)
        return button

    def _build_buttons(self) -> None:
        self.start_button = self._icon_button("to-start", "To start", tr("To the start"))
        self.back_button = self._icon_button(
            "step-back", "Previous frame", tr("Previous frame (←)")
        )
        self.play_button = self._icon_button("play", "Play", tr("Play"))
        self.forward_button = self._icon_button("step-forward", "Next frame", tr("Next frame (→)"))
        self.end_button = self._icon_button("to-end", "To end", tr("To the end"))
        self.loop_button = self._icon_button("loop", "Loop", tr("Loop"), checkable=True)
        self.full_screen_button = self._icon_button(
            "full-screen", "Full screen", tr("Full screen (F11)")
        )
        self.position_label = self._figures("0:00.00", "")
        self.duration_label = self._figures("/ 0:00.00", "muted")
        # In a narrow window the times stand beside the bar.
        self.bar_position_label = self._figures("0:00.00", "")
        self.bar_duration_label = self._figures("0:00.00", "muted")
        self.start_button.clicked.connect(self.start_requested)
        self.back_button.clicked.connect(self._on_back)
        self.play_button.clicked.connect(self.play_requested)
        self.forward_button.clicked.connect(self._on_forward)
        self.end_button.clicked.connect(self.end_requested)
        self.loop_button.clicked.connect(self.loop_requested)
        self.full_screen_button.clicked.connect(self.full_screen_requested)
        for button in (self.back_button, self.forward_button):
            button.setAutoRepeat(True)

    def _figures(self, text: str, role: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            set_property(label, "role", role)
        return label

    def _build_sound(self) -> None:
        self.mute_button = MuteButton("volume", "Mute", tr("Mute"), self)
        self.mute_button.setFixedWidth(ICON_BUTTON_PX)
        self.mute_button.setCheckable(True)
        self.mute_button.clicked.connect(self.mute_requested)
        self.mute_button.wheel_turned.connect(self._on_wheel)
        self.volume_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.volume_slider.setAccessibleName("Volume")
        self.volume_slider.setRange(0, VOLUME_STEPS)
        self.volume_slider.setValue(VOLUME_STEPS)
        self.volume_slider.setFixedWidth(VOLUME_WIDTH_PX)
        self.volume_slider.valueChanged.connect(self._on_volume)

    def _build_file_buttons(self) -> None:
        self.speed_button = QPushButton(speed_text(1.0), self)
        set_property(self.speed_button, "kind", "icon")
        self.speed_button.setAccessibleName("Speed")
        self.speed_button.setToolTip(tr("Speed"))
        self.compare = Segmented(
            [
                (RESULT, tr("Result"), "Result"),
                (SIDE_BY_SIDE, tr("Side by side"), "Side by side"),
            ],
            self,
        )
        # Equal halves, each as wide as the longer text needs.
        halves = [self.compare.button(value).sizeHint() for value in (RESULT, SIDE_BY_SIDE)]
        self.compare.setFixedWidth(2 * max(half.width() - SPACE_8 for half in halves) + SPACE_8)
        self.compare.value_changed.connect(self._on_compare)
        self.favourite_button = self._icon_button("heart", "Favourite", "", checkable=True)
        self._offer(self.favourite_button, StageAction.FAVOURITE)
        self.folder_button = self._icon_button("folder", "Show in folder", tr("Show in folder"))
        self._offer(self.folder_button, StageAction.SHOW_IN_FOLDER)
        self.save_button = QPushButton(tr("Save as…"), self)
        self.save_button.setAccessibleName("Save as")
        self.save_button.setToolTip(tr("Save a copy of this video under another name"))
        self._offer(self.save_button, StageAction.SAVE_AS)
        self.more_button = self._icon_button("more", "More", tr("More"))
        theme().changed.connect(self._on_theme_changed)

    def _build_menu(self) -> None:
        self.speed_menu = QMenu(tr("Speed"), self)
        self.speed_actions = QActionGroup(self)
        for speed in SPEEDS:
            action = self.speed_menu.addAction(speed_text(speed))
            action.setCheckable(True)
            action.setData(speed)
            self.speed_actions.addAction(action)
        self.speed_actions.triggered.connect(self._on_speed)
        self.speed_button.setMenu(self.speed_menu)
        self.more_menu = QMenu(self)
        self._add_file_actions()
        self.more_menu.addSeparator()
        self._add_actions_without_room()
        self.more_button.setMenu(self.more_menu)

    def _action(self, text: str, requested: SignalInstance, checkable: bool = False) -> QAction:
        action = self.more_menu.addAction(text)
        action.setCheckable(checkable)
        action.triggered.connect(requested)
        return action

    def _offer(self, control: QPushButton | QAction, action: StageAction) -> None:
        """Let this control ask for this action."""
        control.setProperty("action", action.value)
        clicked = control.triggered if isinstance(control, QAction) else control.clicked
        clicked.connect(self._on_action)

    def _add_file_actions(self) -> None:
        for action, text in (
            (StageAction.SHOW_IN_FOLDER, tr("Show in folder")),
            (StageAction.COPY, tr("Copy")),
            (StageAction.OPEN_ELSEWHERE, tr("Open in another player")),
            (StageAction.FETCH_AGAIN, tr("Fetch again")),
        ):
            self._offer(self.more_menu.addAction(text), action)

    def _add_actions_without_room(self) -> None:
        """What a narrow row does not show is here."""
        self.compare_action = self._action(tr("Side by side"), self.compare_requested, True)
        self.loop_action = self._action(tr("Loop"), self.loop_requested, True)
        self.speed_submenu = self.more_menu.addMenu(self.speed_menu)
        self.mute_action = self._action(tr("Mute"), self.mute_requested, True)
        volume_menu = QMenu(tr("Volume"), self)
        for percent in VOLUME_CHOICES:
            action = volume_menu.addAction(f"{percent} %")
            action.triggered.connect(partial(self.volume_slider.setValue, percent))
        self.volume_submenu = self.more_menu.addMenu(volume_menu)
        self.favourite_action = self.more_menu.addAction("")
        self._offer(self.favourite_action, StageAction.FAVOURITE)
        self.full_screen_action = self._action(tr("Full screen"), self.full_screen_requested)

    def _build_layout(self) -> None:
        self.row = FittingRow(self)
        self.row.setFixedHeight(ROW_HEIGHT_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_12)
        layout.setSpacing(SPACE_4)
        bar_row = QHBoxLayout()
        bar_row.setSpacing(SPACE_12)
        bar_row.addWidget(self.bar_position_label)
        bar_row.addWidget(self.seek_bar, 1)
        bar_row.addWidget(self.bar_duration_label)
        layout.addLayout(bar_row)
        layout.addWidget(self.row)
        set_property(self.play_button, "kind", "plain")
        self.play_button.setFixedWidth(PLAY_BUTTON_PX)
        self._fill_row()
        self._set_tab_order()
        self._name_sacrifices()

    def _fill_row(self) -> None:
        row = self.row.row
        row.setSpacing(GAP_PX)
        for button in (self.start_button, self.back_button, self.play_button):
            row.addWidget(button)
        row.addWidget(self.forward_button)
        row.addWidget(self.end_button)
        row.addSpacing(SPACE_4)
        row.addWidget(self.position_label)
        row.addWidget(self.duration_label)
        row.addSpacing(SPACE_4)
        row.addWidget(self.loop_button)
        row.addWidget(self.speed_button)
        row.addWidget(self.mute_button)
        row.addWidget(self.volume_slider)
        row.addStretch(1)
        row.addWidget(self.compare)
        row.addStretch(1)
        for button in (self.favourite_button, self.full_screen_button, self.folder_button):
            row.addWidget(button)
        row.addWidget(self.save_button)
        row.addWidget(self.more_button)

    def _set_tab_order(self) -> None:
        """As they are read; some were made in another order."""
        halves = [self.compare.button(value) for value in (RESULT, SIDE_BY_SIDE)]
        order: list[QWidget] = [
            *(self.seek_bar, self.start_button, self.back_button, self.play_button),
            *(self.forward_button, self.end_button, self.loop_button, self.speed_button),
            *(self.mute_button, self.volume_slider, *halves, self.favourite_button),
            *(self.full_screen_button, self.folder_button, self.save_button, self.more_button),
        ]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _name_sacrifices(self) -> None:
        """First what has another way: all of it stays in the menu or on a key."""
        self.row.fitted.connect(self._on_fitted)
        self.row.set_sacrifices(
            [
                Sacrifice("volume", self.volume_slider.setHidden),
                Sacrifice("full screen", self.full_screen_button.setHidden),
                Sacrifice("times", self._move_times),
                Sacrifice("speed", self.speed_button.setHidden),
                Sacrifice("save text", self._shorten_save),
                Sacrifice("ends", self._hide_ends),
                Sacrifice("compare", self.compare.setHidden),
                Sacrifice("favourite", self.favourite_button.setHidden),
                Sacrifice("loop", self.loop_button.setHidden),
                Sacrifice("mute", self.mute_button.setHidden),
            ]
        )

    def _move_times(self, to_the_bar: bool) -> None:
        for label in (self.position_label, self.duration_label):
            label.setHidden(to_the_bar)
        for label in (self.bar_position_label, self.bar_duration_label):
            label.setVisible(to_the_bar)

    def _hide_ends(self, hide: bool) -> None:
        self.start_button.setHidden(hide)
        self.end_button.setHidden(hide)

    def _shorten_save(self, shorten: bool) -> None:
        set_property(self.save_button, "kind", "icon" if shorten else "plain")
        self.save_button.setText("" if shorten else tr("Save as…"))
        self.save_button.setIcon(icon("save") if shorten else QIcon())

    # -- slots ----------------------------------------------------------------------------------

    def _on_fitted(self) -> None:
        gone = self.row.given_up
        self.compare_action.setVisible("compare" in gone)
        self.loop_action.setVisible("loop" in gone)
        self.speed_submenu.setVisible("speed" in gone)
        self.mute_action.setVisible("mute" in gone)
        self.volume_submenu.setVisible("volume" in gone)
        self.favourite_action.setVisible("favourite" in gone)
        self.full_screen_action.setVisible("full screen" in gone)

    def _on_theme_changed(self) -> None:
        if "save text" in self.row.given_up:
            self.save_button.setIcon(icon("save"))

    def _on_back(self) -> None:
        self.step_requested.emit(-1)

    def _on_forward(self) -> None:
        self.step_requested.emit(1)

    def _on_speed(self, action: QAction) -> None:
        self.speed_requested.emit(float(action.data()))

    def _on_volume(self, steps: int) -> None:
        self.volume_requested.emit(steps / VOLUME_STEPS)

    def _on_wheel(self, notches: float) -> None:
        self.volume_requested.emit(self.volume_slider.value() / VOLUME_STEPS + notches * WHEEL_STEP)

    def _on_compare(self, value: str) -> None:
        self.compare_requested.emit(value == SIDE_BY_SIDE)

    def _on_action(self) -> None:
        control = self.sender()
        if control is None:
            return
        if control is self.favourite_button:
            # The heart follows the library, not the click: the library may refuse.
            self.favourite_button.setChecked(not self.favourite_button.isChecked())
        self.action_requested.emit(str(control.property("action")))
