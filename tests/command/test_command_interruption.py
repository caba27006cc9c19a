"""Signals belong to the process: the first ends what was typed here, the next one the process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kling_desktop.command.interruption import Interrupted, until_interrupted


@pytest.fixture(params=["the loop's own", "the process's, as on Windows"])
def handlers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways in which a system tells a loop of a signal; as before when the test ends."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if "Windows" in request.param:

        def nothing(*_: object) -> None:
            raise NotImplementedError

        for name in ("add_signal_handler", "remove_signal_handler"):
            monkeypatch.setattr(asyncio.SelectorEventLoop, name, nothing)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_whatever_is_waited_for(number: signal.Signals) -> None:
    cleaned_up = []

    async def work() -> None:
        try:
            send(number)
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(signal.getsignal(number))

    async def main() -> None:
        with pytest.raises(Interrupted):
            await until_interrupted(work())

    asyncio.run(main())
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    assert cleaned_up == [usual[number]], "the next one ends the process at once"


@pytest.mark.usefixtures("handlers")
def test_without_a_signal_the_result_comes_back_and_the_handlers_are_gone() -> None:
    async def work() -> int:
        return 7

    assert asyncio.run(until_interrupted(work())) == 7
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("handlers")
def test_a_cancellation_that_is_no_signal_stays_one() -> None:
    async def main(cancel: Callable[[asyncio.Task[None]], object]) -> None:
        waiting = asyncio.ensure_future(until_interrupted(asyncio.Event().wait()))
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
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Presses())
from kling_desktop.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("module", ["motion.request", "command.arguments", "command.jobs", "words"])
def test_ctrl_c_while_it_starts_ends_with_its_code_and_no_traceback(
    module: str, tmp_path: Path
) -> None:
    typed = [f"kling_desktop.{module}", "jobs", "--data-dir", str(tmp_path)]
    child = subprocess.run(
        [sys.executable, "-c", EARLY, *typed], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stdout, child.stderr) == (130, "", "")
