"""Before jobs of an earlier run are sent: does the service know them already?"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ..motion.job import FREE_TO_CANCEL, Job, JobError, JobState, Money
from ..remote.errors import NotSent, Refused, RemoteError
from ..remote.wire import TaskRecord
from ..store.journal import JournalError
from .book import ForbiddenStep
from .context import JOURNAL_RETRY_S, Context
from .events import Event
from .problems import HOLDS, from_remote, job_error, longer_pause_s
from .steps.forgotten import PERHAPS_SENT, Forgotten, forgotten

_log = logging.getLogger(__name__)

RETRY_S: tuple[float, ...] = (1.0, 4.0)  # after an answer that is none
_NOTHING = Forgotten({}, whole=False)
_WAITING = frozenset({JobState.QUEUED, JobState.ASKING})


class Recall:
    """Asks once a run for all jobs that were read from the disk. On the loop's thread."""

    def __init__(self, ctx: Context, start: Callable[[str], None]) -> None:
        self._ctx = ctx
        self._start = start  # walks a job on from where it stands
        self._asking = False
        self.answered: Event[None] = Event()
        self.unasked: Event[JobError] = Event()  # not asked, or not in full: they are sent

    def open(self) -> None:
        """The book has just been read: whatever is in it is of an earlier run."""
        self._ctx.unchecked.update(j.job_id for j in self._ctx.book.in_state(*FREE_TO_CANCEL))

    def doubts(self, job_id: str) -> None:
        """A wish that another program had before may have been sent, whatever is in this book."""
        if self._ctx.book.ever(job_id) is None:
            self._ctx.unchecked.add(job_id)

    def comes_first(self, job: Job) -> bool:
        """Whether the job may not be taken up yet; the asking has begun then."""
        waits = (
            job.job_id in self._ctx.unchecked
            and self._ctx.service.has_api_token
            and not self._ctx.ownership.is_others(job)
        )
        if waits:
            self.ask()
        return waits

    def ask(self) -> None:
        """Begin, if it has not begun; ``answered`` tells when it is over."""
        if not self._asking:
            self._asking = True
            self._ctx.workers.spawn(self._ask(), "what became of jobs of an earlier run")

    async def _ask(self) -> None:
        try:
            await self._identify()
            jobs = [j for j in self._ctx.book.in_state(*_WAITING) if self._is_asked_about(j)]
            asked_at = time.time()
            found, problem = await self._look(jobs) if jobs else (_NOTHING, None)
            for job in jobs:
                await self._settle(job, found.of.get(job.job_id, []), problem)
                # Where it cannot be asked, or the person will have chosen, it is not asked again.
                if problem is None and not found.of.get(job.job_id):
                    self._ctx.recalled[job.job_id] = asked_at
                else:
                    self._ctx.recalled.pop(job.job_id, None)
            if problem is not None:
                self.unasked.emit(problem)
        except NotSent:
            self._ctx.connectivity.not_reached()  # they wait until it is reached
        except Refused as error:  # the next submit would meet the same
            self._ctx.hold(HOLDS[error.kind], from_remote(error, Money.NOT_CHARGED))
        except JournalError as error:
            self._ctx.journal_failed.emit(error)
            await asyncio.sleep(JOURNAL_RETRY_S)
        except Exception:
            _log.exception("jobs of an earlier run wait: the history was not asked")
            await asyncio.sleep(JOURNAL_RETRY_S)
        finally:
            self._asking = False
            self.answered.emit(None)

    def _is_asked_about(self, job: Job) -> bool:
        """Those of another account are asked about when its tokens are back."""
        return job.job_id in self._ctx.unchecked and not self._ctx.ownership.is_others(job)

    async def _identify(self) -> None:
        """Whose history it is. Raises NotSent."""
        try:
            await self._ctx.ownership.identify()
        except NotSent:
            raise
        except RemoteError as error:
            _log.info("whose tokens these are cannot be told: %s", error.code)

    async def _look(self, jobs: list[Job]) -> tuple[Forgotten, JobError | None]:
        """What was found, and why there may be more. Raises NotSent, and Refused where it holds."""
        for own_pause_s in (*RETRY_S, None):
            try:
                async with self._ctx.looking:
                    found = await forgotten(self._ctx, jobs)
            except NotSent:
                raise
            except RemoteError as error:
                if isinstance(error, Refused) and error.kind in HOLDS:
                    raise
                if own_pause_s is None:
                    return _NOTHING, _unasked(error.message or error.code)
                await asyncio.sleep(longer_pause_s(own_pause_s, error))
            else:
                if found is None:
                    return _NOTHING, _unasked("")
                return found, None if found.whole else job_error("history_in_part")
        raise AssertionError("unreachable: the last round returns")

    async def _settle(self, job: Job, found: list[TaskRecord], problem: JobError | None) -> None:
        """It is unknown, for the person to choose; or nothing speaks against sending it."""
        try:
            if found:
                error = job_error(PERHAPS_SENT, Money.MAYBE_CHARGED, values={"outcome": "several"})
                await self._ctx.book.go(
                    job.job_id, JobState.UNKNOWN, error=error, looks=1, note=PERHAPS_SENT
                )
                self._start(job.job_id)
            elif problem is not None and job.state is JobState.QUEUED:
                # One that asks stays as it was asked: a yes is to that.
                await self._ctx.book.update(job.job_id, note=problem.code)
        except (ForbiddenStep, KeyError):
            pass  # cancelled or taken away meanwhile
        self._ctx.unchecked.discard(job.job_id)  # not sooner: it could be taken up


def _unasked(message: str) -> JobError:
    return job_error("history_unasked", message=message)
