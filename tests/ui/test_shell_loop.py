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
from PySide6.QtWidgets import QApplication
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


def test_main_may_return_at_once():
    done = run_program(
        """
        import sys
        from kling_desktop.ui.loop import run
        async def main():
            return 3
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stderr) == (3, "")


def test_a_window_is_closed_then_the_work_is_drained_then_the_program_ends():
    done = run_program(
        """
        import asyncio, sys
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QWidget
        from kling_desktop.ui.loop import application, run
        application([])
        class Window(QWidget):
            def closeEvent(self, event):
                print("closed")
                main.closed.set()
        async def work():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.to_thread(print, "drained")
        async def main():
            main.closed = asyncio.Event()
            working = asyncio.ensure_future(work())
            window = Window()
            window.show()
            QTimer.singleShot(0, window.close)
            await main.closed.wait()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            return 0
        code = run(main)
        print("ended")
        sys.exit(code)
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "closed\ndrained\nended\n", "")


def test_a_wake_up_socket_that_is_at_its_end_takes_no_processor():
    done = run_program(
        """
        from PySide6.QtCore import QObject
        from kling_desktop.ui.loop import Interrupts, application
        app = application([])
        parent = QObject()
        interrupts = Interrupts(lambda: None, parent)
        interrupts._writer.close()
        for _ in range(3):
            app.processEvents()
        print(interrupts._notifier.isEnabled())
        """
    )
    assert (done.returncode, done.stdout) == (0, "False\n")


def test_what_is_due_when_main_ends_is_cancelled_and_waited_for():
    """Its step is in Qt's queue already: it belongs to a loop that runs."""
    done = run_program(
        """
        import asyncio, sys
        from kling_desktop.ui.loop import run
        async def left(name):
            try:
                await asyncio.sleep(0)
                await asyncio.Event().wait()
            finally:
                async with asyncio.timeout(60):
                    await asyncio.to_thread(str.upper, name)
                    await asyncio.sleep(0.01)
                print(name, "cleaned up")
        async def woken(due):
            await due.wait()
            await left("woken")
        async def main():
            due = asyncio.Event()
            main.woken = asyncio.ensure_future(woken(due))
            await asyncio.sleep(0)
            main.new = asyncio.ensure_future(left("new"))
            due.set()
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == ["new cleaned up", "woken cleaned up"]


def test_a_later_call_comes_and_a_cancelled_one_does_not():
    done = run_program(
        """
        import asyncio, contextvars, sys
        from kling_desktop.ui.loop import run
        who = contextvars.ContextVar("who")
        async def main():
            loop = asyncio.get_running_loop()
            who.set("its own context")
            never = loop.call_later(0, print, "never")
            soon = loop.call_soon(print, "never")
            never.cancel()
            soon.cancel()
            heard = asyncio.Event()
            loop.call_later(0.01, lambda: (print(who.get()), heard.set()))
            who.set("another")
            await heard.wait()
            print(never.cancelled(), soon.cancelled())
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.stdout, done.stderr) == ("its own context\nTrue True\n", "")


def test_a_later_call_out_of_a_task_comes_and_one_that_is_not_due_keeps_nothing_open():
    done = run_program(
        """
        import asyncio, sys
        from kling_desktop.ui.loop import run
        async def task(heard):
            asyncio.get_running_loop().call_later(0.01, heard.set_result, "heard")
            asyncio.get_running_loop().call_later(3600, print, "never")
        async def main():
            heard = asyncio.get_running_loop().create_future()
            await asyncio.ensure_future(task(heard))
            print(await heard)
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n", "")


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("raise KeyboardInterrupt", id="main raises it"),
        pytest.param("loop.call_later(0.01, interrupt)", id="a callback raises it"),
        pytest.param("loop.call_soon(interrupt); loop.call_soon(interrupt)", id="two raise it"),
        pytest.param("loop.call_later(0.01, raise_signal, SIGINT)", id="Ctrl+C in a callback"),
        pytest.param("QTimer.singleShot(0, lambda: raise_signal(SIGINT))", id="Ctrl+C in a slot"),
    ],
)
def test_a_keyboard_interrupt_ends_the_loop_and_what_is_left_still_cleans_up(how):
    done = run_program(
        f"""
        import asyncio
        from signal import SIGINT, raise_signal
        from PySide6.QtCore import QTimer
        from kling_desktop.ui.loop import run
        def interrupt():
            raise KeyboardInterrupt
        async def left():
            try:
                while True:
                    await asyncio.sleep(0)
            finally:
                await asyncio.sleep(0.01)
                print("cleaned up")
        async def main():
            loop = asyncio.get_running_loop()
            main.task = asyncio.ensure_future(left())
            await asyncio.sleep(0.01)
            {how}
            await asyncio.Event().wait()
        try:
            run(main)
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    assert (done.stdout, done.stderr) == ("cleaned up\ninterrupted\n", "")


def test_an_asynchronous_generator_that_was_left_is_closed():
    done = run_program(
        """
        import asyncio, sys
        from kling_desktop.ui.loop import run
        async def numbers():
            try:
                yield 1
                yield 2
            finally:
                await asyncio.sleep(0.01)
                print("closed")
        async def main():
            main.left = numbers()
            return await anext(main.left)
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "closed\n", "")


def test_work_in_a_thread_is_finished_before_the_program_ends():
    done = run_program(
        """
        import asyncio, sys, threading
        from kling_desktop.ui.loop import run
        go = threading.Event()
        def work():
            go.wait()
            print("worked")
        async def main():
            main.working = asyncio.get_running_loop().run_in_executor(None, work)
            threading.Timer(0.05, go.set).start()
            return 0
        sys.exit(run(main))
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "worked\n", "")


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


class HeardReporter(Reporter):
    """What it told so far, once Qt had its turn."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        super().__init__(self._heard.append)

    @property
    def problems(self) -> list[str]:
        QApplication.processEvents()
        return self._heard


@pytest.fixture
def reporter(qapp):
    reporter = HeardReporter()
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
