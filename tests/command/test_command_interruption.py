"""Signals belong to the process: the first ends what was typed here, the next one at once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.processes import Child
from support.waiting import PATIENCE_S

from kling_desktop.command.interruption import SIGNALS, Interruption


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture(autouse=True)
def as_before() -> object:
    """Whatever a test leaves behind."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def program(script: str) -> Child:
    """With an interruption named ``it``, whose last words are ``last words``."""
    start = """
import asyncio, os, signal, sys, threading, time
from kling_desktop.command.interruption import Interrupted, Interruption, flush_all
def last_words():
    print("last words", flush=True)
async def work():
    try:
        print("ready", flush=True)
        await asyncio.Event().wait()
    finally:
        print("closing", flush=True)
        await closing()
async def closing():
    pass
async def main(it):
    try:
        await it.until_interrupted(work())
    except Interrupted:
        it.say_once(last_words)
        return 130
"""
    run = "\nwith Interruption(last_words) as it:\n    sys.exit(asyncio.run(main(it)))\n"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return Child([sys.executable, "-c", start + script + run], env)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_cancels_whatever_is_waited_for(number: signal.Signals) -> None:
    with program("") as child:
        child.wait_for_text("ready")
        child.send(number)
        assert child.wait() == 130
    assert child.out.split("\n") == ["ready", "closing", "last words", ""]


def test_what_does_not_close_is_left_behind_and_not_without_a_word() -> None:
    with program("async def closing(): await asyncio.Event().wait()") as child:
        child.wait_for_text("ready")
        child.send(signal.SIGINT)
        assert child.wait() == 130
    assert child.out.split("\n") == ["ready", "closing", "last words", ""]


def test_the_second_one_does_not_wait_for_closing() -> None:
    script = """
import kling_desktop.command.interruption as interruption
interruption.GRACE_S = 1e6
async def closing(): await asyncio.Event().wait()
"""
    with program(script) as child:
        child.wait_for_text("ready")
        child.send(signal.SIGINT)
        child.wait_for_text("closing")
        child.send(signal.SIGINT)
        assert child.wait() == 130
    assert child.out.split("\n") == ["ready", "closing", "last words", ""]


def test_it_is_heard_while_the_main_thread_stands_still_in_a_call_of_the_system() -> None:
    """As on a share that is away: no loop turns there, and Python's own handlers do not run."""
    script = """
async def work():
    print("ready", flush=True)
    read, _write = os.pipe()
    while True:
        os.read(read, 1)
"""
    with program(script) as child:
        child.wait_for_text("ready")
        child.send(signal.SIGINT)
        assert child.wait() == 130
    assert child.out.split("\n") == ["ready", "last words", ""]


def test_last_words_that_nobody_takes_do_not_keep_it() -> None:
    script = """
def last_words():
    print("last words", flush=True)
    threading.Event().wait()
"""
    with program(script) as child:
        child.wait_for_text("ready")
        child.send(signal.SIGINT)
        child.wait_for_text("last words")
        child.send(signal.SIGINT)
        assert child.wait() == 130


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="a POSIX terminal")
def test_under_nohup_a_terminal_that_is_closed_is_no_interruption() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def work() -> int:
        send(signal.SIGHUP)
        return 7

    with Interruption(lambda: None) as interruption:
        assert asyncio.run(interruption.until_interrupted(work())) == 7


def test_without_a_signal_the_result_comes_back_and_the_handlers_are_as_before() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    async def work() -> int:
        return 7

    with Interruption(lambda: None) as interruption:
        assert asyncio.run(interruption.until_interrupted(work())) == 7
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_before_there_is_anything_to_cancel_counts() -> None:
    script = """
async def main(it):
    os.kill(os.getpid(), signal.SIGINT)
    while not it._count:
        time.sleep(0.01)  # the command is being made out
    try:
        await it.until_interrupted(work())
    except Interrupted:
        it.say_once(last_words)
        return 130
"""
    with program(script) as child:
        assert child.wait() == 130
    assert child.out == "last words\n"


def test_a_cancellation_that_is_no_signal_stays_one() -> None:
    async def main(cancel: Callable[[asyncio.Task[None]], object]) -> None:
        with Interruption(lambda: None) as interruption:
            waiting = asyncio.ensure_future(interruption.until_interrupted(asyncio.Event().wait()))
            asyncio.get_running_loop().call_soon(cancel, waiting)
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(main(lambda task: task.cancel()))


# Ctrl+C the moment that a module is about to be loaded.
EARLY = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Presses:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(os.environ["PRESSED"]))
sys.meta_path.insert(0, Presses())
from kling_desktop.cli import main
sys.exit(main(sys.argv[2:]))
"""


def early(
    module: str, *typed: str | Path, number: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", EARLY, module, *map(str, typed)]
    env = {**os.environ, "PRESSED": str(int(number))}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S, env=env
    )


@pytest.mark.parametrize("module", ["motion.request", "command.arguments", "command.jobs", "words"])
def test_ctrl_c_while_it_starts_ends_with_its_code_and_no_traceback(
    module: str, tmp_path: Path
) -> None:
    child = early(f"kling_desktop.{module}", "jobs", "--data-dir", tmp_path)
    assert (child.returncode, child.stdout, child.stderr) == (130, "", "")


# Also in the middle of a module of Python's own, which stays half where it is interrupted.
@pytest.mark.parametrize(
    "module",
    ["kling_desktop.motion.request", "kling_desktop.command.run", "asyncio.base_events", "ssl"],
)
@pytest.mark.parametrize("typed", [("resume",), ("fetch", "1a2b")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_makes_jobs_says_even_then_that_nothing_was_sent(
    module: str, typed: tuple[str, ...], number: signal.Signals, tmp_path: Path
) -> None:
    child = early(module, *typed, "--json", "--data-dir", tmp_path, number=number)
    assert child.returncode == 130
    assert json.loads(child.stdout)["state"] == "interrupted"
    assert child.stderr == "Interrupted. Nothing was sent.\n"


def test_a_check_says_so_in_its_own_object(tmp_path: Path) -> None:
    child = early("kling_desktop.command.check", "check", "a.png", "b.mp4", "--json")
    assert child.returncode == 130
    assert json.loads(child.stdout) == {"ok": False, "error": "Interrupted. Nothing was sent."}
