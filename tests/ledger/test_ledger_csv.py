"""The CSV: what goes in comes out, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_rows import at, row

from kling_desktop.motion.job import JobState
from kling_desktop.motion.ledger import Charge
from kling_desktop.motion.ledger_csv import COLUMNS, ledger_csv, text_cell

BOM = b"\xef\xbb\xbf"
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_row_is_one_line_with_iso_time_and_decimal_points():
    sent = row(at=at("2026-11-22T23:30:05"), duration_s=8.4, charged_credits=5.9)
    data = ledger_csv([sent], UTC)
    assert data.startswith(BOM)
    assert data.count(b"\r\n") == 2
    (found,) = read(data)
    assert found == {
        "sent_at": "2026-11-22T23:30:05+00:00",
        "title": "astronaut × meadow",
        "quality": "std",
        "model": "kling-v2-6",
        "seconds": "8.4",
        "estimate_credits": "5.88",
        "charged_credits": "5.9",
        "difference_credits": "0.02",
        "charge": "charged",
        "state": "done",
        "task_id": "task",
        "trace_id": "trace",
        "job_id": "job",
    }


def test_what_is_not_known_is_an_empty_cell_and_what_is_free_a_zero():
    waiting = row(charge=Charge.WAITING, charged_credits=None, estimate_credits=None)
    free = row(charge=Charge.NOTHING, charged_credits=0.0, state=JobState.FAILED)
    first, second = read(ledger_csv([waiting, free], UTC))
    assert (first["estimate_credits"], first["charged_credits"]) == ("", "")
    assert (second["charged_credits"], second["difference_credits"]) == ("0", "")


@pytest.mark.parametrize(
    "title",
    ['=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1"],
)
def test_a_title_never_becomes_a_formula(title):
    (found,) = read(ledger_csv([row(title=title)], UTC))
    assert found["title"] == "'" + title


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_and_never_begins_a_formula(title):
    (found,) = read(ledger_csv([row(title=title)], UTC))
    assert found["title"] in (title, "'" + title)
    assert not found["title"].lstrip(" ").startswith(tuple(FORMULA_STARTS))


def test_a_name_that_is_no_text_does_not_stop_the_export():
    (found,) = read(ledger_csv([row(title="\udcff\0 × meadow")], UTC))
    assert found["title"] == "? × meadow"
    assert text_cell("a\0b") == "ab"


@given(
    st.lists(
        st.tuples(
            st.floats(1.5e9, 2e9),
            st.floats(0, 1e4).map(lambda x: round(x, 6)),
            st.floats(0.001, 1e4).map(lambda x: round(x, 6)),
        ),
        max_size=20,
    )
)
def test_figures_and_times_come_back(values):
    rows = [row(at=t, estimate_credits=e, charged_credits=c) for t, e, c in values]
    found = read(ledger_csv(rows, UTC))
    assert [float(line["estimate_credits"]) for line in found] == [e for _t, e, _c in values]
    assert [float(line["charged_credits"]) for line in found] == [c for _t, _e, c in values]
    for line, (t, e, c) in zip(found, values, strict=True):
        assert datetime.fromisoformat(line["sent_at"]).timestamp() == pytest.approx(t, abs=1)
        assert float(line["difference_credits"]) == pytest.approx(c - e, abs=2e-6)


def test_an_empty_ledger_is_a_line_of_names():
    assert ledger_csv([]) == BOM + ",".join(COLUMNS).encode() + b"\r\n"
