"""A data folder copied while a program has it, as a backup does."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_folder(folder: Path, target: Path) -> None:
    """All but the lock. What is gone by the time it is its turn is not in it."""
    shutil.copytree(
        folder, target, ignore=shutil.ignore_patterns("lock*"), copy_function=_if_it_is_there
    )


def _if_it_is_there(source: str, target: str) -> None:
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        pass
