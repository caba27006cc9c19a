"""Garbage that only the cycle collector finds, and which thread destroyed it."""

from __future__ import annotations

import gc
import threading


class Cycle:
    """Notes the thread in which it is destroyed."""

    def __init__(self, destroyed_by: list[int], holds: object = None) -> None:
        self._destroyed_by = destroyed_by
        self._holds = holds
        self._me = self

    def __del__(self) -> None:
        self._destroyed_by.append(threading.get_ident())


def many() -> int:
    """So many that the collector would begin by itself, several times."""
    return 5 * gc.get_threshold()[0]


def leave(destroyed_by: list[int], count: int) -> None:
    """Make them, and let them go."""
    for _ in range(count):
        Cycle(destroyed_by)
