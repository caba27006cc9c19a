"""Days and times as a person reads them, in local time and the system's own order."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QLocale, QTime

from kling_desktop.ui.tr import tr


def clock_text(when: float) -> str:
    """``14:02``, or ``2:02 PM`` where people write it so."""
    moment = datetime.fromtimestamp(when)
    time = QTime(moment.hour, moment.minute)
    return QLocale().toString(time, QLocale.FormatType.ShortFormat)


def day_text(day: int, today: int) -> str:
    """The heading of a day: Today, Yesterday, or its date. Both count as ``date.toordinal``."""
    if day == today:
        return tr("Today")
    if day == today - 1:
        return tr("Yesterday")
    moment = date.fromordinal(day)
    shown = QDate(moment.year, moment.month, moment.day)
    return QLocale().toString(shown, QLocale.FormatType.LongFormat)
