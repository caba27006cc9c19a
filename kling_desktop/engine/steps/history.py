"""The service's history: motion tasks of a stretch of time, by the ids of the account. Free."""

from __future__ import annotations

from ...motion.job import Job
from ...remote.wire import TaskRecord
from ..context import Context

PAGE = 50  # records asked for at once
PAGES = 40  # 2,000 videos since a job was made are no one's


async def history(
    ctx: Context, low: float, high: float, job: Job | None = None
) -> list[TaskRecord] | None:
    """Tasks made between two times of the service's clock; None where it cannot be asked at all.

    ``job``: whose own account is asked for, where the one in use is not known. Raises RemoteError.
    """
    generation = ctx.service.generation()
    ids = await _ids(ctx, job)
    if generation is None or not ids:
        return None
    records: list[TaskRecord] = []
    for page in range(PAGES):
        answer = await ctx.workers.call(
            generation.history,
            created_at_min=low,
            created_at_max=high,
            limit=PAGE,
            offset=page * PAGE,
            **ids,
        )
        records += answer
        if len(answer) < PAGE:
            break
    ctx.connectivity.reached()
    return records


async def _ids(ctx: Context, job: Job | None) -> dict[str, str]:
    """By which the history is asked: learned from any task's record or from the account."""
    newest_first = sorted(ctx.book.all(), key=lambda j: j.created_at, reverse=True)
    for name in ("application_id", "user_id"):
        if value := ctx.ownership.id_in_use(name):
            return {name: value}
        kept = await ctx.workers.write(ctx.journal.value, name)
        for value in (getattr(job, name, None), kept, *(getattr(j, name) for j in newest_first)):
            if value:
                return {name: value}
    # A first job has no earlier task to learn from; the account token tells them, too.
    await ctx.ownership.identify()
    names = ("application_id", "user_id")
    return next(({n: value} for n in names if (value := ctx.ownership.id_in_use(n))), {})
