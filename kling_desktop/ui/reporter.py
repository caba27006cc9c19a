"""One place where every unexpected error arrives: Python's, threads', asyncio's and Qt's, and those
of overrides that Qt calls.

Nothing here stops the program. An error that reaches this is a defect of ours: it is written to
the log with its traceback, and the person gets one calm sentence through ``on_problem``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from kling_desktop.ui import guard

_log = logging.getLogger("kling_desktop.problem")
_qt_log = logging.getLogger("kling_desktop.qt")

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def hear_qt(on_no_screen: Callable[[str], object]) -> None:
    """Have the log take what Qt says, from before there is an application.

    ``on_no_screen`` ends the process where none can be made: Qt would, with a core dump. It gets
    what Qt said first.
    """
    qInstallMessageHandler(QtLog(on_no_screen).hear)


class QtLog:
    """Qt's own remarks go to the log only: they are for us, not for the person.

    The same again and again, as when the screen is gone, is written once.
    """

    def __init__(self, on_fatal: Callable[[str], object] = str) -> None:
        self._on_fatal = on_fatal
        self._first = self._said = ""

    def hear(self, kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if message == self._said:
            return
        self._said = message
        self._first = self._first or message
        if kind is QtMsgType.QtFatalMsg:
            self._on_fatal(self._first)
        _qt_log.log(_QT_LEVELS.get(kind, logging.WARNING), "%s", message)


class Reporter(QObject):
    """Takes the five hooks over on ``install()`` and gives them back on ``remove()``.

    ``on_problem(text)`` gets the error's type and message. It is called on the thread that made
    this, once that is back in its event loop: nothing can be shown while something is painted.
    """

    _happened = Signal(str)

    def __init__(self, on_problem: Callable[[str], object]) -> None:
        super().__init__()
        self._happened.connect(on_problem, Qt.ConnectionType.QueuedConnection)
        self._told: set[tuple[type[BaseException], str, int]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._restore: list[Callable[[], object]] = []

    def install(self) -> None:
        """Take over Python's and Qt's hooks. The loop's comes with ``watch_loop``."""
        before_main, before_thread = sys.excepthook, threading.excepthook
        before_qt = qInstallMessageHandler(QtLog().hear)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        guard.tell(self._on_override_error)

        def restore() -> None:
            sys.excepthook = before_main
            threading.excepthook = before_thread
            qInstallMessageHandler(before_qt)
            guard.tell(None)

        self._restore.append(restore)

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Report what tasks of ``loop`` raise and nobody awaits."""
        self._loop = loop
        loop.set_exception_handler(self._on_loop_error)

    def remove(self) -> None:
        while self._restore:
            self._restore.pop()()
        if self._loop is not None:
            self._loop.set_exception_handler(None)
            self._loop = None

    def report(self, error: BaseException, where: str) -> None:
        """Log ``error`` with its traceback and tell the person."""
        _log.error("%s", where, exc_info=(type(error), error, error.__traceback__))
        self._happened.emit(f"{type(error).__name__}: {error}")

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.report(error.with_traceback(trace), "unhandled")

    def _on_override_error(self, error: BaseException, where: str) -> None:
        """What fails in painting fails again at each painting: the same is told once."""
        if isinstance(error, KeyboardInterrupt):
            self._on_exception(type(error), error, error.__traceback__)
            return
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        place = (type(error), frame.f_code.co_filename, line)
        if place not in self._told:
            self.report(error, where)
            self._told.add(place)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            name = args.thread.name if args.thread is not None else "?"
            self.report(args.exc_value, f"unhandled in thread {name}")

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        message = str(context.get("message", "unhandled in the event loop"))
        if isinstance(error, BaseException):
            self.report(error, message)
        else:
            _log.error("%s", message)
            self._happened.emit(message)
