"""Waiting for what must come: polling with a deadline, never a sleep for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 60.0  # generous: a loaded machine is slow, and a pass does not wait for it
POLL_EVERY_S = 0.1


class NotSeen(AssertionError):
    """What was waited for did not come in time."""


def wait_for(
    look: Callable[[], T | None],
    what: str,
    *,
    within_s: float = DEADLINE_S,
    context: Callable[[], str] | None = None,
) -> T:
    """The first truthy value of ``look``. Raises NotSeen with ``context()`` as its evidence."""
    end = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= end:
            evidence = f"\n{context()}" if context else ""
            raise NotSeen(f"not seen within {within_s:.0f} s: {what}{evidence}")
        time.sleep(POLL_EVERY_S)
