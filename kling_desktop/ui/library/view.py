"""The Library's list: tiles under day headings, painted only where they are seen.

A QListView for its selection, keys, dragging and accessibility; the geometry is our own
(``layout``), because headings are not items and 10,000 of them must lay out at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAction,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from kling_desktop.motion.job import Job
from kling_desktop.ui.theme import color
from kling_desktop.ui.tokens import SMALL_PX

from .delegate import TileDelegate, sized
from .layout import HEADING_PX, TEXT_PAD_PX, Frame, SectionLayout, build_layout
from .menu import LibraryAction, build_menu
from .model import JOB_ROLE, LibraryModel
from .times import day_text

AnyIndex = QModelIndex | QPersistentModelIndex

SIDE_PX = 14  # window-dark.png; on the right the scroll bar lies in it
LIST_BORDER_PX = 2  # the focus ring of a list (stylesheet)
WHEEL_STEP_PX = 24
RING_ROOM_PX = 3  # a tile's ring is painted around it

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_Cursor = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint


class LibraryView(QListView):
    """Emits wishes; decides nothing."""

    picked = Signal(str)  # the person chose this job, by mouse or key
    opened = Signal(str)  # double click or Enter
    action_requested = Signal(str, str)

    def __init__(
        self,
        model: LibraryModel,
        delegate: TileDelegate,
        parent: QWidget,
        today: Callable[[], date],
    ) -> None:
        super().__init__(parent)
        self._library = model
        self._tiles = delegate
        self._today = today
        self._layout = SectionLayout()
        self._stale = True
        self._title_widths: dict[str, int] = {}
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setAccessibleName("Library")
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._on_layout_stale)

    # -- for the panel

    def set_as_list(self, as_list: bool) -> None:
        self._tiles.as_list = as_list
        self._on_layout_stale()
        self.scrollTo(self.currentIndex())

    def selected_ids(self) -> list[str]:
        """Top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self._library.job_at(row).job_id for row in rows]

    def choose(self, job_id: str) -> bool:
        """Select one job and bring it into view, without telling anyone; False where hidden."""
        index = self._library.index_of(job_id)
        if not index.isValid():
            self.clearSelection()
            return False
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flag)
        self.scrollTo(index)
        return True

    def step(self, rows: int) -> None:
        """Choose the next (1) or the previous (-1) job, as the person's own choice."""
        count = self._library.rowCount()
        if count == 0:
            return
        current = self.currentIndex()
        row = current.row() + rows if current.isValid() else 0
        job_id = self._library.job_at(min(max(0, row), count - 1)).job_id
        self.choose(job_id)
        self.picked.emit(job_id)

    # -- the layout

    def _on_layout_stale(self, *_changed: object) -> None:
        self._stale = True
        self.scheduleDelayedItemsLayout()

    def _laid_out(self) -> SectionLayout:
        if self._stale:
            self._stale = False
            frame = self._frame()
            self._layout = build_layout(self._library.days, self._title_lines(frame), frame)
        return self._layout

    def _frame(self) -> Frame:
        # From the widget's own width: a scroll bar that comes or goes must not move the tiles.
        width = max(1, self.width() - 2 * SIDE_PX)
        return Frame(SIDE_PX - LIST_BORDER_PX, width, self._tiles.as_list)

    def _title_lines(self, frame: Frame) -> Callable[[int], int]:
        if frame.as_list:
            return _one_line
        titles = self._library.titles
        fm = QFontMetrics(sized(self.font(), SMALL_PX))
        room = frame.tile_width - 2 * TEXT_PAD_PX
        widths = self._title_widths

        def lines(row: int) -> int:
            title = titles[row]
            width = widths.get(title)
            if width is None:
                width = widths[title] = fm.horizontalAdvance(title)
            return 1 if width <= room else 2

        return lines

    def _rect(self, row: int) -> QRect:
        box = self._laid_out().box(row)
        return QRect(box.x, box.y - self.verticalOffset(), box.width, box.height)

    # -- painting

    def _paint_headings(self, painter: QPainter, visible: QRect) -> None:
        font = sized(self.font(), SMALL_PX)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(color("muted"))
        today, frame = self._today().toordinal(), self._laid_out().frame
        for top, day in self._laid_out().headings:
            place = QRect(frame.left, top - self.verticalOffset(), frame.width, HEADING_PX)
            if place.intersects(visible):
                flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(place, int(flags), day_text(day, today))

    def _paint_rows(self, painter: QPainter, visible: QRect) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        usual = option.state & ~QStyle.StateFlag.State_MouseOver
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        top = visible.top() + self.verticalOffset() - RING_ROOM_PX
        bottom = visible.bottom() + self.verticalOffset() + RING_ROOM_PX
        for row in self._laid_out().rows_between(top, bottom):
            index = self._library.index(row, 0)
            option.rect = self._rect(row)
            option.state = usual | self._row_state(index, index == hovered)
            self._tiles.paint(painter, option, index)

    def _row_state(self, index: QModelIndex, is_hovered: bool) -> QStyle.StateFlag:
        state = QStyle.StateFlag.State_Enabled
        if self.selectionModel().isSelected(index):
            state |= QStyle.StateFlag.State_Selected
        if self.hasFocus() and index == self.currentIndex():
            state |= QStyle.StateFlag.State_HasFocus
        if is_hovered and self.viewport().underMouse():
            state |= QStyle.StateFlag.State_MouseOver
        return state

    # -- keys and mouse

    def _handle_key(self, event: QKeyEvent, job: Job) -> bool:
        """Whether the key was one of the list's own."""
        key = Qt.Key(event.key())
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        wish: LibraryAction | None = None
        if key in _ENTER and plain:
            if not event.isAutoRepeat():
                self.opened.emit(job.job_id)
            return True
        if event.matches(QKeySequence.StandardKey.Copy):
            wish = LibraryAction.COPY
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and plain:
            wish = LibraryAction.DELETE
        elif key == Qt.Key.Key_F and plain:
            wish = LibraryAction.FAVOURITE
        if wish is not None and not event.isAutoRepeat():  # a held key is one wish
            self.action_requested.emit(job.job_id, wish.value)
        return wish is not None

    def _open_menu(self, index: QModelIndex, at: QPoint) -> None:
        job: Job = index.data(JOB_ROLE)
        chosen = len(self.selected_ids())
        menu = build_menu(job, self._library.has_file(job.job_id), chosen, self)
        menu.triggered.connect(partial(self._on_menu_triggered, job.job_id))
        menu.popup(at)

    def _on_menu_triggered(self, job_id: str, entry: QAction) -> None:
        value: str = entry.data()
        if value == LibraryAction.PLAY.value:
            self.opened.emit(job_id)
        else:
            self.action_requested.emit(job_id, value)

    # -- Qt's own: geometry

    def doItemsLayout(self) -> None:
        # Not QListView's: it would ask for the size of every item.
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        room = self.viewport().height()
        bar.setRange(0, max(0, self._laid_out().height - room))
        bar.setPageStep(room)
        bar.setSingleStep(WHEEL_STEP_PX)
        QAbstractItemView.updateGeometries(self)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def visualRect(self, index: AnyIndex) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._laid_out().row_at(point.x(), point.y() + self.verticalOffset())
        return QModelIndex() if row is None else self._library.index(row, 0)

    def scrollTo(self, index: AnyIndex, hint: _Hint = _Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        self.updateGeometries()
        layout, bar = self._laid_out(), self.verticalScrollBar()
        box, room = layout.box(index.row()), self.viewport().height()
        # With its heading, where it has one right above.
        top, bottom = box.y - HEADING_PX, box.y + box.height + RING_ROOM_PX
        if hint is _Hint.PositionAtCenter:
            bar.setValue((top + bottom - room) // 2)
        elif top < bar.value() or hint is _Hint.PositionAtTop:
            bar.setValue(top)
        elif bottom > bar.value() + room or hint is _Hint.PositionAtBottom:
            bar.setValue(bottom - room)

    def moveCursor(self, action: _Cursor, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count = self._library.rowCount()
        if count == 0:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self._library.index(0, 0)
        wanted = self._row_after(current.row(), action)
        return self._library.index(min(max(0, wanted), count - 1), 0)

    def _row_after(self, row: int, action: _Cursor) -> int:
        """Where a key leads from ``row``; may lie beyond the ends."""
        layout = self._laid_out()
        page = layout.lines_in(self.viewport().height())
        lines = {
            _Cursor.MoveUp: 1,
            _Cursor.MoveDown: -1,
            _Cursor.MovePageUp: page,
            _Cursor.MovePageDown: -page,
        }
        if action in lines:
            return layout.row_above(row, lines[action])
        if action is _Cursor.MoveHome:
            return 0
        if action is _Cursor.MoveEnd:
            return self._library.rowCount()
        return row - 1 if action in (_Cursor.MoveLeft, _Cursor.MovePrevious) else row + 1

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Qt gives the corner where the selection began and the one under the pointer."""
        first, last = self.indexAt(rect.topLeft()), self.indexAt(rect.bottomRight())
        chosen = QItemSelection()
        if first.isValid() and last.isValid():
            if last.row() < first.row():
                first, last = last, first
            chosen.select(first, last)
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        # Tiles have rings around them: paint all that is seen.
        return QRegion(self.viewport().rect())

    # -- Qt's own: events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        visible = QRectF(event.rect()).toAlignedRect()
        self._paint_headings(painter, visible)
        self._paint_rows(painter, visible)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._stale = True
        QAbstractItemView.resizeEvent(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex()
        if before.isValid() and self._handle_key(event, before.data(JOB_ROLE)):
            return
        if event.text().strip() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # single letters are the window's keys
            return
        super().keyPressEvent(event)
        after = self.currentIndex()
        if after.isValid() and after != before:
            self.picked.emit(after.data(JOB_ROLE).job_id)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() is Qt.MouseButton.LeftButton and plain and index.isValid():
            self.picked.emit(index.data(JOB_ROLE).job_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and index.isValid():
            self.opened.emit(index.data(JOB_ROLE).job_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        if not self.selectionModel().isSelected(index):
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, flag)
        at = self.visualRect(index).center() if by_key else event.pos()
        self._open_menu(index, self.viewport().mapToGlobal(at))

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        # Not QListView's: it looks the row up in a layout that is not used here.
        QAbstractItemView.currentChanged(self, current, previous)
        self.viewport().update()
        if current.isValid() and self.hasFocus():
            self._tell_accessibility(QAccessible.Event.Focus, current.row())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        QAbstractItemView.selectionChanged(self, selected, deselected)
        self.viewport().update()
        if not selected.isEmpty():
            row = selected.indexes()[0].row()
            self._tell_accessibility(QAccessible.Event.Selection, row)

    def _tell_accessibility(self, kind: QAccessible.Event, row: int) -> None:
        if QAccessible.isActive():
            event = QAccessibleEvent(self, kind)
            event.setChild(row)
            QAccessible.updateAccessibility(event)


def _one_line(_row: int) -> int:
    return 1
