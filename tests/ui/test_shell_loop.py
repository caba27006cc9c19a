"""The loop that joins asyncio and Qt, and the reporter of everything unexpected."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import textwrap
import threading

import pytest
from PySide6.QtCore import qWarning
from support.waiting import PATIENCE_S

from kling_desktop.ui.reporter import Reporter


def run_program(body: str) -> subprocess.CompletedProcess[str]:
    """A program of its own: a loop ends the QApplication's event loop, which tests share."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(body)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_the_result_of_main_is_the_exit_code():
    done = run_program(
        """
        import asyncio, sys
        from kling_desktop.ui.loop import run
        async def main():
            await asyncio.sleep(0)
            return 3
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stderr) == (3, "")


def test_closing_the_last_window_does_not_end_main():
    done = run_program(
        """
        import asyncio, sys
        from PySide6.QtWidgets import QWidget
        from kling_desktop.ui.loop import application, run
        application([])
        async def main():
            window = QWidget()
            window.show()
            await asyncio.sleep(0.01)
            window.close()
            await asyncio.sleep(0.05)
            print("drained")
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout) == (0, "drained\n")


def test_what_main_left_running_is_cancelled_and_waited_for():
    done = run_program(
        """
        import asyncio, sys
        from kling_desktop.ui.loop import run
        async def left():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.01)
                print("cleaned up")
        async def main():
            main.task = asyncio.ensure_future(left())
            await asyncio.sleep(0)
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout) == (0, "cleaned up\n")


def test_an_exception_of_main_comes_out():
    done = run_program(
        """
        from kling_desktop.ui.loop import run
        async def main():
            raise LookupError("gone")
        run(main)
        """
    )
    assert done.returncode == 1
    assert "LookupError: gone" in done.stderr


def test_work_in_threads_and_qt_timers_share_the_loop():
    done = run_program(
        """
        import asyncio, sys
        from PySide6.QtCore import QTimer
        from kling_desktop.ui.loop import run
        async def main():
            heard = asyncio.get_running_loop().create_future()
            QTimer.singleShot(0, lambda: heard.set_result("timer"))
            print(await heard, await asyncio.to_thread(str.upper, "thread"))
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout) == (0, "timer THREAD\n")


@pytest.fixture
def reporter():
    problems: list[str] = []
    reporter = Reporter(problems.append)
    reporter.problems = problems
    before = sys.excepthook, threading.excepthook
    reporter.install()
    yield reporter
    reporter.remove()
    assert (sys.excepthook, threading.excepthook) == before


def test_an_unhandled_error_is_logged_with_its_traceback_and_told(reporter, caplog):
    try:
        raise LookupError("gone")
    except LookupError as error:
        sys.excepthook(LookupError, error, error.__traceback__)
    assert reporter.problems == ["LookupError: gone"]
    assert "Traceback" in caplog.text
    assert "test_an_unhandled_error_is_logged" in caplog.text


def test_an_error_in_a_thread_is_told_with_the_threads_name(reporter, caplog):
    def fail() -> None:
        raise LookupError("gone")

    thread = threading.Thread(target=fail, name="uploader")
    thread.start()
    thread.join()
    assert reporter.problems == ["LookupError: gone"]
    assert "unhandled in thread uploader" in caplog.text


def test_an_error_in_a_forgotten_task_is_told(reporter):
    async def fail() -> None:
        raise LookupError("gone")

    async def main() -> None:
        reporter.watch_loop(asyncio.get_running_loop())
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(main())
    assert reporter.problems == ["LookupError: gone"]


@pytest.mark.qt_no_exception_capture
def test_a_warning_of_qt_goes_to_the_log_and_not_to_the_person(reporter, caplog):
    with caplog.at_level(logging.WARNING, logger="kling_desktop.qt"):
        qWarning("odd geometry")
    assert "odd geometry" in caplog.text
    assert reporter.problems == []


def test_a_keyboard_interrupt_is_no_problem(reporter, capsys):
    error = KeyboardInterrupt()
    sys.excepthook(KeyboardInterrupt, error, None)
    assert reporter.problems == []
    assert "KeyboardInterrupt" in capsys.readouterr().err
