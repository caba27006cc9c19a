"""The line about a password store that does not do its part, and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kling_desktop.motion.account import AccountState, StoreWish
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


class StoreWaits:
    """``connect_for_this_run`` asks for a token that is not kept."""

    def __init__(self, desk: Desk, connect_for_this_run: Callable[[], None]) -> None:
        self._desk = desk
        self._connect_for_this_run = connect_for_this_run
        desk.compose.this_run_requested.connect(self._on_this_run)
        desk.compose.store_again_requested.connect(self._on_again)

    def attach(self, engine: Engine) -> None:
        engine.account.changed.connect(self._show)
        self._show(engine.account.state)

    def _show(self, state: AccountState) -> None:
        wish, problem, line = state.silent_store, None, ""
        if wish is not None:
            line = words.waits_for_store(wish, state.token_store)
        elif (problem := state.store_problem) is not None:
            wish, line = problem.wish, words.store_refused(problem, state)
        self._desk.compose.set_store_line(
            line, offers_this_run=wish is not StoreWish.REMOVE, offers_again=problem is not None
        )

    def _on_again(self) -> None:
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(engine.account.ask_store_again(), "ask the password store again")

    def _on_this_run(self) -> None:
        """Enter a token for this run, or leave the one that was entered out of the store."""
        if (engine := self._desk.engine) is None:
            return
        if engine.account.awaited:
            self._connect_for_this_run()
        else:
            engine.account.for_this_run_only()
            self._desk.notice(tr("The token is kept for this run only."))
