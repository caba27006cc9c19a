"""One engine for one library: builds the parts, opens and closes them in order."""

from __future__ import annotations

import asyncio
import time
import uuid

from ..media.errors import MediaError
from ..media.helper import MediaHelper
from ..motion.account import ConnectResult
from ..motion.agreement import Agreement
from ..motion.away import Away
from ..motion.facts import Facts, ImageFacts, VideoFacts
from ..motion.job import (
    HoldReason,
    Job,
    JobAction,
    JobError,
    JobState,
    Money,
    QueueState,
)
from ..motion.price import Quote, quote
from ..motion.request import Draft, Mode, MotionRequest
from ..motion.sameness import makes_the_same
from ..remote.errors import Refused
from ..store.aside import Aside
from ..store.draft import DraftStore
from ..store.journal import Journal
from ..store.waved import WavedStore
from ..store.witness import Witness
from .account import REFRESH_EVERY_S, Account
from .acting import Acting
from .book import JobBook
from .clock_watch import ClockWatch
from .code import as_code, request_body
from .connectivity import Connectivity
from .context import Context
from .credit import CreditWatch
from .doctor import Doctor
from .drafting import Drafting
from .events import Event
from .holds import OF_API_TOKEN, TOKENS, told_of_tokens
from .identity import Identity, identity
from .intake import Intake
from .kept_holds import KeptHolds
from .kept_values import KeptValues
from .ledger import Ledger
from .library import Library
from .lookup import Candidate
from .options import EngineOptions as EngineOptions
from .ownership import Ownership
from .plans import Wish
from .poller import Poller
from .problems import HOLDS, from_remote, job_error, keeping
from .queue import JobQueue
from .recall import Recall
from .recipe import Recipe, recipe_in
from .report import support_report
from .runner import JobRunner
from .service import Service
from .spending import Spending
from .storage_watch import StorageWatch
from .store_hold import StoreHold
from .videos_place import VideosPlace
from .workers import Workers

CLOSE_WITHIN_S = 2.0  # "workers leave within a second or two" (architecture.md)
USUAL_OF = 20  # finished videos from which the usual range is learned
USUAL_FROM = 3  # fewer say nothing


def new_job_id() -> str:
    """The name of one wish, for its whole life: made where it is uttered."""
    return uuid.uuid4().hex


class Engine:
    """The use cases. All methods run on the loop's thread; none blocks."""

    def __init__(self, options: EngineOptions) -> None:
        """Opens the journal. Raises JournalError and StoreUnwritable."""
        self._options = options
        options.paths.create()
        self.journal = Journal(
            options.paths.journal_file,
            beside=options.paths.beside_journal,
            is_still_ours=options.is_still_ours,
        )
        self.workers = Workers()
        self.media = MediaHelper(options.paths.cache_folder)
        self.service = Service(options.hosts)
        self.connectivity = Connectivity()
        self.book = JobBook(self.journal, Witness(options.paths.witness_file), self.workers)
        self._journal_failed: Event[JobError] = Event()
        aside = Aside(options.paths.aside_file)
        kept = KeptValues(self.journal, aside, self.workers, self._journal_failed.emit)
        self.account = Account(self.service, options.secrets, kept, self.workers, self.connectivity)
        self.ownership = Ownership(self.book, self.account, self.workers)
        self.poller = Poller(
            self.workers, self.connectivity, self.service.generation, self.ownership
        )
        self.place = VideosPlace(options.preferences, self.workers)
        self._ctx = self._context(options, kept)
        self.progress = self._ctx.progress
        self.runner = JobRunner(self._ctx)
        self.spending = Spending(
            self.book, kept, options.day_limit_credits, self.price, options.clock
        )
        self.recall = Recall(self._ctx, self.runner.start)
        self.queue = JobQueue(
            self._ctx, self.runner, self.recall, self.spending, options.jobs_at_once
        )
        self.credit = CreditWatch(self.account, self.queue, self._next_price)
        self.ledger = Ledger(self.book, self.journal, self.workers, self.service, self.connectivity)
        begun = options.paths.begun_folder
        self.library = Library(self.book, self.workers, self.media, begun)
        self.intake = Intake(self.workers, self.media, self.service, options.paths.inputs_folder)
        self.drafting = self._new_drafting()
        parts = (self.book, self.workers, self.runner, self.queue, self.ownership, self.recall)
        skew = self.service.clock_skew_s
        self._acting = Acting(*parts, self.spending, skew, self.generate, self.poke)
        self.finished: Event[Job] = Event()
        self.asked: Event[Job] = Event()  # not what was agreed to: from now on it waits
        self._seen: dict[str, JobState] = {}

    def _context(self, options: EngineOptions, kept: KeptValues) -> Context:
        """What the steps of a job work with; some of it is built after it."""
        return Context(
            kept=kept,
            journal_failed=self._journal_failed,
            book=self.book,
            journal=self.journal,
            workers=self.workers,
            media=self.media,
            service=self.service,
            connectivity=self.connectivity,
            ownership=self.ownership,
            poller=self.poller,
            videos_folder=options.videos_folder,
            place=self.place,
            hold=self._hold,
            may_send=lambda job: self.queue.may_send(job),
            unclear=lambda job_id, error: self.queue.unclear(job_id, error),
            answered=lambda job_id: self.queue.answered(job_id),
            busy=lambda job_id, error, asked_s: self.queue.busy(job_id, error, asked_s),
            does_its_part=lambda code: self.queue.lift(*self.queue.busy_hosts.with_code(code)),
            price=self.price,
            fits_today=lambda job: self.spending.fits(job),
            fresh_price=lambda: self.account.fresh_price(),
            clean_metadata=options.clean_metadata,
            large_images=options.large_images,
            write_recipe=options.write_recipe,
            clock=options.clock,
        )

    def _new_drafting(self) -> Drafting:
        paths = self._options.paths
        return Drafting(
            self.workers,
            self.intake,
            DraftStore(paths.draft_file),
            self.price,
            lambda: self.account.state,
            self.wish,
            Doctor(self.workers, self.media, WavedStore(paths.waved_file)),
        )

    async def open(self, *, run_queue: bool = True, default_draft: Draft | None = None) -> None:
        """Read what the last run left. ``run_queue``: also go on with it."""
        await self.book.open()
        self.recall.open()
        clock = ClockWatch(self._ctx, self.queue)
        await clock.begin_anew()
        await self.queue.open()
        self.heed_limits()
        await self.spending.open()
        await self.account.open(self._options.fixed_tokens)
        StoreHold(self.account, self.queue, self.workers, self.poke)
        for reason in self.queue.state.holds:
            self.account.refused(told_of_tokens(reason, self.queue.state.error_of(reason)))
        await self.ledger.open()
        self.credit.open()
        self.account.changed.connect(self.ledger.on_account)
        self.account.accepted.connect(self._on_accepted)
        self.queue.changed.connect(self._on_queue)
        self._seen = {j.job_id: j.state for j in self.book.all()}
        self.book.changed.connect(self._on_job_changed)
        self.poller.refused.connect(self._on_poll_refused)
        self.connectivity.changed.connect(self._on_online_changed)
        # The service answers again: what is looked for may be found now.
        self.connectivity.confirmed.connect(lambda _none: self._on_online_changed(True))
        self.ownership.returned.connect(self.runner.restart)
        self.book.found_again.connect(self.runner.start)
        self.place.changed.connect(self._on_place)
        self.library.open()
        self.workers.spawn(clock.run(), "clock")
        self.workers.spawn(StorageWatch(self._ctx, self.queue).run(), "storage")
        self.workers.spawn(self.poller.run(), "poller")
        self.workers.spawn(self.connectivity.run(self.account.reach), "connectivity")
        self.workers.spawn(self.ledger.run(), "ledger")
        self.workers.spawn(self.credit.run(), "credit")
        self.workers.spawn(self.place.run(), "videos place")
        kept = KeptHolds(self.queue, self.account, self.service, self.workers)
        self.workers.spawn(kept.run(), "kept holds")
        # What the queue waits to hear of is looked for in any case: a command may have been killed.
        left_open = {job.job_id for job in self.book.in_state(JobState.SUBMITTING)}
        await self.runner.pick_up(None if run_queue else self.queue.awaited | left_open)
        if run_queue:
            self.queue.pump()
        if default_draft is not None:
            self.account.changed.connect(lambda _state: self.drafting.judge())
            await self.drafting.open(default_draft)
            self.workers.spawn(self._keep_fresh(), "balance and price")
            await self._learn_usual()

    async def close(self) -> None:
        """Leave within a second or two; whatever is unfinished is resumed at the next start."""
        self.queue.close()
        self.drafting.close()
        for stop in self._ctx.stops.values():
            stop.set()
        self.workers.halt()
        self.media.close()
        await self.workers.close(CLOSE_WITHIN_S)
        self.service.close()
        self.journal.close()

    async def generate(
        self,
        request: MotionRequest,
        image_facts: Facts | None,
        video_facts: Facts | None,
        output_path: str | None = None,
        *,
        job_id: str | None = None,
        agreed: Agreement | None = None,
        begun_at: float | None = None,
        asked_skew_s: float | None = None,
    ) -> Job:
        """Put one job into the queue. Raises NotKept: then nothing was sent.

        ``job_id`` is the wish's own, made by whoever utters it: where the book has it already,
        that job is returned, in whatever state, and nothing is added. ``agreed``: what the person
        looked at, and the price they saw; None: its price now. Facts of links are kept; those of
        files are read again before sending. ``begun_at``: since when another program or an earlier
        run may have carried this wish out, Unix seconds; ``asked_skew_s``: the service's lead then.
        """
        now = time.time()
        known_s = video_facts.duration_s if isinstance(video_facts, VideoFacts) else None
        if agreed is None:
            price = self.price(request, known_s)
            agreed = Agreement(None, None, price.credits, price.estimated, known_s)
        job = Job(
            job_id=job_id or new_job_id(),
            request=request,
            state=JobState.QUEUED,
            created_at=now if begun_at is None else min(now, begun_at),
            updated_at=now,
            position=0,
            attempt=0,
            image_facts=None if isinstance(image_facts, VideoFacts) else image_facts,
            video_facts=None if isinstance(video_facts, ImageFacts) else video_facts,
            output_path=output_path,
            asked_skew_s=self.service.clock_skew_s() if begun_at is None else asked_skew_s,
            user_id=self.account.state.user_id,
            estimate_credits=agreed.credits if agreed.duration_s is not None else None,
            agreed=agreed,
        )
        self.ownership.made(job.job_id)
        if begun_at is not None:
            self.recall.doubts(job.job_id)
        with keeping():
            return await self.book.add(job)

    def identity(self, number: str) -> Identity:
        """How this program works, for another one that wants work done by it."""
        newest = sorted(self.book.all(), key=lambda j: j.created_at, reverse=True)
        return identity(
            number,
            self.service.hosts,
            self.service.tokens,
            user_id=self.account.state.user_id,
            task_ids=[j.task_id for j in newest if j.task_id and not self.ownership.is_others(j)],
        )

    async def recipe_of(self, path: str) -> Recipe | None:
        """What a saved video tells of how it was made; None where it tells nothing."""
        try:
            text = await self.workers.media(self.media.read_recipe, path)
        except MediaError:
            return None
        return recipe_in(text, self.book) if text else None

    def wish(self, request: Draft | MotionRequest) -> Wish:
        clean, large = self._options.clean_metadata, self._options.large_images
        return Wish.of(request, clean_metadata=clean(), large_images=large())

    def price(self, request: MotionRequest, duration_s: float | None) -> Quote:
        """By today's price list. None: the length is not known, and the most it can cost counts."""
        price = quote(request, duration_s, self.account.price_rules)
        return self.ledger.correct(request, price)

    def price_of(self, job: Job) -> Quote:
        """What sending it costs: as its row says where it asks, else by today's price list."""
        now = job.offered
        if job.state is JobState.ASKING and now is not None and now.price is not None:
            return now.price
        facts = job.video_facts
        return self.price(job.request, facts.duration_s if isinstance(facts, VideoFacts) else None)

    async def do(self, job_id: str, action: JobAction, *, wish_id: str | None = None) -> bool:
        """Carry out what a person asked for: see ``Acting.do``."""
        return await self._acting.do(job_id, action, wish_id=wish_id)

    async def report(self, job_id: str) -> str:
        events = await self.workers.write(self.journal.events, job_id)
        return support_report(self.book.get(job_id), events)

    def request_as_code(self, request: MotionRequest, job: Job | None = None) -> tuple[str, str]:
        """The request as cURL and as Python, with a placeholder where the token stands."""
        return as_code(request_body(request, job), self.service.hosts.api, self._ctx.words)

    async def usual_s(self, mode: Mode) -> tuple[float, float] | None:
        """The usual range of generating, learned from this library; None: too few so far."""
        taken = await self.workers.write(
            self.journal.generating_durations_s, mode=mode.value, limit=USUAL_OF
        )
        if len(taken) < USUAL_FROM:
            return None
        ordered = sorted(taken)
        tenth = len(ordered) // 10
        return ordered[tenth], ordered[-1 - tenth]

    def poke(self) -> None:
        """After a wake-up, a reconnect, or at a person's wish: ask for everything at once."""
        self.poller.poke()
        self.runner.poke_looks()
        self.runner.fetch_now()
        self.connectivity.poke()
        self.credit.poke()

    def _on_place(self, away: Away | None) -> None:
        """The disk is back, or another folder was chosen: what waits for it goes on."""
        if away is None:
            self.runner.fetch_now()

    def _on_online_changed(self, online: bool) -> None:
        if online:
            self.poller.poke()
            self.runner.poke_looks()

    async def resume_queue(self) -> None:
        """The person's press, as ``JobQueue.resume``: a limit for a day it does not waive."""
        self.account.trusted()
        self.credit.poke()
        await self._acting.end_own_pauses()
        self.queue.resume()

    def heed_limits(self) -> None:
        """One of the person's limits that could not be read holds the queue until it is set."""
        if unread := self._options.unread_limits():
            values = {"settings": ",".join(sorted(unread))}
            self.queue.hold(HoldReason.LIMITS, job_error("limits_unread", values=values))
        else:
            self.queue.lift(HoldReason.LIMITS)

    def waive(self, day: str) -> None:
        """No limit for the rest of that day: only after the person was asked, with its figures."""
        self.spending.waive(day)
        self.queue.pump()

    def ask_above_credits(self) -> float | None:
        """Above which price of one video the person wants to be asked; None: never."""
        return self._options.ask_above_credits()

    def same_as(
        self,
        request: MotionRequest,
        looked_at: Agreement | None = None,
        *,
        but: str | None = None,
    ) -> Job | None:
        """The newest job that makes or made just this; None where there is none.

        ``but``: the id of the wish itself, where it is carried on.
        """
        jobs = (j for j in self.book.all() if j.job_id != but)
        same = (j for j in jobs if makes_the_same(j, request, looked_at))
        return max(same, key=lambda j: j.created_at, default=None)

    def candidates(self, job_id: str) -> list[Candidate]:
        """Tasks of the service's history that may be this unknown job."""
        look = self.runner.look_of(job_id)
        return look.candidates if look is not None else []

    async def choose_task(self, job_id: str, task_id: str) -> bool:
        """The person recognised an unknown job among the candidates."""
        return await self._acting.choose_task(job_id, task_id)

    async def _learn_usual(self) -> None:
        ranges = [r for mode in Mode if (r := await self.usual_s(mode)) is not None]
        if ranges:
            self.poller.expect((min(r[0] for r in ranges), max(r[1] for r in ranges)))

    async def _keep_fresh(self) -> None:
        while True:
            await self.account.refresh()
            self.drafting.judge()
            await asyncio.sleep(REFRESH_EVERY_S)

    def _hold(self, reason: HoldReason, error: JobError | None, job_id: str = "") -> None:
        self.account.refused(told_of_tokens(reason, error))
        self.queue.hold(reason, error, job_id)

    def _on_accepted(self, result: ConnectResult) -> None:
        """What waited for a token has one. An account token's hold waits for an account token."""
        self.queue.lift(*(TOKENS if result.account.good else OF_API_TOKEN))
        self.runner.poke_looks()
        self.runner.fetch_now()

    def _on_queue(self, state: QueueState) -> None:
        if not OF_API_TOKEN & set(state.holds):
            self.account.trusted()

    def _next_price(self) -> float | None:
        job = self.queue.turn()
        return None if job is None else self.spending.expected(job.request, job.estimate_credits)

    def _on_poll_refused(self, error: Refused) -> None:
        if error.kind in HOLDS:
            self._hold(HOLDS[error.kind], from_remote(error, Money.NOT_CHARGED))

    def _on_job_changed(self, job: Job) -> None:
        before, self._seen[job.job_id] = self._seen.get(job.job_id), job.state
        if before is job.state:
            return
        # Later in this turn of the loop: whoever hears of it has seen the change before.
        if job.state is JobState.ASKING and job not in self.ownership.asking():
            asyncio.get_running_loop().call_soon(self.asked.emit, job)
        if not job.ended:
            return
        asyncio.get_running_loop().call_soon(self.finished.emit, job)
        if job.state in (JobState.DONE, JobState.FAILED) and job.task_id:
            self.workers.spawn(self._after_the_end(), "after a job")

    async def _after_the_end(self) -> None:
        await self.account.refresh_balance()
        await self._learn_usual()
