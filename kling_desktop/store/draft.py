"""The draft in Compose, kept over a restart."""

from __future__ import annotations

from pathlib import Path

from ..motion.left_out import LeftOut, Saved
from ..motion.reading import read
from ..motion.request import Draft
from .saved import SavedObject


class DraftStore:
    """One small JSON file. Blocks for the time of a write with fsync."""

    def __init__(self, file: Path) -> None:
        self._saved = SavedObject(file, Saved.DRAFT)

    @property
    def left_out(self) -> LeftOut | None:
        """What the last ``load`` could not read."""
        return self._saved.left_out

    def load(self) -> Draft | None:
        """The saved draft, as far as it can be read; None where there is none. Never raises."""
        if not (data := self._saved.load()):
            return None
        left_out: list[str] = []
        draft = read(Draft, data, left_out)  # each of its fields has a default
        self._saved.note(left_out)
        return draft

    def save(self, draft: Draft) -> None:
        """Raises StoreUnwritable; the draft saved before is then still there."""
        self._saved.save(draft.to_json())
