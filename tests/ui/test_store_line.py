"""The line about a password store that answered with an error, and its two ways on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kling_desktop.engine.events import Event
from kling_desktop.motion.account import (
    AccountState,
    Connection,
    StoreFault,
    StoreProblem,
    StoreWish,
)
from kling_desktop.motion.token import TokenKind
from kling_desktop.ui.compose.store_line import StoreLine
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.store_waits import StoreWaits

LOCKED = AccountState(
    connection=Connection.STORE_UNREAD,
    token_store="KWallet",
    store_problem=StoreProblem(StoreWish.READ, StoreFault.LOCKED),
)


class Account:
    """What the line needs of it."""

    def __init__(self, state: AccountState) -> None:
        self.state = state
        self.awaited = frozenset({TokenKind.API})
        self.changed: Event[AccountState] = Event()
        self.asked: list[str] = []

    async def ask_store_again(self) -> None:
        self.asked.append("again")

    def for_this_run_only(self) -> None:
        self.asked.append("left out")


class Compose(StoreLine):
    """The line alone, under the names that the panel gives it."""

    @property
    def store_again_requested(self) -> Any:
        return self.again_requested

    def set_store_line(self, line: str, **offers: bool) -> None:
        self.set_line(line, **offers)


class Stand:
    def __init__(self, qtbot: QtBot, state: AccountState) -> None:
        self.compose = Compose()
        qtbot.addWidget(self.compose)
        self.account = Account(state)
        self.engine = self
        self.notices: list[str] = []
        waits = StoreWaits(cast(Desk, self), lambda: self.account.asked.append("connect"))
        waits.attach(cast(Any, self))

    def spawn(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        asyncio.run(work)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def buttons(self) -> dict[str, QPushButton]:
        found = self.compose.findChildren(QPushButton)
        return {b.text(): b for b in found if b.isVisibleTo(self.compose)}


def test_one_that_could_not_be_read_may_be_asked_again_or_done_without(qtbot: QtBot) -> None:
    stand = Stand(qtbot, LOCKED)
    assert "KWallet could not be read: it is locked" in stand.compose.accessibleName()
    stand.buttons()["Try again"].click()
    stand.buttons()["Use for this run only"].click()
    assert stand.account.asked == ["again", "connect"]
    stand.account.changed.emit(AccountState(token_store="KWallet"))
    assert stand.compose.isHidden()


@pytest.mark.parametrize(
    ("wish", "offers"),
    [
        (StoreWish.KEEP, ["Try again", "Use for this run only"]),
        (StoreWish.REMOVE, ["Try again"]),
    ],
)
def test_what_it_did_not_take_or_remove_is_offered_again(
    qtbot: QtBot, wish: StoreWish, offers: list[str]
) -> None:
    stand = Stand(qtbot, replace(LOCKED, store_problem=StoreProblem(wish, StoreFault.ODD)))
    stand.account.awaited = frozenset()
    assert list(stand.buttons()) == offers
    for button in stand.buttons().values():
        button.click()
    assert stand.account.asked == ["again", "left out"][: len(offers)]


def test_one_that_does_not_answer_yet_is_not_asked_again(qtbot: QtBot) -> None:
    silent = replace(LOCKED, store_problem=None, silent_store=StoreWish.READ)
    assert list(Stand(qtbot, silent).buttons()) == ["Use for this run only"]
