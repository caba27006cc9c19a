"""Holds for a token that an earlier run left: the tokens of this run may be others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..motion.job import HoldReason, JobError
from ..remote.errors import RefusalKind, Refused, RemoteError
from .account import Account
from .holds import OF_API_TOKEN, TOKENS
from .problems import longer_pause_s
from .queue import JobQueue
from .service import Service
from .workers import Workers

ASK_AGAIN_S = 15.0  # where the service did not say; it is one small free request
_OF_THE_TOKEN = frozenset(
    {
        RefusalKind.TOKEN,
        RefusalKind.TOKEN_MISMATCHED,
        RefusalKind.DISABLED,
        RefusalKind.PERMISSION,
    }
)


class KeptHolds:
    """Lifts them once the service accepts the tokens in use; not what was refused since."""

    def __init__(
        self, queue: JobQueue, account: Account, service: Service, workers: Workers
    ) -> None:
        """The queue has to be open, and nothing else to have happened in this run."""
        held = TOKENS & set(queue.state.holds)
        self._kept = {reason: queue.state.error_of(reason) for reason in held}
        self._queue = queue
        self._account = account
        self._service = service
        self._workers = workers

    async def run(self) -> None:
        """From the start of a run until the service has said of each token whether it takes it."""
        await self._account.tokens_told.wait()
        checks = (
            (OF_API_TOKEN & self._kept.keys(), self._check_api_token),
            (self._kept.keys() - OF_API_TOKEN, self._check_account_token),
        )
        for reasons, check in checks:
            if reasons and await self._accepts(check):
                await self._lift({reason: self._kept[reason] for reason in reasons})

    async def _accepts(self, check: Callable[[], bool]) -> bool:
        """Whether the service accepts a token, asked until it has said; False without one."""
        while True:
            try:
                return await self._workers.call(check)
            except RemoteError as error:
                if isinstance(error, Refused) and error.vouched and error.kind in _OF_THE_TOKEN:
                    return False
                pause_s = longer_pause_s(ASK_AGAIN_S, error)
            await asyncio.sleep(pause_s)

    def _check_api_token(self) -> bool:
        generation = self._service.generation()
        if generation is not None:
            generation.check_token()
        return generation is not None

    def _check_account_token(self) -> bool:
        platform = self._service.platform()
        if platform is not None:
            platform.me()
        return platform is not None

    async def _lift(self, kept: dict[HoldReason, JobError | None]) -> None:
        """Those that were not met again since. Of two accounts' tokens each may be accepted."""
        codes = {error.code for error in kept.values() if error is not None}
        if "two_accounts" in codes and not await self._are_one_account_s():
            return
        now = self._queue.state.error_of
        self._queue.lift(*(reason for reason, error in kept.items() if now(reason) is error))

    async def _are_one_account_s(self) -> bool:
        """Asked until the service has told it; one token alone is."""
        state = self._account.state
        if not (state.has_api_token and state.has_account_token):
            return True
        while True:
            await self._account.refresh_balance()  # which looks whether they are
            if self._account.is_one_account or self._account.two_accounts:
                return self._account.is_one_account
            await asyncio.sleep(ASK_AGAIN_S)
