"""The long run with faults in its short form; the long one is run by hand (fault_run.py)."""

from __future__ import annotations

from pathlib import Path

from fault_run import fault_run


def test_where_every_tenth_call_goes_wrong_what_was_accepted_is_saved_and_paid_once(
    tmp_path: Path,
) -> None:
    outcome = fault_run(30, tmp_path)
    assert outcome.wrong == [], outcome.table()
    assert len(outcome.accepted) >= 20, outcome.table()
    assert len(outcome.faults.met) >= 10, outcome.table()
