"""Return presses the button that has the focus: Qt itself does so in dialogs alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_WITHOUT = ~Qt.KeyboardModifier.KeypadModifier


def press_focused(window: QWidget, event: QKeyEvent) -> bool:
    """Whether this key, which nobody else took, pressed a button. A held one does so once.

    What is chosen or ticked is no button: that is what Space does.
    """
    focused = window.focusWidget()
    if event.key() not in _ENTER or event.modifiers() & _WITHOUT or event.isAutoRepeat():
        return False
    if not isinstance(focused, QAbstractButton) or isinstance(focused, QCheckBox | QRadioButton):
        return False
    focused.click()
    return True
