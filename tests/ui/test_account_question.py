"""The one question about accounts: its yes means the two accounts that it names, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, cast

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from queue_library_jobs import make_job

from kling_desktop.engine.events import Event
from kling_desktop.engine.ownership import OTHER_ACCOUNT
from kling_desktop.engine.problems import job_error
from kling_desktop.motion.agreement import Agreement
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.ui.presenter.account_question import AccountQuestion
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import words
from kling_desktop.ui.widgets.confirm import Confirm
from kling_desktop.ui.widgets.unbroken import unbroken


def asking(job_id: str, now: str) -> Job:
    error = job_error(OTHER_ACCOUNT, values={"made_under": "Ada", "now": now, "now_id": now})
    agreed = Agreement(credits=2.5, duration_s=5.0)
    return replace(make_job(job_id, JobState.ASKING, error=error), agreed=agreed)


class Jobs:
    """What the question needs of ``Ownership``: who asks, and whether a yes has a meaning."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = jobs
        self.can_answer = True
        self.asks: Event[tuple[Job, ...]] = Event()

    def asking(self) -> tuple[Job, ...]:
        return self.jobs

    def become(self, *jobs: Job) -> None:
        self.jobs = jobs
        self.asks.emit(jobs)


@dataclass
class Engine:
    ownership: Jobs
    sent: list[str] = field(default_factory=list)

    async def do(self, job_id: str, action: JobAction) -> bool:
        assert action is JobAction.SEND
        self.sent.append(job_id)
        self.ownership.jobs = tuple(j for j in self.ownership.jobs if j.job_id != job_id)
        return True


class Window:
    def __init__(self, qtbot: QtBot, ownership: Jobs) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.show()
        self.engine = Engine(ownership)
        self.question = AccountQuestion(cast(Desk, self))
        self.question.attach(cast(Any, self.engine))

    def spawn(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        asyncio.run(work)

    @property
    def sheets(self) -> list[Confirm]:
        return [sheet for sheet in self.window.findChildren(Confirm) if sheet.isVisible()]


def said(sheet: Confirm) -> str:
    return " ".join(label.text() for label in sheet.findChildren(QLabel))


def test_the_question_counts_all_jobs_and_sums_their_prices(qtbot: QtBot) -> None:
    window = Window(qtbot, Jobs(asking("one", "Bea"), asking("two", "Bea")))
    (sheet,) = window.sheets
    assert "2 videos" in said(sheet)
    assert unbroken(words.credits(5.0)) in said(sheet)
    sheet.accept()
    assert window.engine.sent == ["one", "two"]
    assert window.sheets == []


def test_a_yes_covers_what_was_counted_and_what_came_later_is_asked_about_next(
    qtbot: QtBot,
) -> None:
    jobs = Jobs(asking("one", "Bea"))
    window = Window(qtbot, jobs)
    jobs.become(asking("one", "Bea"), asking("two", "Bea"))
    (first,) = window.sheets
    first.accept()
    assert window.engine.sent == ["one"]
    (second,) = window.sheets
    assert "One video" in said(second)
    second.reject()
    assert window.engine.sent == ["one"]
    assert window.sheets == []


def test_jobs_of_two_other_accounts_are_two_questions(qtbot: QtBot) -> None:
    other = asking("two", "Bea")
    assert other.error is not None
    values = {**dict(other.error.values), "made_under": "Dora"}
    other = replace(other, error=job_error(OTHER_ACCOUNT, values=values))
    window = Window(qtbot, Jobs(asking("one", "Bea"), other))
    (first,) = window.sheets
    assert "Ada" in said(first)
    first.reject()
    (second,) = window.sheets
    assert "Dora" in said(second)
    second.accept()
    assert window.engine.sent == ["two"]


def test_a_question_that_names_an_account_of_before_is_replaced(qtbot: QtBot) -> None:
    jobs = Jobs(asking("one", "Bea"))
    window = Window(qtbot, jobs)
    jobs.become(asking("one", "Cleo"))
    (sheet,) = window.sheets
    assert "Cleo" in said(sheet)
    assert window.engine.sent == []
    sheet.accept()
    assert window.engine.sent == ["one"]


def test_a_yes_sends_nothing_that_asks_about_other_accounts_by_then(qtbot: QtBot) -> None:
    jobs = Jobs(asking("one", "Bea"))
    window = Window(qtbot, jobs)
    jobs.jobs = (asking("one", "Cleo"),)  # it changed while the key was on its way
    (sheet,) = window.sheets
    sheet.accept()
    assert window.engine.sent == []


def test_without_an_account_nobody_is_asked(qtbot: QtBot) -> None:
    jobs = Jobs(asking("one", "Bea"))
    jobs.can_answer = False
    assert Window(qtbot, jobs).sheets == []
