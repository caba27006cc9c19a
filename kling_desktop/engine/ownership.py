"""Whose job it is: what one account made waits while another account's tokens are in use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from ..motion.account import AccountState
from ..motion.job import AT_SERVICE, FINISHED_THERE, FREE_TO_CANCEL, Job, JobError, JobState
from ..remote.errors import RemoteError
from ..remote.wire import TaskRecord
from ..store.journal import JournalError
from .account import Account
from .book import ForbiddenStep, JobBook
from .events import Event
from .problems import job_error
from .workers import Workers

OTHER_ACCOUNT = "other_account"  # the error code of a job that asks before it changes accounts
PERHAPS_ANOTHER = ""  # in ``Job.waits_for_account``: whose it is cannot be told
# ``Job.user_id`` of a job whose tokens were changed before their account was known.
UNNAMED = ""
_ID_CHARS = 8  # of an account's id: enough to tell two apart


class Ownership:
    """Holds jobs against the account in use. All methods run on the loop's thread.

    An account is its ``user_id``, which any record and the account token tell. A job has the one
    that it was made under, and from its submission on the one that sent it.
    """

    def __init__(self, book: JobBook, account: Account, workers: Workers) -> None:
        self._book = book
        self._account = account
        self._workers = workers
        self._sent_here: set[str] = set()  # under the tokens in use; nobody else can have sent them
        self._made_here: set[str] = set()  # under the tokens in use, before their account was known
        self._orphaned: set[str] = set()  # made under tokens that told no account
        self._tokens = account.tokens_number
        self._asking_who = asyncio.Lock()  # many jobs want to know at once
        self._reviewing = False
        self._again = False
        self._unsaid = False  # a job asks, and the others were not all looked at yet
        self.returned: Event[str] = Event()  # a job may go on: its account is in use
        self.asks: Event[tuple[Job, ...]] = Event()  # jobs that were not sent yet: once for all
        account.changed.connect(self._on_account)

    @property
    def user_id(self) -> str | None:
        """The account in use; None until the service told."""
        return self._account.state.user_id

    def id_in_use(self, name: str) -> str | None:
        """``user_id`` or ``application_id`` of the account in use."""
        value: str | None = getattr(self._account.state, name)
        return value

    @property
    def two_accounts(self) -> bool:
        """Whether one account would pay for what another one uploads."""
        return self._account.two_accounts

    @property
    def can_answer(self) -> bool:
        """Whether there is an account at all that a yes could mean."""
        return self._account.state.has_api_token

    @property
    def awaits_token(self) -> bool:
        """Whether the password store has to tell first if there is one."""
        return self._account.state.awaits_token

    def made(self, job_id: str) -> None:
        """A new job, made under the tokens in use."""
        self._forget_after_a_change()
        if self.user_id is None:
            self._made_here.add(job_id)

    def adopted(self, job: Job) -> dict[str, str | None]:
        """What changes in a job that the person sends although another account made it."""
        if not self._asks(job):
            return {}
        self.made(job.job_id)
        return {"user_id": self.user_id or UNNAMED, "image_link": None}

    def sent(self, job_id: str) -> None:
        """It is being sent under the tokens in use."""
        self._forget_after_a_change()
        self._sent_here.add(job_id)

    def is_others(self, job: Job) -> bool:
        """Whether it is known to belong to another account than the one in use."""
        return None not in (job.user_id, self.user_id) and job.user_id != self.user_id

    def is_surely_ours(self, job: Job) -> bool:
        """Whether what the service does not know of it is no sign of another account."""
        self._forget_after_a_change()
        if job.job_id in self._sent_here:
            return True
        return job.user_id is not None and job.user_id == self.user_id

    def must_wait(self, job: Job) -> bool:
        """Whether nothing may be asked or sent for it with the tokens in use.

        A video whose link is known needs none to be fetched.
        """
        if job.state not in AT_SERVICE or not self.is_others(job):
            return False
        return job.state not in FINISHED_THERE or job.result_url is None

    async def may_send(self, job: Job) -> bool:
        """Before an intent: whether the account in use is the job's. Learns it where it can.

        Raises NotSent where the service cannot be reached.
        """
        self._forget_after_a_change()
        if job.user_id is None or (job.user_id == UNNAMED and job.job_id in self._made_here):
            # A restored folder, another token later: the job had better know who sent it.
            with suppress(RemoteError):
                await self.identify()
            return True
        if job.user_id == self.user_id:
            return True
        if self.user_id is None:
            await self.identify()
        if self.user_id is None or job.user_id == UNNAMED:
            # An account token that tells no id never will; an API token that is not shown to
            # belong to it knows none of the tasks that this journal knows: perhaps another's.
            return self._account.is_one_account and job.user_id != UNNAMED
        return job.user_id == self.user_id

    async def identify(self) -> None:
        """Learn whose tokens are in use, for free. Raises RemoteError where nothing answers."""
        async with self._asking_who:
            if self.user_id is None:
                newest_first = sorted(self._book.all(), key=lambda j: j.created_at, reverse=True)
                await self._account.identify([j.task_id for j in newest_first if j.task_id])

    async def stops(self, job: Job) -> bool:
        """Whether its walk ends here: it waits for its account's tokens."""
        if job.state in AT_SERVICE and job.user_id is not None:
            with suppress(RemoteError):
                await self.identify()
        if job.waits_for_account is None and self.must_wait(job):
            await self.wait(job)
        return job.waits_for_account is not None or self.must_wait(job)

    async def look_again(self, job: Job) -> None:
        """What it waited for may have come: its next step tells."""
        if job.waits_for_account is not None:
            await self._book.update(job.job_id, waits_for_account=None)

    async def learn(self, job: Job, record: TaskRecord) -> None:
        """Any record that these tokens may read tells whose they are.

        Who paid for a job that was sent here is the account in use, whatever an account token that
        came from elsewhere than the API token says.
        """
        if record.user_id in (None, self.user_id):
            return
        if self.user_id is None or job.job_id in self._sent_here:
            await self._account.learn(record.user_id, record.application_id)

    async def wait(self, job: Job, *, perhaps: bool = False) -> None:
        """It stays as it is, and its row says for whom."""
        known = not perhaps or self.is_others(job)
        name = await self.name_of(job.user_id, self.user_id) if known else PERHAPS_ANOTHER
        await self._book.update(job.job_id, waits_for_account=name, note="waits for its account")

    async def ask(self, job: Job) -> None:
        """Not sent yet: it waits for the person, who is asked once for all such jobs."""
        error = await self._question(job)
        await self._book.go(job.job_id, JobState.ASKING, error=error, note=OTHER_ACCOUNT)
        self._say_who_asks()

    async def may_answer(self, job: Job) -> bool:
        """Whether the person's yes can be taken: a yes to one account is none to a third.

        Where the question names another account than the one in use, it is asked anew.
        """
        if not self.can_answer or not self._asks(job):
            return self.can_answer
        with suppress(RemoteError):
            await self.identify()
        return await self._is_still_the_question(job)

    async def _is_still_the_question(self, job: Job) -> bool:
        error = await self._question(job)
        if error == job.error:
            return True
        await self._book.update(job.job_id, error=error)
        self._say_who_asks()
        return False

    def _say_who_asks(self) -> None:
        """After all jobs were looked at: a yes covers what its question counted, and no more."""
        self._unsaid = self._reviewing
        if not self._reviewing:
            self.asks.emit(self.asking())

    @staticmethod
    def _asks(job: Job) -> bool:
        return job.error is not None and job.error.code == OTHER_ACCOUNT

    async def _question(self, job: Job) -> JobError:
        names = {
            "made_under": await self.name_of(job.user_id, self.user_id),
            "now": await self.name_of(self.user_id, job.user_id),
            "now_id": self.user_id or UNNAMED,  # what it called itself may be another name by now
        }
        return job_error(OTHER_ACCOUNT, values=names)

    async def name_of(self, user_id: str | None, beside: str | None) -> str:
        """What the account called itself; the end of its id where it did not, or where the account
        ``beside`` it has the same name."""
        if not user_id:
            return PERHAPS_ANOTHER
        name = await self._account.names.of(user_id)
        shared = beside and beside != user_id and await self._account.names.of(beside) == name
        return f"{name} …{user_id[-_ID_CHARS:]}".strip() if shared or not name else name

    def _on_account(self, _state: AccountState) -> None:
        self._forget_after_a_change()
        self._again = True
        if not self._reviewing and not self._workers.closing.is_set():
            self._reviewing = True
            self._workers.spawn(self._review_all(), "whose jobs these are")

    def _forget_after_a_change(self) -> None:
        if self._tokens != self._account.tokens_number:
            self._tokens = self._account.tokens_number
            self._sent_here.clear()
            self._orphaned |= self._made_here
            self._made_here.clear()

    async def _review_all(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._review(self._book.all())
        finally:
            self._reviewing = False
        if self._unsaid:
            self._say_who_asks()

    async def _review(self, jobs: Iterable[Job]) -> None:
        """After a change of account: what is not its own stops, what is goes on."""
        for job in jobs:
            try:
                await self._review_one(job)
            except (ForbiddenStep, KeyError, JournalError):
                continue  # it went on meanwhile, or its step will say that nothing can be written

    async def _review_one(self, job: Job) -> None:
        asks = self._asks(job)
        if not job.user_id and job.state in FREE_TO_CANCEL:
            job = await self._name(job)
        if job.state is JobState.QUEUED and self.is_others(job):
            await self.ask(job)
        elif job.state is JobState.ASKING and asks and job.user_id == self.user_id:
            await self._book.go(job.job_id, JobState.QUEUED, error=None, note="its account is back")
        elif job.state is JobState.ASKING and asks and self.user_id is not None:
            await self._is_still_the_question(job)
        elif self.must_wait(job):
            await self.wait(job)
            self.returned.emit(job.job_id)  # its walk looks at it again, and stops
        elif job.waits_for_account is not None and not self.is_others(job):
            await self._book.update(job.job_id, waits_for_account=None, note="its account is back")
            self.returned.emit(job.job_id)

    async def _name(self, job: Job) -> Job:
        """A job that was made before its account was known."""
        if job.job_id in self._orphaned and job.user_id is None:
            return await self._book.update(job.job_id, user_id=UNNAMED)
        if job.job_id in self._made_here and self.user_id is not None:
            return await self._book.update(job.job_id, user_id=self.user_id)
        return job

    def asking(self) -> tuple[Job, ...]:
        """Jobs that wait for the one question."""
        return tuple(job for job in self._book.in_state(JobState.ASKING) if self._asks(job))
