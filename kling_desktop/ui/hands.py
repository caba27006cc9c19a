"""What the person's hands are doing, so that one press is one wish wherever it lands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget
from shiboken6 import Shiboken

LOST_AFTER_MS = 2000.0  # a release that another program got is not waited for any longer

_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_WATCHED = _PRESSES | _KEYS | {QEvent.Type.MouseButtonRelease}
# What presses a button, or answers for the one that has no focus.
_ANSWERS = frozenset(
    {
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Space,
        Qt.Key.Key_Select,
        Qt.Key.Key_Escape,
    }
)


class Hands(QObject):
    """Sees every key and button of the program before a widget does. Three rules hold everywhere.

    A key that repeats by itself presses no button and answers no sheet. A press that follows
    another one on the same spot, as fast as a double click, presses nothing but what the first
    one was on: something else has just come under the pointer. After ``let_go_first`` nothing is
    pressed until all keys and buttons were up.
    """

    def __init__(self, now_ms: Callable[[], float]) -> None:
        """``now_ms`` gives milliseconds that only grow."""
        super().__init__()
        self._now_ms = now_ms
        self._down: set[object] = set()
        self._locked_at_ms: float | None = None
        self._press_at_ms = -math.inf  # when the last press of a button began, and where
        self._press_at = QPointF()
        self._pressed: int | None = None  # the address of the widget that the run began on
        self._judged = False  # whether the press that is on its way met its widget
        self.is_hasty = False  # the press that is on its way follows the one before in a run

    def watch(self, app: QApplication) -> None:
        """Begin; until ``unwatch``."""
        app.installEventFilter(self)
        app.applicationStateChanged.connect(self._on_application_state)

    def unwatch(self, app: QApplication) -> None:
        app.removeEventFilter(self)
        app.applicationStateChanged.disconnect(self._on_application_state)
        self._down.clear()
        self.is_hasty = False

    def let_go_first(self) -> None:
        """What is down now, or goes down meanwhile, has to come up before anything is pressed."""
        self._locked_at_ms = self._now_ms() if self._down else None

    @property
    def is_locked(self) -> bool:
        """Whether presses are not taken yet."""
        if self._locked_at_ms is None:
            return False
        if self._down and self._now_ms() - self._locked_at_ms >= LOST_AFTER_MS:
            self._down.clear()
        if not self._down:
            self._locked_at_ms = None
        return self._locked_at_ms is not None

    # -- keys

    def _takes_key(self, watched: QObject, event: QKeyEvent) -> bool:
        # The key on the board, whatever Shift makes of it.
        key = event.nativeScanCode() or event.nativeVirtualKey() or event.key()
        if event.type() is QEvent.Type.KeyRelease:
            if not event.isAutoRepeat():
                self._down.discard(key)
            return False
        if event.isAutoRepeat():
            answers = isinstance(watched, QAbstractButton | QDialog) and event.key() in _ANSWERS
            return self.is_locked or (answers and event.type() is QEvent.Type.KeyPress)
        locked = self.is_locked
        self._down.add(key)
        return locked

    # -- mouse

    def _takes_press(self, watched: QObject, event: QMouseEvent) -> bool:
        if not self._is_on_its_way(event):
            self._begin(event)
        locked = self.is_locked
        self._down.add(event.button())
        if locked:
            return True
        if self._judged or not isinstance(watched, QWidget):
            return False
        self._judged = True
        address = Shiboken.getCppPointer(watched)[0]
        if self._pressed is None:
            self._pressed = address
        return self._pressed != address

    def _is_on_its_way(self, event: QMouseEvent) -> bool:
        """Qt shows one press to the window, then to a widget, then to those that hold it."""
        return bool(event.timestamp()) and event.timestamp() == self._press_at_ms

    def _begin(self, event: QMouseEvent) -> None:
        at_ms = float(event.timestamp()) or self._now_ms()
        apart = (event.globalPosition() - self._press_at).manhattanLength()
        soon = 0 <= at_ms - self._press_at_ms < QApplication.doubleClickInterval()
        self.is_hasty = soon and apart <= QApplication.startDragDistance()
        if not self.is_hasty:
            self._pressed = None
        self._press_at_ms, self._press_at = at_ms, event.globalPosition()
        self._judged = False

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self._down.clear()  # what is let go of elsewhere is not told here

    # -- Qt's own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _WATCHED:
            return False
        if isinstance(event, QKeyEvent):
            taken = self._takes_key(watched, event)
            if taken:
                event.accept()  # an override that is accepted is no shortcut
            return taken
        if isinstance(event, QMouseEvent):
            if event.type() in _PRESSES:
                return self._takes_press(watched, event)
            self._down.discard(event.button())
        return False


def _monotonic_ms() -> float:
    return time.monotonic() * 1000.0


@cache
def hands() -> Hands:
    """The one instance."""
    return Hands(_monotonic_ms)
