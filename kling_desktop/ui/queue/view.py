"""The Queue's list: painted buttons that react, keys, the row's menu, and dragging to reorder."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QToolTip, QWidget

from kling_desktop.motion.job import SPENDING, Job, JobAction, JobState
from kling_desktop.ui.hands import hands
from kling_desktop.ui.theme import color

from .delegate import QueueDelegate, part_name, row_title
from .geometry import HANDLE, MENU, SIDE_PX, Part, RowGeometry, row_span
from .look import RowLook, delete_action, enter_action
from .menu import build_menu
from .model import JOB_ROLE, LOOK_ROLE, QueueModel

DROP_LINE_PX = 2
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DELETE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_BY_HAND = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_MOVES = {Qt.Key.Key_Up: JobAction.MOVE_UP, Qt.Key.Key_Down: JobAction.MOVE_DOWN}


class QueueView(QListView):
    """Emits wishes; decides nothing. ``moved``: job id and new index among the waiting."""

    action_requested = Signal(str, str)
    moved = Signal(str, int)
    selected = Signal(str)

    def __init__(self, model: QueueModel, delegate: QueueDelegate, parent: QWidget) -> None:
        super().__init__(parent)
        self._queue = model
        self._painter_of_rows = delegate
        self._pressed: tuple[str, Part | None] = ("", None)
        self._meant = ""  # the job that the person chose; others become current by themselves
        self._press_pos = QPoint()
        self._dragged_id = ""  # a waiting job that is being moved
        self._drop_index = -1  # where it would land among the waiting
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName("Queue")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    # -- rows and parts

    def row_geometry(self, index: QModelIndex) -> RowGeometry:
        """Where the parts of a row lie in the viewport."""
        job: Job = index.data(JOB_ROLE)
        look: RowLook = index.data(LOOK_ROLE)
        row = row_span(self.visualRect(index), self.width())
        return self._painter_of_rows.geometry(row, job, look, self.font())

    def part_under(self, at: QPoint) -> object:
        """By what the hands tell whether a press was aimed."""
        return self._part_at(at)

    def _part_at(self, pos: QPoint) -> tuple[str, Part | None]:
        index = self.indexAt(pos)
        if not index.isValid():
            return "", None
        job: Job = index.data(JOB_ROLE)
        return job.job_id, self.row_geometry(index).part_at(pos)

    def _current_job(self) -> Job | None:
        index = self.currentIndex()
        job: Job | None = index.data(JOB_ROLE) if index.isValid() else None
        return job

    def _hover(self, pos: QPoint | None) -> None:
        job_id, part = ("", None) if pos is None else self._part_at(pos)
        if not self._painter_of_rows.set_hovered(job_id, part):
            return
        is_button = part is not None and part != HANDLE
        shape = Qt.CursorShape.PointingHandCursor if is_button else Qt.CursorShape.ArrowCursor
        if part == HANDLE:
            shape = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(shape)
        self.viewport().update()

    # -- what can be done

    def _request(self, job: Job, action: JobAction) -> None:
        self.action_requested.emit(job.job_id, action.value)

    def _trigger_part(self, job_id: str, part: Part, pos: QPoint) -> None:
        if part == MENU:
            self._open_menu(job_id, self.viewport().mapToGlobal(pos))
        elif part != HANDLE:
            self.action_requested.emit(job_id, part)

    def _open_menu(self, job_id: str, at: QPoint) -> None:
        job = self._queue.job(job_id)
        if job is None:
            return
        menu = build_menu(job, self._queue.waiting_ids(), self)
        menu.triggered.connect(partial(self._on_menu_triggered, job_id))
        menu.popup(at)

    def _on_menu_triggered(self, job_id: str, entry: QAction) -> None:
        self.action_requested.emit(job_id, entry.data())

    def _handle_row_key(self, event: QKeyEvent, job: Job) -> bool:
        """Whether the key was one of the row's own."""
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        key = Qt.Key(event.key())
        if alt and key in _MOVES:
            self._move_by_key(job, _MOVES[key])
            return True
        if key not in (*_ENTER, *_DELETE):
            return False
        if not event.isAutoRepeat():  # a held key is one wish
            self._answer(job, enter_action(job) if key in _ENTER else delete_action(job))
        return True

    def _answer(self, job: Job, action: JobAction | None) -> None:
        """A key spends only on a row that was chosen, not on the one that has just moved up."""
        if action in SPENDING and job.job_id != self._meant:
            self._mean(job.job_id)
        elif action is not None:
            self._request(job, action)

    def _mean(self, job_id: str) -> None:
        self._meant = job_id
        self.selected.emit(job_id)

    def _move_by_key(self, job: Job, action: JobAction) -> None:
        waiting = self._queue.waiting_ids()
        edge = 0 if action is JobAction.MOVE_UP else -1
        if job.job_id in waiting and waiting[edge] != job.job_id:
            self._request(job, action)

    # -- dragging a waiting row

    def _may_drag(self) -> bool:
        job = self._queue.job(self._pressed[0])
        if job is None or job.state is not JobState.QUEUED:
            return False
        return self._pressed[1] in (None, HANDLE) and len(self._queue.waiting_ids()) > 1

    def _drag_to(self, pos: QPoint) -> None:
        others = [i for i in self._queue.waiting_ids() if i != self._dragged_id]
        centres = [self.visualRect(self._queue.index_of(i)).center().y() for i in others]
        self._drop_index = sum(centre < pos.y() for centre in centres)
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self._scroll_at_edge(pos)
        self.viewport().update()

    def _scroll_at_edge(self, pos: QPoint) -> None:
        bar = self.verticalScrollBar()
        if pos.y() < self.autoScrollMargin():
            bar.setValue(bar.value() - bar.singleStep())
        elif pos.y() > self.viewport().height() - self.autoScrollMargin():
            bar.setValue(bar.value() + bar.singleStep())

    def _end_drag(self) -> tuple[str, int]:
        ended = (self._dragged_id, self._drop_index)
        self._dragged_id, self._drop_index = "", -1
        self.viewport().unsetCursor()
        self.viewport().update()
        return ended

    def _drop_line_y(self) -> int:
        others = [i for i in self._queue.waiting_ids() if i != self._dragged_id]
        if self._drop_index < len(others):
            return self.visualRect(self._queue.index_of(others[self._drop_index])).top()
        return self.visualRect(self._queue.index_of(others[-1])).bottom()

    # -- Qt's own

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        at = self._part_at(pos)
        if at[1] not in (None, HANDLE) and hands().is_hasty:
            at = ("", None)  # what lies under the second click of a double click was not meant
        if at[1] not in (None, HANDLE, MENU) and not hands().is_aimed:
            at = ("", None)  # the button has come under the pointer by itself
        self._pressed, self._press_pos = at, pos
        self._painter_of_rows.set_pressed(*self._pressed)
        self.viewport().update()
        if self._pressed[1] is None:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        held = event.buttons() & Qt.MouseButton.LeftButton
        far = (pos - self._press_pos).manhattanLength() >= QApplication.startDragDistance()
        if held and not self._dragged_id and far and self._may_drag():
            self._dragged_id = self._pressed[0]
        if self._dragged_id:
            self._drag_to(pos)
        else:
            self._hover(pos)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pos = event.position().toPoint()
        pressed, self._pressed = self._pressed, ("", None)
        self._painter_of_rows.set_pressed("", None)
        self.viewport().update()
        if self._dragged_id:
            job_id, index = self._end_drag()
            waiting = self._queue.waiting_ids()
            if job_id in waiting and waiting.index(job_id) != index:
                self.moved.emit(job_id, index)
            return
        super().mouseReleaseEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton or pressed != self._part_at(pos):
            return
        job_id, part = pressed
        if part is not None:
            self._trigger_part(job_id, part, pos)
        elif job_id:
            self._mean(job_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        current = self._current_job()
        if current is not None and event.reason() in _BY_HAND:
            self._meant = current.job_id

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._dragged_id:
            self._end_drag()
            self._pressed = ("", None)
            return
        job = self._current_job()
        if job is not None and self._handle_row_key(event, job):
            return
        super().keyPressEvent(event)
        now = self._current_job()
        if now is not None and (job is None or now.job_id != job.job_id):
            self._mean(now.job_id)

    def keyboardSearch(self, search: str) -> None:
        """Single letters are the window's keys (product.md), not a search for a row."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        job: Job = index.data(JOB_ROLE)
        at = self.visualRect(index).center() if by_key else event.pos()
        self._open_menu(job.job_id, self.viewport().mapToGlobal(at))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self._show_tooltip(event)
            return True
        return super().viewportEvent(event)

    def _show_tooltip(self, event: QHelpEvent) -> None:
        index = self.indexAt(event.pos())
        if not index.isValid():
            QToolTip.hideText()
            return
        part = self.row_geometry(index).part_at(event.pos())
        QToolTip.showText(event.globalPos(), tooltip_text(index, part), self.viewport())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._dragged_id:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QPen(color("accent"), DROP_LINE_PX))
        y = self._drop_line_y()
        painter.drawLine(SIDE_PX, y, self.viewport().width() - SIDE_PX, y)
        painter.end()


def tooltip_text(index: QModelIndex, part: Part | None) -> str:
    """Plain text: a button's name, or all that the row has to cut."""
    if part is not None:
        return _as_plain(part_name(part))
    job: Job = index.data(JOB_ROLE)
    look: RowLook = index.data(LOOK_ROLE)
    lines = (row_title(job), look.text, look.hint)
    return _as_plain("\n".join(line for line in lines if line))


def _as_plain(text: str) -> str:
    """Tooltips guess rich text from what they are given; names of files must not decide that."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{escaped.replace(chr(10), '<br>')}</span>"
