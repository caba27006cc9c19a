"""Whatever stands in the second record of what was sent: the window opens, with every job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saved_home import JOBS, SHOWN, SavedHome, changed, places
from test_saved_state_opens import JSON, ODD_COLUMNS, ROWS, home, many

from kling_desktop.store.rows import COLUMNS, job_to_row
from kling_desktop.store.witness import Witness, _checksum

__all__ = ["home"]  # the fixture


def sealed(row: object) -> bytes:
    """A line that nobody damaged since."""
    text = json.dumps(row).encode("ascii")
    return _checksum(text) + b" " + text + b"\n"


def test_a_sound_one_says_nothing(home: SavedHome) -> None:
    for job in JOBS:
        Witness(home.profile.witness_file).tell(job)
    opened = home.open()
    assert (opened.errors, opened.notices) == ([], [])
    assert opened.jobs == SHOWN


@many
@given(st.data())
def test_any_value_in_its_lines_may_be_anything(home: SavedHome, data: st.DataObject) -> None:
    home.restore()
    lines = b""
    for job in data.draw(st.lists(st.sampled_from(JOBS), max_size=4)):
        row, document = dict(job_to_row(job)), ROWS[job.job_id]
        way = data.draw(st.sampled_from(places(document)))
        row["data"] = json.dumps(changed(document, way, data.draw(JSON)))
        for column in data.draw(st.sets(st.sampled_from(sorted(COLUMNS)), max_size=2)):
            odd = data.draw(st.sampled_from([v for v in ODD_COLUMNS if v != b"\xff"]) | JSON)
            row[column] = odd
        lines += sealed(row)
    lines += data.draw(st.sampled_from([b"", sealed([]), sealed(None), b"\xff\x00\n", b"{"]))
    home.profile.witness_file.write_bytes(lines)
    opened = home.open()
    assert opened.errors == []
    assert opened.jobs >= SHOWN


@pytest.mark.parametrize("kind", ["folder", "nothing", "no JSON", "nested", "loop"])
def test_one_that_is_none_keeps_nothing_from_opening(home: SavedHome, kind: str) -> None:
    file = home.profile.witness_file
    unreadable = kind in ("folder", "loop")
    if kind == "folder":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(Path(file.name))
    else:
        file.write_bytes({"nothing": b"", "no JSON": b"\xff{", "nested": b"[" * 100_000}[kind])
    opened = home.open()
    assert opened.errors == []
    assert opened.jobs == SHOWN
    assert len(opened.notices) == unreadable
    assert all("Nothing is sent and charged" in notice for notice in opened.notices)
