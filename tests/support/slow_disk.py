"""A disk whose every commit takes its time, as ``fsync`` does on a busy or a tired one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kling_desktop.store.journal import Journal

SLOW_S = 0.5


def slow_down(monkeypatch: pytest.MonkeyPatch, commit_s: float = SLOW_S) -> None:
    """From now on each transaction of the journal is on the disk only after ``commit_s``."""
    writing = Journal._writing

    @contextmanager
    def slowly(journal: Journal) -> Iterator[sqlite3.Connection]:
        with writing(journal) as connection:
            yield connection
            time.sleep(commit_s)

    monkeypatch.setattr(Journal, "_writing", slowly)
