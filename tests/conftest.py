"""What all tests share."""

from __future__ import annotations

import os
import signal
import sys
from functools import partialmethod

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.rendered_once import rendered_folder
from support.waiting import PATIENCE_MS

# Set before any test imports Qt: unit tests of widgets need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A shell that runs the tests in the background has them ignore Ctrl+C, and so would all programs
# that they start: what those promise about it could not be tried.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# For every test, so that none can forget it: how long an example takes says nothing about it.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


rendered_folder()  # one for all workers: they inherit it

# Their files take longest. They begin first, so that at the end no worker is left alone with one.
LONG_ROOMS = ("money", "e2e", "looks", "command", "saved", "engine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        room = item.path.parent.name
        return LONG_ROOMS.index(room) if room in LONG_ROOMS else len(LONG_ROOMS)

    items.sort(key=turn)


@pytest.fixture(autouse=True)
def _rested_hands() -> None:
    """The hands of a program that an earlier test built watch no more: its mouse never moved."""
    module, app = sys.modules.get("kling_desktop.ui.hands"), QApplication.instance()
    if module is not None and isinstance(app, QApplication):
        module.hands().unwatch(app)


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
