"""What changes in a draft, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..motion.request import ClipEdit, Draft, Source
from .base import isolated
from .figures import FigureWords
from .jobs import JobWords

_PROMPT_SHOWN_CHARS = 80

# As Compose calls them.
_FIELDS: dict[str, str] = {
    "image": "Picture",
    "image_edit": "Crop of the picture",
    "video": "Clip",
    "video_edit": "Part of the clip",
    "mode": "Quality",
    "orientation": "Facing",
    "prompt": "Description",
    "keep_sound": "Keep the clip's sound",
    "model": "Model",
    "watermark": "Watermarked copy too",
    "callback_url": "Callback address",
    "fit": "Convert what does not fit",
}


class DraftWords(FigureWords, JobWords):
    """Names and values of a draft's fields, as Compose and Details call them."""

    def draft_changes(self, before: Draft, after: Draft) -> str:
        """``Quality: Pro, Description: “dusk”``: what ``after`` has that ``before`` had not."""
        values = {
            "image": self._input(after.image),
            "image_edit": self._yes(not after.image_edit.is_empty),
            "video": self._input(after.video),
            "video_edit": self._part(after.video_edit),
            "mode": self.mode(after.mode),
            "orientation": self.orientation(after.orientation),
            "prompt": self._quoted(after.prompt),
            "keep_sound": self._yes(after.keep_sound),
            "model": after.model or self._tr("Automatic"),
            "watermark": self._yes(after.watermark),
            "callback_url": after.callback_url or self._tr("none"),
            "fit": self._yes(after.fit),
        }
        changed = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
        return ", ".join(f"{self._tr(_FIELDS[name])}: {values[name]}" for name in changed)

    def not_taken_over(self, fields: Sequence[str]) -> str:
        """What a video tells of itself that means nothing here; empty where there is nothing."""
        if not fields:
            return ""
        names = ", ".join(self._tr(_FIELDS[name]) for name in fields)
        return self.fill("Left out, as it cannot be used here: {names}.", names=names)

    def links_missing(self, placeholders: Sequence[str]) -> str:
        """Above code that holds them; empty where there are none."""
        if not placeholders:
            return ""
        text = "Put a public link to your file where {name} stands."
        if len(placeholders) > 1:
            text = "Put public links to your files where {name} and {other} stand."
        return self.fill(text, name=placeholders[0], other=placeholders[-1])

    def _yes(self, is_so: bool) -> str:
        return self._tr("yes") if is_so else self._tr("no")

    def _input(self, source: Source | None) -> str:
        return self._tr("none") if source is None else isolated(source.name)

    def _part(self, edit: ClipEdit) -> str:
        if edit.start_s is None and edit.end_s is None:
            return self._tr("all of it") if edit.crop is None else self._tr("cropped")
        end = self._tr("the end") if edit.end_s is None else self.moment(edit.end_s)
        return self.fill("{start} to {end}", start=self.moment(edit.start_s or 0.0), end=end)

    def _quoted(self, prompt: str) -> str:
        """On one line, and never longer than a glance: it may be a stranger's."""
        line = " ".join(prompt.split())
        if not line:
            return self._tr("none")
        shown = "".join(c if c.isprintable() else " " for c in line[:_PROMPT_SHOWN_CHARS])
        return f"“{isolated(shown)}{'…' if len(line) > _PROMPT_SHOWN_CHARS else ''}”"
