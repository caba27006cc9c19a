"""The sheet "Spending": what was estimated, what was charged, and how that is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kling_desktop.motion.ledger import (
    Grain,
    LedgerProblem,
    LedgerRow,
    LedgerState,
    differences,
    period_of,
    sums_by_day,
    sums_by_month,
    total,
)
from kling_desktop.ui.day_watch import DayWatch
from kling_desktop.ui.dialog_start import Begin, at_once
from kling_desktop.ui.icons import pixmap
from kling_desktop.ui.ledger.figures import Figures
from kling_desktop.ui.ledger.lines import build_lines
from kling_desktop.ui.ledger.plot import SpendingPlot
from kling_desktop.ui.ledger.readout import Legend, Readout
from kling_desktop.ui.ledger.table import LedgerTable
from kling_desktop.ui.ledger.yielding import Yielding
from kling_desktop.ui.library.times import clock_text
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12, SPACE_16, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.banner import Banner
from kling_desktop.ui.widgets.file_dialog import FileDialog
from kling_desktop.ui.widgets.segmented import Segmented
from kling_desktop.ui.widgets.sheet import Sheet

WIDTH_PX = 860
EMPTY_ICON_PX = 36
EMPTY_PX = 220
SEGMENTS_PX = 170
MOST_NOTES = 2  # the largest differences; the table has them all


class LedgerSheet(Sheet):
    """Shows the rows it is given.

    ``refresh_requested()``, ``connect_requested()``, ``export_requested(path)``,
    ``details_requested(job_id)`` say what is wished.
    """

    refresh_requested = Signal()
    connect_requested = Signal()
    export_requested = Signal(str)
    details_requested = Signal(str)

    def __init__(self, parent: QWidget, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix seconds."""
        super().__init__(parent, tr("Spending"), width_px=WIDTH_PX)
        self.begin: Begin = at_once  # the dialog that asks where to
        self._day = DayWatch(now, self)
        self._day.changed.connect(self._on_regrouped)
        self._rows: tuple[LedgerRow, ...] = ()
        self._state = LedgerState()
        yielding = Yielding()
        self._column = QVBoxLayout(yielding)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_8)
        self.body.addWidget(yielding, 1)
        self._build_notes()
        self._build_content()
        self._build_empty()
        self._build_footer()
        theme().changed.connect(self._refresh_icon)
        self._show()

    def set_ledger(self, rows: Sequence[LedgerRow], state: LedgerState) -> None:
        """All rows anew, and how the reading of the service's ledger stands."""
        self._rows = tuple(rows)
        self._state = state
        self._show()

    def grain(self) -> Grain:
        return Grain(self._grains.value())

    def set_notice(self, text: str, *, bad: bool = False) -> None:
        """What became of an export, beside the buttons."""
        self._status.setText(text)
        self._status.setProperty("role", "bad" if bad else "small")
        self._status.style().unpolish(self._status)
        self._status.style().polish(self._status)

    def _build_notes(self) -> None:
        self._sandbox = Banner(kind="note")
        self._sandbox.set_content(
            tr("Sandbox: these are play credits. Nothing here was paid."), (), "note"
        )
        self._account = Banner(kind="note")
        self._account.action_triggered.connect(self._on_connect)
        self._problem = Banner(kind="warning")
        self._differences = Banner(kind="note")
        self._notes = (self._sandbox, self._account, self._problem, self._differences)
        for note in self._notes:
            note.hide()
            self._column.addWidget(note)

    def _build_content(self) -> None:
        self._grains = Segmented(
            (
                (Grain.DAY.value, tr("Days"), "Days"),
                (Grain.MONTH.value, tr("Months"), "Months"),
            )
        )
        self._grains.setAccessibleName("Days or months")
        self._grains.setFixedWidth(SEGMENTS_PX)
        self._grains.value_changed.connect(self._on_regrouped)
        self.figures, self.table = Figures(), LedgerTable()
        self.plot = SpendingPlot(self._day.today())
        self.plot.period_chosen.connect(self.table.show_period)
        self.table.period_chosen.connect(self.plot.choose)
        self.table.job_opened.connect(self.details_requested)
        readout = Readout()
        self.plot.readout_changed.connect(readout.set_texts)
        head = QHBoxLayout()
        head.setSpacing(SPACE_16)
        head.addWidget(self._grains)
        head.addWidget(readout, 1)
        head.addWidget(Legend())
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, SPACE_4, 0, 0)
        column.setSpacing(SPACE_12)
        column.addWidget(self.figures)
        column.addLayout(head)
        column.addWidget(self.plot, 2)
        column.addWidget(self.table, 3)
        self._column.addWidget(self._page, 1)

    def _build_empty(self) -> None:
        self._empty = QWidget()
        self._empty.setMinimumHeight(EMPTY_PX)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title, text = (
            QLabel(tr("Nothing was sent yet")),
            QLabel(
                tr(
                    "Each video appears here once it is sent: its estimate, and what was really "
                    "charged for it."
                )
            ),
        )
        title.setProperty("role", "heading")
        text.setProperty("role", "muted")
        column = QVBoxLayout(self._empty)
        column.setSpacing(SPACE_8)
        column.addStretch(1)
        for label in (self._icon, title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(label is text)
            column.addWidget(label)
        column.addStretch(1)
        self._column.addWidget(self._empty, 1)
        self._refresh_icon()

    def _build_footer(self) -> None:
        self._export = self.add_button(tr("Export CSV…"))
        self._refresh = self.add_button(tr("Refresh"))
        self._status = QLabel()
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._status.setProperty("role", "small")
        self._status.setWordWrap(True)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_4, 0, SPACE_16, 0)
        row.addWidget(self._status)
        self.footer.addLayout(row, 1)
        close = self.add_button(tr("Close"), default=True)
        self._export.clicked.connect(self._on_export)
        self._refresh.clicked.connect(self._on_refresh)
        close.clicked.connect(self.accept)
        self.initial_focus = close

    # -- what is shown

    def _show(self) -> None:
        has_rows = bool(self._rows)
        self._page.setVisible(has_rows)
        self._empty.setVisible(not has_rows)
        self._show_notes()
        self._export.setEnabled(has_rows)
        self._refresh.setEnabled(self._state.readable and not self._state.asking)
        self.set_notice(self._status_text())
        if has_rows:
            self._show_rows()

    def _show_rows(self) -> None:
        today, grain = self._day.today(), self.grain()
        days, months = sums_by_day(self._rows), sums_by_month(self._rows)
        self.figures.set_sums(
            total(r for r in self._rows if period_of(r.at, Grain.DAY) == today),
            total(r for r in self._rows if period_of(r.at, Grain.MONTH) == today.replace(day=1)),
            total(self._rows),
        )
        self.plot.set_sums(days if grain is Grain.DAY else months, grain, today)
        self.table.set_lines(build_lines(self._rows, grain, today), total(self._rows), grain)

    def _show_notes(self) -> None:
        state = self._state
        self._sandbox.setVisible(state.sandbox)
        if not state.readable:
            text = tr(
                "What was really charged cannot be read with an API token alone: the service’s "
                "ledger needs the account token. Until then only estimates stand here."
            )
            self._account.set_content(text, [("connect", tr("Add account token…"))], "note")
        self._account.setVisible(not state.readable)
        shown = state.readable and state.problem is not None
        if shown:
            refused = state.problem is LedgerProblem.REFUSED
            actions = [("connect", tr("Connect…"))] if refused else []
            self._problem.set_content(words.ledger_problem(state), actions, "warning")
        self._problem.setVisible(shown)
        self._show_differences()

    def _show_differences(self) -> None:
        """What is systematic stands in a sentence; single differences stand in the table."""
        found = differences(self._rows)[:MOST_NOTES]
        if found:
            parts = [words.ledger_difference(difference) for difference in found]
            parts.append(
                tr(
                    "Estimates of this program are corrected by it; a price read from the service "
                    "is shown as it is."
                )
            )
            self._differences.set_content(" ".join(parts), (), "note")
        self._differences.setVisible(bool(found))

    def _status_text(self) -> str:
        state = self._state
        if not state.readable:
            return ""
        if state.asking:
            return tr("Reading the service’s ledger…")
        if state.read_at is None:
            return tr("The service’s ledger is read after each video.")
        return tr("Read from the service at {time}").format(time=clock_text(state.read_at))

    def _refresh_icon(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap("clipboard", "muted", EMPTY_ICON_PX, ratio))

    # -- what the person does

    def _on_regrouped(self, _grain: str = "") -> None:
        """Other periods, or another day is today."""
        if self._rows:
            self._show_rows()

    def _on_connect(self, _action: str) -> None:
        self.accept()
        self.connect_requested.emit()

    def _on_refresh(self) -> None:
        self.refresh_requested.emit()

    def _on_export(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self.begin(self, folder, self._open_dialog)

    def _open_dialog(self, folder: str) -> None:
        name = tr("Kling spending {day}").format(day=self._day.today().isoformat()) + ".csv"
        dialog = FileDialog(self.window(), tr("Export CSV"), os.path.join(folder, name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters([tr("Table") + " (*.csv)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_requested)
        dialog.open()
