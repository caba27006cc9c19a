"""The cycle collector runs between two events of the window's thread, and nowhere else."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from support.cycles import Cycle, leave, many
from support.waiting import PATIENCE_S

from kling_desktop.ui import garbage
from kling_desktop.ui.garbage import GarbageCollection

HERE = threading.get_ident()
PATIENCE_MS = round(PATIENCE_S * 1000)


@pytest.fixture(autouse=True)
def collection(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[GarbageCollection]:
    assert gc.isenabled()
    monkeypatch.setattr(garbage, "LOOK_EVERY_MS", 1)
    gc.collect()
    made = GarbageCollection()
    made.start()
    yield made
    made.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def in_a_worker(destroyed_by: list[int], count: int) -> None:
    worker = threading.Thread(target=leave, args=(destroyed_by, count))
    worker.start()
    worker.join()


def wait_for(qtbot: QtBot, right: Callable[[], bool]) -> None:
    """While other things come and go: what earlier tests let go of now counts against garbage."""

    def is_right() -> bool:
        leave([], many())
        return right()

    qtbot.waitUntil(is_right, timeout=PATIENCE_MS)


def test_what_a_worker_leaves_is_destroyed_on_the_windows_thread(qtbot: QtBot) -> None:
    destroyed_by: list[int] = []
    widget = QWidget()
    gone: list[int] = []
    widget.destroyed.connect(lambda *_: gone.append(threading.get_ident()))
    Cycle(destroyed_by, widget)
    del widget
    in_a_worker(destroyed_by, count := many())
    assert (destroyed_by, gone) == ([], [])
    wait_for(qtbot, lambda: len(destroyed_by) == count + 1)
    assert set(destroyed_by) == {HERE}
    assert gone == [HERE]


class Painting(QWidget):
    """Leaves garbage while it paints."""

    def __init__(self) -> None:
        super().__init__()
        self.destroyed_by: list[int] = []
        self.after_painting: list[int] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        leave(self.destroyed_by, many())
        self.after_painting.append(len(self.destroyed_by))


def test_nothing_is_destroyed_in_the_middle_of_painting(qtbot: QtBot) -> None:
    widget = Painting()
    qtbot.addWidget(widget)
    widget.grab()
    assert widget.after_painting == [0]
    wait_for(qtbot, lambda: len(widget.destroyed_by) == many())


def test_what_lived_long_is_destroyed_too_while_other_things_come_and_go(qtbot: QtBot) -> None:
    """Memory does not grow: older generations are due after so many younger ones."""
    old: list[int] = []
    living = [Cycle(old) for _ in range(10)]
    for _ in range(5):
        gc.collect(1)  # they are old now
    living.clear()
    wait_for(qtbot, lambda: len(old) == 10)


def test_below_pythons_own_thresholds_nothing_is_looked_at(
    qtbot: QtBot, collection: GarbageCollection
) -> None:
    usual, destroyed_by, times = gc.get_threshold(), list[int](), list[int]()
    collection._timer.timeout.connect(lambda: times.append(len(destroyed_by)))
    count = many()
    gc.set_threshold(1_000_000, *usual[1:])
    try:
        leave(destroyed_by, count)
        qtbot.waitUntil(lambda: len(times) > 20, timeout=PATIENCE_MS)
        assert destroyed_by == []
    finally:
        gc.set_threshold(*usual)
    wait_for(qtbot, lambda: len(destroyed_by) == count)
