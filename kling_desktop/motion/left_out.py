"""What of a saved state could not be read: a value, which ``words`` turns into a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Saved(StrEnum):
    """What is kept from one run to the next."""

    SETTINGS = "settings"
    DRAFT = "draft"
    JOBS = "jobs"
    JOURNAL = "journal"  # the file that the jobs are in
    WAVED = "waved"  # the advice that was waved off


class Damage(StrEnum):
    """How much of it could not be read."""

    PART = "part"  # of the rest nothing is lost
    WHOLE = "whole"
    REFUSED = "refused"  # it is there, but the system does not let us read it


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Said once; ``kept_as`` is the name of the file where it still is, empty where there is none.

    ``fields`` are names within a file; ``count`` is of jobs.
    """

    saved: Saved
    damage: Damage
    kept_as: str = ""
    fields: tuple[str, ...] = ()
    count: int = 0
