"""The cases of the walk, from the program's own tables: each action of each state on each surface.

An action that is added is walked, too, and must send, cancel and take away nothing unless it is
named here.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from engine_world import ended, in_state, until
from press_stand import Stand

from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import (
    SPENDING,
    Job,
    JobAction,
    JobError,
    JobState,
    Money,
    actions_for,
)
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.ui.action_table import ACTIONS
from kling_desktop.ui.library.menu import OTHER_NAMES, LibraryAction
from kling_desktop.ui.presenter.viewing import belongs_in_library
from kling_desktop.ui.queue.look import delete_action, enter_action, main_buttons

S, A = JobState, JobAction
Counts = dict[str, int]

# What one wish is. Of every other action: nothing is sent, cancelled or taken away.
ONE_WISH: dict[str, Counts] = {
    **{action.value: {"accepted": 1} for action in SPENDING},
    A.CANCEL.value: {"cancelled": 1},
    LibraryAction.DELETE.value: {"removed": 1},
    "generate": {"accepted": 1},
}
# These start something, end something or ask for something: each gesture is tried on each.
DEEDS = SPENDING | {A.CANCEL, A.STOP_WATCHING, A.WATCH_AGAIN, A.FETCH_AGAIN, A.DISMISS, A.CHECK_NOW}


BY_MOUSE, BY_KEY = ("double click", "two presses"), ("held key", "two presses")
ALL_WAYS = ("double click", "held key", "two presses")


# -- jobs in every state that a person can meet


async def failed(stand: Stand, words: str) -> Job:
    return await ended(stand.engine, await stand.world.generate(f"[fail] {words}"))


async def done(stand: Stand, words: str) -> Job:
    return await ended(stand.engine, await stand.world.generate(words))


async def queued(stand: Stand, words: str) -> Job:
    """Two more wait behind it."""
    stand.engine.queue.pause()
    jobs = [await stand.world.generate(f"{words} {number}") for number in range(3)]
    return jobs[0]


async def put(stand: Stand, words: str, state: JobState, **changes: Any) -> Job:
    """A job that came to this without having been sent."""
    stand.engine.queue.pause()
    job = await stand.world.generate(words)
    await stand.engine.book.go(job.job_id, state, **changes)
    stand.engine.queue.resume()
    return stand.engine.book.get(job.job_id)


async def cancelled(stand: Stand, words: str) -> Job:
    """A command could not send it."""
    return await put(stand, words, S.CANCELLED, error=job_error("used_up"))


async def asking(stand: Stand, words: str) -> Job:
    return await put(stand, words, S.ASKING, error=job_error("input_changed"))


async def unknown(stand: Stand, words: str) -> Job:
    """Perhaps it was sent; the history does not know it."""
    error = job_error("contact_lost", Money.MAYBE_CHARGED)
    job = await put(stand, words, S.UNKNOWN, error=error, submitted_at=time.time())
    stand.engine.runner.start(job.job_id)
    return await until(
        stand.engine, lambda: j if (j := stand.engine.book.get(job.job_id)).looks else None
    )


async def generating(stand: Stand, words: str) -> Job:
    job = await stand.world.generate(f"[very slow] {words}")
    return await in_state(stand.engine, job, S.GENERATING)


async def unwatched(stand: Stand, words: str) -> Job:
    job = await generating(stand, words)
    await stand.engine.do(job.job_id, A.STOP_WATCHING)
    return stand.engine.book.get(job.job_id)


MAKERS: dict[JobState, Callable[[Stand, str], Awaitable[Job]]] = {
    S.FAILED: failed,
    S.DONE: done,
    S.CANCELLED: cancelled,
    S.QUEUED: queued,
    S.ASKING: asking,
    S.UNKNOWN: unknown,
    S.GENERATING: generating,
    S.UNWATCHED: unwatched,
}


def like(state: JobState) -> Job:
    """What the maker makes, for the tables that only look at a job."""
    money = Money.MAYBE_CHARGED if state is S.UNKNOWN else Money.NOT_CHARGED
    told = state in (S.FAILED, S.CANCELLED, S.UNKNOWN)
    error = JobError("any", money=money) if told else None
    task = "t" if state in (S.DONE, S.GENERATING, S.UNWATCHED) else None
    request = MotionRequest(Source(path="/in/a.png"), Source(path="/in/b.mp4"))
    return Job("j", request, state, 0.0, 0.0, 0, error=error, task_id=task)


# -- the cases


@dataclass(frozen=True)
class Case:
    """One control, one way of pressing it."""

    where: str  # "row", "key", "queue menu", "library menu", "stage", "window"
    what: str  # a JobAction's, a LibraryAction's or an ActionSpec's value
    state: JobState | None
    how: str  # "double click", "held key", "two presses"
    asked: bool = False  # the price is above what is spent without a question

    @property
    def name(self) -> str:
        state = f" of {self.state.value}" if self.state else ""
        return f"{self.where}: {self.what}{state}, {self.how}{', asked' if self.asked else ''}"

    @property
    def expected(self) -> Counts:
        return {"accepted": 0, "cancelled": 0, "removed": 0, **ONE_WISH.get(self.what, {})}

    @property
    def may_ask(self) -> bool:
        """Whether one press raises a question. What is pressed too much never raises one more."""
        asks = (A.SEND_AGAIN.value, A.STOP_WATCHING.value)
        return self.asked or self.what in asks

    @property
    def is_wish(self) -> bool:
        """It spends, ends or destroys, so it is shown to be taken, once."""
        return self.what in ONE_WISH


def job_cases() -> list[Case]:
    cases: list[Case] = []
    for state in MAKERS:
        job = like(state)
        for action in actions_for(job):
            hows = ALL_WAYS if action in DEEDS else ALL_WAYS[:1]
            wheres = {
                "row": job.in_queue and action in main_buttons(job),
                "key": job.in_queue and action in (enter_action(job), delete_action(job)),
                "queue menu": job.in_queue,
                "library menu": belongs_in_library(job) and action not in OTHER_NAMES,
            }
            cases += [
                Case(where, action.value, state, how)
                for where, is_there in wheres.items()
                for how in (BY_KEY if where == "key" else BY_MOUSE if where == "row" else hows)
                if is_there
            ]
    return cases


def other_cases() -> list[Case]:
    delete = LibraryAction.DELETE.value
    return [
        *(Case("library menu", delete, S.DONE, how) for how in ("double click", "held key")),
        Case("library key", delete, S.DONE, "held key"),
        *(
            Case("stage", A.FETCH_AGAIN.value, S.DONE, how)
            for how in ("double click", "two presses")
        ),
        Case("row and its menu", A.RETRY.value, S.FAILED, "two presses"),
        Case("row and library menu", A.RETRY.value, S.FAILED, "two presses"),
        *(
            Case("button", "generate", None, how)
            for how in ("double click", "two presses", "held key")
        ),
        *(Case("window key", spec.id, None, "held key") for spec in ACTIONS if spec.keys),
        *(Case("window menu", spec.id, None, "two presses") for spec in ACTIONS),
    ]


def all_cases() -> list[Case]:
    plain = [*job_cases(), *other_cases()]
    spends = [c for c in plain if c.expected["accepted"] and c.how != "two presses"]
    return [*plain, *(replace(case, asked=True) for case in spends)]
