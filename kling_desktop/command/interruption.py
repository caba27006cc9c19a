"""Ctrl+C, the polite kill, a terminal that is closed: a command ends within two seconds.

They belong to the process: only what was typed here listens. A thread of its own hears them,
because the main one may stand still: in a file on a dead share, or in somebody's slow answer.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

from .loading import INTERRUPTED, SIGNALS

T = TypeVar("T")
GRACE_S = 1.5  # for closing in order
LAST_WORDS_S = 0.3  # for what is said without that: a terminal may take nothing any more
END_WITHIN_S = 1.0  # after the work is done


class Interrupted(Exception):
    """Ctrl+C or a polite kill: what is unfinished is resumed later."""


class Interruption:
    """Listens from ``with`` on. The first signal cancels what ``until_interrupted`` does.

    The second, or two seconds, end the process at once, after ``last_words`` were said in the
    listening thread. Those are said once, by whichever thread comes first: see ``say_once``.
    """

    def __init__(self, last_words: Callable[[], None], *, at_once: bool = False) -> None:
        """``at_once``: there is nothing to close, so the first signal ends the process."""
        self._last_words = last_words
        self._at_once = at_once
        self._said = threading.Lock()
        self._count = 0
        self._cancel: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._ear, self._mouth = socket.socketpair()
        self.code = INTERRUPTED  # that the process is ended with, where it does not end by itself

    def __enter__(self) -> Interruption:
        self._mouth.setblocking(False)
        threading.Thread(target=self._listen, name="interruption", daemon=True).start()
        for number in SIGNALS:
            # As nohup wants it: a terminal that is closed is no interruption then.
            if number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN:
                continue
            self._before[number] = signal.signal(number, self._on_signal)
        if os.name == "posix":
            # Heard at once, also while the main thread is in a call of the system.
            signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """After a signal it goes on listening: what is left of the process may not end."""
        if self._count:
            return
        if os.name == "posix":
            signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._mouth.close()

    async def until_interrupted(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it; the first signal cancels it, whatever it waits for. Raises Interrupted."""
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

        def cancel() -> None:
            with suppress(RuntimeError):  # the loop is closed: it is over
                loop.call_soon_threadsafe(task.cancel)

        self._cancel = cancel
        if self._count:
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if self._count:
                raise Interrupted from None
            raise

    def say_once(self, words: Callable[[], None]) -> None:
        """Say them, unless that was done, or is being done, elsewhere."""
        if self._said.acquire(blocking=False):
            words()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if os.name != "posix":  # there the loop takes what the system itself tells
            with suppress(OSError):
                self._mouth.send(bytes([number]))

    def _listen(self) -> None:
        with suppress(OSError):
            while heard := self._ear.recv(64):
                for number in heard:
                    if number in SIGNALS:
                        self._hear()
        self._ear.close()

    def _hear(self) -> None:
        self._count += 1
        if self._count > 1 or self._at_once:
            self._leave()
        timer = threading.Timer(GRACE_S, self._leave)
        timer.daemon = True
        timer.start()
        if self._cancel is not None:
            self._cancel()

    def _leave(self) -> None:
        """As when it was killed, and not without a word."""
        timer = threading.Timer(LAST_WORDS_S, self._end)
        timer.daemon = True
        timer.start()
        if self._said.acquire(blocking=False):
            self._last_words()
            self._end()

    def _end(self) -> None:
        os._exit(self.code)


def flush_all() -> None:
    """What was said is said, also where the process is ended before Python ends."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def end_within(seconds: float, code: int) -> None:
    """The work is done: what hangs all the same, as a thread in a dead call, is left behind."""
    timer = threading.Timer(seconds, os._exit, (code,))
    timer.daemon = True
    timer.start()
