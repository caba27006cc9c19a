"""Days and months as the ledger names them, and which of them the plot shows."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale

from kling_desktop.motion.ledger import Grain
from kling_desktop.ui.tr import tr

SHOWN = {Grain.DAY: 30, Grain.MONTH: 12}  # bars side by side
_MONTHS = 12


def period_name(start: date, grain: Grain, today: date) -> str:
    """``Today``, ``Yesterday``, ``Sat 21 November`` or ``November 2026``, as this place writes."""
    if grain is Grain.MONTH:
        return _text(start, "MMMM yyyy")
    if start == today:
        return tr("Today")
    if start == today - timedelta(days=1):
        return tr("Yesterday")
    return _text(start, "ddd d MMMM" if start.year == today.year else "d MMMM yyyy")


def tick_name(start: date, grain: Grain) -> str:
    """Below a bar: ``21 Nov`` or ``Nov``; January carries its year."""
    if grain is Grain.DAY:
        return _text(start, "d MMM")
    return _text(start, "yyyy" if start.month == 1 else "MMM")


def step(start: date, grain: Grain, count: int) -> date:
    """The period ``count`` later; earlier where negative. Never before the calendar begins."""
    if grain is Grain.DAY:
        try:
            return start + timedelta(days=count)
        except OverflowError:
            return start
    months = start.year * _MONTHS + start.month - 1 + count
    if not _MONTHS <= months < (date.max.year + 1) * _MONTHS:
        return start
    return date(months // _MONTHS, months % _MONTHS + 1, 1)


def between(early: date, late: date, grain: Grain) -> int:
    """How many periods lie from one to the other; negative where they are the other way round."""
    if grain is Grain.DAY:
        return (late - early).days
    return (late.year - early.year) * _MONTHS + late.month - early.month


def page_with(period: date, today: date, grain: Grain) -> tuple[date, ...]:
    """The shown periods that hold this one; pages are counted back from today."""
    back = max(0, between(period, today, grain)) // SHOWN[grain] * SHOWN[grain]
    return shown_periods(step(max(today, period), grain, -back), grain)


def shown_periods(last: date, grain: Grain) -> tuple[date, ...]:
    """As many periods as the plot has room for, the last of them ``last``."""
    return tuple(step(last, grain, back) for back in range(1 - SHOWN[grain], 1))


def _text(day: date, form: str) -> str:
    return QLocale().toString(QDate(day.year, day.month, day.day), form)
