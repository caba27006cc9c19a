"""What else there is to set when two videos are compared: nudges, and whose sound is heard."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kling_desktop.motion.compare import MOST_NUDGE_FRAMES, CompareSettings, Heard
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12, set_property
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import Segmented

VALUE_WIDTH_PX = 84
STEP_BUTTON_PX = 30
MIN_WIDTH_PX = 288  # for the three names of the sound


def frames_text(frames: int) -> str:
    """``+2 frames``, ``−1 frame``, ``0 frames``."""
    sign = "+" if frames > 0 else "−" if frames < 0 else ""
    text = tr("{count} frame") if abs(frames) == 1 else tr("{count} frames")
    return text.replace("{count}", f"{sign}{abs(frames)}")


class CompareOptions(QFrame):
    """A small window below a button; closes by a click beside it or Escape."""

    result_nudged = Signal(int)  # frames
    reference_nudged = Signal(int)
    heard_requested = Signal(str)  # a Heard
    reset_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # outside of its corners
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Nudge and sound")
        self.setMinimumWidth(MIN_WIDTH_PX)
        self._values: dict[str, QLabel] = {}
        self._steps: dict[str, tuple[QPushButton, QPushButton]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        layout.setSpacing(SPACE_8)
        layout.addWidget(_text(tr("Nudge"), "heading", self))
        layout.addLayout(self._build_nudges())
        layout.addSpacing(SPACE_4)
        layout.addWidget(_text(tr("Sound"), "heading", self))
        self.heard = Segmented(
            [
                (Heard.RESULT.value, tr("Result"), "Sound of the result"),
                (Heard.REFERENCE.value, tr("Reference"), "Sound of the reference"),
                (Heard.NONE.value, tr("None"), "No sound"),
            ],
            self,
        )
        self.heard.setAccessibleName("Sound")
        self.heard.value_changed.connect(self.heard_requested)
        layout.addWidget(self.heard)
        note = _text(tr("Remembered with this video."), "small", self)
        layout.addWidget(note)
        self._note = note

    def show_settings(self, settings: CompareSettings, remembered: bool) -> None:
        frames = {"reference": settings.reference_frames, "result": settings.result_frames}
        for side, count in frames.items():
            self._values[side].setText(frames_text(count))
            back, forward = self._steps[side]
            back.setEnabled(count > -MOST_NUDGE_FRAMES)
            forward.setEnabled(count < MOST_NUDGE_FRAMES)
        self._reset.setEnabled(any(frames.values()))
        self._note.setVisible(remembered)
        with QSignalBlocker(self.heard):
            self.heard.set_value(settings.heard.value)

    def open_above(self, anchor: QWidget) -> None:
        """Beside this button, within the screen."""
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(0, 0))
        left = corner.x() + anchor.width() // 2 - self.width() // 2
        room = anchor.screen().availableGeometry()
        left = max(room.left(), min(left, room.right() - self.width()))
        self.move(left, max(room.top(), corner.y() - self.height() - SPACE_8))
        self.show()
        self._steps["reference"][0].setFocus(Qt.FocusReason.PopupFocusReason)

    def _build_nudges(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(SPACE_4)
        grid.setColumnStretch(0, 1)
        sides = (
            ("reference", tr("Reference"), self.reference_nudged),
            ("result", tr("Result"), self.result_nudged),
        )
        for row, (side, text, nudged) in enumerate(sides):
            back = self._step_button("−", f"Nudge {side} back")
            forward = self._step_button("+", f"Nudge {side} on")
            back.clicked.connect(partial(nudged.emit, -1))
            forward.clicked.connect(partial(nudged.emit, 1))
            value = _text(frames_text(0), "", self)
            value.setFixedWidth(VALUE_WIDTH_PX)
            value.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._values[side], self._steps[side] = value, (back, forward)
            for column, widget in enumerate((_text(text, "muted", self), back, value, forward)):
                grid.addWidget(widget, row, column)
        self._reset = QPushButton(tr("No nudge"), self)
        set_property(self._reset, "kind", "link")
        self._reset.clicked.connect(self.reset_requested)
        grid.addWidget(self._reset, len(sides), 1, 1, 3, Qt.AlignmentFlag.AlignCenter)
        return grid

    def _step_button(self, text: str, accessible_name: str) -> QPushButton:
        button = QPushButton(text, self)
        set_property(button, "kind", "icon")
        button.setAccessibleName(accessible_name)
        button.setFixedWidth(STEP_BUTTON_PX)
        button.setAutoRepeat(True)
        return button


def _text(text: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        set_property(label, "role", role)
    return label
