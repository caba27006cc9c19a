"""Waiting for what must come: for events, with a bound that only a defect reaches.

A machine may be loaded by anything, so no test may pass or fail by how fast it is. Whoever waits
takes the bound from here, and nobody has one of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 300.0
PATIENCE_MS = round(PATIENCE_S * 1000)
POLL_EVERY_S = 0.1
TURN_S = 0.005


class NotSeen(AssertionError):
    """What was waited for did not come in time."""


def wait_for(
    look: Callable[[], T | None],
    what: str,
    *,
    context: Callable[[], str] | None = None,
) -> T:
    """The first truthy value of ``look``. Raises NotSeen with ``context()`` as its evidence."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= end:
            evidence = f"\n{context()}" if context else ""
            raise NotSeen(f"not seen within {PATIENCE_S:.0f} s: {what}{evidence}")
        time.sleep(POLL_EVERY_S)


async def until(look: Callable[[], T | None], meanwhile: Callable[[], object] = lambda: None) -> T:
    """``wait_for`` in a coroutine: ``meanwhile`` is called between two looks, for Qt's events."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := look()):
            meanwhile()
            await asyncio.sleep(TURN_S)
        return found
