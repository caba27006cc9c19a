"""One job of the Library with what searching, sorting and grouping need, worked out once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kling_desktop.motion.job import Job
from kling_desktop.ui.tr import words


class Filter(StrEnum):
    """The chips above the list."""

    ALL = "all"
    FAVOURITES = "favourites"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """``day`` counts as ``date.toordinal`` does, in local time; ``haystack`` is ``folded``."""

    job: Job
    when: float  # Unix seconds: when it ended, or was made where that is not known
    day: int
    haystack: str

    @property
    def sort_key(self) -> tuple[float, str]:
        """Newest first."""
        return (-self.when, self.job.job_id)


def make_entry(job: Job) -> Entry:
    when = job.finished_at if job.finished_at is not None else job.created_at
    return Entry(job, when, date.fromtimestamp(when).toordinal(), _haystack(job))


def _haystack(job: Job) -> str:
    request = job.request
    parts = (
        job.title,
        request.prompt,
        request.model or "",
        words.mode(request.mode),
        request.mode.value,
        job.task_id or "",
    )
    return folded("\n".join(parts))


def folded(text: str) -> str:
    """As it is searched: letters and their marks are one however a disk stored them."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def passes(entry: Entry, chosen: Filter, terms: tuple[str, ...]) -> bool:
    """Whether the entry is shown; ``terms`` are ``folded`` and must all be found."""
    if chosen is Filter.FAVOURITES and not entry.job.favourite:
        return False
    if chosen is Filter.FAILED and not entry.job.in_vain:
        return False
    return all(term in entry.haystack for term in terms)
