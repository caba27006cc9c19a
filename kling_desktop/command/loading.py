"""Ctrl+C, a polite kill, a closed terminal while the program is still being loaded.

A module that is interrupted in its middle stays half, and whoever imports it next falls over it.
So the signal is noted, and heeded between two of them. Imports nothing: it comes before all else.
"""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any

INTERRUPTED = 130  # the shells' own code for Ctrl+C
# Windows has Ctrl+Break besides; SIGTERM there comes from this process alone.
SIGNALS: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)


class Loading:
    """Listens from ``with`` on; afterwards the handlers are as before. The main thread's."""

    def __init__(self) -> None:
        self._noted = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Loading:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def heed(self) -> None:
        """Raises KeyboardInterrupt where one came meanwhile."""
        if self._noted:
            raise KeyboardInterrupt

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._noted:  # the second one does not wait
            os._exit(INTERRUPTED)
        self._noted = True


def say_interrupted_early(arguments: list[str]) -> int:
    """Before anything that was typed was looked at: nothing was begun."""
    from ..words import Words
    from .output import Terminal, interrupted_object, say_problem

    said = Words().interrupted_at_once()
    if "check" in arguments:
        say_problem(said, as_json="--json" in arguments)
    elif not {"generate", "resume", "fetch"}.isdisjoint(arguments):
        sink = Terminal(Words(), as_json="--json" in arguments)
        sink.result(interrupted_object())
        sink.say(said)
    return INTERRUPTED
