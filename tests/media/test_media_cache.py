"""The cache folder: bounded, oldest first, half-written files removed."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from PIL import Image
from support.waiting import PATIENCE_S

from kling_desktop.media.cache import LEFTOVER_AGE_S, TEMPORARY_PREFIX, Cache
from kling_desktop.media.stills import is_whole


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names there")
def test_what_is_no_picture_any_more_is_made_again_without_waiting_for_it(tmp_path):
    """A pipe would be waited for: the window's pictures would never come."""
    place, whole = tmp_path / "poster.png", []
    os.mkfifo(place)
    looking = threading.Thread(target=lambda: whole.append(is_whole(place)), daemon=True)
    looking.start()
    looking.join(PATIENCE_S)
    assert whole == [False]
    place.unlink()
    Image.new("RGB", (8, 8)).save(place)
    assert is_whole(place)
    place.write_bytes(place.read_bytes()[:-30])
    assert not is_whole(place)
