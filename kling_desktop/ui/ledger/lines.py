"""The lines of the ledger's table: each period's sum above the jobs of that period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import IntEnum

from PySide6.QtCore import QDate, QLocale

from kling_desktop.motion.ledger import Charge, Grain, LedgerRow, Sum, grouped
from kling_desktop.ui.ledger.periods import period_name
from kling_desktop.ui.library.times import clock_text
from kling_desktop.ui.tr import tr, words

UNKNOWN = "–"


class Column(IntEnum):
    """From left to right."""

    DATE = 0
    TITLE = 1
    QUALITY = 2
    MODEL = 3
    SECONDS = 4
    ESTIMATE = 5
    CHARGED = 6
    DIFFERENCE = 7


FIGURES = (Column.SECONDS, Column.ESTIMATE, Column.CHARGED, Column.DIFFERENCE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``row`` None: the sum of a period, else one job of it."""

    period: date
    texts: tuple[str, ...]  # one for each column
    spoken: str  # the whole line as one sentence
    row: LedgerRow | None = None
    note: str = ""  # tooltip: why a figure is missing or not counted

    @property
    def is_sum(self) -> bool:
        return self.row is None


def build_lines(
    rows: Sequence[LedgerRow], grain: Grain, today: date, tz: tzinfo | None = None
) -> list[Line]:
    """All lines, the latest period first."""
    lines: list[Line] = []
    for found, jobs in grouped(rows, grain, tz):
        lines.append(_sum_line(found, grain, today))
        lines += [_job_line(row, found.start or today, grain, tz) for row in jobs]
    return lines


def headers() -> tuple[str, ...]:
    """Names of the columns."""
    return (
        tr("Sent"),
        tr("Video"),
        tr("Quality"),
        tr("Model"),
        tr("Length"),
        tr("Estimate"),
        tr("Charged"),
        tr("Difference"),
    )


def sum_figures(found: Sum) -> tuple[str, str, str]:
    """Estimate, charge and difference of a sum."""
    known = found.charged_jobs or found.free_jobs
    charged = words.amount(found.charged_credits) if known else UNKNOWN
    return words.amount(found.estimate_credits), charged, difference_text(found.difference_credits)


def difference_text(credits: float | None) -> str:
    return UNKNOWN if credits is None else words.signed(credits)


def _sum_line(found: Sum, grain: Grain, today: date) -> Line:
    start = found.start or today
    name = period_name(start, grain, today)
    texts = (name, words.sum_count(found), "", "", "", *sum_figures(found))
    return Line(start, texts, words.sum_sentence(name, found))


def _job_line(row: LedgerRow, period: date, grain: Grain, tz: tzinfo | None) -> Line:
    estimate = UNKNOWN if row.estimate_credits is None else words.amount(row.estimate_credits)
    if not row.counts and row.estimate_credits is not None:
        estimate = f"({estimate})"  # as in accounts: shown, not counted
    texts = (
        _sent_at(row.at, grain, tz),
        row.title,
        words.mode(row.mode),
        row.model,
        UNKNOWN if row.duration_s is None else words.seconds(row.duration_s),
        estimate,
        words.charge(row),
        difference_text(row.difference_credits),
    )
    return Line(period, texts, _spoken(row, texts), row, _note(row))


def _spoken(row: LedgerRow, texts: tuple[str, ...]) -> str:
    """``astronaut × meadow, Pro, 8.4 s, estimate 5.88, charged 5.90, difference +0.02``."""
    names = headers()
    figures = [
        f"{names[column].lower()} {texts[column].strip('()')}"
        for column in (Column.ESTIMATE, Column.CHARGED, Column.DIFFERENCE)
        if texts[column] != UNKNOWN
    ]
    plain = [texts[c] for c in (Column.DATE, Column.TITLE, Column.QUALITY, Column.SECONDS)]
    return ", ".join([*plain, *figures])


def _note(row: LedgerRow) -> str:
    parts = [row.title]
    if row.charge is not Charge.CHARGED:
        parts.append(words.charge_sentence(row.charge, None))
    if not row.counts and row.estimate_credits:
        parts.append(tr("Its estimate is not counted."))
    if row.removed:
        parts.append(tr("Deleted from the Library; what it cost stays here."))
    return "\n".join(parts)


def _sent_at(at: float, grain: Grain, tz: tzinfo | None) -> str:
    if grain is Grain.DAY:
        return clock_text(at)
    day = datetime.fromtimestamp(at, tz)
    name = QLocale().toString(QDate(day.year, day.month, day.day), "ddd d")
    return f"{name}, {clock_text(at)}"
