"""A window that is left open learns of a new day by itself."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kling_desktop.ui import day_watch
from kling_desktop.ui.day_watch import DayWatch

LAST_SECOND = datetime.datetime(2027, 2, 28, 23, 59, 59).timestamp()


def test_a_new_day_is_told_once_and_without_being_asked(qtbot: QtBot, monkeypatch) -> None:
    monkeypatch.setattr(day_watch, "LOOK_EVERY_MS", 1)
    times = [LAST_SECOND]
    owner = QObject()
    watch = DayWatch(lambda: times[-1], owner)
    told: list[datetime.date] = []
    watch.changed.connect(lambda: told.append(watch.today()))
    times.append(LAST_SECOND + 1)
    qtbot.waitUntil(lambda: bool(told))
    watch.look()
    assert told == [datetime.date(2027, 3, 1)]
    times.append(LAST_SECOND)  # set back
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == datetime.date(2027, 2, 28)
