"""What was waved off is remembered by the file's content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kling_desktop.engine.doctor import KEY_BYTES, file_key
from kling_desktop.store.errors import StoreUnwritable
from kling_desktop.store.waved import KEPT_FILES, WavedStore


def test_codes_are_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "waved.json"
    WavedStore(file).add("a", "cuts_found")
    store = WavedStore(file)
    store.add("a", "fast_motion")
    store.add("a", "fast_motion")
    assert WavedStore(file).codes("a") == {"cuts_found", "fast_motion"}
    assert WavedStore(file).codes("b") == frozenset()


def test_the_oldest_files_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "waved.json"
    file.write_text(json.dumps({str(n): ["cuts_found"] for n in range(KEPT_FILES)}))
    store = WavedStore(file)
    store.add("0", "fast_motion")  # used again: now the newest
    store.add("new", "cuts_found")
    assert store.codes("1") == frozenset()
    assert store.codes("0") == {"cuts_found", "fast_motion"}


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b'{"a": 5}', b""])
def test_a_damaged_list_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "waved.json"
    file.write_bytes(content)
    store = WavedStore(file)
    assert store.codes("a") == frozenset()
    store.add("a", "cuts_found")
    assert WavedStore(file).codes("a") == {"cuts_found"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    store = WavedStore(tmp_path / "missing" / "waved.json")
    with pytest.raises(StoreUnwritable):
        store.add("a", "cuts_found")
    assert store.codes("a") == {"cuts_found"}  # until the end of the program


def test_a_clip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    long = bytes(range(256)) * (KEY_BYTES // 64)
    for name, data in (("a", long), ("b", long), ("c", long[:-1] + b"!"), ("d", b"!" + long[1:])):
        (tmp_path / name).write_bytes(data)
    keys = {name: file_key(str(tmp_path / name)) for name in "abcd"}
    assert keys["a"] == keys["b"]
    assert len(set(keys.values())) == 3
