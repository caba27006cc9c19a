"""What of a saved state could not be read, in words."""

from __future__ import annotations

from ..motion.left_out import Damage, LeftOut, Saved
from .figures import FigureWords

_PART, _WHOLE, _REFUSED = Damage.PART, Damage.WHOLE, Damage.REFUSED

_SENTENCES: dict[tuple[Saved, Damage], str] = {
    (Saved.DRAFT, _PART): "Part of the saved draft could not be read and was left out.",
    (Saved.DRAFT, _WHOLE): "The saved draft could not be read. A new one was begun.",
    (Saved.DRAFT, _REFUSED): "This computer does not let the saved draft be read ({file}). A new "
    "one was begun, which is not kept when the program ends.",
    (Saved.SETTINGS, _PART): "Some settings could not be read and are back to their usual values: "
    "{names}.",
    (Saved.SETTINGS, _WHOLE): "The settings could not be read and are back to their usual values. "
    "If you had set limits, set them again before the next video.",
    (Saved.SETTINGS, _REFUSED): "This computer does not let the settings be read ({file}). They "
    "have their usual values.",
    (Saved.JOBS, _PART): "Parts of the list of jobs could not be read and were left out. They are "
    "kept in {file}. Jobs: {count}.",
    (Saved.JOBS, _WHOLE): "Jobs that this version cannot read are not shown: {count}. They stay in "
    "{file}, and nothing of them is sent.",
    (Saved.JOURNAL, _PART): "The list of jobs was damaged. What could be read of it was carried "
    "over.",
    (Saved.JOURNAL, _WHOLE): "The list of jobs was gone: its file is empty or missing. What was "
    "sent is taken from the second record; jobs that still waited may be missing, and are not "
    "sent. If you have a backup of the data folder, close this program and put it back.",
    **dict.fromkeys(
        [(Saved.WAVED, _PART), (Saved.WAVED, _WHOLE)],
        "Advice that you had put away could not be read. It may be shown again.",
    ),
    (Saved.WAVED, _REFUSED): "This computer does not let the advice that you had put away be read "
    "({file}). It may be shown again.",
}


class SavedWords(FigureWords):
    """What was left out, and where it still is."""

    def left_out(self, found: LeftOut) -> str:
        names = self.settings(found.fields) or self._tr("things that Settings does not show")
        sentence = self.fill(
            _SENTENCES[found.saved, found.damage],
            file=found.kept_as,
            names=names,
            count=found.count,
        )
        if found.saved is Saved.JOBS or found.damage is _REFUSED or not found.kept_as:
            return sentence
        kept = self.fill("The old file was kept as {file}.", file=found.kept_as)
        return f"{sentence} {kept}"
