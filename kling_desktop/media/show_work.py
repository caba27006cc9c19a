"""What the worker that makes copies to show can be asked for. Worker side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import show_copy
from .cache import Cache
from .progress import Progress
from .protocol import Message


def operations(cache: Cache) -> dict[str, Callable[[Message, Progress], Any]]:
    return {
        "show_copy": lambda m, progress: show_copy.make_copy(
            m["path"], m["start_s"], m["end_s"], cache, progress
        ).to_json(),
    }
