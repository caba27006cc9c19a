"""The one module that knows qasync: asyncio on Qt's event loop, in the window's thread."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

# qasync takes the first Qt it finds imported; PySide6 must be it.
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop


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
