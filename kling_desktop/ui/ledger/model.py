"""The table's lines for Qt. Texts are ready-made: ``data`` only looks them up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kling_desktop.ui.ledger.lines import FIGURES, Column, Line, headers
from kling_desktop.ui.widgets.tooltip import plain_tooltip

LINE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class LedgerModel(QAbstractTableModel):
    """Read only. Replaced as a whole: a ledger of thousands is built in milliseconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._headers = headers()

    def set_lines(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> Line | None:
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def lines(self) -> list[Line]:
        return list(self._lines)

    def row_of_period(self, period: date) -> int:
        """The line of a period's sum; -1 where nothing was sent in it."""
        return next(
            (n for n, line in enumerate(self._lines) if line.is_sum and line.period == period), -1
        )

    def row_of_job(self, job_id: str) -> int:
        return next(
            (n for n, line in enumerate(self._lines) if line.row and line.row.job_id == job_id), -1
        )

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.line(index.row())
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return line.texts[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # The first cell tells the whole line; the others are there for going along it.
            return line.spoken if index.column() == Column.DATE else line.texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(line.note)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(index.column())
        return line if role == LINE_ROLE else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._headers[section]
        return alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def alignment(column: int) -> Qt.AlignmentFlag:
    """Figures stand right, so that their decimal points line up."""
    side = Qt.AlignmentFlag.AlignRight if column in FIGURES else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
