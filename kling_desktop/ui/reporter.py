"""One place where every unexpected error arrives: Python's, threads', asyncio's and Qt's.

Nothing here stops the program. An error that reaches this is a defect of ours: it is written to
the log with its traceback, and the person gets one calm sentence through ``on_problem``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger("kling_desktop.problem")
_qt_log = logging.getLogger("kling_desktop.qt")

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Reporter:
    """Takes the four hooks over on ``install()`` and gives them back on ``remove()``.

    ``on_problem(text)`` gets the error's type and message. It is called in the thread in which the
    error happened: hand it over to the window's thread with a signal.
    """

    def __init__(self, on_problem: Callable[[str], object]) -> None:
        self._on_problem = on_problem
        self._loop: asyncio.AbstractEventLoop | None = None
        self._restore: list[Callable[[], object]] = []

    def install(self) -> None:
        """Take over Python's and Qt's hooks. The loop's comes with ``watch_loop``."""
        before_main, before_thread = sys.excepthook, threading.excepthook
        before_qt = qInstallMessageHandler(self._on_qt_message)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

        def restore() -> None:
            sys.excepthook = before_main
            threading.excepthook = before_thread
            qInstallMessageHandler(before_qt)

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
        """Log ``error`` with its traceback and tell the person once."""
        _log.error("%s", where, exc_info=(type(error), error, error.__traceback__))
        self._on_problem(f"{type(error).__name__}: {error}")

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
            self._on_problem(message)

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """Qt's own remarks go to the log only: they are for us, not for the person."""
        _qt_log.log(_QT_LEVELS.get(kind, logging.WARNING), "%s", message)
