"""The one module that knows qasync: asyncio on Qt's event loop, in the window's thread."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

# qasync takes the first Qt it finds imported; PySide6 must be it.
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def application(argv: list[str] | None = None) -> QApplication:
    """The QApplication, made on the first call. Closing the last window does not end it."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setApplicationName("kling-desktop")
    app = QApplication(sys.argv if argv is None else argv)
    app.setApplicationDisplayName("Kling Desktop")
    app.setDesktopFileName("kling-desktop")
    # The window closes before the work is drained: main() alone decides when it is over.
    app.setQuitOnLastWindowClosed(False)
    return app


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main()`` on Qt's loop until it returns; its result is the exit code.

    Needs ``application()`` first, or makes it. What main() left running is cancelled and waited
    for, asynchronous generators and the default executor are closed, then the loop. Exceptions of
    main() come out here.
    """
    loop = QEventLoop(application())
    asyncio.set_event_loop(loop)
    try:
        return int(loop.run_until_complete(main()))
    finally:
        try:
            loop.run_until_complete(_cancel_rest())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class Interrupts(QObject):
    """Ctrl+C in a terminal and a polite kill close the program as its window does.

    Python's handlers run only between Python's own lines, and Qt's loop may sit in C++ for long:
    the wake-up socket makes Qt come back at once. POSIX; elsewhere Ctrl+C ends the program.
    """

    def __init__(self, on_interrupt: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._on_interrupt = on_interrupt
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._reader.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._before = {n: signal.signal(n, self._on_signal) for n in _INTERRUPTS}
        self._fd_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def remove(self) -> None:
        """Put the handlers back."""
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._reader.close()
        self._writer.close()

    def _on_readable(self) -> None:
        try:
            self._reader.recv(64)
        except BlockingIOError:
            return

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._on_interrupt()


async def _cancel_rest() -> None:
    """End what is still running, and say what went wrong in it through the loop's handler."""
    loop = asyncio.get_running_loop()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    for task, outcome in zip(
        rest, await asyncio.gather(*rest, return_exceptions=True), strict=True
    ):
        if isinstance(outcome, Exception):
            loop.call_exception_handler(
                {"message": "a task failed at the end", "exception": outcome, "task": task}
            )
