"""The password store does not do its part: above Generate, in Settings, in Connect."""

from __future__ import annotations

from dataclasses import replace

from looks_jobs import NOW
from looks_scenes import SMALL_PX, scene, working
from looks_sheets import open_settings
from looks_stand import Stand

from kling_desktop.motion.account import (
    AccountState,
    Connection,
    StoreFault,
    StoreProblem,
    StoreWish,
)
from kling_desktop.motion.input import Blocked
from kling_desktop.motion.job import HoldReason, JobError, JobState
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.tr import words

STORE = "Windows Credential Manager"  # the longest of their names
WAITS = AccountState(
    connection=Connection.AWAITS_STORE, token_store=STORE, silent_store=StoreWish.READ
)


def _waits(stand: Stand) -> None:
    working(stand)
    stand.inputs()
    stand.shelf()
    _show(stand, WAITS)
    stand.compose.set_blocked(words.blocked(Blocked.AWAITS_STORE))


def _show(stand: Stand, state: AccountState) -> None:
    wish = state.silent_store
    assert wish is not None
    line = words.waits_for_store(wish, state.token_store)
    stand.compose.set_store_line(line, offers_this_run=wish is not StoreWish.REMOVE)
    stand.window.top_bar.set_account(state)


@scene("23-store-silent", sharp=True)
def silent(stand: Stand) -> None:
    _waits(stand)
    made = stand.numbers
    jobs = [
        made.job(JobState.GENERATING, "astronaut", "launch", submitted_at=NOW - 72),
        made.job(JobState.QUEUED, "chelsea", "meadow"),
    ]
    error = JobError("store_silent", values=(("store", STORE),))
    stand.jobs(jobs, HoldReason.STORE, met=((HoldReason.STORE, error),))


@scene("23-store-silent-small", SMALL_PX)
def silent_small(stand: Stand) -> None:
    _waits(stand)


@scene("23-store-silent-while-keeping-small", SMALL_PX)
def keeping(stand: Stand) -> None:
    working(stand)
    stand.inputs()
    _show(stand, replace(WAITS, connection=Connection.ONLINE, silent_store=StoreWish.KEEP))


@scene("23-store-silent-while-removing")
def removing(stand: Stand) -> None:
    working(stand)
    stand.inputs()
    _show(stand, replace(WAITS, connection=Connection.NOT_CONNECTED, silent_store=StoreWish.REMOVE))


def _refused(stand: Stand, state: AccountState) -> None:
    working(stand)
    stand.inputs()
    problem = state.store_problem
    assert problem is not None
    line = words.store_refused(problem, state)
    this_run = problem.wish is not StoreWish.REMOVE
    stand.compose.set_store_line(line, offers_this_run=this_run, offers_again=True)
    stand.window.top_bar.set_account(state)


UNREAD = AccountState(
    connection=Connection.STORE_UNREAD,
    token_store=STORE,
    store_problem=StoreProblem(StoreWish.READ, StoreFault.LOCKED),
)


@scene("23-store-locked-small", SMALL_PX)
def locked(stand: Stand) -> None:
    _refused(stand, UNREAD)
    stand.compose.set_blocked(words.blocked(Blocked.STORE_UNREAD))


@scene("23-store-did-not-take-it")
def untaken(stand: Stand) -> None:
    problem = StoreProblem(StoreWish.KEEP, StoreFault.ODD)
    _refused(stand, replace(UNREAD, connection=Connection.ONLINE, store_problem=problem))


@scene("23-store-locked-in-settings-small", SMALL_PX)
def locked_in_settings(stand: Stand) -> None:
    open_settings(stand).set_account(UNREAD)


@scene("23-store-silent-in-settings-small", SMALL_PX)
def in_settings(stand: Stand) -> None:
    open_settings(stand).set_account(WAITS)


@scene("23-store-silent-connect-for-this-run")
def connect(stand: Stand) -> None:
    working(stand)
    sheet = ConnectSheet(stand.window)
    sheet.set_store_name(STORE, this_run=True)
    sheet.open()
