"""A data folder copied while a program has it, as a backup does."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path


def copy_folder(folder: Path, target: Path) -> None:
    """All but the lock. What is gone by the time it is its turn is not in it."""
    with contextlib.ExitStack() as readers:
        for database in folder.rglob("*.sqlite*"):
            if not database.name.endswith("-journal"):
                readers.enter_context(_read(database))
        shutil.copytree(
            folder, target, ignore=shutil.ignore_patterns("lock*"), copy_function=_if_it_is_there
        )


@contextlib.contextmanager
def _read(database: Path) -> Iterator[None]:
    """While it is read nobody writes to it: the copy is whole."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        with contextlib.suppress(sqlite3.Error):  # a damaged one is copied as it is
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield


def _if_it_is_there(source: str, target: str) -> None:
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        pass
