"""What is asked before money is spent: the same again, a dear one, more than today's limit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import MotionRequest
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import confirm

Next = Callable[[], object]


class Asking:
    """One question after the other; each no ends it, and nothing was sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask(self, request: MotionRequest, price: Quote | None, on_yes: Next) -> None:
        """Calls ``on_yes`` once everything that had to be asked was answered with yes."""
        today = partial(self._ask_today, request, price, on_yes)
        dear = partial(self._ask_price, price, today)
        self._ask_same(request, dear)

    def _ask_same(self, request: MotionRequest, go_on: Next) -> None:
        engine = self._desk.engine
        same = engine.same_as(request) if engine else None
        if same is None:
            go_on()
            return
        sheet = confirm(
            self._desk.window,
            tr("Make the same again?"),
            _same_text(same),
            tr("Make another"),
            tr("Show it"),
            go_on,
        )
        sheet.no_button.clicked.connect(partial(self._show, same))

    def _show(self, job: Job) -> None:
        if job.state is JobState.DONE:
            self._desk.library.select(job.job_id)
            self._desk.library.selected.emit(job.job_id)
        else:
            self._desk.window.columns.show_queue(True)

    def _ask_price(self, price: Quote | None, go_on: Next) -> None:
        engine, limit = self._desk.engine, self._desk.preferences.value.ask_above_credits
        if engine is None or price is None or limit is None or price.credits <= limit:
            go_on()
            return
        balance = engine.account.state.balance_credits
        from kling_desktop.ui.dialogs.ask import ask_about_cost

        ask_about_cost(self._desk.window, price, limit, balance, go_on)

    def _ask_today(self, request: MotionRequest, price: Quote | None, go_on: Next) -> None:
        engine = self._desk.engine
        if engine is None:
            return
        estimate = price.credits if price is not None else None
        over = engine.spending.over_by(request, estimate)
        if over is None:
            go_on()
            return
        expected = engine.spending.expected(request, estimate)
        spent = words.credits(engine.spending.spent_today())
        text = tr(
            "Today {spent} were spent. With {price} for this one, your limit for a day is "
            "exceeded by {over}. If you go on, you are not asked again today."
        )
        confirm(
            self._desk.window,
            tr("More than today’s limit?"),
            text.format(spent=spent, price=words.credits(expected), over=words.credits(over)),
            tr("Go on"),
            tr("Not now"),
            partial(self._waive, go_on),
        )

    def _waive(self, go_on: Next) -> None:
        if self._desk.engine is not None:
            self._desk.spawn(self._waive_then(go_on), "waive today's limit")

    async def _waive_then(self, go_on: Next) -> None:
        if self._desk.engine is not None:
            await self._desk.engine.spending.waive_today()
            go_on()


def _same_text(job: Job) -> str:
    if job.state is JobState.DONE:
        return tr(
            "You have made a video with just these files and settings already. Another one "
            "costs again."
        )
    if job.state is JobState.UNKNOWN:
        return tr(
            "A job with just these files and settings may be running and may be charged. "
            "Another one would be charged besides."
        )
    return tr("A job with just these files and settings is under way. Another one costs again.")
