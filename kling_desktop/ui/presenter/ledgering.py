"""The sheet "Spending" on the engine's ledger."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from kling_desktop.engine.failures import ExportFailed
from kling_desktop.motion.job import JobAction
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine
    from kling_desktop.ui.ledger import LedgerSheet

SETTLE_MS = 100  # many jobs may change at once; the sheet is filled once


class Ledgering:
    """Opens the sheet, keeps it up to date while it is open, and writes its CSV."""

    def __init__(
        self, desk: Desk, connect: Callable[[], None], do: Callable[[str, str], None]
    ) -> None:
        self._desk = desk
        self._connect = connect
        self._do = do
        self._sheet: LedgerSheet | None = None
        self._timer = QTimer(desk.window)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._fill)

    def attach(self, engine: Engine) -> None:
        for event in (engine.ledger.changed, engine.book.changed, engine.book.removed):
            event.connect(self._on_changed)

    def detach(self) -> None:
        if self._sheet is not None:
            self._sheet.reject()

    def open(self) -> None:
        if self._desk.engine is None or self._sheet is not None:
            return
        from kling_desktop.ui.ledger import LedgerSheet

        sheet = LedgerSheet(self._desk.window, now=self._desk.now)
        sheet.begin = self._desk.begin
        sheet.refresh_requested.connect(self._on_refresh)
        sheet.connect_requested.connect(self._connect)
        sheet.export_requested.connect(self._on_export)
        sheet.details_requested.connect(self._on_details)
        sheet.finished.connect(self._on_closed)
        self._sheet = sheet
        self._fill()
        sheet.open()

    def _fill(self) -> None:
        if self._sheet is not None and (engine := self._desk.engine) is not None:
            self._sheet.set_ledger(engine.ledger.rows(), engine.ledger.state)

    def _on_changed(self, _what: object) -> None:
        if self._sheet is not None:
            self._timer.start()

    def _on_closed(self, _result: int) -> None:
        self._sheet = None

    def _on_refresh(self) -> None:
        if (engine := self._desk.engine) is not None:
            engine.ledger.refresh()

    def _on_details(self, job_id: str) -> None:
        self._do(job_id, JobAction.DETAILS.value)

    def _on_export(self, path: str) -> None:
        self._desk.spawn(self._export(path), "export the ledger")

    async def _export(self, path: str) -> None:
        if (engine := self._desk.engine) is None:
            return
        name = os.path.basename(path)
        try:
            await engine.ledger.export(path)
        except ExportFailed as problem:
            text = tr("{name} could not be written: {reason}. What was there before is unharmed.")
            self._say(text.format(name=name, reason=problem.reason), bad=True)
        else:
            self._say(tr("Saved as {name}.").format(name=name))

    def _say(self, text: str, *, bad: bool = False) -> None:
        """Beside the button that was pressed; at the window's foot where the sheet was closed."""
        if self._sheet is not None:
            self._sheet.set_notice(text, bad=bad)
        else:
            self._desk.notice(text)
