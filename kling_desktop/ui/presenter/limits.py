"""The person's limits, changed in Settings: one is not switched off without a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from kling_desktop.ui.presenter.asking import answered
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words

if TYPE_CHECKING:
    from kling_desktop.ui.dialogs.settings import SettingsSheet

_ASK_ABOVE, _DAY_LIMIT = "ask_above_credits", "day_limit_credits"
_BOTH = frozenset({_ASK_ABOVE, _DAY_LIMIT})


class Limits:
    """Above which price Generate asks, and how much a day may cost. None is no limit."""

    def __init__(self, desk: Desk, sheet: Callable[[], SettingsSheet | None]) -> None:
        """``sheet``: where they are changed; it shows what was kept after all."""
        self._desk = desk
        self._sheet = sheet

    def take(self, values: Mapping[str, object]) -> None:
        """What a sheet says; the rest of its values is not looked at."""
        kept = self._kept()
        changed = {
            name: values[name] for name in kept if values.get(name, kept[name]) != kept[name]
        }
        if changed:
            self._desk.spawn(self._change(cast("dict[str, float | None]", changed)), "limits")

    def confirm(self, values: Mapping[str, object]) -> None:
        """What a sheet showed of limits that could not be read, and the person took with it."""
        limits = cast("dict[str, float | None]", {k: values[k] for k in _BOTH & values.keys()})
        self._desk.spawn(self._confirm(limits), "limits")

    async def _confirm(self, shown: dict[str, float | None]) -> None:
        lost = {k: v for k, v in shown.items() if k in self._desk.preferences.unread_limits}
        if None in lost.values() and not await self._may_do_without(lost):
            return
        for name, limit in lost.items():
            if name in self._desk.preferences.unread_limits:  # not set meanwhile
                await self._set(name, limit)

    async def _may_do_without(self, lost: Mapping[str, float | None]) -> bool:
        """Whether one that was lost may be none from now on, by its figures."""
        if (engine := self._desk.engine) is None:
            return True
        from kling_desktop.ui.dialogs.ask import usual_limits_question

        limits = {**self._kept(), **lost}
        waiting = engine.queue.opened_by(None)
        return await answered(
            usual_limits_question(
                self._desk.window, limits[_ASK_ABOVE], limits[_DAY_LIMIT], waiting
            )
        )

    async def _change(self, changed: dict[str, float | None]) -> None:
        for name, limit in changed.items():
            if limit is not None or await self._may_go(name):
                await self._set(name, limit)
            elif (sheet := self._sheet()) is not None:
                sheet.set_values(self._kept())

    async def _may_go(self, name: str) -> bool:
        """Whether a limit may be switched off, by its figures."""
        engine, limit = self._desk.engine, self._kept()[name]
        if engine is None or limit is None:
            return True
        from kling_desktop.ui.dialogs.ask import never_ask_question, no_limit_question

        window = self._desk.window
        if name == _ASK_ABOVE:
            return await answered(never_ask_question(window, limit))
        spent, waiting = engine.spending.spent_today(), engine.queue.opened_by(None)
        return await answered(no_limit_question(window, limit, spent, waiting))

    async def _set(self, name: str, limit: float | None) -> None:
        """It holds at once, also where the day's was waived; a higher one says what it lets go."""
        engine = self._desk.engine
        held = engine is not None and engine.queue.day_limit is not None
        self._desk.keep(**{name: limit})
        if (sheet := self._sheet()) is not None:
            sheet.set_lost_limits(self._desk.preferences.unread_limits)
        if engine is None:
            return
        if name == _DAY_LIMIT:
            engine.spending.unwaive()
        engine.heed_limits()
        engine.queue.pump()
        told = words.may_go_on(*engine.queue.opened_by(limit))
        if name == _DAY_LIMIT and limit is not None and held and told:
            raised = tr("Your limit for a day is {limit} now.").format(limit=words.credits(limit))
            self._desk.notice(f"{raised} {told}")

    def _kept(self) -> dict[str, float | None]:
        settings = self._desk.preferences.value
        return {_ASK_ABOVE: settings.ask_above_credits, _DAY_LIMIT: settings.day_limit_credits}
