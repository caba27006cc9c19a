"""Holds for a token that an earlier run left: the tokens of this run may be others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..motion.job import HoldReason, JobError
from ..remote.errors import Refused, RemoteError
from .account import Account
from .holds import OF_API_TOKEN, TOKENS
from .queue import JobQueue
from .service import Service
from .workers import Workers

ASK_AGAIN_S = 15.0  # where the service could not be asked; it is one small free request


class KeptHolds:
    """Lifts them once the service accepts the tokens in use; not what was refused since."""

    def __init__(
        self, queue: JobQueue, account: Account, service: Service, workers: Workers
    ) -> None:
        self._queue = queue
        self._account = account
        self._service = service
        self._workers = workers

    async def run(self) -> None:
        """From the start of a run until the service has said of each token whether it takes it."""
        kept = {r: self._queue.state.error_of(r) for r in TOKENS & set(self._queue.state.holds)}
        checks = (
            (OF_API_TOKEN & kept.keys(), self._check_api_token),
            (kept.keys() - OF_API_TOKEN, self._check_account_token),
        )
        for reasons, check in checks:
            if reasons and await self._accepts(check):
                await self._lift({reason: kept[reason] for reason in reasons})

    async def _accepts(self, check: Callable[[], bool]) -> bool:
        """Whether the service accepts a token, asked until it has said; False without one."""
        while True:
            try:
                return await self._workers.call(check)
            except RemoteError as error:
                if isinstance(error, Refused) and error.vouched:
                    return False
            await asyncio.sleep(ASK_AGAIN_S)

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
        if any(error is not None and error.code == "two_accounts" for error in kept.values()):
            await self._account.refresh_balance()  # it tells whether they are one's
            state = self._account.state
            alone = not (state.has_api_token and state.has_account_token)
            if not alone and not self._account.is_one_account:
                return
        now = self._queue.state.error_of
        self._queue.lift(*(reason for reason, error in kept.items() if now(reason) is error))
