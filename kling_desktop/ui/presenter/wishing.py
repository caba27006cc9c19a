"""What a person wishes is taken at once and shown so; pressing again joins what is under way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from kling_desktop.engine.failures import NotKept
from kling_desktop.ui.presenter.desk import Desk

Show = Callable[[bool], object]


class Wishing:
    """One for the window: the same wish is the same, whichever control it was pressed on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Whether anything that was pressed is not written down, or not answered, yet."""
        return bool(self._under_way)

    def take(self, wish: str, work: Callable[[], Coroutine[Any, Any, None]], show: Show) -> None:
        """Do ``work`` unless this wish is under way; ``show`` is told within this turn."""
        if wish in self._under_way or self._desk.engine is None:
            return
        task = self._desk.engine.workers.spawn(self._carry_out(work()), wish)
        self._under_way.add(wish)
        show(True)
        task.add_done_callback(lambda _task: self._end(wish, show))

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NotKept as problem:
            self._desk.say_not_kept(problem)

    def _end(self, wish: str, show: Show) -> None:
        self._under_way.discard(wish)
        show(False)
