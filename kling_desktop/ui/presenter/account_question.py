"""One question for all jobs that another account made and nobody sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kling_desktop.motion.job import Job, JobAction
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


class AccountQuestion:
    """Asked once at a time; whatever is not answered with yes waits in the Queue."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sheet: Confirm | None = None

    def attach(self, engine: Engine) -> None:
        engine.ownership.asks.connect(self._on_asks)
        self._on_asks(engine.ownership.asking())

    def _on_asks(self, jobs: tuple[Job, ...]) -> None:
        if not jobs or self._sheet is not None:
            return
        count, error = len(jobs), jobs[0].error
        made_under = words.account_name(error.value("made_under") if error else "")
        now = words.account_name(error.value("now") if error else "")
        text = tr(
            "{videos} made under {made_under} and not sent yet. {now} is connected, and would pay."
        )
        videos = (
            tr("One video was") if count == 1 else tr("{count} videos were").format(count=count)
        )
        self._sheet = sheet = Confirm(
            self._desk.window,
            tr("Send them under another account?"),
            text.format(videos=videos, made_under=made_under, now=now[:1].upper() + now[1:]),
            tr("Send under this account"),
            tr("Not now"),
        )
        sheet.accepted.connect(self._on_yes)
        sheet.closed.connect(self._on_closed)
        sheet.open()

    def _on_closed(self) -> None:
        self._sheet = None

    def _on_yes(self) -> None:
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(self._send_all(engine), "send under this account")

    async def _send_all(self, engine: Engine) -> None:
        for job in engine.ownership.asking():
            await engine.do(job.job_id, JobAction.SEND)
