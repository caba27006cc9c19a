"""What a person does with one job: each press is one wish, a step out of the state it was in."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from ..motion.job import REPEATED, GivenUp, Job, JobAction, JobState, Money, actions_for
from ..store.journal import JournalError
from .book import JobBook
from .ownership import Ownership
from .problems import PUT_OFF, keeping
from .queue import JobQueue
from .recall import Recall
from .runner import JobRunner
from .spending import Spending
from .workers import Workers


def retry_id(job_id: str) -> str:
    """The name of a job's retry, for who did not make one at the press."""
    return uuid.uuid5(uuid.NAMESPACE_OID, job_id).hex


class Acting:
    """The use cases of ``JobAction``. All methods run on the loop's thread."""

    def __init__(
        self,
        book: JobBook,
        workers: Workers,
        runner: JobRunner,
        queue: JobQueue,
        ownership: Ownership,
        recall: Recall,
        spending: Spending,
        clock_skew_s: Callable[[], float | None],
        generate: Callable[..., Awaitable[Job]],
        poke: Callable[[], None],
    ) -> None:
        self._book = book
        self._workers = workers
        self._runner = runner
        self._queue = queue
        self._ownership = ownership
        self._recall = recall
        self._spending = spending
        self._clock_skew_s = clock_skew_s
        self._generate = generate
        self._poke = poke

    async def do(self, job_id: str, action: JobAction, *, wish_id: str | None = None) -> bool:
        """Carry out what a person asked for; False where it is not possible (any more).

        Asked again while it is under way, from wherever, it is the same wish and the same answer.
        ``wish_id`` is the new job's of RETRY, as in ``generate``; without one it is told by the
        job's own id, so that there is one. Raises NotKept where it could not be written down.
        """

        async def work() -> bool:
            with keeping():
                return await self._do(job_id, action, wish_id)

        if action in REPEATED:
            return await work()
        return await self._workers.join((job_id, action), work)

    async def end_own_pauses(self) -> None:
        """At the person's word our own pauses end, and none that the service asked for."""
        for job in self._book.in_state(JobState.QUEUED):
            error = job.error
            ours = error is not None and error.code in PUT_OFF and not error.value("pause_s")
            if ours and job.not_before is not None:
                with suppress(KeyError, JournalError):  # taken away meanwhile, or it waits
                    await self._book.update(job.job_id, not_before=None)

    async def choose_task(self, job_id: str, task_id: str) -> bool:
        """The person recognised an unknown job among the candidates. Raises NotKept."""
        look = self._runner.look_of(job_id)
        if look is None:
            return False
        key = (job_id, JobAction.CHOOSE_TASK)
        with keeping():
            return await self._workers.join(key, lambda: look.choose(task_id))

    async def _do(self, job_id: str, action: JobAction, wish_id: str | None) -> bool:
        job = self._book.find(job_id)
        if job is None or action not in actions_for(job):
            return False
        if action is JobAction.CANCEL:
            return await self._runner.cancel_free(job_id)
        if action is JobAction.STOP_WATCHING:
            return await self._runner.stop_watching(job_id)
        if action is JobAction.WATCH_AGAIN:
            return await self._watch_again(job)
        if action is JobAction.CHECK_NOW:
            return self._check_now(job)
        if action is JobAction.SEND:
            return await self._send(job)
        if action is JobAction.SEND_AGAIN:
            return await self._send_again(job)
        if action is JobAction.DISMISS:
            return await self._dismiss(job)
        if action is JobAction.RETRY:
            return await self._retry(job, wish_id or retry_id(job_id))
        if action is JobAction.FETCH_AGAIN:
            return await self._fetch_again(job)
        if action in (JobAction.MOVE_UP, JobAction.MOVE_DOWN):
            await self._queue.move_by(job_id, -1 if action is JobAction.MOVE_UP else 1)
            return True
        return False

    async def _watch_again(self, job: Job) -> bool:
        state = JobState.GENERATING if job.task_id else JobState.UNKNOWN
        paid = job.error is not None and job.error.money is Money.PAID  # it says why it waited
        changes = {"error": None} if paid else {}
        return await self._set_going(job, state, note="watch again", **changes)

    async def _set_going(self, job: Job, state: JobState, **changes: Any) -> bool:
        """The person's step out of the state that ``job`` was seen in; False where it has gone."""
        if not await self._book.go_if(job.job_id, frozenset({job.state}), state, **changes):
            return False
        self._runner.restart(job.job_id)
        return True

    def _check_now(self, job: Job) -> bool:
        if job.waits_for_account is not None:
            self._workers.spawn(self._ask_for_it(job), "whose job it is")
        look = self._runner.look_of(job.job_id)
        if look is not None:
            look.poke()
        self._poke()
        return True

    async def _ask_for_it(self, job: Job) -> None:
        """A person thinks that the account in use is the job's after all."""
        await self._ownership.look_again(job)
        self._runner.restart(job.job_id)

    async def _send(self, job: Job) -> bool:
        """The person's yes to what the row says is there now. What changes after that asks anew.

        Without an account, or with another one than it names, it keeps asking.
        """
        if not await self._ownership.may_answer(job):
            return False
        agreed = job.offered or job.agreed
        changes: dict[str, Any] = {"agreed": agreed, "offered": None, "error": None}
        if agreed is not None and agreed.duration_s is not None:
            changes["estimate_credits"] = agreed.credits
        changes |= self._ownership.adopted(job)
        asking = frozenset({JobState.ASKING})
        return await self._book.go_if(job.job_id, asking, JobState.QUEUED, note="agreed", **changes)

    async def _send_again(self, job: Job) -> bool:
        """The person's own decision, asked twice: it may be charged twice."""
        if job.user_id is None:
            self._ownership.made(job.job_id)
        return await self._set_going(
            job,
            JobState.QUEUED,
            note=f"sent again by hand, instead of {job.task_id or 'an unknown task'}",
            task_id=None,
            image_link=None,
            error=None,
            asked_skew_s=self._clock_skew_s(),
            user_id=job.user_id or self._ownership.user_id,
            given_up=(*job.given_up, self._given_up(job)),
        )

    def _given_up(self, job: Job) -> GivenUp:
        return GivenUp(job.submitted_at or job.created_at, self._spending.cost(job))

    async def _dismiss(self, job: Job) -> bool:
        if job.state is JobState.UNKNOWN:
            return await self._runner.stop_watching(job.job_id)
        await self._book.update(job.job_id, acknowledged=True)
        return True

    async def _retry(self, job: Job, wish_id: str) -> bool:
        """A new job with the same request; the failed one goes to the Library."""
        inputs = (job.request, job.image_facts, job.video_facts, job.output_path)
        since = self._recall.retried_since(job)
        begun = {} if since is None else {"begun_at": since.at, "asked_skew_s": since.skew_s}
        await self._generate(*inputs, job_id=wish_id, agreed=job.agreed, **begun)
        with suppress(JournalError, KeyError):  # the wish is kept; its old row may stay or be gone
            await self._book.update(job.job_id, acknowledged=True)
        return True

    async def _fetch_again(self, job: Job) -> bool:
        """At once, and with a fresh link where one is told: the link that is known stays."""
        note = "fetch again"
        if job.state is JobState.UNSAVED:
            await self._book.update(job.job_id, note=note)
            self._runner.fetch_now(job.job_id)
            self._runner.start(job.job_id)  # nobody walks one that waited for another account
            return True
        state = JobState.DOWNLOADING if job.state is JobState.DONE else JobState.UNSAVED
        self._runner.fetch_now(job.job_id)
        return await self._set_going(job, state, error=None, note=note)
