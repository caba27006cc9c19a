"""A button that puts a text on the clipboard and says that it did."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from kling_desktop.ui.announce import announce
from kling_desktop.ui.tr import tr

SAID_MS = 2000


class CopyAnswer:
    """Gives ``button`` its answer: "Copied" for two seconds, then its own text again."""

    def __init__(self, button: QPushButton) -> None:
        self._button = button
        self._label = button.text()
        self._timer = QTimer(button)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAID_MS)
        self._timer.timeout.connect(self._restore)

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._button.setText(tr("Copied"))
        announce(self._button, tr("Copied"))
        self._timer.start()

    def _restore(self) -> None:
        self._button.setText(self._label)
