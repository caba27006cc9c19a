"""The system's password store, asked without waiting for it: it may have a prompt open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ..motion.account import StoreWish
from ..store.secrets import Secrets
from .events import Event

R = TypeVar("R")
SILENT_AFTER_S = 1.5  # one that is there answers within a tenth of a second
LOOK_AGAIN_S = 1.0  # at what it is called: that is asked first, and may take a moment


class PasswordStore:
    """On the loop's thread. What it has not answered yet is in ``silent``."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._asked: list[StoreWish] = []
        self.silent: StoreWish | None = None
        self.changed: Event[None] = Event()  # ``silent`` or ``name``

    @property
    def name(self) -> str | None:
        """What people call it; None where there is none, or it is not known yet."""
        return self.secrets.known_name

    async def ask(self, wish: StoreWish, question: Callable[[], R]) -> R:
        """Put a blocking question; waits for ever, and may be cancelled at any time.

        What is cancelled before its turn is never put.
        """

        def named() -> R:
            self.secrets.store_name()
            return question()

        telling = asyncio.create_task(self._tell(wish))
        self._asked.append(wish)
        try:
            return await asyncio.wrap_future(self.secrets.ask(named))
        finally:
            telling.cancel()
            self._asked.remove(wish)
            self._set(self._asked[0] if self.silent and self._asked else None)

    async def _tell(self, wish: StoreWish) -> None:
        """That there is no answer, once it takes long; again when its name is known."""
        await asyncio.sleep(SILENT_AFTER_S)
        self._set(self.silent or wish)
        told = self.name
        while told is None:
            await asyncio.sleep(LOOK_AGAIN_S)
            if (told := self.name) is not None:
                self.changed.emit(None)

    def _set(self, silent: StoreWish | None) -> None:
        if silent is not self.silent:
            self.silent = silent
            self.changed.emit(None)
