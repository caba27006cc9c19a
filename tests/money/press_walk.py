"""Walks every control of the window that can spend, end or destroy, with hands that press too much.

    python press_walk.py FOLDER [PART-OF-A-CASE [FIRST EVERY]]

Prints a line of JSON for each case. A program of its own, because its loop ends the QApplication's
event loop, which tests share.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path

from press_cases import DEEDS, MAKERS, ONE_WISH, Case, Counts, all_cases, done
from press_stand import Stand, by_hand, entry_of, opened
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from support.waiting import until

from kling_desktop.motion.job import Job, JobState
from kling_desktop.ui.library.menu import LibraryAction
from kling_desktop.ui.loop import application, run
from kling_desktop.ui.queue.look import enter_action
from kling_desktop.ui.widgets import Confirm
from kling_desktop.ui.widgets.question import Question

LOOKS_A_WISH = 500
S = JobState
Deed = Callable[[], Awaitable[None]]


class Walker:
    """Makes what a case needs, presses, answers what is asked with yes, and counts."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self._number = 0
        self._kept: dict[JobState, Job] = {}  # for presses that change nothing

    def counts(self) -> Counts:
        book = self.stand.engine.book
        return {
            "accepted": self.stand.accepted,
            "cancelled": sum(j.state is S.CANCELLED for j in book.all()),
            "removed": len(book.gone()),
        }

    async def walk(self, case: Case) -> Counts:
        """What came of it."""
        stand = self.stand
        stand.preferences.change(ask_above_credits=None)
        press = await self._ready(case)
        if case.asked:
            stand.preferences.change(ask_above_credits=0.01)
        before = self.counts()
        stand.shown.clear()
        with stand.slow_disk() if case.is_wish else nullcontext():
            await press()
            await stand.kept()
            assert case.may_ask or stand.question is None, "a question of its own"
            while (question := stand.question) is not None:
                assert self.counts() == before, "done before the question was answered"
                await self._say_yes(question)
                await stand.kept()
        await stand.settled()
        after = self.counts()
        if case.is_wish:
            assert stand.shown == [True, False], f"shown as taken: {stand.shown}"
        await stand.clear()
        await stand.calm()
        return {name: after[name] - before[name] for name in after}

    async def _say_yes(self, question: Question) -> None:
        """By a double click; the next question's button lies in the same place."""
        assert isinstance(question, Confirm)
        await self.stand.double_click(question.yes_button)

    async def _ready(self, case: Case) -> Deed:
        self._number += 1
        words = f"number {self._number}"
        if case.state is None:
            await self.stand.draft(words)
            await self._show_a_video(fresh=case.what == LibraryAction.DELETE.value)
            return self._window_press(case)
        harmless = case.what not in ONE_WISH and case.what not in DEEDS
        job = self._kept.get(case.state) if harmless else None
        if job is None:
            job = await MAKERS[case.state](self.stand, words)
        if harmless and job.ended:
            self._kept[case.state] = job
        return self._job_press(case, job)

    async def _show_a_video(self, *, fresh: bool) -> None:
        """On the Stage, and chosen in the Library."""
        if fresh or S.DONE not in self._kept:
            self._kept[S.DONE] = await done(self.stand, f"video {self._number}")
        self.stand.library.choose(self._kept[S.DONE].job_id)
        job_id = self._kept[S.DONE].job_id
        looks = itertools.count()

        def is_shown() -> bool:
            if next(looks) % LOOKS_A_WISH == 0:  # as a person's next click, where a disk was slow
                self.stand.assembly.viewing.show(job_id)
            return self.stand.is_on_stage(job_id)

        await until(is_shown)
        if fresh:
            del self._kept[S.DONE]

    def _window_press(self, case: Case) -> Deed:
        stand = self.stand
        if case.where == "button":
            return self._button_press(case)
        action = stand.window.commands.action(case.what)
        if case.where == "window menu":

            async def by_menu() -> None:
                for _ in range(2):
                    await by_hand(action.trigger)

            return by_menu
        keys = action.shortcuts()[0][0]

        async def by_key() -> None:
            stand.library.setFocus()
            await stand.hold(keys.key(), keys.keyboardModifiers())

        return by_key

    def _button_press(self, case: Case) -> Deed:
        stand = self.stand

        async def press() -> None:
            stand.button.setFocus()
            if case.how == "held key":
                await stand.hold(Qt.Key.Key_Space)
            else:
                await self._click(case.how, stand.button)

        return press

    def _job_press(self, case: Case, job: Job) -> Deed:
        presses: dict[str, Callable[[Case, Job], Awaitable[None]]] = {
            "row": self._on_row,
            "key": self._on_key,
            "queue menu": self._on_menu,
            "library menu": self._on_menu,
            "library key": self._on_library_key,
            "stage": self._on_stage,
            "row and its menu": self._on_two,
            "row and library menu": self._on_two,
        }
        press = presses[case.where]

        async def act() -> None:
            await press(case, job)

        return act

    async def _on_row(self, case: Case, job: Job) -> None:
        stand, view = self.stand, self.stand.queue
        index = view.model().index_of(job.job_id)
        view.scrollTo(index)
        await stand.queue_rests()
        spot = view.row_geometry(index).parts[case.what].center()
        port = view.viewport()
        assert port.rect().contains(spot)
        await self._click(case.how, port, spot)

    async def _click(self, how: str, widget: QWidget, spot: QPoint | None = None) -> None:
        if how == "double click":
            await self.stand.double_click(widget, spot)
            return
        for _ in range(2):
            await self.stand.click(widget, spot)

    async def _on_key(self, case: Case, job: Job) -> None:
        stand = self.stand
        key = Qt.Key.Key_Return if case.what == enter_action(job).value else Qt.Key.Key_Delete
        await stand.choose_row(job)
        if case.how == "held key":
            await stand.hold(key)
        else:
            await stand.tap(key)
            if stand.question is None and job.state is not S.QUEUED:  # Del again is for the next
                await stand.tap(key)

    async def _on_menu(self, case: Case, job: Job) -> None:
        assert await self._choose(case.where, case.what, job, case.how)
        if case.how == "two presses" and self.stand.question is None:
            await self._choose(case.where, case.what, job, case.how)

    async def _choose(self, where: str, what: str, job: Job, how: str) -> bool:
        """Whether it was there to be chosen."""
        stand = self.stand
        view = stand.library if where.startswith("library") else stand.queue
        now = stand.engine.book.find(job.job_id)
        if now is None or not view.model().index_of(job.job_id).isValid():
            return False
        menu = await stand.open_menu(view, job)
        entry = entry_of(menu, what)
        if entry is None:
            menu.close()
            return False
        if how == "held key":
            menu.setActiveAction(entry)
            await stand.hold(Qt.Key.Key_Return, on=menu)
            return True
        spot = menu.actionGeometry(entry).center()
        await (stand.double_click if how == "double click" else stand.click)(menu, spot)
        return True

    async def _on_library_key(self, _case: Case, job: Job) -> None:
        self.stand.library.choose(job.job_id)
        self.stand.library.setFocus()
        await self.stand.hold(Qt.Key.Key_Delete)

    async def _on_stage(self, case: Case, job: Job) -> None:
        stand = self.stand
        await asyncio.to_thread(Path(job.result_path or "").unlink)
        stand.assembly.viewing.show(job.job_id)
        await until(lambda: stand.has_stage_button("Fetch again"))
        await self._click(case.how, stand.stage_button("Fetch again"))

    async def _on_two(self, case: Case, job: Job) -> None:
        """On the row, and then in a menu."""
        await self._on_row(Case("row", case.what, case.state, "two presses"), job)
        if self.stand.question is None:
            menu = "library menu" if "library" in case.where else "queue menu"
            await self._choose(menu, case.what, job, "two presses")


async def walk_all(folder: Path, cases: list[Case]) -> int:
    async with opened(folder, jobs_at_once=len(cases) + 8) as stand:
        walker = Walker(stand)
        for case in cases:
            print(json.dumps(await _outcome(walker, case)), flush=True)
    return 0


async def _outcome(walker: Walker, case: Case) -> dict[str, object]:
    """One that breaks leaves the others be."""
    try:
        return {"case": case.name, "came": await walker.walk(case)}
    except Exception:
        await walker.stand.clear()
        await walker.stand.calm()
        return {"case": case.name, "came": None, "problem": traceback.format_exc()}


if __name__ == "__main__":
    application([])
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    first, every = map(int, sys.argv[3:5] or (0, 1))
    chosen = [case for case in all_cases() if wanted in case.name][first::every]
    sys.exit(run(lambda: walk_all(Path(sys.argv[1]), chosen)))
