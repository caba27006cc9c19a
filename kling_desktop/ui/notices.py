"""Short notices over the picture: one at a time, none takes the focus or covers a control."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from kling_desktop.ui.announce import announce
from kling_desktop.ui.theme import SPACE_8, SPACE_16
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import IconButton, unbroken

NOTICE_MS = 8000  # long enough to read two lines twice
_PER_LETTER_MS = 65  # longer ones likewise
MAX_WIDTH_PX = 560
BOTTOM_GAP_PX = 16
MOST_ACTIONS = 2

Button = tuple[str, Callable[[], object]]  # what it says, and what it does to its own subject


@dataclass(frozen=True)
class _Notice:
    text: str
    buttons: tuple[Button, ...]
    timeout_ms: int


class Notices(QFrame):
    """``show_notice`` queues. What a button does comes with it, so that it means its own notice.

    The time stands still while the pointer is on the notice. ``timeout_ms`` 0 stays until closed.
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
        self.hide()

    def _build(self) -> None:
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._close = IconButton("close", "Close notice", tr("Close"), self, role="muted")
        self._close.clicked.connect(self._next)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE_16, SPACE_8, SPACE_8, SPACE_8)
        self._row.setSpacing(SPACE_8)
        self._row.addWidget(self._label, 1)
        self._row.addWidget(self._close)

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
        self.show()
        self.raise_()
        announce(self, self._shown.text)
        if self._shown.timeout_ms and not self.underMouse():
            self._timer.start(self._shown.timeout_ms)

    def _fill(self, notice: _Notice) -> None:
        self._label.setText(unbroken(notice.text))
        self.setAccessibleDescription(notice.text)
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for position, (label, act) in enumerate(notice.buttons, start=1):
            button = QPushButton(label, self)
            button.setProperty("kind", "plain")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(partial(self._on_pressed, act))
            self._row.insertWidget(position, button)
            self._buttons.append(button)
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for first, second in pairwise([*self._buttons, self._close]):
            QWidget.setTabOrder(first, second)  # the close button is older than those before it

    def _place_soon(self) -> None:
        """After the layouts had their turn."""
        QTimer.singleShot(0, self, self._place)

    def _place(self) -> None:
        room = self._room()
        fixed = sum(button.sizeHint().width() + SPACE_8 for button in self._buttons)
        fixed += self._close.sizeHint().width() + SPACE_8 + SPACE_16 + SPACE_8
        text = self._label.fontMetrics().horizontalAdvance(self._label.text()) + SPACE_8
        width = min(fixed + text, MAX_WIDTH_PX, room.width() - 2 * SPACE_16)
        height = max(self._row.totalHeightForWidth(width), self._row.totalMinimumSize().height())
        left = room.left() + (room.width() - width) // 2
        top = max(room.top() + SPACE_8, room.bottom() + 1 - BOTTOM_GAP_PX - height)
        self.setGeometry(left, top, width, height)

    def _on_pressed(self, act: Callable[[], object]) -> None:
        self._next()
        act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place_soon()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._shown is not None and self._shown.timeout_ms:
            self._timer.start(self._shown.timeout_ms)
