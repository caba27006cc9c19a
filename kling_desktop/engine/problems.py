"""Errors of the rooms below become values of a job: what it was, and whether money is in it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from ..media.errors import MediaCode, MediaError
from ..motion.account import StoreProblem
from ..motion.job import HoldReason, JobError, Money
from ..motion.limits import FindingCode as C
from ..remote.errors import BadLink, NotSent, RefusalKind, Refused, RemoteError
from ..store.errors import (
    HeldElsewhere,
    JournalError,
    JournalLocked,
    JournalNewer,
    Reason,
    StoreError,
    StoreUnwritable,
    WitnessUnwritable,
)
from .failures import NotKept

# Refusals that stop the whole queue, because the next job would meet the same.
HOLDS: dict[RefusalKind, HoldReason] = {
    RefusalKind.CREDIT: HoldReason.CREDIT,
    RefusalKind.TOKEN: HoldReason.TOKEN,
    RefusalKind.TOKEN_MISMATCHED: HoldReason.TOKEN_MISMATCHED,
    RefusalKind.DISABLED: HoldReason.DISABLED,
}

UPLOAD_FAILED, ACCOUNT_UNTOLD = "upload_failed", "account_untold"
# Of a job whose command was interrupted before it was sent, as far as is known here: it asks.
LEFT_BY_COMMAND, LEFT_UNASKED = "left_by_command", "left_unasked"
# The password store has not told the token, or could not.
STORE_SILENT, STORE_UNREAD = "store_silent", "store_unread"
UPLOADS_BUSY, TOO_MANY_REQUESTS = "uploads_busy", "too_many_requests"
_HOLD_CODES: dict[HoldReason, str] = {
    HoldReason.UNWRITABLE: "journal_failed",
    HoldReason.STORE: STORE_SILENT,
    HoldReason.PAUSED: "paused",
    HoldReason.OFFLINE: "unreachable",
    HoldReason.CREDIT: "used_up",
    HoldReason.TOKEN: "invalid_token",
    HoldReason.UPLOADS: "no_account_token",
    HoldReason.TOKEN_MISMATCHED: "token_mismatched",
    HoldReason.DISABLED: "disabled",
    HoldReason.LIMITS: "limits_unread",
    HoldReason.DAY_LIMIT: "day_limit",
    HoldReason.UNCLEAR: "unclear",
    HoldReason.UPLOADS_BUSY: UPLOADS_BUSY,
    HoldReason.BUSY: TOO_MANY_REQUESTS,
}

LOCKED = "locked"  # the reason of a write that another program keeps waiting
NOWHERE = {
    Reason.NO_HOME: "start_no_home",
    Reason.NO_LIBRARY: "no_library",
    Reason.NOT_MOUNTED: "not_mounted",
}

# What the media helper says, as a finding about the file.
FINDINGS: dict[str, C] = {
    "missing": C.FILE_MISSING,
    "is_directory": C.FILE_IS_DIRECTORY,
    "empty": C.FILE_EMPTY,
    "in_use": C.FILE_IN_USE,
    "refused": C.FILE_REFUSED,
    "unreadable": C.FILE_UNREADABLE,
    "not_a_picture": C.NOT_A_PICTURE,
    "not_a_video": C.NOT_A_VIDEO,
    "picture_named_video": C.VIDEO_IS_PICTURE,
    "video_named_picture": C.PICTURE_IS_VIDEO,
    "no_video_stream": C.NO_VIDEO_STREAM,
    "truncated": C.FILE_DAMAGED,
    "damaged": C.FILE_DAMAGED_FROM,
    "protected": C.FILE_PROTECTED,
    "odd": C.FILE_ODD,
    "changed": C.FILE_GROWING,
    "bomb": C.PICTURE_TOO_MANY_PIXELS,
    "raw": C.PICTURE_RAW,
    "helper_crashed": C.HELPER_FAILED,
    "helper_timeout": C.HELPER_FAILED,
}


# Of a job that waits and is tried again by itself: a host is away, or does not do its part.
PUT_OFF = frozenset({"unreachable", UPLOAD_FAILED, ACCOUNT_UNTOLD})
NOBODY_KNOWN = "nobody_known"  # the value "said_by" of a no that is perhaps not the service's
UNANSWERED = "unanswered"  # of a job at the service, of which no answer tells how it stands
NAMED = "named"  # the value "task" of an error whose answer named a task


def said_by_nobody(error: JobError | None) -> bool:
    """Whether it is a no that is perhaps not the service's."""
    return error is not None and error.value("said_by") == NOBODY_KNOWN


def job_error(
    code: str,
    money: Money = Money.NOT_CHARGED,
    *,
    message: str = "",
    trace_id: str | None = None,
    http_status: int | None = None,
    values: Mapping[str, object] | None = None,
) -> JobError:
    named = tuple(sorted((name, str(value)) for name, value in (values or {}).items()))
    return JobError(code, message, money, trace_id, http_status, named)


def from_hold(reason: HoldReason, begun_with: JobError | None = None) -> JobError:
    """Why a job waits that was not taken up yet, where only the queue knows it.

    ``begun_with`` is the hold's: another job that it tells of may be charged, this one is not.
    """
    if begun_with is None or begun_with.money is Money.NOT_CHARGED:
        return begun_with or job_error(_HOLD_CODES[reason])
    values = {name: begun_with.value(name) for name in ("met", "host", "at")}
    return job_error(_HOLD_CODES[reason], values=values)


def from_remote(error: RemoteError, money: Money, code: str | None = None) -> JobError:
    """The service's error as a job's; ``code`` says what it means here, beside its own."""
    own = {"service_code": error.service_code} if error.service_code else {}
    return job_error(
        code or _code(error),
        money,
        message=error.message,
        trace_id=error.trace_id,
        http_status=error.http_status,
        values={**_host_and_why(error), **own},
    )


def _host_and_why(error: RemoteError) -> dict[str, str]:
    """The host, and of what was never sent why not."""
    if not isinstance(error, NotSent):
        return {"host": error.host}
    values = {"host": error.host, "met": error.code, "at": error.at}
    return {name: value for name, value in values.items() if value}


def what_was_met(error: RemoteError) -> str:
    """In place of a clear answer: ``page``, ``error_page``, or the code of what went wrong."""
    if error.is_page:
        return "page"
    return "error_page" if error.code == "html" else error.code


def is_too_large(error: RemoteError) -> bool:
    """413, also as a page: web servers say it so; or a file above the limit that is known here."""
    too_large = isinstance(error, Refused) and error.kind is RefusalKind.TOO_LARGE
    return too_large or error.http_status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def unanswered(error: RemoteError | None, *, awaits_token: bool = False) -> JobError:
    """Of what runs at the service: asked for, and no answer tells how it stands.

    None: without a token nobody asks. ``awaits_token``: the password store may tell one.
    """
    if error is None:
        met = STORE_SILENT if awaits_token else "no_token"
        return job_error(UNANSWERED, Money.MAYBE_CHARGED, values={"met": met})
    told = from_remote(error, Money.MAYBE_CHARGED, UNANSWERED)
    met = _code(error) if isinstance(error, Refused) else what_was_met(error)
    return told.with_values(met=met)


def untold(store: str | None, problem: StoreProblem | None) -> JobError:
    """What keeps a job from its token, which the store may have."""
    if problem is None:
        return job_error(STORE_SILENT, values={"store": store or ""})
    return job_error(STORE_UNREAD, values={"store": store or "", "fault": problem.fault.value})


def is_unanswered(error: JobError | None) -> bool:
    return error is not None and error.code == UNANSWERED


def longer_pause_s(own_s: float, error: BaseException) -> float:
    """Our own pause, or the one that the service asks for where that is longer. Seconds."""
    asked_s = error.retry_after_s if isinstance(error, RemoteError) else None
    return max(own_s, asked_s or 0.0)


def from_named(refusal: RemoteError) -> JobError:
    """A refusal that names a task all the same: that task may be running. Shows its own code."""
    return from_remote(refusal, Money.MAYBE_CHARGED, refusal.code).with_values(task=NAMED)


def from_unclear(error: RemoteError) -> JobError:
    """After a submission: nobody knows what became of it."""
    met = what_was_met(error)
    return from_remote(error, Money.MAYBE_CHARGED, "contact_lost").with_values(met=met)


def named_a_task(error: JobError | None) -> bool:
    """Whether a job's error is such a refusal."""
    return error is not None and error.value("task") == NAMED


def from_media(error: MediaError, name: str) -> JobError:
    """A file that cannot be used; nothing was sent."""
    if error.code in ("no_room", "unwritable"):
        return job_error("no_room_here")
    if error.code == "missing":
        return job_error("input_vanished", values={"name": name})
    found = FINDINGS.get(error.code, C.FILE_DAMAGED)
    return job_error(
        "input_refused", values={"name": name, "finding": found.value, **media_values(error)}
    )


def media_values(error: MediaError) -> dict[str, str | float]:
    """What the sentence about it says beside the file's name."""
    if error.code is MediaCode.ODD:
        return {"reason": error.detail}
    return {} if error.at_s is None else {"at_s": error.at_s}


def _code(error: RemoteError) -> str:
    if not isinstance(error, Refused):
        return error.code
    named = {
        RefusalKind.CREDIT: "used_up",
        RefusalKind.TOKEN: "invalid_token",
        RefusalKind.TOKEN_MISMATCHED: "token_mismatched",
        RefusalKind.DISABLED: "disabled",
        RefusalKind.MODERATION: "forbidden",
        RefusalKind.NO_API: "no_api",
        RefusalKind.BUSY: TOO_MANY_REQUESTS,
        RefusalKind.SETTINGS: "settings_refused",
    }
    if error.kind is RefusalKind.SETTINGS and not error.vouched:
        return error.code  # perhaps not the service's: the settings need not be why
    return named.get(error.kind, error.code)


def unwritten(problem: StoreError) -> JobError:
    """Why a step waits: it could not be written down, and is tried again."""
    reason = LOCKED if isinstance(problem, JournalLocked) else "io"
    if isinstance(problem, StoreUnwritable):
        reason = problem.reason.value
    code = "journal_failed"
    if isinstance(problem, WitnessUnwritable):
        code = "witness_failed"
    return job_error(code, values={"folder": problem.file.parent, "reason": reason})


@contextmanager
def keeping() -> Iterator[None]:
    """Around a person's wish: where it cannot be written down, they are told. Raises NotKept."""
    try:
        yield
    except JournalLocked as error:
        raise NotKept(library_error(error)) from error
    except JournalError as error:
        folder = {"folder": str(error.file.parent)}
        raise NotKept(job_error("journal_unwritable", values=folder)) from error


def put_back(folder: Path, aside: Path | None) -> JobError:
    """A journal that was gone under the program is there again, and what stood in its place."""
    if aside is None:
        return job_error("journal_put_back", values={"folder": folder})
    return job_error("journal_replaced", values={"folder": folder, "name": aside.name})


def library_error(problem: Exception, root: Path | None = None) -> JobError:
    """Why a library cannot be opened. ``root`` is named where the system names no file."""
    if isinstance(problem, BadLink):
        return job_error("bad_base_url", message=problem.code)
    if not isinstance(problem, StoreError | OSError):
        return job_error("library_failed", message=f"{type(problem).__name__}: {problem}")
    if isinstance(problem, StoreUnwritable) and problem.reason in NOWHERE:
        return job_error(NOWHERE[problem.reason], values={"file": problem.file})
    if isinstance(problem, HeldElsewhere):
        return _held_elsewhere(problem)
    code = "journal_unwritable"
    if isinstance(problem, JournalNewer | JournalLocked):
        code = "journal_newer" if isinstance(problem, JournalNewer) else "journal_locked"
    folder = _folder_of(problem) or root or ""
    return job_error(code, message=str(problem), values={"folder": str(folder)})


def _held_elsewhere(problem: HeldElsewhere) -> JobError:
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(problem.since))
    values = {"host": problem.host, "since": since, "file": problem.file}
    return job_error("library_elsewhere", values=values)


def _folder_of(problem: StoreError | OSError) -> Path | None:
    """Where it is, or what stands in the place of a folder."""
    if isinstance(problem, StoreUnwritable) and problem.reason is Reason.NOT_A_FOLDER:
        return problem.file
    if isinstance(problem, StoreError):
        return problem.file.parent
    return Path(problem.filename).parent if isinstance(problem.filename, str) else None
