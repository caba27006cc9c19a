"""Short notices over the picture: one at a time, none takes the focus or covers a control."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kling_desktop.ui.announce import announce
from kling_desktop.ui.theme import SPACE_8, SPACE_16
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import IconButton, unbroken
from kling_desktop.ui.widgets.sheet import open_sheets, sheet_places

NOTICE_MS = 8000  # long enough to read two lines twice
_PER_LETTER_MS = 65  # longer ones likewise
MAX_WIDTH_PX = 560
LEAST_WIDTH_PX = 240  # beside a sheet; narrower ones would be towers of words
BOTTOM_GAP_PX = 16
MOST_LINES_BESIDE = 2  # of text, beside its buttons
MOST_ACTIONS = 2

Button = tuple[str, Callable[[], object]]  # what it says, and what it does to its own subject


@dataclass(frozen=True)
class _Notice:
    text: str
    buttons: tuple[Button, ...]
    timeout_ms: int
    is_answer: bool = False


class Notices(QFrame):
    """``show_notice`` queues. What a button does comes with it, so that it means its own notice.

    While a sheet is open a notice stands beside its card; where there is no room it waits. The time
    stands still while the pointer is on it, or it waits. ``timeout_ms`` 0 stays until closed.
    """

    def __init__(self, parent: QWidget, room_giver: QWidget, room: Callable[[], QRect]) -> None:
        """``room`` tells where in ``parent`` a notice may stand, so that it covers no control.

        It is asked again whenever ``room_giver`` or ``parent`` changes its size.
        """
        super().__init__(parent)
        self._room = room
        self._waiting: deque[_Notice] = deque()
        self._shown: _Notice | None = None
        self._buttons: list[QPushButton] = []
        self.setProperty("surface", "overlay")
        self.setAccessibleName("Notice")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)
        self._build()
        for watched in (parent, room_giver):
            watched.installEventFilter(self)
        sheet_places().changed.connect(self._place_soon)
        self.hide()

    def _build(self) -> None:
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._close = IconButton("close", "Close notice", tr("Close"), self, role="muted")
        self._close.clicked.connect(self._next)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        self._first.addWidget(self._label, 1)
        self._first.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._second.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_16, SPACE_8, SPACE_8, SPACE_8)
        for row in (self._first, self._second):
            row.setSpacing(SPACE_8)
            self._column.addLayout(row)

    @property
    def text(self) -> str:
        """What is shown now; empty when nothing is."""
        return self._shown.text if self._shown else ""

    def show_notice(
        self,
        text: str,
        buttons: Sequence[Button] = (),
        timeout_ms: int | None = None,
    ) -> None:
        """Show ``text`` after those before it; the same twice in a row, buttons too, shows once."""
        if timeout_ms is None:
            timeout_ms = max(NOTICE_MS, len(text) * _PER_LETTER_MS)
        last = self._waiting[-1] if self._waiting else self._shown
        notice = _Notice(text, tuple(buttons)[:MOST_ACTIONS], timeout_ms)
        if last == notice:
            return
        self._waiting.append(notice)
        if self._shown is None:
            self._next()

    def answer(self, text: str) -> None:
        """Say at once what became of what the person just did, in place of an earlier answer.

        Other notices are shown again after it.
        """
        timeout_ms = max(NOTICE_MS, len(text) * _PER_LETTER_MS)
        self._waiting = deque(notice for notice in self._waiting if not notice.is_answer)
        if self._shown is not None and not self._shown.is_answer:
            self._waiting.appendleft(self._shown)
        self._waiting.appendleft(_Notice(text, (), timeout_ms, is_answer=True))
        self._next()

    def clear(self) -> None:
        self._waiting.clear()
        self._next()

    def drop_buttons(self) -> None:
        """What they are about is gone: what is said is still read, and nothing can be pressed."""
        self._waiting = deque(replace(notice, buttons=()) for notice in self._waiting)
        if self._shown is not None and self._shown.buttons:
            self._shown = replace(self._shown, buttons=())
            self._fill(self._shown)
            self._place()

    def _next(self) -> None:
        self._timer.stop()
        self._shown = self._waiting.popleft() if self._waiting else None
        if self._shown is None:
            self.hide()
            return
        self._fill(self._shown)
        self._place()
        self._place_soon()  # what the notice is about may just be changing the room
        announce(self, self._shown.text)

    def _fill(self, notice: _Notice) -> None:
        self._label.setText(unbroken(notice.text))
        self.setAccessibleDescription(notice.text)
        for button in self._buttons:
            for row in (self._first, self._second):
                row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for label, act in notice.buttons:
            button = QPushButton(label, self)
            button.setProperty("kind", "plain")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(partial(self._on_pressed, act))
            self._buttons.append(button)
            button.show()  # at once: the height is measured with it
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for first, second in pairwise([*self._buttons, self._close]):
            QWidget.setTabOrder(first, second)  # the close button is older than those before it

    def _place_soon(self) -> None:
        """After the layouts had their turn."""
        if self._shown is not None:
            QTimer.singleShot(0, self, self._place)

    def _place(self) -> None:
        """Where it covers nothing, and on top of everything; else it waits unseen."""
        if self._shown is None:
            return
        place = self._find_place()
        if place is None:
            self.hide()
            self._timer.stop()
            return
        self.setGeometry(place)
        self.show()
        self.raise_()
        if not self._timer.isActive():
            self._start_timer()

    def _find_place(self) -> QRect | None:
        host = self.parentWidget()
        sheets = open_sheets(host) if host is not None else []
        if host is None or not sheets:
            # It may reach beyond a small picture's upper edge, never over what stands below it.
            return self._place_in(self._room())
        card = sheets[-1].card.geometry()
        for room in _rooms_around(card, host.rect()):
            place = self._place_in(room)
            if room.contains(place) and place.width() >= self._least_width():
                return place
        return None

    def _place_in(self, room: QRect) -> QRect:
        """At the bottom of it, in the middle."""
        width = min(self._natural_width(), MAX_WIDTH_PX, room.width() - 2 * SPACE_16)
        self._arrange(width)
        layout = self._column
        height = max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())
        left = room.left() + (room.width() - width) // 2
        gap = min(BOTTOM_GAP_PX, max(0, (room.height() - height) // 2))
        return QRect(left, room.bottom() + 1 - gap - height, width, height)

    def _arrange(self, width_px: int) -> None:
        """The buttons beside the text, or below it where it would become a tower of words."""
        beside = width_px - self._beside_text() >= self._text_width() / MOST_LINES_BESIDE
        row = self._first if beside else self._second
        for place, button in enumerate(self._buttons, start=1):
            row.insertWidget(place, button)  # out of the other one by itself
        self._column.setSpacing(0 if beside else SPACE_8)

    def _beside_text(self) -> int:
        fixed = sum(button.sizeHint().width() + SPACE_8 for button in self._buttons)
        return fixed + self._close.sizeHint().width() + SPACE_8 + SPACE_16 + SPACE_8

    def _text_width(self) -> int:
        return self._label.fontMetrics().horizontalAdvance(self._label.text()) + SPACE_8

    def _natural_width(self) -> int:
        return self._beside_text() + self._text_width()

    def _least_width(self) -> int:
        return min(LEAST_WIDTH_PX, self._natural_width())

    def _start_timer(self) -> None:
        if self._shown is not None and self._shown.timeout_ms and not self.underMouse():
            self._timer.start(self._shown.timeout_ms)

    def _on_pressed(self, act: Callable[[], object]) -> None:
        self._next()
        act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_soon()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._shown is not None and self._shown.timeout_ms:
            self._timer.start(self._shown.timeout_ms)


def _rooms_around(card: QRect, host: QRect) -> list[QRect]:
    """What a sheet's card leaves free: below it first, then above, then beside."""
    below = host.adjusted(0, card.bottom() + 1 - host.top(), 0, 0)
    above = QRect(host.left(), host.top(), host.width(), card.top() - host.top())
    left = QRect(host.left(), host.top(), card.left() - host.left(), host.height())
    return [below, above, left]
