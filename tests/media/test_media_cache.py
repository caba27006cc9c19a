"""The cache folder: bounded, oldest first, half-written files removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from kling_desktop.media.cache import LEFTOVER_AGE_S, TEMPORARY_PREFIX, Cache


def _entry(cache: Cache, name: str, size: int, age_s: float) -> Path:
    target = cache.entry("thumbs", name)
    cache.write(target, bytes(size))
    os.utime(target, (time.time() - age_s,) * 2)
    return target


def test_oldest_entries_go_first(tmp_path):
    cache = Cache(tmp_path, max_bytes=250)
    old, middle, new = (_entry(cache, n, 100, age) for n, age in (("o", 30), ("m", 20), ("n", 10)))
    cache.trim()
    assert [path.exists() for path in (old, middle, new)] == [False, True, True]


def test_entry_used_lately_is_kept(tmp_path):
    cache = Cache(tmp_path, max_bytes=250)
    old, middle, new = (_entry(cache, n, 100, age) for n, age in (("o", 30), ("m", 20), ("n", 10)))
    cache.touch(old)
    cache.trim()
    assert [path.exists() for path in (old, middle, new)] == [True, False, True]


def test_old_half_written_file_is_removed_and_a_fresh_one_is_not(tmp_path):
    cache = Cache(tmp_path)
    old = _entry(cache, TEMPORARY_PREFIX + "old", 10, LEFTOVER_AGE_S + 60)
    fresh = _entry(cache, TEMPORARY_PREFIX + "fresh", 10, 0)
    cache.trim()
    assert (old.exists(), fresh.exists()) == (False, True)


def test_trim_leaves_files_that_are_not_the_caches_alone(tmp_path):
    own = tmp_path / "holiday.mp4"
    own.write_bytes(bytes(1000))
    Cache(tmp_path, max_bytes=1).trim()
    assert own.exists()


def test_cache_that_is_not_there_yet_is_trimmed_without_a_word(tmp_path):
    Cache(tmp_path / "later").trim()
    assert not (tmp_path / "later").exists()
