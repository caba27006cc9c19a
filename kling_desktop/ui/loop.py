"""The one module that knows qasync: asyncio on Qt's event loop, in the window's thread."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from types import FrameType
from typing import Any, TypeVar

# qasync takes the first Qt it finds imported; PySide6 must be it.
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))

T = TypeVar("T")


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


def run(
    main: Callable[[], Coroutine[Any, Any, int]],
    on_screen_gone: Callable[[], object] | None = None,
) -> int:
    """Run ``main()`` on Qt's loop until it returns; its result is the exit code.

    ``on_screen_gone`` has it come to its end: Qt's own loop goes no further where the X server is
    gone. Without it, RuntimeError.

    Needs ``application()`` first, or makes it. What main() left running is cancelled and waited
    for, asynchronous generators and the default executor are closed, then the loop. Exceptions of
    main() come out here.
    """
    loop = Loop(application(), on_screen_gone)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        try:
            loop.run_until_complete(_cancel_rest())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class Loop(QEventLoop):  # type: ignore[misc] # qasync has no types
    """qasync 0.28, mended: 3.14 and later ended it, and on no Python it ended cleanly.

    Its own ``run_until_complete`` runs what is due once more when no loop is running any more, so
    that a task in the middle of that is lost; it does not know asynchronous generators; and after a
    KeyboardInterrupt of a callback it goes on for ever.
    """

    def __init__(
        self, app: QApplication, on_screen_gone: Callable[[], object] | None = None
    ) -> None:
        super().__init__(app)
        self._on_screen_gone = on_screen_gone
        self._is_screen_gone = False
        self._main: asyncio.Task[Any] | None = None
        self._ended_by: BaseException | None = None

    def run_until_complete(self, main: Coroutine[Any, Any, T]) -> T:
        """Its result or exception. Raises what ``end_with`` was given, and RuntimeError where Qt's
        loop was ended from elsewhere: ``main`` is pending then."""
        task: asyncio.Task[T] = self.create_task(main)
        self._main = task
        task.add_done_callback(self._on_done)
        with self._asyncgens_tracked(), self._ctrl_c_taken():
            self.run_forever()
            while not task.done() and self._ended_by is None and self._goes_without_screen():
                self.run_forever()  # Qt ends it again and again, after one round each
        ended_by, self._ended_by = self._ended_by, None
        if task.done():
            return task.result()
        raise ended_by or RuntimeError("Qt's event loop ended before main() did")

    def _goes_without_screen(self) -> bool:
        if self._on_screen_gone is not None and not self._is_screen_gone:
            self._is_screen_gone = True
            self.call_soon(self._on_screen_gone)
        return self._is_screen_gone

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """After ``delay`` seconds. qasync's own asks asyncio.iscoroutinefunction, which goes."""
        return self._add_callback(_Handle(callback, args, self, context), delay)  # type: ignore[no-any-return]

    def end_with(self, error: BaseException) -> None:
        """``run_until_complete`` raises this, also where Qt's loop is only about to start."""
        self._ended_by = error
        self.call_soon(self._on_ended)

    def _on_ended(self) -> None:
        if self._ended_by is not None:  # else that run has ended already
            self.stop()

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        if task is self._main:  # not that of a run that an interrupt ended before this was due
            self.stop()

    @contextmanager
    def _asyncgens_tracked(self) -> Iterator[None]:
        """So that ``shutdown_asyncgens`` knows them, as in asyncio's own run_forever."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)
        try:
            yield
        finally:
            sys.set_asyncgen_hooks(*before)

    @contextmanager
    def _ctrl_c_taken(self) -> Iterator[None]:
        """Python raises it in whatever line runs, and what Qt has called ends with that line."""
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, lambda *_: self.end_with(KeyboardInterrupt()))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class _Handle(asyncio.Handle):
    """Takes a KeyboardInterrupt to the loop: raised into Qt's timer it would reach nobody, and the
    timer would fire for ever."""

    _loop: Loop

    def _run(self) -> None:
        try:
            super()._run()
        except (KeyboardInterrupt, SystemExit) as error:
            self._loop.end_with(error)


def heed_no_more_signals() -> None:
    """All is closed; what is left of this process is a moment, which Ctrl+C alone cuts short."""
    for number in _INTERRUPTS:
        if number != signal.SIGINT:
            signal.signal(number, signal.SIG_IGN)


def _nothing() -> None:
    """Of a signal that asks for what is being done."""


class Interrupts(QObject):
    """Ctrl+C in a terminal, a polite kill and a terminal that goes away close the program as its
    window does. What whoever started it has it ignore, as nohup does, it ignores.

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
        heard = [n for n in _INTERRUPTS if signal.getsignal(n) is not signal.SIG_IGN]
        self._before = {n: signal.signal(n, self._on_signal) for n in heard}
        self._fd_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def obeyed(self) -> None:
        """It is closing: a second Ctrl+C ends it at once, and no other signal hurries it. At the
        end of a session a hang-up follows the polite kill."""
        self._on_interrupt = _nothing
        if signal.SIGINT in self._before:
            signal.signal(signal.SIGINT, self._before.pop(signal.SIGINT))

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
            is_open = bool(self._reader.recv(64))
        except BlockingIOError:
            return
        except OSError:
            is_open = False
        if not is_open:  # at its end it is readable for ever
            self._notifier.setEnabled(False)

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
