"""What the person's hands are doing, so that one press is one wish wherever it lands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from kling_desktop.ui.action_table import ACTIONS
from kling_desktop.ui.held import Held

LOST_AFTER_MS = 2000.0  # a release that another program got is not waited for any longer
# No hand lets go of a key and is down on it again this soon; X11 tells both with one time.
REPEAT_GAP_MS = 10
AIM_PX = 4  # a hand that rests trembles less

_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_POINTER = frozenset({QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.Show})
_WATCHED = _PRESSES | _KEYS | _POINTER | {QEvent.Type.MouseButtonRelease}
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
_REPEATING = frozenset(QKeySequence(key) for spec in ACTIONS if spec.repeats for key in spec.keys)


def may_repeat(event: QKeyEvent) -> bool:
    """Whether the action of these keys goes on while they are held."""
    return QKeySequence(event.keyCombination()) in _REPEATING


@runtime_checkable
class HasParts(Protocol):
    """A view whose buttons are painted."""

    def part_under(self, at: QPoint) -> object:
        """What a press at ``at`` of its viewport is on; equal for the same thing alone."""


class Aim:
    """What the hand brought the pointer to, as against what came under a pointer that rests."""

    def __init__(self) -> None:
        self._what: object = None
        self._at: QPointF | None = None

    def follow(self, what: object, at: QPointF, lies_at: Callable[[QPointF], bool]) -> bool:
        """Whether ``what``, under the pointer at ``at``, was aimed at.

        ``lies_at`` tells whether it lies under another point as well: something that is new, and
        lies where the pointer was before, came there by itself.
        """
        rested = self._at
        came_by_itself = rested is not None and what != self._what and lies_at(rested)
        if came_by_itself and rested is not None and _apart(at, rested) < AIM_PX:
            return False
        self._what, self._at = what, at
        return True

    def forget(self) -> None:
        """Whatever lies under the pointer next was aimed at."""
        self._what = self._at = None


def _is_new_window(watched: QObject, event: QEvent) -> bool:
    """Not a menu, a sheet or a tooltip, which come and go over what was aimed at."""
    if event.type() is not QEvent.Type.Show or not isinstance(watched, QWindow):
        return False
    return watched.type() is Qt.WindowType.Window


def _apart(one: QPointF, other: QPointF) -> float:
    return (one - other).manhattanLength()


def _thing_at(widget: QWidget, at: QPointF) -> object:
    """What a press at the global ``at`` would be on: a button and what it says, or a part."""
    within = widget.mapFromGlobal(at).toPoint()
    if not widget.rect().contains(within):
        return None
    if isinstance(widget, QAbstractButton):
        return widget, "" if widget.isCheckable() else widget.text()
    view = widget.parent()
    return (view, view.part_under(within)) if isinstance(view, HasParts) else None


class Hands(QObject):
    """Sees every key and button of the program before a widget does. Four rules hold everywhere.

    A key that repeats by itself presses no button and answers no sheet. A press that follows
    another one on the same spot, as fast as a double click, presses nothing but what the first
    one was on: something else has just come under the pointer. However slow it is, a button that
    came there by itself, or says something else now, is pressed only once the pointer has moved.
    After ``let_go_first`` nothing is pressed until all keys and buttons were up.
    """

    def __init__(self, now_ms: Callable[[], float]) -> None:
        """``now_ms`` gives milliseconds that only grow."""
        super().__init__()
        self._now_ms = now_ms
        self._watching = False
        self._down: set[object] = set()
        self._key_at_ms: dict[int, int] = {}  # when each key was last pressed or let go of
        self._repeated: tuple[int, int] | None = None  # key and time of a press that is a repeat
        self._locked_at_ms: float | None = None
        self._press_at_ms = -math.inf  # when the last press of a button began, and where
        self._press_at = QPointF()
        self._pressed: Held | None = None  # what the run began on, though it may be gone
        self._judged = False  # whether the press that is on its way met its widget
        self.is_hasty = False  # the press that is on its way follows the one before in a run
        self._aim = Aim()
        self._move_at_ms = -math.inf
        self.is_aimed = True  # the press that is on its way is on what the pointer was brought to

    def watch(self, app: QApplication) -> None:
        """Begin, if it has not begun; until ``unwatch``."""
        if self._watching:
            return
        self._watching = True
        app.installEventFilter(self)
        app.applicationStateChanged.connect(self._on_application_state)

    def unwatch(self, app: QApplication) -> None:
        if not self._watching:
            return
        self._watching = False
        app.removeEventFilter(self)
        app.applicationStateChanged.disconnect(self._on_application_state)
        self._forget()
        self._aim.forget()
        self.is_hasty, self.is_aimed = False, True

    def let_go_first(self) -> None:
        """What is down now, or goes down meanwhile, has to come up before anything is pressed."""
        self._locked_at_ms = self._now_ms() if self._down else None

    @property
    def is_locked(self) -> bool:
        """Whether presses are not taken yet."""
        if self._locked_at_ms is None:
            return False
        if self._down and self._now_ms() - self._locked_at_ms >= LOST_AFTER_MS:
            self._forget()
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
                self._key_at_ms[key] = event.timestamp()
            return False
        if self._is_untold_repeat(key, event):
            self._down.add(key)
            return self._tell_repeat(watched, event)
        locked = self.is_locked
        if event.isAutoRepeat():
            self._key_at_ms[key] = event.timestamp()
            answers = isinstance(watched, QAbstractButton | QDialog) and event.key() in _ANSWERS
            return locked or (answers and event.type() is QEvent.Type.KeyPress)
        self._down.add(key)
        self._key_at_ms[key] = event.timestamp()
        return locked

    def _is_untold_repeat(self, key: int, event: QKeyEvent) -> bool:
        """WORKAROUND: on X11 Qt calls many a repeat a press.

        It looks for the press behind the release of the same time before that one has arrived;
        and a remote screen may send presses alone.
        """
        at_ms = event.timestamp()
        if event.isAutoRepeat() or not at_ms:
            return False
        if self._repeated == (key, at_ms):  # told before, to the window or as a shortcut
            return True
        before_ms, is_down = self._key_at_ms.get(key), key in self._down
        if before_ms is None or (is_down and before_ms == at_ms):  # the press itself, seen again
            return False
        if at_ms - before_ms > (LOST_AFTER_MS if is_down else REPEAT_GAP_MS):
            return False
        self._repeated, self._key_at_ms[key] = (key, at_ms), at_ms
        return True

    def _tell_repeat(self, watched: QObject, event: QKeyEvent) -> bool:
        """A shortcut only where it goes on; to widgets as the repeat that it is."""
        if event.type() is QEvent.Type.ShortcutOverride:
            return not may_repeat(event)
        if isinstance(watched, QWindow):
            repeat = QKeyEvent(
                event.type(),
                event.key(),
                event.modifiers(),
                event.nativeScanCode(),
                event.nativeVirtualKey(),
                event.nativeModifiers(),
                event.text(),
                True,
                event.count(),
            )
            QApplication.sendEvent(watched, repeat)
        return True

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
        if self._pressed is None:
            self._pressed = Held(watched)
        self.is_aimed = self._follow(watched, event)
        unmeant = isinstance(watched, QAbstractButton) and not self.is_aimed
        return unmeant or self._pressed.widget is not watched

    def _follow(self, widget: QWidget, event: QMouseEvent) -> bool:
        at = event.globalPosition()
        thing = _thing_at(widget, at)
        return self._aim.follow(thing, at, lambda point: _thing_at(widget, point) == thing)

    def _on_moved(self, widget: QWidget, event: QMouseEvent) -> None:
        """Qt shows a move to the widget under the pointer first, then to those that hold it."""
        if event.timestamp() and event.timestamp() == self._move_at_ms:
            return
        self._move_at_ms = event.timestamp()
        if widget.rect().contains(event.position().toPoint()):
            self._follow(widget, event)
        else:
            self._aim.forget()  # it is held, or a menu is open: what lies there is not told

    def _is_on_its_way(self, event: QMouseEvent) -> bool:
        """Qt shows one press to the window, then to a widget, then to those that hold it."""
        return bool(event.timestamp()) and event.timestamp() == self._press_at_ms

    def _begin(self, event: QMouseEvent) -> None:
        at_ms = float(event.timestamp()) or self._now_ms()
        apart = _apart(event.globalPosition(), self._press_at)
        soon = 0 <= at_ms - self._press_at_ms < QApplication.doubleClickInterval()
        self.is_hasty = soon and apart <= QApplication.startDragDistance()
        if not self.is_hasty:
            self._pressed = None
        self._press_at_ms, self._press_at = at_ms, event.globalPosition()
        self._judged = False

    def _on_application_state(self, state: Qt.ApplicationState) -> None:
        if state is not Qt.ApplicationState.ApplicationActive:
            self._forget()  # what is let go of elsewhere is not told here

    def _forget(self) -> None:
        self._down.clear()
        self._key_at_ms.clear()

    # -- Qt's own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _WATCHED:
            return False
        if isinstance(event, QKeyEvent):
            taken = self._takes_key(watched, event)
            if taken:
                event.accept()  # an override that is accepted is no shortcut
            return taken
        if event.type() is QEvent.Type.Wheel or _is_new_window(watched, event):
            self._aim.forget()  # the hand moved, or opened, what lies under the pointer
        if isinstance(event, QMouseEvent):
            if event.type() in _PRESSES:
                return self._takes_press(watched, event)
            if event.type() is QEvent.Type.MouseMove:
                if isinstance(watched, QWidget):
                    self._on_moved(watched, event)
            else:
                self._down.discard(event.button())
        return False


def _monotonic_ms() -> float:
    return time.monotonic() * 1000.0


@cache
def hands() -> Hands:
    """The one instance."""
    return Hands(_monotonic_ms)
