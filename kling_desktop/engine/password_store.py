"""The system's password store, asked without waiting for it: it may have a prompt open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from ..motion.account import StoreFault, StoreProblem, StoreWish
from ..motion.token import TokenKind
from ..store.secrets import Secrets, StoreFailed
from .events import Event

R = TypeVar("R")
SILENT_AFTER_S = 1.5  # one that is there answers within a tenth of a second
LOOK_AGAIN_S = 1.0  # at what it is called: that is asked first, and may take a moment


class PasswordStore:
    """On the loop's thread. What it has not answered yet is in ``silent``.

    What it answered with an error is in ``problem``, and may be asked once more: ``failed``.
    """

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._asked: list[StoreWish] = []
        self.silent: StoreWish | None = None
        self.problem: StoreProblem | None = None
        self.failed: Mapping[TokenKind, Callable[[], Any]] = {}
        self.changed: Event[None] = Event()  # ``silent``, ``name`` or ``problem``

    @property
    def name(self) -> str | None:
        """What people call it; None where there is none, or it is not known yet."""
        return self.secrets.known_name

    async def ask(
        self, wish: StoreWish, questions: Mapping[TokenKind, Callable[[], R]]
    ) -> dict[TokenKind, R]:
        """Put blocking questions; waits for ever, and may be cancelled at any time.

        What is cancelled before its turn is never put. Has no answer to what failed.
        """
        self.forget_problem()
        telling = asyncio.create_task(self._tell(wish))
        self._asked.append(wish)
        try:
            put = self.secrets.ask(partial(self._put, questions))
            answers, fault = await asyncio.wrap_future(put)
        finally:
            telling.cancel()
            self._asked.remove(wish)
            self._set(self._asked[0] if self.silent and self._asked else None)
        if fault is not None:
            self.failed = {kind: q for kind, q in questions.items() if kind not in answers}
            self.problem = StoreProblem(wish, fault)
            self.changed.emit(None)
        return answers

    def forget_problem(self) -> None:
        """It is asked again, or what was wanted of it is not wanted any more."""
        self.failed = {}
        if self.problem is not None:
            self.problem = None
            self.changed.emit(None)

    def _put(
        self, questions: Mapping[TokenKind, Callable[[], R]]
    ) -> tuple[dict[TokenKind, R], StoreFault | None]:
        """In the store's thread. One that stays locked would open its prompt at each question."""
        self.secrets.store_name()
        answers: dict[TokenKind, R] = {}
        fault = None
        for kind, question in questions.items():
            if fault is StoreFault.LOCKED:
                break
            try:
                answers[kind] = question()
            except StoreFailed as failed:
                fault = failed.fault
        return answers, fault

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
