"""A job as a row of the journal and back. No database here: plain mappings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ..motion.agreement import Agreement
from ..motion.compare import CompareSettings
from ..motion.facts import ImageFacts, LinkFacts, VideoFacts, facts_to_json
from ..motion.job import Job, JobError, JobState, Money
from ..motion.request import MotionRequest

# What is asked for in queries has a column of its own; the rest is in ``data``, as JSON.
COLUMNS: tuple[str, ...] = (
    "job_id",
    "state",
    "position",
    "created_at",
    "updated_at",
    "attempt",
    "task_id",
    "submitted_at",
    "finished_at",
    "mode",
    "data",
)
_JOB_FIELDS = frozenset(f.name for f in fields(Job))
_IN_DATA = tuple(f.name for f in fields(Job) if f.name not in COLUMNS)
_FACTS: Mapping[str, type[ImageFacts | VideoFacts | LinkFacts]] = {
    "image": ImageFacts,
    "video": VideoFacts,
    "link": LinkFacts,
}

Value = str | int | float | None


# Everything that reading a stranger's row as ours can raise.
_NO_JOB = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


class RowError(ValueError):
    """A row that is no job: written by a newer version, or damaged."""


def job_to_row(job: Job, old_data: str | None = None) -> dict[str, Value]:
    """The columns of ``job``. Fields of a newer version in ``old_data`` are carried on."""
    data = {name: _to_json(name, getattr(job, name)) for name in _IN_DATA}
    if job.state is JobState.DONE and job.result_url:
        # The query signs the link: needed to fetch the video, a small secret afterwards.
        data["result_url"] = without_query(job.result_url)
    return {
        "job_id": job.job_id,
        "state": job.state.value,
        "position": job.position,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "attempt": job.attempt,
        "task_id": storable(job.task_id),
        "submitted_at": job.submitted_at,
        "finished_at": job.finished_at,
        "mode": job.request.mode.value,
        # ASCII: a path with bytes that are no UTF-8 survives as an escaped surrogate
        "data": json.dumps({**_unknown_fields(old_data), **data}, ensure_ascii=True),
    }


def job_from_row(row: Mapping[str, Any]) -> Job:
    """Read a row of this, an older or a slightly newer version. Raises RowError.

    Missing fields get their defaults, unknown ones are left out, a field of a wrong type counts as
    missing. Only what a job cannot be without raises: its columns, request and state.
    """
    try:
        data = json.loads(row["data"])
        optional = {
            name: read(data[name])
            for name, read in _READERS.items()
            if name in data and data[name] is not None
        }
        return Job(
            job_id=_text(row["job_id"]),
            request=MotionRequest.from_json(data["request"]),
            state=JobState(row["state"]),
            created_at=float(row["created_at"]),
            updated_at=float(row["updated_at"]),
            position=int(row["position"]),
            attempt=int(row["attempt"]),
            task_id=row["task_id"],
            submitted_at=row["submitted_at"],
            finished_at=row["finished_at"],
            **{name: value for name, value in optional.items() if value is not None},
        )
    except _NO_JOB as error:
        raise RowError(type(error).__name__) from error


def without_query(url: str) -> str:
    """The link without its query and fragment."""
    try:
        return urlunsplit(urlsplit(url)._replace(query="", fragment=""))
    except ValueError:  # no link at all, for example "http://[": still keep no signature
        return url.partition("?")[0].partition("#")[0]


def storable(text: str | None) -> str | None:
    """Text that SQLite takes: half a surrogate pair, which is no Unicode, becomes "?"."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def _to_json(name: str, value: Any) -> Any:
    if name in ("image_facts", "video_facts"):
        return facts_to_json(value)
    if name in ("request", "error", "compare", "agreed"):
        return None if value is None else value.to_json()
    return value


def _unknown_fields(old_data: str | None) -> Mapping[str, Any]:
    if old_data is None:
        return {}
    try:
        old = json.loads(old_data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(old, dict):
        return {}
    return {name: value for name, value in old.items() if name not in _JOB_FIELDS}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def _optional_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _optional_int(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _optional_float(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None


def _optional_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _facts(value: object) -> ImageFacts | VideoFacts | LinkFacts | None:
    """Facts without the fields that this version does not know; None where no facts are left."""
    if not isinstance(value, dict):
        return None
    kind = _FACTS.get(str(value.get("kind")))
    if kind is None:
        return None
    known = {f.name for f in fields(kind)}
    try:
        return kind(**{name: item for name, item in value.items() if name in known})
    except TypeError:  # one that this version needs is missing: they are read again from the file
        return None


def _image_facts(value: object) -> ImageFacts | LinkFacts | None:
    facts = _facts(value)
    return None if isinstance(facts, VideoFacts) else facts


def _video_facts(value: object) -> VideoFacts | LinkFacts | None:
    facts = _facts(value)
    return None if isinstance(facts, ImageFacts) else facts


def _error(value: object) -> JobError | None:
    """An error that cannot be read is still an error, and money may have been involved."""
    if not isinstance(value, dict):
        return None
    try:
        return JobError.from_json(value)
    except (ValueError, KeyError, TypeError, AttributeError):
        return JobError(code=str(value.get("code", "unknown")), money=Money.MAYBE_CHARGED)


def _agreed(value: object) -> Agreement | None:
    try:
        return Agreement.from_json(value) if isinstance(value, dict) else None
    except TypeError:
        return None


def _compare(value: object) -> CompareSettings | None:
    return CompareSettings.from_json(value) if isinstance(value, dict) else None


_READERS: Mapping[str, Callable[[object], Any]] = {
    "image_facts": _image_facts,
    "video_facts": _video_facts,
    "error": _error,
    "compare": _compare,
    "agreed": _agreed,
    **dict.fromkeys(
        (
            "image_link",
            "video_link",
            "body_json",
            "trace_id",
            "user_id",
            "application_id",
            "waits_for_account",
            "result_url",
            "result_path",
            "output_path",
        ),
        _optional_text,
    ),
    **dict.fromkeys(
        (
            "clock_skew_s",
            "result_duration_s",
            "estimate_credits",
            "charged_credits",
            "not_before",
            "next_look_at",
        ),
        _optional_float,
    ),
    **dict.fromkeys(("result_size_bytes", "looks"), _optional_int),
    **dict.fromkeys(("favourite", "acknowledged"), _optional_bool),
}
