"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from functools import partialmethod

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.rendered_once import rendered_folder
from support.screens import use_offscreen
from support.waiting import PATIENCE_MS

# Set before any test imports Qt: unit tests of widgets need no screen.
use_offscreen()

# A shell that runs the tests in the background has them ignore Ctrl+C, and so would all programs
# that they start: what those promise about it could not be tried.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# For every test, so that none can forget it: how long an example takes says nothing about it.
# Its examples are the same in every run, unless somebody who has time wants others.
settings.register_profile(
    "any-machine",
    deadline=None,
    derandomize="KLING_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any-machine")


rendered_folder()  # one for all workers: they inherit it

# These take longest, about a minute and more each where two processors are busy with nothing else,
# and the longest come first; then the rooms of which most files wait. So at the end of a run no
# worker is left alone with a long file. What computes stands among what waits.
LONG_FILES = (
    "test_e2e_cli",
    "test_every_state_renders",
    "test_one_press",
    "test_saved_state_opens",
    "test_engine_agreed",
    "test_media_fit_clip",
    "test_fault_matrix",
    "test_command_a_no",
    "test_crash_matrix",
    "test_command_side_by_side",
    "test_restored",
    "test_sandbox_generation",
    "test_command_your_word",
    "test_command_accounts",
    "test_e2e_presses",
    "test_command_holds",
    "test_odd_files",
    "test_saved_witness",
    "test_command_restored",
    "test_restore_matrix",
    "test_command_whole_jobs",
    "test_any_order",
)
LONG_ROOMS = ("money", "e2e", "command", "saved", "engine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> tuple[int, int]:
        name, room = item.path.stem, item.path.parent.name
        return _place(LONG_FILES, name), _place(LONG_ROOMS, room)

    items.sort(key=turn)


def _place(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)


@pytest.fixture(autouse=True)
def _rested_hands() -> None:
    """The hands of a program that an earlier test built watch no more: its mouse never moved."""
    module, app = sys.modules.get("kling_desktop.ui.hands"), QApplication.instance()
    if module is not None and isinstance(app, QApplication):
        module.hands().unwatch(app)


@pytest.fixture(scope="module", autouse=True)
def _no_widgets_left() -> Iterator[None]:
    """What a file's tests left is gone before the next one: each change of the theme, each start
    of a window would dress it anew."""
    yield
    if not isinstance(QApplication.instance(), QApplication):
        return
    QGuiApplication.clipboard().clear()  # what lies there outlives Python's end offscreen: SIGSEGV
    gc.collect()
    for widget in QApplication.topLevelWidgets():
        if widget.parent() is None:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class PatientBot(QtBot):
    """Waits as long as every other test does; pytest-qt gives up after five seconds."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=PATIENCE_MS)
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)
    waitActive = partialmethod(QtBot.waitActive, timeout=PATIENCE_MS)
    waitCallback = partialmethod(QtBot.waitCallback, timeout=PATIENCE_MS)


@pytest.fixture
def qtbot(qapp, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)
