"""Hands that do anything in any order, on the real window: what is paid for was wished for.

    python press_play.py FOLDER EXAMPLES

A program of its own, because its loop ends the QApplication's event loop, which tests share.
Hypothesis plays in a thread, the window lives in its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from press_stand import NONE, PACE_S, Stand, by_hand, opened
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest

from kling_desktop.ui.hands import LOST_AFTER_MS, hands
from kling_desktop.ui.loop import application, run
from kling_desktop.ui.widgets import Confirm
from kling_desktop.ui.widgets.question import Question

CTRL = Qt.KeyboardModifier.ControlModifier
KEYS = {
    "Ctrl+Return": (Qt.Key.Key_Return, CTRL),
    "Enter": (Qt.Key.Key_Enter, NONE),
    "Space": (Qt.Key.Key_Space, NONE),
    "Tab": (Qt.Key.Key_Tab, NONE),
    "Escape": (Qt.Key.Key_Escape, NONE),
}

Steps = list[tuple[str, str]]
WAIT = ("wait", "")
keys = st.tuples(st.sampled_from(["down", "repeat", "up", "tap"]), st.sampled_from(list(KEYS)))
mouse = st.tuples(
    st.sampled_from(["press", "release", "click"]),
    st.sampled_from(["Generate", "Yes", "No"]),
)
QUICK_CLICK = ("quick click", "")  # where the one before was
# What people do on purpose, so that examples come to a second and a third question.
usual = st.sampled_from(
    [
        [("tap", "Ctrl+Return"), WAIT],
        [("down", "Ctrl+Return"), ("repeat", "Ctrl+Return"), WAIT, ("repeat", "Ctrl+Return")],
        [("click", "Generate"), QUICK_CLICK, WAIT],
        [("click", "Yes"), WAIT],
        [("tap", "Tab"), ("tap", "Space"), WAIT],
        [("tap", "Tab"), ("down", "Enter"), WAIT, ("repeat", "Enter"), ("up", "Enter")],
        [("click", "Yes"), QUICK_CLICK, QUICK_CLICK, WAIT],
        [("tap", "Ctrl+Return"), WAIT, ("click", "Yes"), WAIT],
        [("down", "Ctrl+Return"), WAIT, ("tap", "Tab"), ("tap", "Space"), WAIT],
        [("click", "Yes"), WAIT, QUICK_CLICK, QUICK_CLICK, WAIT],
    ]
)
TWICE = [("tap", "Ctrl+Return"), WAIT, ("click", "Generate"), WAIT, ("click", "Yes"), WAIT]
# Played before all others: each needs one of the rules of ``Hands`` by itself.
ONE_HELD = [*TWICE[:2], ("down", "Ctrl+Return"), WAIT, ("tap", "Tab"), ("tap", "Space"), WAIT]
CLICK = [("click", "Yes"), WAIT]
ONE_QUICK = [*TWICE[:2], *CLICK, *TWICE[:2], *CLICK, QUICK_CLICK, QUICK_CLICK, WAIT]
one_by_one = st.one_of(keys, mouse, st.sampled_from([WAIT, QUICK_CLICK, ("two seconds", "")]))
all_steps = st.lists(
    st.one_of(one_by_one.map(lambda step: [step]), usual), min_size=1, max_size=12
).map(lambda parts: [step for part in parts for step in part])


@dataclass
class Wishes:
    """What was meant, by the rules as a person knows them. Knows nothing of how they are kept."""

    held: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)  # of those, what a question has to wait for
    presses: int = 0  # of Generate, each of its own
    yeses: int = 0  # with empty hands

    def most(self, *, asked: bool) -> int:
        """How many may be paid for: all but the first are asked about, twice where ``asked``."""
        return min(self.presses, (self.yeses + 1) // 2 if asked else self.yeses + 1)


class Play:
    """The stand, and a clock for the hands."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.now_ms = 0.0
        self.spot = QPoint(640, 300)  # where an answer lies, or lay
        # Where the run of clicks began: on what, at which spot, on which question.
        self.run: tuple[str, QPoint, Question | None] = "", QPoint(), None
        self.number = 0
        self.paid: list[int] = []
        hands()._now_ms = lambda: self.now_ms
        self.deeds: dict[str, Callable[[str], None]] = {
            "down": self._down,
            "repeat": self._repeat,
            "up": self._up,
            "tap": lambda name: (self._down(name), self._up(name))[0],
            "press": self._press,
            "release": self._release,
            "click": lambda place: (self._press(place), self._release(place))[0],
            "quick click": lambda _place: (self._press("", quick=True), self._release(""))[0],
            "two seconds": self._pass_time,
        }

    async def example(self, steps: Steps, *, asked: bool) -> None:
        """Plays, lets go, and counts."""
        stand = self.stand
        self.number += 1
        self.wishes = Wishes()
        stand.preferences.change(ask_above_credits=0.01 if asked else None)
        await stand.draft(f"[very slow] number {self.number}")
        before = stand.accepted
        for what, name in steps:
            if what == "wait":
                await stand.kept()
            else:
                await asyncio.sleep(PACE_S)
                await by_hand(lambda: self.deeds[what](name))  # noqa: B023
        await by_hand(self._let_go)
        await stand.kept()
        await stand.clear()
        await stand.settled()
        paid, most = stand.accepted - before, self.wishes.most(asked=asked)
        await stand.calm()
        self.paid.append(paid)
        assert paid <= most, f"{paid} paid for, {most} wished for"

    # -- keys

    def _down(self, name: str) -> None:
        key, mods = KEYS[name]
        if name not in self.wishes.held:
            self._count_key(name)
            self.wishes.held.add(name)
            self.wishes.down.add(name)
            QTest.simulateEvent(self._handle, True, key.value, mods, "", False)

    def _repeat(self, name: str) -> None:
        key, mods = KEYS[name]
        if name in self.wishes.held:
            for pressed in (False, True):
                QTest.simulateEvent(self._handle, pressed, key.value, mods, "", True)

    def _up(self, name: str) -> None:
        key, mods = KEYS[name]
        if name in self.wishes.held:
            self._drop(name)
            QTest.simulateEvent(self._handle, False, key.value, mods, "", False)

    # -- mouse

    def _press(self, place: str, *, quick: bool = False) -> None:
        if "mouse" in self.wishes.held:
            return
        question = self.stand.question
        if not quick:
            self.run = place, self._spot(place), question
            self.wishes.presses += place == "Generate" and question is None
        place, spot, asked = self.run
        if question is asked:  # else it has come under the pointer just now
            self.wishes.yeses += place == "Yes" and not self.wishes.down
        self.wishes.held.add("mouse")
        self.wishes.down.add("mouse")
        self.stand.mouse.press(self.stand.window, spot, quick=quick)

    def _release(self, place: str) -> None:
        if "mouse" in self.wishes.held:
            self._drop("mouse")
            self.stand.mouse.release(self.stand.window, self._spot(place) if place else self.run[1])

    def _spot(self, place: str) -> QPoint:
        """On the screen."""
        question = self.stand.question
        if place == "Generate":
            return self.stand.button.mapToGlobal(self.stand.button.rect().center())
        if isinstance(question, Confirm):
            button = question.yes_button if place == "Yes" else question.no_button
            self.spot = button.mapToGlobal(button.rect().center())
        return self.spot

    # -- what was meant

    def _count_key(self, name: str) -> None:
        """Answers with empty hands, and only where the focus is on yes."""
        question = self.stand.question
        if question is None:
            on_button = name == "Space" and self.stand.button.hasFocus()
            self.wishes.presses += name == "Ctrl+Return" or on_button
        elif isinstance(question, Confirm) and question.yes_button.hasFocus():
            answers = name in ("Ctrl+Return", "Enter", "Space")
            self.wishes.yeses += answers and not self.wishes.down

    def _drop(self, name: str) -> None:
        self.wishes.held.discard(name)
        self.wishes.down.discard(name)

    def _pass_time(self, _name: str) -> None:
        """A question waits no longer for what is down: it may have been let go of elsewhere."""
        self.now_ms += LOST_AFTER_MS
        if self.stand.question is not None:
            self.wishes.down.clear()

    def _let_go(self) -> None:
        for name in tuple(self.wishes.held):
            (self._release if name == "mouse" else self._up)("No" if name == "mouse" else name)

    @property
    def _handle(self) -> QWindow:
        return self.stand.window.windowHandle()


async def play(folder: Path, examples: int) -> int:
    async with opened(folder, jobs_at_once=1000) as stand:
        player = Play(stand)
        await asyncio.to_thread(_all_examples, player, examples, asyncio.get_running_loop())
        print(f"paid for: {sorted(player.paid)}")
        assert player.paid[0] == 2, "what was wished for twice was not paid for twice"
    return 0


def _all_examples(player: Play, examples: int, loop: asyncio.AbstractEventLoop) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,  # the same on every machine
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(steps=TWICE, asked=False)
    @example(steps=ONE_HELD, asked=False)
    @example(steps=ONE_QUICK, asked=True)
    @given(steps=all_steps, asked=st.sampled_from([False, False, True]))
    def holds(steps: Steps, asked: bool) -> None:
        asyncio.run_coroutine_threadsafe(player.example(steps, asked=asked), loop).result()

    holds()


if __name__ == "__main__":
    application([])
    sys.exit(run(lambda: play(Path(sys.argv[1]), int(sys.argv[2]))))
