"""A job as a row of the journal and back. No database here: plain mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from ..motion.facts import facts_to_json
from ..motion.job import FREE_TO_CANCEL, Job, JobState
from ..motion.reading import Unreadable, parsed_object, read
from ..motion.redaction import without_query

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
# What a job is sent by. Where a part of it cannot be read, it is not what was agreed to.
_AGREED = frozenset({"request", "agreed", "offered", "estimate_credits", "output_path", "user_id"})
# By which a row is known to be still the same when it is written.
_COMPARED = frozenset({"attempt"})
# Where values that could not be read stay, so that writing the row loses nothing.
_DAMAGED = "damaged"
# For the columns, where the data is read without them.
_STAND_IN = {"job_id": "-", "state": "queued", "created_at": 0, "updated_at": 0, "position": 0}

Value = str | int | float | None


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
        "data": json.dumps({**_carried_on(old_data), **data}, ensure_ascii=True),
    }


def job_from_row(row: Mapping[str, Any], left_out: list[str] | None = None) -> Job:
    """Read a row of this, an older or a slightly newer version. Raises RowError.

    Missing fields get their defaults, unknown ones are passed over, and so are those that make no
    sense: ``left_out`` gets their names. Only what a job cannot be without raises: its columns,
    inputs and state, and before it was sent everything that was agreed to.
    """
    noted: list[str] = []
    try:
        job = read(Job, {**parsed_object(row["data"]), **_columns(row)}, noted)
    except (Unreadable, KeyError) as error:
        raise RowError(str(error)) from error
    needed = _COMPARED | _AGREED if job.state in FREE_TO_CANCEL else _COMPARED
    if not needed.isdisjoint(_tops(noted)):
        raise RowError(noted[0])
    if left_out is not None:
        left_out += noted
    return job


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS if name in _JOB_FIELDS}


def _tops(names: list[str]) -> set[str]:
    """The job's own fields in which these are."""
    return {name.partition(".")[0] for name in names}


def storable(text: str | None) -> str | None:
    """Text that SQLite takes: half a surrogate pair, which is no Unicode, becomes "?"."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def _to_json(name: str, value: Any) -> Any:
    if name in ("image_facts", "video_facts"):
        return facts_to_json(value)
    if name in ("request", "error", "compare", "agreed", "offered", "service"):
        return None if value is None else value.to_json()
    if name in ("arrived", "ends_early"):
        return None if value is None else asdict(value)
    if name == "given_up":
        return [asdict(one) for one in value]
    return value


def _carried_on(old_data: str | None) -> dict[str, Any]:
    """What a newer version wrote, and what could not be read."""
    try:
        old = parsed_object(old_data)
    except Unreadable:
        return {}
    newer = {name: value for name, value in old.items() if name not in _JOB_FIELDS}
    damaged = {name: old[name] for name in _tops(_unreadable(old))}
    if not damaged:
        return newer
    before = newer.get(_DAMAGED)
    return {**newer, _DAMAGED: {**(before if isinstance(before, dict) else {}), **damaged}}


def _unreadable(data: Mapping[str, Any]) -> list[str]:
    """Names of fields in a row's data that make no sense."""
    left_out: list[str] = []
    try:
        read(Job, {**data, **_STAND_IN}, left_out)
    except Unreadable:  # without its inputs it was no job, and is written anew
        return []
    return left_out
