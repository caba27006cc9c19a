"""Announcements inside one thread: what happened, to whoever listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)


async def is_set_within(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for it, at most so long; None: without an end."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Event(Generic[T]):
    """Listeners are called at once, in order, on the loop's thread."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []

    def connect(self, listener: Callable[[T], None]) -> None:
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[[T], None]) -> None:
        self._listeners.remove(listener)

    def emit(self, value: T) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(value)
            except Exception:
                # A broken view must not break a job that costs money.
                _log.exception("a listener failed")
