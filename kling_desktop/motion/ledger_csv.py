"""The ledger as CSV, for spreadsheets and other programs.

UTF-8 with a byte order mark (so that spreadsheets see the UTF-8), commas, CRLF, a decimal point,
ISO 8601 times with their offset; words are codes. Text from outside never becomes a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, tzinfo

from .ledger import LedgerRow

COLUMNS = (
    "sent_at",
    "title",
    "quality",
    "model",
    "seconds",
    "estimate_credits",
    "charged_credits",
    "difference_credits",
    "charge",
    "state",
    "task_id",
    "trace_id",
    "job_id",
)
# A cell that begins so is read as a formula by a spreadsheet, in their wide forms too (OWASP,
# "CSV injection"); an apostrophe before it makes it a text.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_APOSTROPHE = "'"


def ledger_csv(rows: Iterable[LedgerRow], tz: tzinfo | None = None) -> bytes:
    """One line for each row in the given order, below a line of names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row, tz) for row in rows)
    # A file name may hold bytes that are no text (a lone surrogate here): shown as "?".
    return text.getvalue().encode("utf-8-sig", errors="replace")


def text_cell(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula, even after leading spaces."""
    # NUL ends a text for many readers of CSV, and is in no name of a file.
    text = text.replace("\0", "")
    return _APOSTROPHE + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _cells(row: LedgerRow, tz: tzinfo | None) -> tuple[str, ...]:
    sent_at = datetime.fromtimestamp(row.at, tz).astimezone(tz)
    return (
        sent_at.isoformat(timespec="seconds"),
        text_cell(row.title),
        row.mode.value,
        text_cell(row.model),
        _number(row.duration_s, 3),
        _number(row.estimate_credits, 6),
        _number(row.charged_credits, 6),
        _number(row.difference_credits, 6),
        row.charge.value,
        row.state.value,
        text_cell(row.task_id or ""),
        text_cell(row.trace_id or ""),
        row.job_id,
    )


def _number(value: float | None, digits: int) -> str:
    """With a decimal point, without needless zeros; empty where it is not known."""
    if value is None:
        return ""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
