"""While the password store has not told the tokens nothing is sent, and all else goes on."""

from __future__ import annotations

from collections.abc import Callable

from ..motion.account import AccountState
from ..motion.job import HoldReason, JobError
from ..motion.token import TokenKind
from .account import Account
from .problems import STORE_SILENT, STORE_UNREAD, untold
from .queue import JobQueue
from .workers import Workers


class StoreHold:
    """Holds what waits for a token that the store may have, and lets it go by itself."""

    def __init__(
        self, account: Account, queue: JobQueue, workers: Workers, poke: Callable[[], None]
    ) -> None:
        """The account has to be open. ``poke`` asks for everything that waited at once."""
        self._account = account
        self._queue = queue
        self._workers = workers
        self._poke = poke
        account.changed.connect(self._on_account)
        account.arrived.connect(self._on_arrived)
        self._on_account(account.state)

    def _on_account(self, state: AccountState) -> None:
        """An account token alone keeps only what is uploaded."""
        awaited = self._account.awaited
        error = untold(state.token_store, state.store_problem)
        self._hold(HoldReason.STORE, TokenKind.API in awaited, error)
        self._hold(HoldReason.UPLOADS, awaited == {TokenKind.ACCOUNT}, error)

    def _hold(self, reason: HoldReason, holds: bool, error: JobError) -> None:
        now = self._queue.state.error_of(reason)
        ours = now is not None and now.code in (STORE_SILENT, STORE_UNREAD)
        if holds and now != error and (ours or reason not in self._queue.state.holds):
            self._queue.tell(reason, error)
        elif ours and not holds:
            self._queue.lift(reason)

    def _on_arrived(self, _none: None) -> None:
        self._poke()
        self._workers.spawn(self._account.refresh_balance(), "balance")
