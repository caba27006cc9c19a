"""In Settings: the proxy and the certificates that count, and a test of the way to each host."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kling_desktop.ui.announce import announce
from kling_desktop.ui.dialogs.rows import with_breaks
from kling_desktop.ui.icons import pixmap
from kling_desktop.ui.theme import SPACE_4, SPACE_8, theme
from kling_desktop.ui.tr import tr

SIGN_PX = 16


class NetworkBox(QWidget):
    """Knows no host: sentences in, wishes out."""

    test_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._testing = False
        self._results: list[_Result] = []
        self._ways = QLabel(self)
        self._ways.setTextFormat(Qt.TextFormat.PlainText)
        self._ways.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._on_button)
        self._state = QLabel(self)
        self._state.setProperty("role", "small")
        self._state.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE_8)
        row.addWidget(self._button)
        row.addWidget(self._state, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_8)
        self._column.addWidget(self._ways)
        self._column.addLayout(row)
        self.set_testing(False)

    def set_ways(self, sentences: Sequence[str]) -> None:
        self._ways.setText("\n".join(map(with_breaks, sentences)))

    def set_testing(self, testing: bool, said: str = "") -> None:
        """While it runs, the button ends it."""
        self._testing = testing
        self._button.setText(tr("Stop") if testing else tr("Test"))
        self._button.setAccessibleName("Stop test" if testing else "Test network")
        self._state.setText(said)
        if said:
            announce(self._button, said)

    def clear_results(self) -> None:
        for result in self._results:
            self._column.removeWidget(result)
            result.hide()
            result.deleteLater()
        self._results.clear()

    def add_result(self, good: bool, sentence: str) -> None:
        """Of one host."""
        result = _Result(good, sentence, self)
        self._results.append(result)
        self._column.addWidget(result)
        result.show()
        announce(self._button, sentence)

    def results(self) -> list[tuple[bool, str]]:
        return [(result.good, result.sentence) for result in self._results]

    def _on_button(self) -> None:
        (self.stop_requested if self._testing else self.test_requested).emit()


class _Result(QWidget):
    """A sign and a sentence."""

    def __init__(self, good: bool, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.good, self.sentence = good, sentence
        self._sign = QLabel(self)
        text = QLabel(with_breaks(sentence), self)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(sentence)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE_4, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        look = ("check", "good") if self.good else ("error", "bad")
        self._sign.setPixmap(pixmap(*look, SIGN_PX, self.devicePixelRatioF()))
