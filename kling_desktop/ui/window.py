"""The main window: the top bar over the panels, drops anywhere, notices, and an orderly close."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QFrame, QMainWindow, QVBoxLayout, QWidget

from kling_desktop.motion.reading import parsed_object
from kling_desktop.motion.request import Slot
from kling_desktop.ui.columns import Columns
from kling_desktop.ui.compose.dropping import cannot_be_read, judge
from kling_desktop.ui.compose.offers import offer_from_mime
from kling_desktop.ui.drop_overlay import DropOverlay
from kling_desktop.ui.dropped import Drag, DropVerdict, answer
from kling_desktop.ui.enter import press_focused
from kling_desktop.ui.handed import Handed
from kling_desktop.ui.menus import Actions
from kling_desktop.ui.notices import Notices
from kling_desktop.ui.placing import Placing
from kling_desktop.ui.resources import resource_path
from kling_desktop.ui.topbar import TopBar
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet

PICTURE_NAME = "Video"  # what the Stage's picture is called for everyone


def _no_verdict(_items: list[str]) -> DropVerdict:
    return DropVerdict(False, tr("Nothing can be dropped here yet"))


class MainWindow(QMainWindow):
    """Takes the four panels and lays them out; it knows nothing of what they do.

    ``drop_verdict`` judges a drag before it is released; set it from outside. A close is only
    asked for: ``close_requested`` comes until ``allow_close()`` was called.
    """

    close_requested = Signal()
    dropped = Signal(object)  # Offer
    returned_to = Signal()  # it is the active window again

    def __init__(self, compose: QWidget, stage: QWidget, queue: QWidget, library: QWidget) -> None:
        super().__init__()
        self.drop_verdict: Callable[[list[str]], DropVerdict] = _no_verdict
        self._may_close = False
        self._drag = Drag()
        self._alt_alone = False
        self._stage = stage
        self.setWindowTitle("Kling Desktop")
        self.setAccessibleName("Kling Desktop")
        self.setWindowIcon(QIcon(str(resource_path("app.svg"))))
        self.setAcceptDrops(True)
        self._placing = Placing(self)
        self.top_bar = TopBar(self)
        self.columns = Columns(compose, stage, queue, library, self)
        self._lay_out()
        self.notices = Notices(self, self._stage, self._notice_room)
        self._overlay = DropOverlay(self)
        self.commands = Actions(self, stage, library)
        self._build_menus()
        self._wire()

    def _lay_out(self) -> None:
        page = QFrame(self)
        page.setProperty("surface", "background")
        rule = QFrame(page)
        rule.setProperty("rule", True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(rule)
        column.addWidget(self.columns, 1)
        self.setCentralWidget(page)

    def _build_menus(self) -> None:
        if sys.platform == "darwin":
            self.commands.fill_menu_bar(self.menuBar())
            return
        self.top_bar.set_menu(self.commands.build_menu(self))
        key = QShortcut(QKeySequence(Qt.Key.Key_F10), self)
        key.setAutoRepeat(False)
        key.activated.connect(self.top_bar.open_menu)

    def _wire(self) -> None:
        self.commands.triggered.connect(self._on_command)
        self.columns.library_shown_changed.connect(self._on_library_shown)
        self.columns.queue_shown_changed.connect(self._on_queue_shown)
        self.top_bar.library_requested.connect(self._on_library_requested)
        self.commands.set_checked("show_library", True)
        self.commands.set_checked("show_queue", True)

    def allow_close(self) -> None:
        """The work is drained: the next close is let through."""
        self._may_close = True

    def save_layout(self) -> str:
        """Splitters, and size and place on each screen, as one line of text."""
        return json.dumps({**self.columns.layout_values(), **self._placing.values()})

    def restore_layout(self, text: str) -> None:
        """Take over what ``save_layout`` gave. Text that is something else changes nothing."""
        try:
            values = parsed_object(text)
        except ValueError:
            return
        self._placing.restore(values)
        self.columns.restore_values(values)

    def _on_command(self, action_id: str) -> None:
        """What is only about the window is done here; ``commands.triggered`` tells all others."""
        if action_id == "show_library":
            self.columns.show_library(self.commands.is_checked("show_library"))
        elif action_id == "show_queue":
            self.columns.show_queue(self.commands.is_checked("show_queue"))

    def _on_library_requested(self) -> None:
        self.columns.show_library(True)

    def _on_library_shown(self, shown: bool) -> None:
        self.commands.set_checked("show_library", shown)
        self.top_bar.set_library_button_visible(not shown)

    def _on_queue_shown(self, shown: bool) -> None:
        self.commands.set_checked("show_queue", shown)

    def _notice_room(self) -> QRect:
        """The Stage's picture, or the whole Stage while it shows none."""
        shown = self._stage
        for part in self._stage.findChildren(QWidget):
            if part.accessibleName() == PICTURE_NAME and part.isVisible():
                shown = part
        return QRect(shown.mapTo(self, QPoint(0, 0)), shown.size())

    def _sheet_is_open(self) -> bool:
        return any(sheet.isVisible() for sheet in self.findChildren(Sheet))

    def judge_again(self) -> None:
        """More is known of what hovers here."""
        if self._drag.hovers:
            self._overlay.say(self._drag.judge_again(self._judge))

    def _judge(self, handed: Handed) -> DropVerdict:
        return judge(handed, None, self._verdict)

    def _verdict(self, _slot: Slot | None, texts: list[str]) -> tuple[bool, str]:
        verdict = self.drop_verdict(texts)
        return verdict.accepted, verdict.text

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self.returned_to.emit()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # Alt pressed and let go by itself opens the menu; Alt with another key does not.
            self._alt_alone = event.key() == Qt.Key.Key_Alt
        elif event.type() in (QEvent.Type.WindowDeactivate, QEvent.Type.MouseButtonPress):
            self._alt_alone = False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_focused(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Alt and self._alt_alone and not self._sheet_is_open():
            self._alt_alone = False
            self.top_bar.open_menu()
            return
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._sheet_is_open():
            event.ignore()
            return
        # Accepted even when refused below: else neither moves nor the leaving would be told.
        answer(event, True)
        self._overlay.say(self._drag.enter(event.mimeData(), self._judge))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        verdict = self._drag.move(event.mimeData(), self._judge)
        self._overlay.say(verdict)
        answer(event, verdict.accepted)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drag.leave()
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._overlay.hide()
        handed, verdict = self._drag.drop(event.mimeData(), self._judge)
        offer = offer_from_mime(handed, None) if verdict.accepted else None
        answer(event, offer is not None)
        if offer is not None:
            self.dropped.emit(offer)
        else:
            self.notices.answer(cannot_be_read(handed) if verdict.accepted else verdict.text)
