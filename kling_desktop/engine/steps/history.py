"""The service's history: motion tasks of a stretch of time, by the ids of the account. Free."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...motion.job import Job
from ...remote.errors import RefusalKind, Refused, RemoteError
from ...remote.wire import HistoryPage, TaskRecord
from ..context import Context
from ..lookup import Window
from ..problems import longer_pause_s

NAMES = ("user_id", "application_id")  # an account has several applications: it is asked whole
PAGE = 50  # records asked for at once
PAGES = 40  # 2,000 videos since a job was made are no one's; if they are, it is not the whole
# Before a page that failed in passing is asked for once more, and of all such pauses of one look:
# less than the moment that a command gives to one that is under way.
AGAIN_S: tuple[float, ...] = (0.5, 1, 2)
AGAIN_AT_MOST_S = 15.0


@dataclass(frozen=True, slots=True)
class History:
    """What was found, and whether that is all there is."""

    records: tuple[TaskRecord, ...]
    whole: bool  # False: a row could not be read, or its end was not reached
    trouble: RemoteError | None = None  # what ended it, after a page that was answered


def may_pass(error: RemoteError) -> bool:
    """Whether asking later may bring an answer: all but a clear no of the service itself."""
    if not isinstance(error, Refused) or not error.vouched:
        return True
    passing = error.kind is RefusalKind.BUSY
    return passing or (error.kind is RefusalKind.OTHER and (error.http_status or 0) >= 400)


class _Pages:
    """The pages of one look; one that fails in passing is asked for again, for its own sake.

    Not before any was answered: nothing is lost then, and whoever looks asks again in time.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._left_s = AGAIN_AT_MOST_S
        self._answered = False

    async def read(self, ask: Callable[..., HistoryPage], offset: int) -> HistoryPage:
        pauses_s = iter(AGAIN_S)
        while True:
            try:
                page = await self._ctx.workers.call(ask, offset=offset)
            except RemoteError as error:
                pause_s = longer_pause_s(next(pauses_s, math.inf), error)
                if not self._answered or not may_pass(error) or pause_s > self._left_s:
                    raise
                self._left_s -= pause_s
                await asyncio.sleep(pause_s)
            else:
                self._answered = True
                return page


async def history(
    ctx: Context, low: float, high: float, job: Job | None = None, pages: _Pages | None = None
) -> History | None:
    """Tasks made between two times of the service's clock; None where it cannot be asked at all.

    ``job``: whose own account is asked for, where the one in use is not known. Of an account that
    the tokens in use are not known to belong to, nothing is no answer: the service shows nobody's
    tasks to others. Raises RemoteError.
    """
    generation = ctx.service.generation()
    ids = await _ids(ctx, job)
    if generation is None or not ids:
        return None
    between: dict[str, Any] = {"created_at_min": low, "created_at_max": high, **ids}
    ask = partial(generation.history, limit=PAGE, **between)
    found = await _all_pages(pages or _Pages(ctx), ask)
    ctx.connectivity.reached()
    in_use = all(ctx.ownership.id_in_use(name) == value for name, value in ids.items())
    return found if in_use or found.records or not found.whole else None


async def histories(ctx: Context, windows: Iterable[Window], job: Job) -> History | None:
    """As ``history``, of several stretches of time that one job was made in, perhaps.

    What one of them told was said, whatever becomes of the next. Raises RemoteError.
    """
    records: dict[str, TaskRecord] = {}
    whole, pages = True, _Pages(ctx)
    for low, high in windows:
        try:
            found = await history(ctx, low, high, job, pages)
        except RemoteError as error:
            if not records:
                raise
            return History(tuple(records.values()), False, error)
        if found is None:
            return None if not records else History(tuple(records.values()), False)
        records |= {record.task_id: record for record in found.records}
        whole = whole and found.whole
        if found.trouble is not None:
            return History(tuple(records.values()), False, found.trouble)
    return History(tuple(records.values()), whole)


async def _all_pages(pages: _Pages, ask: Callable[..., HistoryPage]) -> History:
    """Page by page until one is empty, or brings nothing new.

    A page that is not full is not the last one: the service may give fewer than it is asked for.
    What the pages before a trouble said was said. Raises RemoteError where there are none.
    """
    records: dict[str, TaskRecord] = {}
    rows, readable, most = 0, True, 0.0
    for _page in range(PAGES):
        try:
            page = await pages.read(ask, rows)
        except RemoteError as error:
            if not records:
                raise
            return History(tuple(records.values()), False, error)
        new = {r.task_id: r for r in page.records if r.task_id not in records}
        most = max(most, page.count)
        if not page.rows or (page.records and not new):
            # A full page that came again: offsets are passed over, and there may be more.
            whole = readable and most <= rows and (not page.rows or rows < PAGE)
            return History(tuple(records.values()), whole)
        records |= new
        rows += page.rows
        readable = readable and len(page.records) == page.rows
    return History(tuple(records.values()), False)


async def _ids(ctx: Context, job: Job | None) -> dict[str, str]:
    """By which the history is asked: learned from any task's record or from the account."""
    newest_first = sorted(ctx.book.all(), key=lambda j: j.created_at, reverse=True)
    for name in NAMES:
        if value := ctx.ownership.id_in_use(name):
            return {name: value}
        kept = await ctx.kept.read(name)
        for value in (getattr(job, name, None), kept, *(getattr(j, name) for j in newest_first)):
            if value:
                return {name: value}
    # A first job has no earlier task to learn from; the account token tells them, too.
    await ctx.ownership.identify()
    return next(({n: value} for n in NAMES if (value := ctx.ownership.id_in_use(n))), {})
