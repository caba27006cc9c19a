"""One question for all jobs that another account made and nobody sent yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from kling_desktop.motion.job import Job, JobAction, JobError
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


def ask_about_account(parent: QWidget, jobs: Sequence[Job]) -> Confirm:
    """A sheet that names both accounts; ``accepted`` means the one that is connected."""
    count, error = len(jobs), jobs[0].error
    made_under = words.account_name(error.value("made_under") if error else "")
    now = words.account_in_use(error.value("now") if error else "")
    made = tr(
        "{count} videos were made under {made_under}. As far as this computer knows, they were "
        "not sent yet; that account’s own history was not asked, for that takes its token."
    )
    if count == 1:
        made = tr(
            "One video was made under {made_under}. As far as this computer knows, it was not sent "
            "yet; that account’s own history was not asked, for that takes its token."
        )
    price = words.price_of_all([job.offered or job.agreed for job in jobs])
    pays = tr("If you send under {now}, that one pays.")
    if price:
        pays = tr("If you send under {now}, that one pays {price}.")
    made, pays = made.format(count=count, made_under=made_under), pays.format(now=now, price=price)
    return Confirm(
        parent,
        tr("Send under another account?"),
        f"{made} {pays}",
        tr("Send under this one"),
        tr("Not now"),
    )


class AccountQuestion:
    """Asked once at a time; whatever is not answered with yes waits in the Queue.

    A yes covers the jobs that its question counted; what came later is asked about after it.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sheet: Confirm | None = None
        self._asked: JobError | None = None  # names both accounts of the question that is open
        self._counted: frozenset[str] = frozenset()  # ids of the jobs that it is about
        self._later: tuple[Job, ...] = ()  # those that it is not about

    def attach(self, engine: Engine) -> None:
        engine.ownership.asks.connect(self._on_asks)
        self._ask(engine, engine.ownership.asking())

    def _on_asks(self, jobs: tuple[Job, ...]) -> None:
        if (engine := self._desk.engine) is not None:
            self._ask(engine, jobs)

    def _ask(self, engine: Engine, jobs: tuple[Job, ...]) -> None:
        if not jobs or not engine.ownership.can_answer:
            return
        if self._sheet is not None:
            if any(job.error == self._asked for job in jobs):
                self._later = self._uncounted(jobs)
                return
            self._later = ()
            self._sheet.reject()  # another account would pay by now than the one it names
        self._asked = jobs[0].error
        same = [job for job in jobs if job.error == self._asked]
        self._counted = frozenset(job.job_id for job in same)
        self._later = self._uncounted(jobs)
        self._sheet = sheet = ask_about_account(self._desk.window, same)
        sheet.accepted.connect(partial(self._on_yes, self._asked, self._counted))
        sheet.finished.connect(self._on_finished)
        sheet.open()

    def _uncounted(self, jobs: Iterable[Job]) -> tuple[Job, ...]:
        return tuple(job for job in jobs if job.job_id not in self._counted)

    def _on_finished(self, _result: int) -> None:
        self._sheet = None
        later = {job.job_id for job in self._later}
        if later and (engine := self._desk.engine) is not None:
            asking = engine.ownership.asking()
            self._ask(engine, tuple(job for job in asking if job.job_id in later))

    def _on_yes(self, asked: JobError | None, counted: frozenset[str]) -> None:
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(self._send_all(engine, asked, counted), "send under this account")

    async def _send_all(
        self, engine: Engine, asked: JobError | None, counted: frozenset[str]
    ) -> None:
        """What the question counted, and no job that asks about other accounts by now."""
        for job in engine.ownership.asking():
            if job.error == asked and job.job_id in counted:
                await engine.do(job.job_id, JobAction.SEND)
