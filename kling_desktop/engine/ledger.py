"""The ledger: asks what sent jobs really cost, keeps it with the job, and learns from it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..motion.account import AccountState
from ..motion.job import Job
from ..motion.ledger import (
    Key,
    LedgerProblem,
    LedgerRow,
    LedgerState,
    corrected,
    correction,
    ledger_row,
)
from ..motion.ledger_csv import ledger_csv
from ..motion.money import micro
from ..motion.price import Quote
from ..motion.reading import Unreadable, parsed_object, unix_time
from ..motion.request import DEFAULT_MODEL, MotionRequest
from ..remote.errors import NotSent, RefusalKind, Refused, RemoteError
from ..remote.wire import UsageItem
from ..store.errors import StoreUnwritable
from ..store.files import write_whole
from ..store.journal import Journal, JournalError
from .book import JobBook
from .connectivity import Connectivity
from .events import Event, is_set_within
from .failures import ExportFailed
from .ledger_rule import (
    HOUR_S,
    LedgerAnswer,
    ended_at,
    is_open,
    judge,
    looks_by,
    oldest,
    pause_s,
    reach_of,
)
from .problems import longer_pause_s
from .service import Service
from .workers import Workers

EMPTY_KEY = "ledger.empty_since"  # survives a restart: the second look is an hour later
LOOK_UP_S = 300.0  # the clock is read again at least so often: a computer may have slept
_TOKEN_KINDS = (RefusalKind.TOKEN, RefusalKind.TOKEN_MISMATCHED, RefusalKind.PERMISSION)
_log = logging.getLogger(__name__)


class Ledger:
    """One query at a time serves all open jobs. All methods run on the loop's thread."""

    def __init__(
        self,
        book: JobBook,
        journal: Journal,
        workers: Workers,
        service: Service,
        connectivity: Connectivity,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._journal = journal
        self._workers = workers
        self._service = service
        self._connectivity = connectivity
        self._clock = clock
        self._removed: dict[str, Job] = {}  # out of the Library; what they cost stays
        self._looks: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._empty_since: dict[str, float] = {}
        self._failures = 0
        self._not_before = 0.0
        self._busy_until = 0.0  # the service's own wish, which not even a press overrules
        self._asked = False  # by a person
        self._token_hint = ""
        self._user_id: str | None = None  # whose ledger it is, once that is known
        self._one_at_a_time = asyncio.Lock()
        self._poke = asyncio.Event()
        self._factors: dict[Key, float] | None = None
        self.state = LedgerState()
        self.changed: Event[LedgerState] = Event()

    async def open(self) -> None:
        """Take up the open jobs of earlier runs. The book has to be open."""
        self._removed = {j.job_id: j for j in await self._workers.write(self._journal.removed)}
        self._empty_since = _kept(await self._workers.write(self._journal.value, EMPTY_KEY))
        now = self._clock()
        for job in self._jobs():
            if is_open(job, now):
                self._take_up(job, looks_by(now - ended_at(job)))
        self._book.changed.connect(self._on_job)
        self._book.removed.connect(self._on_removed)
        self._connectivity.changed.connect(self._on_online_changed)
        self._show()

    async def run(self) -> None:
        """Ask when it is time to. Until cancelled."""
        while True:
            await self._wait()
            now = self._clock()
            due = self._next_at()
            if due is None or due > now or not self._connectivity.online:
                continue
            try:
                await self.look()
            except JournalError as error:
                _log.warning("a charge could not be written down: %s", error)
                self._fail(None, HOUR_S / 60)

    async def look(self) -> None:
        """One query for all open jobs. Raises JournalError; the service's errors are a state."""
        async with self._one_at_a_time:
            platform = self._service.platform()
            if platform is None:
                return
            asked_at = self._clock()
            jobs = self._in_question(asked_at)
            self._asked = False
            since = max(min(map(reach_of, jobs), default=asked_at), oldest(asked_at))
            self._show(asking=True)
            try:
                items, whole = await self._workers.call(platform.usage_and_whole, since=since)
            except RemoteError as error:
                self._on_failed(error)
                if isinstance(error, NotSent):
                    await self._connectivity.ask()  # is it this host alone?
                return
            finally:
                self._show(asking=False)
            self._connectivity.reached()
            self._failures, self._not_before = 0, 0.0
            await self._learn(jobs, _answer(asked_at, since, items, whole))
            self._show(problem=None, read_at=asked_at)

    def refresh(self) -> None:
        """A person wants to know now; only a wait that the service asked for is kept."""
        self._asked = True
        self._failures, self._not_before = 0, self._busy_until
        self._poke.set()

    def rows(self) -> list[LedgerRow]:
        """Every job that was sent, the latest first, also those removed from the Library."""
        now = self._clock()
        found = [ledger_row(job, now) for job in self._book.all()]
        found += [ledger_row(job, now, removed=True) for job in self._removed.values()]
        return sorted((r for r in found if r is not None), key=lambda r: r.at, reverse=True)

    def correct(self, request: MotionRequest, price: Quote) -> Quote:
        """An estimate of our own as earlier charges teach it; the service's price as it is."""
        if not price.estimated:
            return price
        if self._factors is None:
            self._factors = correction(self.rows())
        return corrected(price, (request.model or DEFAULT_MODEL, request.mode), self._factors)

    async def export(self, path: str) -> None:
        """All rows as CSV, whole or not at all. Raises ExportFailed."""
        data = ledger_csv(self.rows())
        try:
            await self._workers.call(write_whole, Path(path), data)
        except StoreUnwritable as error:
            raise ExportFailed(path, error.detail) from error

    def on_account(self, state: AccountState) -> None:
        """Another account token: what an older one could not read, it may."""
        self._user_id = state.user_id
        if state.account_token_hint != self._token_hint:
            self._token_hint = state.account_token_hint
            self._failures, self._not_before = 0, 0.0
            self._show(problem=None)
            self._poke.set()

    def _jobs(self) -> list[Job]:
        return [*self._book.all(), *self._removed.values()]

    def _in_question(self, now: float) -> list[Job]:
        """The open jobs; for a person also those known, so that a late entry is seen."""
        jobs = [j for j in self._jobs() if self._is_of_the_account(j)]
        if not self._asked:
            return [j for j in jobs if is_open(j, now)]
        young = oldest(now)
        return [j for j in jobs if j.ended and (j.submitted_at or 0.0) > young]

    def _is_of_the_account(self, job: Job) -> bool:
        """Another account's ledger does not know it, which says nothing of its charge."""
        return self._user_id is None or job.user_id in (None, self._user_id)

    def _take_up(self, job: Job, looks: int = 0) -> None:
        self._looks[job.job_id] = looks
        self._due[job.job_id] = self._clock() + pause_s(0, 0.0)
        self._poke.set()

    def _forget(self, job_id: str) -> None:
        self._looks.pop(job_id, None)
        self._due.pop(job_id, None)

    def _next_at(self) -> float | None:
        """When to ask; None while there is nothing to ask, or nobody to ask it."""
        if not self._service.has_account_token:
            return None
        if self._asked:
            return self._busy_until
        dues = [due for job_id, due in self._due.items() if self._is_asked_for(job_id)]
        return max(min(dues), self._not_before) if dues else None

    def _is_asked_for(self, job_id: str) -> bool:
        job = self._book.find(job_id) or self._removed.get(job_id)
        return job is None or self._is_of_the_account(job)

    async def _wait(self) -> None:
        """Until the next look is due, or something happened."""
        due = self._next_at()
        online = self._connectivity.online
        wait_s = LOOK_UP_S if due is None or not online else due - self._clock()
        self._show()
        self._poke.clear()
        if wait_s > 0:
            await is_set_within(self._poke, min(wait_s, LOOK_UP_S))

    def _on_failed(self, error: RemoteError) -> None:
        pause = longer_pause_s(pause_s(self._failures, 0.0), error)
        self._busy_until = self._clock() + longer_pause_s(0.0, error)
        problem = LedgerProblem.UNCLEAR
        if isinstance(error, NotSent):
            problem = LedgerProblem.OFFLINE
        elif isinstance(error, Refused) and error.kind is RefusalKind.BUSY:
            problem = LedgerProblem.BUSY
        elif isinstance(error, Refused) and error.kind in _TOKEN_KINDS:
            problem, pause = LedgerProblem.REFUSED, max(pause, HOUR_S)
        self._fail(problem, pause)

    def _fail(self, problem: LedgerProblem | None, pause: float) -> None:
        self._failures += 1
        self._not_before = self._clock() + pause
        self._show(problem=problem)

    async def _learn(self, jobs: list[Job], answer: LedgerAnswer) -> None:
        """Write what the answer tells, and when to look again at the rest."""
        before = dict(self._empty_since)
        others = self._jobs()
        for job in jobs:
            verdict = judge(job, answer, self._seen_empty(job, answer), others)
            if verdict.charged_credits is not None:
                await self._write(job, verdict.charged_credits)
                self._forget(job.job_id)
                self._empty_since.pop(job.job_id, None)
            else:
                if verdict.empty:
                    self._empty_since.setdefault(job.job_id, answer.asked_at)
                self._put_off(job, answer.asked_at)
        if self._empty_since != before:
            kept = json.dumps(self._empty_since)
            await self._workers.write(self._journal.set_value, EMPTY_KEY, kept)

    def _seen_empty(self, job: Job, answer: LedgerAnswer) -> float | None:
        at = self._empty_since.get(job.job_id)
        if at is not None and at > answer.asked_at:  # the clock was set back since
            del self._empty_since[job.job_id]
            return None
        return at

    def _put_off(self, job: Job, asked_at: float) -> None:
        """A look that was due counts; one that another job brought along is a gift."""
        if self._due.get(job.job_id, float("inf")) <= asked_at:
            self._looks[job.job_id] += 1
            looks, age_s = self._looks[job.job_id], asked_at - ended_at(job)
            self._due[job.job_id] = asked_at + pause_s(looks, age_s)

    async def _write(self, job: Job, credits: float) -> None:
        if job.charged_credits is not None and micro(job.charged_credits) == micro(credits):
            return
        self._factors = None
        if job.job_id in self._removed:
            kept = replace(job, charged_credits=credits)
            self._removed[job.job_id] = kept
            await self._workers.write(self._journal.update_removed, kept)
        elif (known := self._book.find(job.job_id)) is not None and known.attempt == job.attempt:
            with suppress(KeyError):  # removed just now: it is looked at as one of those next time
                await self._book.update(job.job_id, note="charge read", charged_credits=credits)

    def _on_job(self, job: Job) -> None:
        if (kept := self._removed.pop(job.job_id, None)) is not None:
            self._taken_back(job, kept)
        elif not is_open(job, self._clock()):
            self._forget(job.job_id)
        elif job.job_id not in self._due:
            self._take_up(job)
        self._show()
        if job.charged_credits is not None:
            self._factors = None

    def _taken_back(self, job: Job, kept: Job) -> None:
        """An undone deletion brings back the job as it was then; its charge may be known since."""
        if kept.charged_credits is not None:
            charge = kept.charged_credits
            self._workers.spawn(self._write(job, charge), "charge of a job taken back")

    def _on_removed(self, job: Job) -> None:
        self._removed[job.job_id] = job

    def _on_online_changed(self, online: bool) -> None:
        if online:
            self._failures, self._not_before = 0, self._busy_until
        self._poke.set()

    def _show(self, **changes: object) -> None:
        changes = {
            "readable": self._service.has_account_token,
            "sandbox": self._service.hosts.sandbox,
            "waiting_jobs": len(self._due),
            "next_at": self._next_at(),
            **changes,
        }
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked there
        if state != self.state:
            self.state = state
            self.changed.emit(state)


def _answer(asked_at: float, since: float, items: list[UsageItem], whole: bool) -> LedgerAnswer:
    charges = {item.trace_id: item.deducted_credits for item in items}
    return LedgerAnswer(asked_at, since, charges, whole)


def _kept(text: str | None) -> dict[str, float]:
    """What an earlier run noted, all or nothing: without it, a job is looked for once more."""
    try:
        return {job_id: unix_time(at) for job_id, at in parsed_object(text).items()}
    except Unreadable:
        return {}
