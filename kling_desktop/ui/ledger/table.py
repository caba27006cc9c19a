"""The table of the ledger: painted lines, a quiet header, and the total that stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.ledger import Charge, Grain, Sum
from kling_desktop.ui.ledger.lines import Column, Line, sum_figures
from kling_desktop.ui.ledger.model import LINE_ROLE, LedgerModel, alignment
from kling_desktop.ui.theme import RADIUS, SPACE_12, color, theme
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr, words

ROW_PX = 30
CELL_PX = 8  # left and right of a text
LIST_PX = 232  # what the table would like; it gives way in a low window
LEAST_PX = 92  # the header and two lines
RING_PX = 2
DATE_PX = {Grain.DAY: 72, Grain.MONTH: 112}  # a time; a day and a time
_WIDTHS_PX = {
    Column.DATE: DATE_PX[Grain.DAY],
    Column.QUALITY: 80,
    Column.MODEL: 90,
    Column.SECONDS: 64,
    Column.ESTIMATE: 78,
    Column.CHARGED: 98,
    Column.DIFFERENCE: 84,
}
_ELIDE = {Column.TITLE: Qt.TextElideMode.ElideMiddle}
_MUTED = frozenset({Column.DATE, Column.QUALITY, Column.MODEL, Column.SECONDS})


class LedgerTable(QWidget):
    """Header, lines and total. ``period_chosen(date)``; ``job_opened(job_id)`` by Enter, click."""

    period_chosen = Signal(object)
    job_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = LedgerModel(self)
        self.view = _View(self.model, self)
        self.total = TotalRow(self.view, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.total)
        self.view.selectionModel().currentRowChanged.connect(self._on_current)
        self.view.activated.connect(self._on_activated)

    def set_lines(self, lines: Sequence[Line], found: Sum, grain: Grain) -> None:
        """Show these; the same line stays chosen, the scroll position too."""
        self.view.horizontalHeader().resizeSection(Column.DATE, DATE_PX[grain])
        if lines != self.model.lines():
            kept, scrolled = self._chosen(), self.view.verticalScrollBar().value()
            self.model.set_lines(lines)
            self._span_sums(lines)
            self._choose(kept)
            self.view.verticalScrollBar().setValue(scrolled)
        self.total.set_sum(found)

    def show_period(self, period: date) -> None:
        """Bring the sum of a period to the top and choose it."""
        row = self.model.row_of_period(period)
        if row >= 0 and self._period() != period:
            index = self.model.index(row, 0)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)

    def _span_sums(self, lines: Sequence[Line]) -> None:
        """The name of a period and its count may run on to the figures."""
        self.view.clearSpans()
        for row, line in enumerate(lines):
            if line.is_sum:
                self.view.setSpan(row, Column.DATE, 1, int(Column.ESTIMATE))

    def _chosen(self) -> Line | None:
        return self.model.line(self.view.currentIndex().row())

    def _period(self) -> date | None:
        chosen = self._chosen()
        return chosen.period if chosen else None

    def _choose(self, line: Line | None) -> None:
        if line is None:
            return
        row = self.model.row_of_job(line.row.job_id) if line.row else -1
        if row < 0:
            row = self.model.row_of_period(line.period)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row, 0))

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        line = self.model.line(current.row())
        if line is not None:
            self.period_chosen.emit(line.period)

    def _on_activated(self, index: QModelIndex) -> None:
        line = self.model.line(index.row())
        if line is not None and line.row is not None and not line.row.removed:
            self.job_opened.emit(line.row.job_id)


class _View(QTableView):
    """Draws only the lines in sight."""

    def __init__(self, model: LedgerModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalHeader(_Header(self))
        self.setAccessibleName("Videos and what they cost")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMinimumHeight(LEAST_PX)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW_PX)
        rows.setDefaultSectionSize(ROW_PX)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        theme().changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), LIST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.property("ring"):
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(color("accent"), RING_PX))
            box = self.viewport().rect().adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(box, RADIUS - 2, RADIUS - 2)


class _Header(QHeaderView):
    """Names of the columns, small and muted above a line."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)
        self.setMinimumSectionSize(48)
        self.setFixedHeight(ROW_PX - 2)
        self.setAccessibleName("Columns")
        self.sectionCountChanged.connect(self._on_count_changed)
        theme().changed.connect(self.viewport().update)

    def _on_count_changed(self, _before: int, _now: int) -> None:
        for column in Column:
            if column in _WIDTHS_PX:
                self.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                self.resizeSection(column, _WIDTHS_PX[column])
            else:
                self.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        painter.save()
        painter.fillRect(rect, color("panel"))
        painter.setPen(color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(_font(self.font(), SMALL_PX))
        painter.setPen(color("muted"))
        room = rect.adjusted(CELL_PX, 0, -CELL_PX, 0)
        text = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal))
        painter.drawText(room, alignment(logicalIndex), text)
        painter.restore()


class _Delegate(QStyledItemDelegate):
    """Sums strong on a raised ground, jobs plain below them."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        line = index.data(LINE_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        column = Column(index.column())
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color("hover"))
        elif line.is_sum:
            painter.fillRect(rect, color("raised"))
        font = _font(option.font, None, QFont.Weight.DemiBold if line.is_sum else None)
        painter.setFont(font)
        painter.setPen(color(_ink(line, column)))
        room = rect.adjusted(CELL_PX, 0, -CELL_PX, 0)
        mode = _ELIDE.get(column, Qt.TextElideMode.ElideRight)
        metrics = QFontMetrics(font)
        text = metrics.elidedText(line.texts[column], mode, room.width())
        painter.drawText(room, alignment(column), text)
        if line.is_sum and column is Column.DATE:
            name_px = metrics.horizontalAdvance(text) + SPACE_12
            painter.setFont(option.font)
            painter.setPen(color("muted"))
            painter.drawText(room.adjusted(name_px, 0, 0, 0), alignment(column), line.texts[1])
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_PX)


class TotalRow(QWidget):
    """The sum of everything, its figures below the table's."""

    def __init__(self, view: QTableView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._texts: dict[Column, str] = {}
        self.setFixedHeight(ROW_PX + 2)
        header = view.horizontalHeader()
        header.geometriesChanged.connect(self.update)
        header.sectionResized.connect(partial(_update, self))
        theme().changed.connect(self.update)

    def set_sum(self, found: Sum) -> None:
        estimate, charged, difference = sum_figures(found)
        self._texts = {
            Column.DATE: tr("Total"),
            Column.TITLE: words.sum_count(found),
            Column.ESTIMATE: estimate,
            Column.CHARGED: charged,
            Column.DIFFERENCE: difference,
        }
        self.setAccessibleName(words.sum_sentence(tr("Total"), found))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, color("line"))
        header = self._view.horizontalHeader()
        left = self.mapFromGlobal(self._view.viewport().mapToGlobal(QPoint())).x()
        for column, text in self._texts.items():
            last = Column.SECONDS if column is Column.TITLE else column
            x = left + header.sectionViewportPosition(column)
            end = left + header.sectionViewportPosition(last) + header.sectionSize(last)
            room = QRect(x + CELL_PX, 1, end - x - 2 * CELL_PX, self.height() - 1)
            strong = column is not Column.TITLE
            painter.setFont(_font(self.font(), None, QFont.Weight.DemiBold if strong else None))
            painter.setPen(color("text" if strong else "muted"))
            painter.drawText(room, alignment(column), text)


def _update(widget: QWidget, *_sizes: int) -> None:
    widget.update()


def _ink(line: Line, column: Column) -> str:
    """The colour of one cell's text; what it says stands in words, too."""
    if line.row is None:
        return "text"
    if column is Column.CHARGED:
        return {Charge.CHARGED: "text", Charge.UNKNOWN: "warning"}.get(line.row.charge, "muted")
    if column is Column.ESTIMATE and not line.row.counts:
        return "muted"
    return "muted" if column in _MUTED or line.row.removed else "text"


def _font(base: QFont, size_px: int | None, weight: QFont.Weight | None = None) -> QFont:
    font = QFont(base)
    if size_px is not None:
        font.setPixelSize(size_px)
    if weight is not None:
        font.setWeight(weight)
    return font
