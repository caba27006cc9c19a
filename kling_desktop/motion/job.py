"""A job's life: its states, the allowed transitions, and the snapshot everything shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

from .agreement import Agreement
from .compare import CompareSettings
from .facts import ImageFacts, LinkFacts, VideoFacts
from .reading import (
    Amount,
    Count,
    FilePath,
    Id,
    Link,
    UnixTime,
    Unreadable,
    parsed_object,
    read,
    text,
)
from .request import MotionRequest, Source
from .said import NOTHING, Said


class JobState(StrEnum):
    """Where a job stands. One writer: the engine's job book."""

    QUEUED = "queued"  # waits for a slot, or because the queue is held
    ASKING = "asking"  # not what was agreed to any more: waits for the person, outside the slots
    PREPARING = "preparing"  # inputs are read, checked, converted
    UPLOADING = "uploading"  # inputs travel to the service's store
    SUBMITTING = "submitting"  # the paid request is about to be, or being, sent
    GENERATING = "generating"  # the service accepted it and works
    DOWNLOADING = "downloading"  # the service finished; the video travels here
    UNSAVED = "unsaved"  # paid for and not here: waits outside the slots, and is fetched by itself
    DONE = "done"  # the video is a whole file in the videos folder
    FAILED = "failed"  # it ended without a video; ``error`` says whether money was involved
    UNKNOWN = "unknown"  # it may have been accepted and may be charged; never sent again by itself
    CANCELLED = "cancelled"  # ended by the person before anything was sent: free
    UNWATCHED = "unwatched"  # the person stopped watching after it was sent


S = JobState

TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    # UNKNOWN where a journal that went back in time may have forgotten that it was sent.
    S.QUEUED: frozenset({S.PREPARING, S.ASKING, S.CANCELLED, S.FAILED, S.UNKNOWN}),
    S.ASKING: frozenset({S.QUEUED, S.CANCELLED, S.FAILED, S.UNKNOWN}),
    S.PREPARING: frozenset({S.QUEUED, S.ASKING, S.UPLOADING, S.CANCELLED, S.FAILED}),
    S.UPLOADING: frozenset({S.QUEUED, S.ASKING, S.SUBMITTING, S.CANCELLED, S.FAILED}),
    # Back to QUEUED only where the request provably never arrived.
    S.SUBMITTING: frozenset({S.QUEUED, S.GENERATING, S.DOWNLOADING, S.FAILED, S.UNKNOWN}),
    S.GENERATING: frozenset({S.DOWNLOADING, S.FAILED, S.UNKNOWN, S.UNWATCHED}),
    S.DOWNLOADING: frozenset({S.GENERATING, S.UNSAVED, S.DONE, S.FAILED, S.UNWATCHED}),
    S.UNSAVED: frozenset({S.GENERATING, S.DOWNLOADING, S.DONE, S.FAILED, S.UNWATCHED}),
    # QUEUED out of UNKNOWN is the person's own "send again, may be charged twice".
    S.UNKNOWN: frozenset({S.GENERATING, S.DOWNLOADING, S.FAILED, S.QUEUED, S.UNWATCHED}),
    S.UNWATCHED: frozenset({S.GENERATING, S.DOWNLOADING, S.UNKNOWN, S.FAILED}),
    # A failed job whose task is known may be fetched again: it was paid for.
    S.FAILED: frozenset({S.UNSAVED, S.DOWNLOADING, S.GENERATING}),
    S.DONE: frozenset({S.DOWNLOADING}),  # the file was lost: fetch it again
    S.CANCELLED: frozenset(),
}

ENDED: frozenset[JobState] = frozenset({S.DONE, S.FAILED, S.CANCELLED, S.UNWATCHED})
# Stopping in these costs nothing, because nothing was sent.
FREE_TO_CANCEL: frozenset[JobState] = frozenset({S.QUEUED, S.ASKING, S.PREPARING, S.UPLOADING})
# These take one of the slots.
RUNNING: frozenset[JobState] = frozenset(
    {S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING}
)


# The service finished: paid for, and not here yet.
FINISHED_THERE: frozenset[JobState] = frozenset({S.DOWNLOADING, S.UNSAVED})
# What a person may stop watching, and what stops by itself while another account is in use.
UNDER_WAY: frozenset[JobState] = FINISHED_THERE | {S.GENERATING}
AT_SERVICE: frozenset[JobState] = UNDER_WAY | {S.UNKNOWN}


def may_go(before: JobState, after: JobState) -> bool:
    """Whether the table allows this step; staying in a state is always allowed."""
    return before is after or after in TRANSITIONS[before]


class Money(StrEnum):
    """Whether an error involves money."""

    NOT_CHARGED = "not_charged"
    NORMALLY_NOT_CHARGED = "normally_not_charged"  # failed at the service; the ledger decides
    MAYBE_CHARGED = "maybe_charged"
    PAID = "paid"  # the video was made; it is not here


class HoldReason(StrEnum):
    """Why the queue does not go on. Several may hold beside each other: the first is told
    first. Each is lifted by what it waits for, and by nothing else."""

    UNWRITABLE = "unwritable"  # the list of jobs: what was sent could be forgotten
    STORE = "store"  # the password store has not told yet whether there is a token
    DISABLED = "disabled"  # the account was disabled
    TOKEN_MISMATCHED = "token_mismatched"  # the token is for another service
    TOKEN = "token"  # refused or missing
    UPLOADS = "uploads"  # the account token is: jobs of links alone go on
    CREDIT = "credit"  # used_up: waits for credit
    UNCLEAR = "unclear"  # what became of one submission is not known: no other is sent into it
    LIMITS = "limits"  # of the person's own limits one could not be read: to be set again
    DAY_LIMIT = "day_limit"  # the person's own limit for a day
    PAUSED = "paused"  # by the person
    UPLOADS_BUSY = "uploads_busy"  # no upload arrives: one at a time is tried again
    BUSY = "busy"  # the service says so, or nothing of use: one at a time is tried again
    OFFLINE = "offline"  # goes on by itself


# A host does not do its part; one job at a time finds out whether it does again.
BUSY = frozenset({HoldReason.UPLOADS_BUSY, HoldReason.BUSY})


def _values(value: object) -> tuple[tuple[str, str], ...]:
    """Names of files are among them, in which any bytes may stand."""
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise Unreadable("no named texts")
    return tuple(sorted(value.items()))


@dataclass(frozen=True, slots=True)
class JobError:
    """What went wrong, as a code with values; ``words`` turns it into a sentence."""

    code: str  # the service's error.code, or one of ours (see ``words``)
    message: str = ""  # the service's own words, plain text
    money: Money = Money.NOT_CHARGED
    trace_id: str | None = None
    http_status: Count | None = None
    # what the sentence names, e.g. ("host", "…")
    values: Annotated[tuple[tuple[str, str], ...], _values] = ()

    def value(self, name: str) -> str:
        return dict(self.values).get(name, "")

    @property
    def met_page(self) -> bool:
        """A page of something in between came in place of an answer."""
        return self.code == "page_instead" or self.value("met") == "page"

    @property
    def in_a_row(self) -> int:
        """How many submissions, with the last one, were not answered clearly."""
        told = self.value("in_a_row")
        return int(told) if told.isascii() and told.isdecimal() and len(told) < 5 else 1

    def with_values(self, **values: str) -> JobError:
        """The same with other values of these names; empty ones are left out."""
        merged = {**dict(self.values), **values}
        return replace(self, values=tuple(sorted((k, v) for k, v in merged.items() if v)))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "money": self.money.value, "values": dict(self.values)}


def _error(value: object) -> JobError:
    """One that cannot be read is still an error, and money may have been involved."""
    left_out: list[str] = []
    try:
        found = read(JobError, value, left_out)
    except Unreadable:
        return JobError("unknown", money=Money.MAYBE_CHARGED)
    return replace(found, money=Money.MAYBE_CHARGED) if "money" in left_out else found


KeptError = Annotated[JobError, _error]


def _name(value: object) -> str:
    """Files are named after it."""
    found = text(value)
    if not found or not set(found).isdisjoint("/\\\0") or found.startswith("."):
        raise Unreadable("no id")
    return found


def _body(value: object) -> str:
    found = text(value)
    parsed_object(found)
    return found


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A submission that was sent again by hand: it may be charged all the same."""

    at: UnixTime  # when it was sent
    credits: Amount  # what it costs if it is


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes of a video that came whole: they are not fetched again until they were checked."""

    path: FilePath
    size_bytes: Count


@dataclass(frozen=True, slots=True)
class Job:
    """One immutable snapshot of a job, as the journal has it. Times are Unix seconds."""

    job_id: Annotated[str, _name]
    request: MotionRequest
    state: JobState
    created_at: UnixTime
    updated_at: UnixTime
    position: int  # order in the queue, ascending
    attempt: Count = 1  # numbers the submissions; a late answer of an older one is dropped
    image_facts: ImageFacts | LinkFacts | None = None
    video_facts: VideoFacts | LinkFacts | None = None
    image_link: Link | None = None  # what the service is told to fetch
    video_link: Link | None = None
    body_json: Annotated[str, _body] | None = None  # exactly what was sent, or is about to be
    submitted_at: UnixTime | None = None  # the intent, by this computer's clock
    finished_at: UnixTime | None = None  # when it ended, by this computer's clock
    clock_skew_s: float | None = None  # the service's clock minus ours, from its Date header
    # The same when the person asked for the job, or let go of a submission: by the clock of then.
    asked_skew_s: float | None = None
    task_id: Id | None = None
    trace_id: str | None = None
    user_id: str | None = None  # the account that it was made under, and then that sent it
    application_id: str | None = None
    # Waits for the tokens of this account, by its name; empty: perhaps another's, nobody can tell.
    waits_for_account: str | None = None
    service: Said = NOTHING  # what it says of the task itself, as last read
    result_url: Link | None = None
    result_unread: bool = False  # called finished there, and no link to it was ever read
    # Of the copy with a watermark: where it is still to be fetched from, and where it was saved.
    marked_url: Link | None = None
    marked_path: FilePath | None = None
    result_duration_s: Amount | None = None
    result_path: FilePath | None = None
    result_size_bytes: Count | None = None
    result_ends_early: bool = False  # it opens, and its end is missing: fetched twice like that
    output_path: FilePath | None = None  # where the person wants it (command line), else None
    arrived: Arrived | None = None  # not checked, or not under its name yet
    ends_early: Arrived | None = None  # the first one that ended early: kept while asking once more
    kept_path: FilePath | None = None  # what came and does not open, kept beside
    # Calendar days (``date.toordinal``) on which the record's fresh link was answered "gone".
    gone_days: tuple[Count, ...] = ()
    estimate_credits: Amount | None = None
    agreed: Agreement | None = None  # what the person looked at and agreed to pay for
    offered: Agreement | None = None  # in ASKING: what is there now, and what Send agrees to
    charged_credits: Amount | None = None
    given_up: tuple[GivenUp, ...] = ()  # earlier submissions, which may be charged besides
    error: KeptError | None = None
    not_before: UnixTime | None = None  # do not send before this time (Retry-After)
    looks: Count = 0  # how often an unknown submission has been looked for
    next_look_at: UnixTime | None = None
    favourite: bool = False
    compare: CompareSettings | None = None  # how the Stage sets it against its reference
    acknowledged: bool = False  # in vain, and the person has put it away: in the Library only

    @property
    def title(self) -> str:
        return self.request.title

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def awaits_copy(self) -> bool:
        """Its video is here, and the copy with a watermark is still fetched."""
        return self.state is S.DONE and self.marked_url is not None

    @property
    def lacks_copy(self) -> bool:
        """It was asked for, and given up: "Fetch again" asks for it once more."""
        gone = self.marked_path is None and not self.awaits_copy
        return self.request.watermark and self.state is S.DONE and gone

    @property
    def told_trace_id(self) -> str | None:
        """Of what was accepted, else of the answer that it was not: support asks for it."""
        return self.trace_id or (self.error.trace_id if self.error is not None else None)

    @property
    def in_vain(self) -> bool:
        """Ended without a video, and not by the person's own wish: ``error`` says why.

        A command that could not send its job cancels it, so that nothing is sent later by itself.
        """
        own_wish = self.error is None or self.error.code == CANCELLED_UNASKED
        return self.state is S.FAILED or (self.state is S.CANCELLED and not own_wish)

    @property
    def is_owed(self) -> bool:
        """Paid for and not here, also where it was given up: its task may still tell a link."""
        paid = self.error is not None and self.error.money is Money.PAID
        given_up = self.state is S.FAILED and paid and not self.acknowledged
        return self.task_id is not None and (self.state in FINISHED_THERE or given_up)

    @property
    def uploads(self) -> bool:
        """Whether files of this computer are among its inputs."""
        return None in (self.request.image.url, self.request.video.url)

    @property
    def next_upload(self) -> Source:
        """The input that is sent now, or next: the picture goes first."""
        picture_is_there = self.image_link is not None or self.request.image.url is not None
        return self.request.video if picture_is_there else self.request.image

    @property
    def is_ready(self) -> bool:
        """Whether all of it is at the service, and it waits for its turn to be sent."""
        return self.state is S.UPLOADING and None not in (self.image_link, self.video_link)

    def kept_by(self, holds: Iterable[HoldReason]) -> tuple[HoldReason, ...]:
        """Those of the queue's holds that this job has to wait for."""
        passed = set() if self.uploads else {HoldReason.UPLOADS, HoldReason.UPLOADS_BUSY}
        if self.is_ready:
            passed.add(HoldReason.UPLOADS_BUSY)
        return tuple(hold for hold in holds if hold not in passed)

    @property
    def in_queue(self) -> bool:
        """Whether the Queue shows it: unfinished, or in vain and not yet put away."""
        return not self.ended or (self.in_vain and not self.acknowledged)


# The error code of a job that the service calls finished, and whose video it does not tell in a
# way that can be read.
ANSWER_UNREAD = "result_unread"
# The error code of a job of an earlier run that the person cancelled before the service's history
# was asked whether it was sent.
CANCELLED_UNASKED = "cancelled_unasked"


class JobAction(StrEnum):
    """What a person can do with a job; the Queue, the Library and the menus offer these."""

    CANCEL = "cancel"  # before sending: free
    STOP_WATCHING = "stop_watching"  # after sending: the service may still finish and charge
    WATCH_AGAIN = "watch_again"
    CHECK_NOW = "check_now"
    OPEN_PAGE = "open_page"  # that came instead of an answer, in the browser
    SEND = "send"  # out of asking: yes, as it is now and for what it costs now
    CHOOSE_TASK = "choose_task"  # out of unknown: several tasks of the history may be this one
    SEND_AGAIN = "send_again"  # out of unknown: may be charged twice, so it asks once more
    DISMISS = "dismiss"
    RETRY = "retry"  # a new job with the same request
    FETCH_AGAIN = "fetch_again"  # the paid video, once more
    EDIT = "edit"  # put the request back into Compose
    MOVE_UP = "move_up"
    MOVE_DOWN = "move_down"
    COPY_REPORT = "copy_report"
    COPY_CODE = "copy_code"
    DETAILS = "details"


# What these send may be charged, so each is asked about as Generate is.
SPENDING: frozenset[JobAction] = frozenset({JobAction.SEND, JobAction.SEND_AGAIN, JobAction.RETRY})
# A second press means another step; of all other actions it means the one that is under way.
REPEATED: frozenset[JobAction] = frozenset({JobAction.MOVE_UP, JobAction.MOVE_DOWN})


def actions_for(job: Job) -> tuple[JobAction, ...]:
    """What can be done with a job in its state, the most likely first."""
    a = JobAction
    tail = (a.EDIT, a.COPY_CODE, a.COPY_REPORT, a.DETAILS)
    if job.waits_for_account is not None and job.state in AT_SERVICE:
        return (a.CHECK_NOW, a.STOP_WATCHING, *tail)  # nothing of it is sent under another one
    if job.state is S.QUEUED:
        return (a.CANCEL, a.MOVE_UP, a.MOVE_DOWN, *tail)
    if job.state is S.ASKING:
        return (a.SEND, a.CANCEL, *tail)
    if job.state in FREE_TO_CANCEL:
        return (a.CANCEL, *tail)
    if job.state is S.SUBMITTING:
        return tail
    if job.state in (S.GENERATING, S.DOWNLOADING):
        return (a.CHECK_NOW, a.STOP_WATCHING, *tail)
    if job.state is S.UNSAVED and job.error is not None and job.error.code == ANSWER_UNREAD:
        return (a.COPY_REPORT, a.FETCH_AGAIN, a.STOP_WATCHING, a.EDIT, a.COPY_CODE, a.DETAILS)
    if job.state is S.UNSAVED:  # without a task there is no fresh link to ask for
        return (a.FETCH_AGAIN if job.task_id else a.CHECK_NOW, a.STOP_WATCHING, *tail)
    if job.state is S.UNKNOWN:
        several = job.error is not None and job.error.value("outcome") == "several"
        first = (a.CHOOSE_TASK,) if several else ()
        if job.error is not None and job.error.met_page:
            first = (*first, a.OPEN_PAGE)
        return (*first, a.CHECK_NOW, a.SEND_AGAIN, a.DISMISS, *tail)
    if job.state is S.UNWATCHED:
        return (a.WATCH_AGAIN, *tail)
    if job.state is S.FAILED:
        paid = job.error is not None and job.error.money is Money.PAID
        if not paid:
            return (a.RETRY, a.DISMISS, *tail)
        # Without a task there is nothing to ask for the video; a retry would pay twice.
        return (a.FETCH_AGAIN, a.DISMISS, *tail) if job.task_id else (a.DISMISS, *tail)
    if job.state is S.DONE:
        return (a.FETCH_AGAIN, *tail) if job.task_id else tail
    return (a.RETRY, a.DISMISS, *tail) if job.in_queue else (a.RETRY, *tail)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running step is. Lives in memory only."""

    job_id: str
    state: JobState
    done_bytes: int = 0
    total_bytes: int | None = None
    share: float | None = None  # 0 to 1, of a step that has no bytes to count


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue as a whole."""

    holds: tuple[HoldReason, ...] = ()  # beside each other, the one to tell first at the front
    running: int = 0
    waiting: int = 0
    asking: int = 0
    unknown: int = 0
    unsaved: int = 0
    failed: int = 0
    unsent: int = 0  # what a command could not send, and took back: free
    order: tuple[str, ...] = ()  # unfinished job ids as they will go
    met: tuple[tuple[HoldReason, JobError], ...] = ()  # what each hold began with, if it is known
    again_at: tuple[tuple[HoldReason, float], ...] = ()  # when what is busy is tried again, Unix s

    @property
    def hold(self) -> HoldReason | None:
        """The one that is told first."""
        return self.holds[0] if self.holds else None

    def error_of(self, reason: HoldReason) -> JobError | None:
        return dict(self.met).get(reason)

    def again_at_of(self, reason: HoldReason) -> float | None:
        """When what holds it is tried again; None: nobody set a time."""
        return dict(self.again_at).get(reason)
