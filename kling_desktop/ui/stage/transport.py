"""The seek bar and the row of controls below the picture."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt, Signal
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
from kling_desktop.ui.widgets import IconButton
from kling_desktop.ui.widgets.spoken import percent, tell_value

from .actions import StageAction
from .compare_mode import CompareMode
from .fitting_row import FittingRow, Sacrifice
from .frames import MS_PER_S
from .mode_segments import SEGMENTS, ModeSegments
from .more_menu import MoreMenu
from .playback import SPEEDS
from .seek_bar import SeekBar

VOLUME_STEPS = 100
VOLUME_WIDTH_PX = 72
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
    mode_requested = Signal(str)  # a CompareMode
    options_requested = Signal()  # nudge and sound
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
        self.seek_bar.tell()

    def set_position(self, position_ms: int, duration_ms: int, frame_number: int) -> None:
        self.seek_bar.follow(position_ms, duration_ms)
        if self.play_button.icon_name == "play":  # it stands still
            self.seek_bar.tell()
        frame = tr("f {number}").replace("{number}", str(frame_number))
        self.frame_label.setText(frame)
        self.bar_frame_label.setText(frame)
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
        self.more_menu.loop_action.setChecked(loop)

    def set_speed(self, speed: float) -> None:
        self.speed_button.setText(speed_text(speed))
        for action in self.speed_actions.actions():
            action.setChecked(action.data() == speed)

    def set_volume(self, volume: float, muted: bool) -> None:
        silent = muted or volume == 0
        self.mute_button.set_icon_name("muted" if silent else "volume")
        self.mute_button.setChecked(muted)
        self.mute_button.setToolTip(tr("Turn the sound on") if silent else tr("Mute"))
        self.more_menu.mute_action.setChecked(muted)
        with QSignalBlocker(self.volume_slider):
            self.volume_slider.setValue(round(volume * VOLUME_STEPS))
        tell_value(self.volume_slider, percent(volume), moved=True)

    def set_mode(self, mode: CompareMode, possible: bool) -> None:
        """``possible``: this video has a reference on this computer."""
        self.compare.show_mode(mode, possible)
        self.more_menu.set_mode(mode, possible)
        if self.options_button.isHidden() == (mode.shows_both and possible):
            self.options_button.setVisible(mode.shows_both and possible)
            self.row.fit()

    def set_range(self, a_ms: float | None, b_ms: float | None) -> None:
        """The marks of the loop from A to B."""
        self.seek_bar.set_marks(a_ms, b_ms)
        self.more_menu.set_range(a_ms is None and b_ms is None)

    def set_favourite(self, favourite: bool) -> None:
        self.favourite_button.set_icon_name("heart-filled" if favourite else "heart")
        self.favourite_button.setChecked(favourite)
        text = tr("Remove from favourites") if favourite else tr("Add to favourites")
        self.favourite_button.setToolTip(text)
        self.more_menu.favourite_action.setText(text)

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
        self.frame_label = self._figures("f 0", "muted")
        self.frame_label.setToolTip(tr("Frame"))
        # In a narrow window the times stand beside the bar.
        self.bar_frame_label = self._figures("f 0", "muted")
        self.bar_frame_label.setToolTip(tr("Frame"))
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
        self.compare = ModeSegments(self)
        self.compare.value_changed.connect(self.mode_requested)
        self.options_button = self._icon_button("sliders", "Nudge and sound", tr("Nudge and sound"))
        self.options_button.hide()
        self.options_button.clicked.connect(self.options_requested)
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
        self.more_menu = menu = MoreMenu(self.speed_menu, self)
        menu.action_requested.connect(self.action_requested)
        menu.mode_requested.connect(self.mode_requested)
        menu.options_requested.connect(self.options_requested)
        menu.loop_requested.connect(self.loop_requested)
        menu.mute_requested.connect(self.mute_requested)
        menu.volume_requested.connect(self.volume_slider.setValue)
        menu.full_screen_requested.connect(self.full_screen_requested)
        self.more_button.setMenu(menu)

    def _offer(self, control: QPushButton, action: StageAction) -> None:
        """Let this button ask for this action."""
        control.setProperty("action", action.value)
        control.clicked.connect(self._on_action)

    def _build_layout(self) -> None:
        self.row = FittingRow(self)
        self.row.setFixedHeight(ROW_HEIGHT_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_12)
        layout.setSpacing(SPACE_4)
        bar_row = QHBoxLayout()
        bar_row.setSpacing(SPACE_12)
        bar_row.addWidget(self.bar_position_label)
        bar_row.addWidget(self.bar_frame_label)
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
        row.addWidget(self.frame_label)
        row.addSpacing(SPACE_4)
        row.addWidget(self.loop_button)
        row.addWidget(self.speed_button)
        row.addWidget(self.mute_button)
        row.addWidget(self.volume_slider)
        row.addStretch(1)
        row.addWidget(self.compare)
        row.addWidget(self.options_button)
        row.addStretch(1)
        for button in (self.favourite_button, self.full_screen_button, self.folder_button):
            row.addWidget(button)
        row.addWidget(self.save_button)
        row.addWidget(self.more_button)

    def _set_tab_order(self) -> None:
        """As they are read; some were made in another order."""
        segments = [self.compare.button(mode.value) for mode in SEGMENTS]
        order: list[QWidget] = [
            *(self.seek_bar, self.start_button, self.back_button, self.play_button),
            *(self.forward_button, self.end_button, self.loop_button, self.speed_button),
            *(self.mute_button, self.volume_slider, *segments, self.options_button),
            *(self.favourite_button,),
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
        for label in (self.position_label, self.duration_label, self.frame_label):
            label.setHidden(to_the_bar)
        for label in (self.bar_position_label, self.bar_duration_label, self.bar_frame_label):
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
        self.more_menu.set_given_up(self.row.given_up)

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

    def _on_action(self) -> None:
        control = self.sender()
        if control is None:
            return
        if control is self.favourite_button:
            # The heart follows the library, not the click: the library may refuse.
            self.favourite_button.setChecked(not self.favourite_button.isChecked())
        self.action_requested.emit(str(control.property("action")))
