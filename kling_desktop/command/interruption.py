"""Ctrl+C and the polite kill. They belong to the process: only what was typed here listens."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
# Windows has Ctrl+Break besides; SIGTERM there comes from this process alone.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


class Interrupted(Exception):
    """Ctrl+C or a polite kill: what is unfinished is resumed later."""


async def until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Do it; the first signal cancels it, whatever it waits for. Raises Interrupted.

    The second finds the system's own handlers: it ends the process at once.
    """
    task = asyncio.ensure_future(work)
    got: list[bool] = []

    def interrupt() -> None:
        got.append(True)
        _stop_listening()
        task.cancel()

    with _listening(interrupt):
        try:
            return await task
        except asyncio.CancelledError:
            if got:
                raise Interrupted from None
            raise


@contextmanager
def _listening(interrupt: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        try:
            loop.add_signal_handler(name, interrupt)
        except NotImplementedError:  # Windows: the loop has none, the process has
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(interrupt))
    try:
        yield
    finally:
        _stop_listening()


def _stop_listening() -> None:
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        try:
            loop.remove_signal_handler(name)
        except NotImplementedError:
            usual = signal.default_int_handler if name is signal.SIGINT else signal.SIG_DFL
            signal.signal(name, usual)
