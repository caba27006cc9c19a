"""The window's keys for the Stage, where the window's shortcuts do not reach."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent

from kling_desktop.ui.hands import may_repeat

if TYPE_CHECKING:
    from .panel import StagePanel

FLICKER_KEY = Qt.Key.Key_B  # "blink"; held, so it cannot be a shortcut


def is_flicker_key(event: QKeyEvent) -> bool:
    """Pressed or let go by a hand, not by the keyboard's own repeating."""
    plain = event.modifiers() in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.KeypadModifier,
    )
    return event.key() == FLICKER_KEY and plain


def full_screen_verbs(stage: StagePanel) -> dict[int, Callable[[], None]]:
    """As in the window's table of actions."""
    key, shift, alt = Qt.Key, Qt.Modifier.SHIFT, Qt.Modifier.ALT
    verbs: dict[QKeyCombination | Qt.Key, Callable[[], None]] = {
        key.Key_Space: stage.play_pause,
        key.Key_K: stage.pause,
        key.Key_L: stage.faster,
        key.Key_J: stage.slower,
        key.Key_Right: partial(stage.step_frames, 1),
        key.Key_Left: partial(stage.step_frames, -1),
        shift | key.Key_Right: partial(stage.step_seconds, 1),
        shift | key.Key_Left: partial(stage.step_seconds, -1),
        alt | key.Key_Right: partial(stage.nudge_reference, 1),
        alt | key.Key_Left: partial(stage.nudge_reference, -1),
        alt | shift | key.Key_Right: partial(stage.nudge_result, 1),
        alt | shift | key.Key_Left: partial(stage.nudge_result, -1),
        key.Key_BracketLeft: stage.set_loop_start,
        key.Key_BracketRight: stage.set_loop_end,
        key.Key_Backslash: stage.clear_loop_range,
        key.Key_Z: stage.toggle_actual_size,
        key.Key_Plus: stage.zoom_in,
        key.Key_Equal: stage.zoom_in,
        key.Key_Minus: stage.zoom_out,
        Qt.Modifier.CTRL | key.Key_L: stage.toggle_loop,
        key.Key_C: stage.cycle_compare,
        key.Key_F: stage.toggle_favourite,
    }
    return {QKeyCombination(keys).toCombined(): verb for keys, verb in verbs.items()}


def verb_for(event: QKeyEvent, stage: StagePanel) -> Callable[[], None] | None:
    """The verb of a key; signs count as typed, whatever keys they take on this keyboard."""
    if event.isAutoRepeat() and not may_repeat(event):
        return None
    verbs = full_screen_verbs(stage)
    found = verbs.get(event.keyCombination().toCombined())
    if found is None and event.text() in ("[", "]", "\\", "+"):
        found = verbs.get(int(event.key()))
    return found
