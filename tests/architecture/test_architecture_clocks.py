"""Nothing depends on the day, the hour or the speed of the machine, held by reading the code.

The program's parts are told what time it is; tests wait for events, and as long as
``support.waiting`` says.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.waiting import PATIENCE_S

import kling_desktop

PACKAGE = Path(kling_desktop.__file__).parent
TESTS = Path(__file__).resolve().parents[1]

# The clock on the wall, asked by whoever wants it; with a moment or a zone it is no clock.
CLOCKS = {
    "date.today",
    "datetime.today",
    "datetime.now",
    "datetime.utcnow",
    "QDate.currentDate",
    "QTime.currentTime",
    "QDateTime.currentDateTime",
    "QDateTime.currentDateTimeUtc",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
}
# The layers that people read: they hold no clock at all. ``app`` and ``command`` hand theirs in.
TOLD_THE_TIME = ("ui/", "words/", "motion/")
SLEEPS = {"time.sleep", "asyncio.sleep", "QTest.qWait", "QThread.msleep", "qtbot.wait"}
# Who measures how long something took makes it depend on the machine.
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.process_time"}
MAY_PAUSE = {
    "support/waiting.py": "the one place that looks again and again",
    "support/slow_disk.py": "stands in for a slow disk",
    "looks/looks_stand.py": "runs the window's loop while it waits",
    "money/crash_": "kills at random moments",
    "money/restore_": "copies at random moments",
    "ui/stage_exports_program.py": "widgets have no event to wait for; its test has the bound",
    "remote/test_remote_submit.py": "a clock that jumps",
    "e2e/test_e2e_presses.py": "how long a key is held down",
    "money/press_stand.py": "between two presses: quicker ones are one double click",
    "money/press_play.py": "likewise",
    "ui/test_aimed.py": "likewise",
    "ui/test_hands.py": "likewise",
    "bench/": "measures",
}


def named(node: ast.AST) -> str:
    """``datetime.now`` of ``datetime.datetime.now``: the last two names."""
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    return f"{getattr(owner, 'id', None) or getattr(owner, 'attr', '')}.{node.attr}"


def calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield node, named(node.func) or getattr(node.func, "id", "")


def clocks(text: str) -> Iterator[int]:
    """Lines where the day or the hour is looked up instead of being handed in."""
    for call, name in calls(text):
        given = len(call.args) + len(call.keywords)
        if (name in CLOCKS and not given) or (name == "time.strftime" and given < 2):
            yield call.lineno


def any_clock(text: str) -> Iterator[int]:
    yield from clocks(text)
    for node in ast.walk(ast.parse(text)):
        if named(node) == "time.time":
            yield node.lineno  # type: ignore[attr-defined]  # an expression has a line


def pauses(text: str) -> Iterator[int]:
    """Lines that let time go by, or measure it."""
    for call, name in calls(text):
        gives_way = [a.value for a in call.args if isinstance(a, ast.Constant)] == [0]
        if (name in SLEEPS and not gives_way) or name in STOPWATCHES:
            yield call.lineno


def own_bounds(text: str) -> Iterator[int]:
    """Lines that wait with a bound of their own."""
    for call, name in calls(text):
        bounds = [k.value for k in call.keywords if k.arg == "timeout"]
        if name == "asyncio.timeout" or name.endswith(".join"):
            bounds += call.args[:1]
        elif name == "asyncio.wait_for":
            bounds += call.args[1:2]
        numbers = [b.value for b in bounds if isinstance(b, ast.Constant)]
        if any(isinstance(n, int | float) and n < PATIENCE_S for n in numbers):
            yield call.lineno


def found(folder: Path, look: Callable[[str], Iterator[int]], wanted: tuple[str, ...]) -> set[str]:
    """``file:line`` of all that ``look`` finds in the files whose place begins so."""
    return {
        f"{place}:{line}"
        for file in sorted(folder.rglob("*.py"))
        if (place := file.relative_to(folder).as_posix()).startswith(wanted)
        for line in look(file.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(
    ("look", "caught", "passed"),
    [
        (clocks, "date.today()", "date.fromtimestamp(now())"),
        (clocks, "datetime.datetime.now()", "datetime.now(UTC)"),
        (clocks, "QDate.currentDate()", "QDate(2026, 1, 1)"),
        (clocks, "time.strftime('%H')", "time.strftime('%H', time.localtime(at))"),
        (any_clock, "def f(now=time.time): pass", "def f(now): pass"),
        (pauses, "time.sleep(0.1)", "await asyncio.sleep(0)"),
        (pauses, "assert time.monotonic() - began < 2", "assert seen"),
        (own_bounds, "run(timeout=60)", "run(timeout=PATIENCE_S)"),
        (own_bounds, "async def f(): await asyncio.wait_for(x, 20)", "', '.join(names)"),
    ],
)
def test_each_look_sees_what_it_is_for(
    look: Callable[[str], Iterator[int]], caught: str, passed: str
) -> None:
    assert list(look(caught)) == [1]
    assert list(look(passed)) == []


def test_the_day_is_handed_in_everywhere() -> None:
    assert found(PACKAGE, clocks, ("",)) == set()


def test_what_people_read_has_no_clock_of_its_own() -> None:
    assert found(PACKAGE, any_clock, TOLD_THE_TIME) == set()


def test_tests_wait_for_events_and_measure_nothing() -> None:
    lines = found(TESTS, pauses, ("",))
    assert {line for line in lines if not line.startswith(tuple(MAY_PAUSE))} == set()


def test_tests_take_their_patience_from_one_place() -> None:
    lines = found(TESTS, own_bounds, ("",))
    assert {line for line in lines if not line.startswith("bench/")} == set()
