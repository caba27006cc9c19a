"""Whatever an earlier run left: the window opens, and what is sound is still there."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from saved_home import (
    DRAFT,
    JOBS,
    SETTINGS,
    SHOWN,
    VALUES,
    SavedHome,
    changed,
    places,
    settings_json,
)

from kling_desktop.motion.left_out import Damage, Saved
from kling_desktop.motion.request import Draft
from kling_desktop.store.rows import COLUMNS, job_to_row
from kling_desktop.store.settings import Settings

ODD = [
    None,
    True,
    False,
    "false",
    "",
    -1,
    0,
    1e300,
    float("inf"),
    float("nan"),
    10**400,
    2**63,
    "\ud800",
    "a\0b",
    "x" * 2_000_000,
    [],
    {},
    [["a", "list"]],
    {"path": "/a", "url": "https://b"},
    "javascript:alert(1)",
    "\u202eabc",
    [1e9] * 3,
]
ODD_COLUMNS = [-1, 1e300, 9e999, b"\xff", "odd", 2**63 - 1, "", 0, "done", "\0"]
JSON = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
FILES: dict[str, Any] = {
    "draft.json": DRAFT.to_json(),
    "settings.json": settings_json(),
    "waved.json": {"k": ["cuts_found"]},
}
ROWS = {job.job_id: json.loads(str(job_to_row(job)["data"])) for job in JOBS}
many = settings(
    deadline=None,
    max_examples=int(os.environ.get("KLING_EXAMPLES", "12")),  # each opens a window
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def home(qapp: object, tmp_path: Path) -> SavedHome:
    return SavedHome(tmp_path / "home")


def dumped(value: object) -> bytes:
    return json.dumps(value).encode("ascii")


def test_a_sound_home_opens_whole_and_nothing_is_said(home: SavedHome) -> None:
    """Without this, the tests below would show nothing."""
    opened = home.open()
    assert opened.errors == []
    assert (opened.draft, opened.jobs) == (DRAFT, SHOWN)
    assert opened.settings == replace(
        SETTINGS, **{"window_geometry": opened.settings.window_geometry}
    )
    assert (opened.left_out, opened.notices) == ([], [])


@many
@given(st.data())
def test_any_value_in_any_file_may_be_anything(home: SavedHome, data: st.DataObject) -> None:
    home.restore()
    touched: dict[str, set[object]] = {name: set() for name in FILES}
    for name in data.draw(st.sets(st.sampled_from(sorted(FILES)), min_size=1)):
        document = FILES[name]
        for way in data.draw(st.sets(st.sampled_from(places(FILES[name])), min_size=1, max_size=3)):
            if isinstance(document, dict) and not (way and touched[name] & {way[0], None}):
                document = changed(document, way, data.draw(JSON))
                touched[name].add(way[0] if way else None)
        home.files[name].write_bytes(dumped(document))
    opened = home.open()
    assert opened.errors == []
    assert opened.jobs == SHOWN
    for kept, sound, name in (
        (opened.draft, DRAFT, "draft.json"),
        (opened.settings, SETTINGS, "settings.json"),
    ):
        for field in fields(sound):
            if not touched[name] & {field.name, None} and field.name != "window_geometry":
                assert getattr(kept, field.name) == getattr(sound, field.name), field.name


@many
@given(st.data())
def test_any_value_in_the_journal_may_be_anything(home: SavedHome, data: st.DataObject) -> None:
    home.restore()
    damaged = set()
    for job_id in data.draw(st.sets(st.sampled_from(sorted(ROWS)), max_size=2)):
        row = ROWS[job_id]
        for way in data.draw(st.sets(st.sampled_from(places(row)), min_size=1, max_size=2)):
            try:
                row = changed(row, way, data.draw(JSON))
            except (TypeError, KeyError, IndexError):  # the first change took its place away
                continue
        home.sql("UPDATE jobs SET data = ? WHERE job_id = ?", json.dumps(row), job_id)
        damaged.add(job_id)
    for column in data.draw(st.sets(st.sampled_from([*COLUMNS, "removed_at"]), max_size=4)):
        job_id = data.draw(st.sampled_from(sorted(ROWS)))
        value = data.draw(st.sampled_from(ODD_COLUMNS))
        home.sql(f"UPDATE OR IGNORE jobs SET {column} = ? WHERE job_id = ?", value, job_id)
        damaged.add(job_id)
    for key in data.draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=3)):
        way = data.draw(st.sampled_from(places(VALUES[key])))
        value = data.draw(JSON)
        text = dumped(changed(VALUES[key], way, value)).decode()
        raw = data.draw(st.sampled_from([text, b"\xff\xfe", "[" * 100_000, "", str(value)[:99]]))
        raw = raw.encode("utf-8", "replace") if isinstance(raw, str) and "\0" in raw else raw
        stored = raw.encode("utf-8", "replace").decode() if isinstance(raw, str) else raw
        home.sql('UPDATE "values" SET text = ? WHERE key = ?', stored, key)
    opened = home.open()
    assert opened.errors == []
    assert opened.draft == DRAFT
    assert opened.jobs >= SHOWN - damaged
    for job_id in damaged & SHOWN - opened.jobs:
        assert opened.unreadable or job_id


@pytest.mark.parametrize("column", [*COLUMNS, "removed_at"])
def test_each_column_may_be_anything(home: SavedHome, column: str) -> None:
    """Each row gets another odd value, until every row had every one."""
    for turn in range(0, len(ODD_COLUMNS), 2):
        home.restore()
        for number, job_id in enumerate(ROWS):
            value = ODD_COLUMNS[(turn + number) % len(ODD_COLUMNS)]
            home.sql(f"UPDATE OR IGNORE jobs SET {column} = ? WHERE job_id = ?", value, job_id)
        assert home.open().errors == []


def test_the_draft_that_once_kept_the_program_from_starting(home: SavedHome) -> None:
    """A recipe had put a list where the prompt belongs."""
    draft = home.files["draft.json"]
    content = dumped(DRAFT.to_json() | {"prompt": ["a", "list"]})
    draft.write_bytes(content)
    opened = home.open()
    assert opened.errors == []
    assert opened.draft == replace(DRAFT, prompt="")
    assert [(one.saved, one.damage) for one in opened.left_out] == [(Saved.DRAFT, Damage.PART)]
    kept_as = opened.left_out[0].kept_as
    assert (draft.parent / kept_as).read_bytes() == content
    assert opened.notices == [
        "Part of the saved draft could not be read and was left out. "
        f"The old file was kept as {kept_as}."
    ]


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("kind", ["folder", "nothing", "no JSON", "nested", "loop"])
def test_a_file_that_is_none_keeps_nothing_from_opening(
    home: SavedHome, name: str, kind: str
) -> None:
    file = home.files[name]
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(file)
    else:
        file.write_bytes({"nothing": b"", "no JSON": b"\xff{", "nested": b"[" * 100_000}[kind])
    opened = home.open()
    assert opened.errors == []
    assert opened.jobs == SHOWN
    assert [one.saved.value for one in opened.left_out] == [name.removesuffix(".json")]
    assert len(opened.notices) == 1
    assert opened.draft == (Draft() if name == "draft.json" else DRAFT)
    if name == "settings.json":
        assert opened.settings.day_limit_credits == Settings().day_limit_credits


def test_what_was_left_out_is_said_once(home: SavedHome) -> None:
    home.files["settings.json"].write_bytes(dumped(settings_json() | {"day_limit_credits": "12"}))
    home.files["waved.json"].write_bytes(dumped({"k": "cuts_found"}))
    row = ROWS["done"] | {"result_path": ["x"]}
    home.sql("UPDATE jobs SET data = ? WHERE job_id = 'done'", json.dumps(row))
    first, second = home.open(), home.open()
    assert {one.saved for one in first.left_out} == {Saved.SETTINGS, Saved.WAVED, Saved.JOBS}
    assert any("your limit for a day" in notice for notice in first.notices)
    assert {one.saved for one in second.left_out} <= {Saved.WAVED}  # its file was not written yet
    assert (first.errors, second.errors) == ([], [])


def test_jobs_that_cannot_be_read_are_counted_and_kept(home: SavedHome) -> None:
    row = ROWS["waiting"]
    row = row | {"request": row["request"] | {"mode": "ultra"}}
    home.sql("UPDATE jobs SET data = ? WHERE job_id = 'waiting'", json.dumps(row))
    opened = home.open()
    assert opened.jobs == SHOWN - {"waiting"}
    assert opened.unreadable == ("waiting",)
    (notice,) = opened.notices
    assert "not shown: 1" in notice
    assert home.open().unreadable == ("waiting",)


@pytest.mark.parametrize("content", [b"", None, b"no database" * 100])
def test_a_list_of_jobs_that_is_lost_is_said_when_the_window_opens(
    home: SavedHome, content: bytes | None
) -> None:
    for part in home.profile.folder.glob("journal.sqlite*"):
        part.unlink()
    if content is not None:
        home.profile.journal_file.write_bytes(content)
    opened = home.open()
    assert opened.errors == []
    whole = Damage.PART if content else Damage.WHOLE
    assert [(one.saved, one.damage) for one in opened.left_out] == [(Saved.JOURNAL, whole)]
    assert sum("The list of jobs was" in text for text in opened.notices) == 1
    assert home.open().notices == []
