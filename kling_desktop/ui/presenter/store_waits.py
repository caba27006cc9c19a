"""The line about a password store that does not answer, and its button."""

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

    def attach(self, engine: Engine) -> None:
        engine.account.changed.connect(self._show)
        self._show(engine.account.state)

    def _show(self, state: AccountState) -> None:
        wish = state.silent_store
        line = "" if wish is None else words.waits_for_store(wish, state.token_store)
        offers_this_run = wish is not StoreWish.REMOVE
        self._desk.compose.set_store_line(line, offers_this_run=offers_this_run)

    def _on_this_run(self) -> None:
        """Enter a token for this run, or leave the one that was entered out of the store."""
        if (engine := self._desk.engine) is None:
            return
        if engine.account.state.silent_store is StoreWish.READ:
            self._connect_for_this_run()
        else:
            engine.account.for_this_run_only()
            self._desk.notice(tr("The token is kept for this run only."))
