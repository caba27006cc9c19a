"""What is asked before money is spent: the same again, a dear one, more than today's limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kling_desktop.motion.agreement import Agreement
from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.money import micro
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import MotionRequest
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.widgets.question import Question

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is about to be paid for."""

    request: MotionRequest
    price: Quote
    looked_at: Agreement | None  # the content of its inputs
    job_id: str | None = None  # of the one that is sent, where there is one already


class Asking:
    """One question after the other; each no ends it, and nothing was sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def buy(self, purchase: Purchase, make: Callable[[], Awaitable[object]]) -> bool:
        """Ask all that has to be asked, then ``make`` it so; False: a no, and nothing was done.

        A command may begin just the same while a question is open: that is asked about, too.
        """
        if (engine := self._desk.engine) is None:
            return False
        known = self._find_same(engine, purchase)
        if not (
            await self._same(known)
            and await self._dear(purchase.price)
            and await self._today(purchase)
        ):
            return False
        while True:
            async with engine.book.uttering:
                same = self._find_same(engine, purchase)
                if same is None or (known is not None and same.job_id == known.job_id):
                    await make()
                    return True
            if not await self._same(same):
                return False
            known = same

    async def send(self, job: Job, make: Callable[[], Awaitable[object]]) -> bool:
        """The same for a job of the book; one that may be paid already is asked about twice."""
        if (engine := self._desk.engine) is None:
            return False
        from kling_desktop.ui.dialogs.ask import twice_question

        if job.state is JobState.UNKNOWN and not await answered(twice_question(self._desk.window)):
            return False
        purchase = Purchase(job.request, engine.price_of(job), job.agreed, job.job_id)
        return await self.buy(purchase, make)

    def _find_same(self, engine: Engine, purchase: Purchase) -> Job | None:
        return engine.same_as(purchase.request, purchase.looked_at, but=purchase.job_id)

    async def _same(self, same: Job | None) -> bool:
        if same is None:
            return True
        from kling_desktop.ui.dialogs.ask import same_question

        sheet = same_question(self._desk.window, same)
        sheet.no_button.clicked.connect(partial(self._show, same))
        return await answered(sheet)

    def _show(self, job: Job) -> None:
        if job.state is JobState.DONE:
            self._desk.library.select(job.job_id)
            self._desk.library.selected.emit(job.job_id)
        else:
            self._desk.window.columns.show_queue(True)

    async def _dear(self, price: Quote) -> bool:
        engine, limit = self._desk.engine, self._desk.preferences.value.ask_above_credits
        if engine is None or limit is None or micro(price.credits) <= micro(limit):
            return True
        balance = engine.account.state.balance_credits
        from kling_desktop.ui.dialogs.ask import cost_question

        return await answered(cost_question(self._desk.window, price, limit, balance))

    async def _today(self, purchase: Purchase) -> bool:
        if (engine := self._desk.engine) is None:
            return False
        day = engine.spending.ahead(purchase.request, purchase.price.credits)
        return day is None or day.fits or await self.beyond(day)

    async def unlimited(self) -> bool:
        """Whether the usual limits may hold in the place of those that could not be read."""
        if (engine := self._desk.engine) is None:
            return False
        from kling_desktop.ui.dialogs.ask import usual_limits_question

        settings, waiting = self._desk.preferences.value, engine.queue.opened_by(None)
        sheet = usual_limits_question(
            self._desk.window, settings.ask_above_credits, settings.day_limit_credits, waiting
        )
        if not await answered(sheet):
            return False
        unread = self._desk.preferences.unread_limits
        self._desk.keep(**{name: getattr(settings, name) for name in unread})
        engine.heed_limits()
        return True

    async def beyond(self, day: DayLimit) -> bool:
        """Whether today's limit, which holds, may be switched off; then it is."""
        if (engine := self._desk.engine) is None:
            return False
        from kling_desktop.ui.dialogs.ask import today_question

        waiting, shown_on = engine.queue.opened_by(None), engine.spending.today()
        if not await answered(today_question(self._desk.window, day, waiting)):
            return False
        engine.waive(shown_on)  # midnight may have come: the new day was not asked about
        return True


async def answered(sheet: Question) -> bool:
    """Open a question and wait for its answer. Who is cancelled meanwhile takes it away."""
    told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def on_finished(result: int) -> None:
        if not told.done():
            told.set_result(result == Question.DialogCode.Accepted.value)

    sheet.finished.connect(on_finished)
    sheet.open()
    try:
        return await told
    except asyncio.CancelledError:
        if told.cancelled():  # else it was answered just before, and is gone
            sheet.reject()
        raise
