"""Waiting for credit: the balance is read again, and tells when it pays for the next job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..motion.account import AccountState
from ..motion.job import HoldReason, JobError, QueueState
from ..motion.money import micro
from .account import Account
from .events import is_set_within
from .queue import JobQueue

READ_AGAIN_S = 60.0  # a top-up takes a person some minutes; one small free request
_IN_VAIN = "balance_micro"  # of the hold's error: it was let go with these millionths, in vain


class CreditWatch:
    """Lifts the hold for credit, and no other. Without an account token it can tell nothing.

    A figure with which the queue was let go and refused again proves nothing by showing it again:
    then only another one does.
    """

    def __init__(
        self, account: Account, queue: JobQueue, price: Callable[[], float | None]
    ) -> None:
        """``price``: of the job whose turn it is, in credits; None where none waits."""
        self._account = account
        self._queue = queue
        self._price = price
        self._error: JobError | None = None  # of the hold, as it is known here
        self._let_go_with: float | None = None  # the last figure that lifted the hold
        self._read_at: float | None = None  # figures as old as this are older than the refusal
        self._poke = asyncio.Event()

    def open(self) -> None:
        """Take up the hold of the last run. The queue has to be open."""
        self._error = self._held(self._queue.state)
        self._queue.changed.connect(self._on_queue)
        self._account.changed.connect(self._on_account)

    def poke(self) -> None:
        """Read the balance at once: the person may have topped up."""
        self._poke.set()

    async def run(self) -> None:
        """Until cancelled."""
        if self._error is not None:
            self._poke.set()
        while True:
            await is_set_within(self._poke, None if self._error is None else READ_AGAIN_S)
            self._poke.clear()
            await self._account.refresh_balance()

    def _held(self, state: QueueState) -> JobError | None:
        if HoldReason.CREDIT not in state.holds:
            return None
        return state.error_of(HoldReason.CREDIT) or JobError("used_up")

    def _on_queue(self, state: QueueState) -> None:
        error, known = self._held(state), self._error
        self._error = error
        if error is not None and error != known:
            self._read_at = self._account.state.balance_read_at
            self._note(self._let_go_with)
            self._poke.set()
        self._judge()

    def _on_account(self, _state: AccountState) -> None:
        self._judge()

    def _judge(self) -> None:
        """Whether the newest figure, read since the refusal, pays for the next job."""
        state, price = self._account.state, self._price()
        balance = state.balance_credits
        if self._error is None or price is None or balance is None:
            return
        if state.balance_read_at == self._read_at:
            return
        if micro(balance) < micro(price):
            self._let_go_with = None
            self._note(None)
        elif self._error.value(_IN_VAIN) != str(micro(balance)):
            self._let_go_with = balance
            self._queue.lift(HoldReason.CREDIT)

    def _note(self, balance: float | None) -> None:
        """Kept with the hold: with which balance, though it showed enough, it was refused."""
        assert self._error is not None
        text = "" if balance is None else str(micro(balance))
        if self._error.value(_IN_VAIN) != text:
            self._error = self._error.with_values(**{_IN_VAIN: text})
            self._queue.tell(HoldReason.CREDIT, self._error)
