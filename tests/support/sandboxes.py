"""Sandboxes that run while a test needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kling_desktop.sandbox import Sandbox


@contextmanager
def running(folder: Path, *, seconds: float = 0.3) -> Iterator[Sandbox]:
    """One that needs ``seconds`` for a video."""
    made = Sandbox(folder, seconds=seconds)
    made.start()
    try:
        yield made
    finally:
        made.stop()
