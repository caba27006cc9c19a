"""An error in what Qt calls ends nothing: it is told once, and Qt goes on with what it can use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S

from kling_desktop.ui.reporter import Reporter

PROGRAM = Path(__file__).with_name("guard_program.py")
OVERRIDES = {
    *("StageCanvas", "changeEvent", "closeEvent", "data", "dropEvent", "event", "eventFilter"),
    *("fixup", "flags", "keyPressEvent", "mimeData", "paint", "paintEvent", "resizeEvent"),
    *("rowCount", "sizeHint", "validate"),
}


@pytest.mark.parametrize("how", ["list", "none", "qt", "words", "python"])
def test_whatever_fails_in_an_override_the_program_lives(how: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), how],
        env={**os.environ, "QT_QPA_PLATFORM": OFFSCREEN},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert set(json.loads(ended.stdout)) == OVERRIDES
    assert "Error calling Python override" not in ended.stderr  # none got as far as Qt
    assert "Invalid return value" not in ended.stderr
    assert "QPainter" not in ended.stderr
    for name in OVERRIDES - {"StageCanvas"}:
        assert f'fail("{name}")' in ended.stderr


class Problems(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, int]] = []
        self.reporter = Reporter(self._on_problem)

    def _on_problem(self, text: str) -> None:
        self.told.append((text, threading.get_ident()))


@pytest.fixture
def problems(qtbot: QtBot) -> Iterator[Problems]:
    made = Problems()
    made.reporter.install()
    yield made
    made.reporter.remove()


class Broken(QWidget):
    times = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.red)
        self.times += 1
        [][self.times]

    def sizeHint(self) -> QSize:
        return QSize(None)  # type: ignore[call-overload, no-any-return]


def test_what_fails_at_each_painting_is_told_once(
    problems: Problems, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    widget = Broken()
    widget.resize(9, 9)  # else its size is asked for
    for _ in range(3):
        widget.grab()
    widget.adjustSize()
    assert problems.told == []  # nothing is shown in the middle of painting
    qtbot.waitUntil(lambda: len(problems.told) == 2)
    assert widget.times == 3
    assert problems.told[0][0] == "IndexError: list index out of range"
    assert problems.told[1][0].startswith("TypeError: ")
    assert caplog.text.count("in Broken.paintEvent, which Qt called") == 1
    assert "[][self.times]" in caplog.text


def test_each_place_is_told(problems: Problems, qtbot: QtBot) -> None:
    class Other(QWidget):
        def paintEvent(self, _event: QPaintEvent) -> None:
            [][1]

    for widget in (Broken(), Other()):
        widget.resize(9, 9)
        widget.grab()
    qtbot.waitUntil(lambda: len(problems.told) == 2)


def test_a_problem_of_a_thread_is_told_on_the_windows_own(problems: Problems, qtbot: QtBot) -> None:
    worker = threading.Thread(target=lambda: [][1], name="uploader")
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: bool(problems.told))
    assert problems.told == [("IndexError: list index out of range", threading.get_ident())]


def test_who_is_told_may_fail_as_well(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    def fail(*_: object) -> None:
        raise LookupError("nobody listens")

    monkeypatch.setattr(sys, "excepthook", fail)
    assert Broken().sizeHint() == QSize()


class Endless(QWidget):
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            return QApplication.sendEvent(self, QEvent(QEvent.Type.User))
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._deeper()

    def _deeper(self) -> None:
        self._deeper()


@pytest.mark.parametrize("name", ["event", "resizeEvent", "paintEvent"])
def test_a_recursion_without_end_is_told_once_there_is_room(
    problems: Problems, qtbot: QtBot, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    widget = Endless()
    size = QSize(9, 9)
    acts = {
        "event": lambda: QApplication.sendEvent(widget, QEvent(QEvent.Type.User)),
        "resizeEvent": lambda: QApplication.sendEvent(widget, QResizeEvent(size, size)),
        "paintEvent": lambda: widget.render(QPixmap(size)),
    }
    acts[name]()
    qtbot.waitUntil(lambda: bool(problems.told))
    assert {text.partition(":")[0] for text, _ in problems.told} == {"RecursionError"}
    assert f"in Endless.{name}, which Qt called" in caplog.text


def test_an_override_that_is_a_slot_takes_as_many_arguments_as_before(qtbot: QtBot) -> None:
    class Sheet(QDialog):
        def reject(self) -> None:
            super().reject()

    class Button(QObject):
        clicked = Signal(bool)

    sheet, button = Sheet(), Button()
    qtbot.addWidget(sheet)
    sheet.show()
    button.clicked.connect(sheet.reject)
    button.clicked.emit(True)
    assert not sheet.isVisible()
