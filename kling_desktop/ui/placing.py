"""Where the window stands and how large it is: within the screen at first, then as it was left.

Each screen has its own place, so that a laptop does not inherit the size of the desk's screen.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMargins, QObject, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from kling_desktop.motion.reading import Unreadable, flag, line, one_line, whole

DEFAULT_SIZE_PX = (1280, 800)
SMALLEST_SIZE_PX = (900, 500)
# What window managers put around a window, at most, until this one tells: Windows 11 takes 8 on
# three sides and 31 above, GNOME's title bar has 37.
ASSUMED_FRAME = QMargins(8, 38, 8, 8)
MOST_SCREENS = 16  # as many places are kept
_AT = whole(-100_000, 100_000)  # px; a second screen may lie left of the first, or above it
_LONG = whole(1, 100_000)
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange)
_SETTLES = (*_MOVES, QEvent.Type.Show, QEvent.Type.WindowActivate)
_LARGE = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen


@dataclass(frozen=True, slots=True)
class Place:
    """The window without its frame, as it is when it is not maximised."""

    rect: QRect
    is_maximized: bool = False

    def values(self) -> list[object]:
        rect = self.rect
        return [rect.x(), rect.y(), rect.width(), rect.height(), self.is_maximized]


def largest(available: QRect, frame: QMargins) -> QSize:
    """What a window may have on a screen, its frame taken off."""
    return available.size().shrunkBy(frame)


def start_size(available: QRect, frame: QMargins) -> QSize:
    """As designed, or as large as this screen lets it be."""
    return QSize(*DEFAULT_SIZE_PX).boundedTo(largest(available, frame))


def within(rect: QRect, available: QRect, frame: QMargins) -> QRect:
    """The nearest place that lies whole on the screen, frame and all."""
    room = available.marginsRemoved(frame)
    found = QRect(rect.topLeft(), rect.size().boundedTo(room.size()))
    left = min(max(found.left(), room.left()), room.right() + 1 - found.width())
    top = min(max(found.top(), room.top()), room.bottom() + 1 - found.height())
    found.moveTo(left, top)
    return found


def screen_key(screen: QScreen) -> str:
    """By what a screen is known again: its plug and its size as the desktop has it now."""
    size = screen.geometry()
    return one_line(f"{screen.name()[:100]} {size.width()}x{size.height()}")


class Placing(QObject):
    """Sizes ``window`` for its screen, and keeps in mind where it stood on each."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._places: dict[str, Place] = {}
        self._last = ""
        self._given: QSize | None = QSize()  # at a first start; while it has it, it follows
        self._frame: QMargins | None = None  # until the window manager put one around it
        self._smallest = QSize(*SMALLEST_SIZE_PX)
        window.installEventFilter(self)
        self._fit(window.screen())

    # -- what is kept

    def values(self) -> dict[str, object]:
        """Plain values for ``restore``."""
        self._note()
        kept = list(self._places.items())[-MOST_SCREENS:]
        return {
            "screen": self._last,
            "places": {key: place.values() for key, place in kept},
        }

    def restore(self, values: Mapping[str, object]) -> None:
        """Take what makes sense of it; the place of the screen where it was last counts."""
        self._places = _places(values.get("places"))
        screens = {screen_key(screen): screen for screen in QGuiApplication.screens()}
        if self._places:
            last = screens.get(str(values.get("screen")))
            self._put(last or self._window.screen())
        elif geometry := _bytes(values.get("geometry")):
            self._restore_old(geometry)

    def _put(self, screen: QScreen) -> None:
        place = self._places.get(screen_key(screen))
        if place is None:
            return  # a screen where it never was: as at the first start
        self._given = None
        room = screen.availableGeometry()
        self._set_smallest(screen)
        # It had its frame when it stood there: what is not known yet is not taken off again.
        self._window.setGeometry(within(place.rect, room, self._frame or QMargins()))
        if place.is_maximized:
            self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowMaximized)

    def _restore_old(self, geometry: bytes) -> None:
        """As programs before this one kept it: Qt's own bytes."""
        if not self._window.restoreGeometry(geometry):
            return
        self._given = None
        # A window that was closed in full screen comes back as a window.
        state = self._window.windowState() & ~Qt.WindowState.WindowFullScreen
        self._window.setWindowState(state)
        self._keep_on_screen()

    # -- while it is open

    def _margins(self) -> QMargins:
        return self._frame if self._frame is not None else ASSUMED_FRAME

    def _fit(self, screen: QScreen) -> None:
        self._set_smallest(screen)
        if self._given is not None and (
            self._given.isEmpty() or _is_about(self._given, self._window.size())
        ):
            self._given = start_size(screen.availableGeometry(), self._margins())
            self._window.resize(self._given)

    def _set_smallest(self, screen: QScreen) -> None:
        room = largest(screen.availableGeometry(), self._margins())
        smallest = self._smallest.boundedTo(room)
        if smallest != self._window.minimumSize():
            self._window.setMinimumSize(smallest)

    def _keep_on_screen(self) -> None:
        if not self._window.windowState() & _LARGE:
            room = self._window.screen().availableGeometry()
            self._window.setGeometry(within(self._window.geometry(), room, self._margins()))

    def _note(self) -> None:
        window = self._window
        if not window.isVisible() or window.isMinimized():
            return
        large = bool(window.windowState() & _LARGE)
        rect = window.normalGeometry() if large else window.geometry()
        if not rect.isValid():
            return
        # By its middle: while it is dragged over, Qt tells the new place before the new screen.
        screen = QGuiApplication.screenAt(window.geometry().center()) or window.screen()
        self._last = screen_key(screen)
        self._places.pop(self._last, None)  # the newest come last
        self._places[self._last] = Place(QRect(rect), window.isMaximized())

    def _meet_frame(self) -> None:
        """The window manager told, once, what it puts around."""
        outer, inner = self._window.frameGeometry(), self._window.geometry()
        margins = QMargins(
            inner.left() - outer.left(),
            inner.top() - outer.top(),
            outer.right() - inner.right(),
            outer.bottom() - inner.bottom(),
        )
        if margins.isNull() or self._window.windowState() & _LARGE:
            return
        self._frame = margins
        self._fit(self._window.screen())
        self._keep_on_screen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in _SETTLES and self._window.isVisible():
            if self._frame is None:
                self._meet_frame()
            self._note()
        return super().eventFilter(watched, event)


def _is_about(given: QSize, size: QSize) -> bool:
    """At 150 % a window manager's whole pixels are not the window's own: one is lost or won."""
    less = given - size
    return abs(less.width()) <= 1 and abs(less.height()) <= 1


def _places(value: object) -> dict[str, Place]:
    """What can be read of them."""
    found: dict[str, Place] = {}
    for key, place in value.items() if isinstance(value, dict) else ():
        try:
            *numbers, is_maximized = place
            left, top, width, height = numbers
            rect = QRect(_AT(left), _AT(top), _LONG(width), _LONG(height))
            found[line(key)] = Place(rect, flag(is_maximized))
        except (Unreadable, TypeError, ValueError):
            continue
    return found


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(line(value or ""), validate=True)
    except ValueError:
        return b""
