"""Why the queue waits: holds beside each other, each lifted by what it waits for alone."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from ..motion.account import Connection
from ..motion.job import BUSY, HoldReason, JobError, KeptError
from ..motion.reading import UnixTime, Unreadable, parsed, read

# A new token ends these, if the service accepts it.
OF_API_TOKEN = frozenset({HoldReason.TOKEN, HoldReason.TOKEN_MISMATCHED, HoldReason.DISABLED})
TOKENS = OF_API_TOKEN | {HoldReason.UPLOADS}
# Whether these still hold can be tried with one job: what is refused costs nothing.
TRIED = TOKENS | {HoldReason.CREDIT}
_OF_UPLOADS = frozenset({"no_account_token", "upload_refused"})
# Found out anew at each start; the others outlive it.
_FOUND_OUT = BUSY | {
    HoldReason.UNWRITABLE,
    HoldReason.STORE,
    HoldReason.OFFLINE,
    HoldReason.DAY_LIMIT,
    HoldReason.LIMITS,
}


def told_of_tokens(reason: HoldReason, error: JobError | None) -> Connection | None:
    """What a hold says of the API token in use; None: nothing."""
    if reason not in (HoldReason.TOKEN, HoldReason.TOKEN_MISMATCHED):
        return None
    two = error is not None and error.code == "two_accounts"
    return Connection.TWO_ACCOUNTS if two else Connection.TOKEN_REFUSED


@dataclass(frozen=True, slots=True)
class _Kept:
    """One of them, as the journal has it."""

    reason: HoldReason
    error: KeptError | None = None
    jobs: tuple[str, ...] = ()
    since: UnixTime | None = None


class Holds:
    """The set of them, each with the error that it began with."""

    def __init__(self) -> None:
        self._errors: dict[HoldReason, JobError | None] = {}
        self._unclear: set[str] = set()
        self.paused_at: float | None = None  # Unix seconds

    @property
    def reasons(self) -> tuple[HoldReason, ...]:
        """The one to tell first at the front."""
        return tuple(reason for reason in HoldReason if reason in self._errors)

    @property
    def met(self) -> tuple[tuple[HoldReason, JobError], ...]:
        found = ((reason, self._errors[reason]) for reason in self.reasons)
        return tuple((reason, error) for reason, error in found if error is not None)

    @property
    def unclear(self) -> frozenset[str]:
        """The jobs about which an answer of the service itself is awaited."""
        return frozenset(self._unclear)

    def __contains__(self, reason: HoldReason) -> bool:
        return reason in self._errors

    def add(self, reason: HoldReason, error: JobError | None, job_id: str = "") -> bool:
        """Whether that changed anything. ``job_id``: whose answer was unclear."""
        before = dict(self._errors), set(self._unclear)
        self._errors[reason] = error
        if job_id:
            self._unclear.add(job_id)
        return before != (self._errors, self._unclear)

    def lift(self, reasons: Collection[HoldReason]) -> bool:
        """Whether any of them was there."""
        there = [reason for reason in reasons if reason in self._errors]
        for reason in there:
            del self._errors[reason]
        if HoldReason.UNCLEAR in there:
            self._unclear.clear()
        if HoldReason.PAUSED in there:
            self.paused_at = None
        return bool(there)

    def answered(self, job_ids: Collection[str]) -> bool:
        """The service itself answered about these jobs; whether the last of them was among."""
        awaited = bool(self._unclear)
        self._unclear -= set(job_ids)
        return awaited and not self._unclear and self.lift({HoldReason.UNCLEAR})

    def to_text(self) -> str:
        """What outlives a restart."""
        rows = [self._row(reason) for reason in self.reasons if reason not in _FOUND_OUT]
        return json.dumps(rows) if rows else ""

    def read(self, text: str | None) -> None:
        """Take up what ``to_text`` wrote, or the one word of an earlier version.

        What cannot be read holds as a pause: the person decides.
        """
        if not text:
            return
        try:
            rows = parsed(text) if text.startswith("[") else [{"reason": text}]
        except Unreadable:
            rows = [None]
        for row in rows if isinstance(rows, list) else [None]:
            self._read_row(row)

    def _row(self, reason: HoldReason) -> dict[str, Any]:
        error = self._errors[reason]
        row = {"reason": reason.value, "error": None if error is None else error.to_json()}
        if reason is HoldReason.PAUSED:
            return {**row, "since": self.paused_at}
        return row if reason is not HoldReason.UNCLEAR else {**row, "jobs": sorted(self._unclear)}

    def _read_row(self, row: object) -> None:
        try:
            kept = read(_Kept, row, [])
        except Unreadable:
            kept = _Kept(HoldReason.PAUSED)
        if kept.error is not None and kept.error.code in _OF_UPLOADS:  # TOKEN, once
            kept = replace(kept, reason=HoldReason.UPLOADS)
        if kept.reason not in _FOUND_OUT:
            self._errors.setdefault(kept.reason, kept.error)
            self._unclear.update(kept.jobs)
            self.paused_at = kept.since if kept.reason is HoldReason.PAUSED else self.paused_at
