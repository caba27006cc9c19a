"""All that could not be read when a library was opened: to be said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..motion.left_out import Damage, LeftOut, Saved
from .preferences import Preferences

if TYPE_CHECKING:
    from ..store.journal import Journal
    from .engine import Engine


def left_out(engine: Engine, preferences: Preferences) -> list[LeftOut]:
    """Of the settings, the draft, the list of jobs and what was waved off."""
    found = [
        preferences.left_out,
        engine.drafting.left_out,
        _of_journal(engine.journal),
        *_of_jobs(engine.journal),
        engine.drafting.advice_left_out,
    ]
    return [one for one in found if one is not None]


def _of_journal(journal: Journal) -> LeftOut | None:
    """Where it was damaged, or emptied, since an earlier run."""
    if journal.was_lost:
        return LeftOut(Saved.JOURNAL, Damage.WHOLE)
    aside = journal.set_aside
    return None if aside is None else LeftOut(Saved.JOURNAL, Damage.PART, aside.name)


def _of_jobs(journal: Journal) -> list[LeftOut | None]:
    """Rows that are no jobs stay in the file; of others, a part stays in its row."""
    rows = ((Damage.WHOLE, journal.unreadable), (Damage.PART, journal.read_in_part))
    return [
        LeftOut(Saved.JOBS, damage, journal.name, count=len(ids)) for damage, ids in rows if ids
    ]
