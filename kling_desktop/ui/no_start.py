"""A window for a start that comes to nothing, before there is a folder to work in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QWidget

from kling_desktop.ui.desktop import show_in_folder
from kling_desktop.ui.dialogs.trouble import TroubleSheet
from kling_desktop.ui.loop import Interrupts
from kling_desktop.ui.theme import theme
from kling_desktop.ui.tr import tr

SIZE, SMALLEST = QSize(680, 420), QSize(600, 340)


class NoStart(QWidget):
    """Says why and what to do. ``answer`` is whether the person tries again."""

    def __init__(
        self, sentence: str, folder: str, details: str, log_file: Callable[[], str]
    ) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # the loop made it
        theme().apply(app)  # first: what is made before has another font
        super().__init__()
        self._log_file = log_file
        self._answer: asyncio.Queue[bool] = asyncio.Queue()
        self.setWindowTitle("Kling Desktop")
        self.setMinimumSize(SMALLEST)
        self.resize(SIZE)
        title = tr("Kling Desktop cannot start")
        self.sheet = TroubleSheet(self, title, sentence, folder, details, bool(log_file()))
        self.sheet.retry_requested.connect(self._on_retry)
        self.sheet.quit_requested.connect(self.close)
        self.sheet.log_requested.connect(self._on_log)

    async def answer(self) -> bool:
        """Until a button is pressed, the window is closed, or the program is to end."""
        interrupts = Interrupts(self.close, self)
        self.show()
        self.sheet.open()
        try:
            return await self._answer.get()
        finally:
            interrupts.remove()
            self.hide()
            self.deleteLater()

    def give_up(self) -> None:
        self._answer.put_nowait(False)

    def _on_retry(self) -> None:
        self._answer.put_nowait(True)

    def _on_log(self) -> None:
        show_in_folder(self._log_file())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.give_up()
        super().closeEvent(event)
