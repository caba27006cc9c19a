"""Finding a submission whose answer was lost, by asking the service's history."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..motion.job import Job
from ..remote.wire import TaskRecord, motion_body

# Looks after 2, 5, 15, 30 and 60 s, each minute for ten minutes, then hourly for a day (issue 3).
FIRST_LOOKS_S: tuple[float, ...] = (2, 5, 15, 30, 60)
MINUTES, HOURS = 10, 24
LOOKS_S: tuple[float, ...] = (
    *FIRST_LOOKS_S,
    *(60.0 + 60 * n for n in range(1, MINUTES + 1)),
    *(60.0 + 60 * MINUTES + 3600 * n for n in range(1, HOURS + 1)),
)

# How far the record's time may lie from our intent, once the clocks' difference is known, and
# while it is not (a computer's clock that is wrong by hours is common, by days it is not).
WINDOW_BEFORE_S = 120.0
WINDOW_AFTER_S = 1800.0
CERTAIN_WITHIN_S = 20.0  # Date headers are good to a second; a submit takes some more
CLOCKS_AGREE_WITHIN_S = 5.0  # the service's own, too; what else is off makes it look slow
UNKNOWN_SKEW_S = 24 * 3600.0
SET_SINCE_S = 7 * 24 * 3600.0  # by so much a clock may have been wrong that is right again
WRONG_S = UNKNOWN_SKEW_S / 2  # a clock that is off by this now may have been off by more then


_LINKS = ("image_url", "video_url")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task of the history that may be the lost one, for a person to choose."""

    task_id: str
    created_at: float | None
    mode: str
    prompt: str


def next_look_s(elapsed_s: float) -> float | None:
    """Seconds after it became unknown at which the next look is due; None: only when asked."""
    return next((due for due in LOOKS_S if due > elapsed_s), None)


Window = tuple[float, float]


def windows(job: Job, skew_now_s: float | None, there: float | None) -> list[Window]:
    """The times, by the service's clock, between which the lost task was created.

    ``skew_now_s``: the clocks' difference of now, ``there``: the service's time, if they are known.
    This computer's clock may have been set since the submission, so what would be right then is
    looked through besides, and where the difference of then is not known, far around.
    """
    submitted_at = job.submitted_at or job.created_at
    skews = [skew for skew in (job.clock_skew_s, skew_now_s) if skew is not None]
    middles = [submitted_at + skew for skew in skews]
    found = [(middle - WINDOW_BEFORE_S, middle + WINDOW_AFTER_S) for middle in middles]
    if job.clock_skew_s is None:
        found.append((submitted_at - UNKNOWN_SKEW_S, submitted_at + UNKNOWN_SKEW_S))
        if there is not None:
            found.append(_of_a_clock_set_since(submitted_at, there))
    return _merged(found)


def covers(found: Iterable[Window], wanted: Iterable[Window]) -> bool:
    """Whether what was looked through leaves nothing of what is to be.

    Each answer tells the time a little otherwise: seconds at the edge of minutes are nothing.
    """
    off_s = CLOCKS_AGREE_WITHIN_S
    found = [(low - off_s, high + off_s) for low, high in found]
    return all(any(low <= w[0] and w[1] <= high for low, high in found) for w in wanted)


def _of_a_clock_set_since(submitted_at: float, there: float) -> Window:
    """It was ahead then, where the submission lies in the future; or perhaps it was behind."""
    if submitted_at > there:
        return there - SET_SINCE_S, there + WINDOW_BEFORE_S
    return submitted_at, min(there + WINDOW_BEFORE_S, submitted_at + SET_SINCE_S)


def _merged(found: list[Window]) -> list[Window]:
    merged: list[Window] = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def is_certain(job: Job, record: TaskRecord) -> bool:
    """Whether one match is proof enough to attach it without asking.

    A picture uploaded for this submission alone makes the match exact. With the person's own
    links another computer on the same account may have sent the same: then only a task created
    within seconds of our own intent, by clocks that are known to agree, counts.
    """
    if job.request.image.path is not None:
        return True
    if record.created_at is None or job.clock_skew_s is None or job.submitted_at is None:
        return False
    return abs(record.created_at - job.submitted_at - job.clock_skew_s) <= CERTAIN_WITHIN_S


def matches(job: Job, records: Iterable[TaskRecord], known: set[str]) -> list[TaskRecord]:
    """Records of the history that carry this job's own links and settings."""
    sent = json.loads(job.body_json or "{}")
    if not {"image_url", "video_url"} <= sent.keys():
        return []  # without what was sent, anything would match
    found = []
    for record in records:
        request = record.request or {}
        if record.task_id and record.task_id not in known and _same(sent, request):
            found.append(record)
    return found


def perhaps_sent(
    job: Job, records: Iterable[TaskRecord], known: set[str], pictures: set[str], since: float
) -> list[TaskRecord]:
    """Records that a job may have led to which was never sent, as far as the journal knows.

    Uploads that it does not know of have links that it does not know: only the links that the
    person gave are compared, and the settings. What a record does not tell speaks against nothing.
    ``pictures`` are those of other submissions; ``since`` is by the service's clock.
    """
    asked = motion_body(
        job.request, image_url=job.request.image.url or "", video_url=job.request.video.url or ""
    )
    found = []
    for record in records:
        request = record.request or {}
        old = record.created_at is not None and record.created_at < since
        others = request.get("image_url") in pictures and job.request.image.path is not None
        own_links = all((request.get(f) or asked[f]) == asked[f] or not asked[f] for f in _LINKS)
        new = record.task_id not in known and not old and not others
        if new and own_links and _same_settings(asked, request):
            found.append(record)
    return found


def perhaps_sent_since(job: Job, released_at: float | None, skew_s: float | None) -> float:
    """From when on such a task was made, by the service's clock.

    A task that is older than the job is not its own. The job's times are by this computer's clock
    of then, so only the clocks' difference of then makes them the service's. Without it the hours
    are no proof; and none at all where this clock was set back since, or is off by many hours now.
    ``skew_s``: the clocks' difference of now, if it is known.
    """
    since = job.created_at if released_at is None else released_at
    if job.asked_skew_s is not None:
        return since + job.asked_skew_s - CLOCKS_AGREE_WITHIN_S
    was_set_back = max(since, job.updated_at) > time.time()
    return 0.0 if was_set_back or abs(skew_s or 0.0) > WRONG_S else since - UNKNOWN_SKEW_S


def _same(sent: Mapping[str, object], request: Mapping[str, object]) -> bool:
    same_links = all(request.get(field) == sent.get(field) for field in _LINKS)
    return same_links and _same_settings(sent, request)


def _same_settings(sent: Mapping[str, object], request: Mapping[str, object]) -> bool:
    # Only what both name is compared: the gateway may leave fields out or add defaults.
    fields = ("mode", "character_orientation", "prompt", "model_name", "callback_url")
    return all(request.get(f) in (None, sent[f]) for f in fields if f in sent)


def candidate(record: TaskRecord) -> Candidate:
    request = record.request or {}
    return Candidate(
        task_id=record.task_id,
        created_at=record.created_at,
        mode=str(request.get("mode", "")),
        prompt=str(request.get("prompt", "")),
    )
