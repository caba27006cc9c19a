"""What changes in a draft, in words."""

from __future__ import annotations

from ..motion.request import ClipEdit, Draft, Source
from .base import isolated
from .figures import FigureWords
from .jobs import JobWords

_PROMPT_SHOWN_CHARS = 80


class DraftWords(FigureWords, JobWords):
    """Names and values of a draft's fields, as Compose and Details call them."""

    def draft_changes(self, before: Draft, after: Draft) -> str:
        """``Quality: Pro, Description: “dusk”``: what ``after`` has that ``before`` had not."""
        rows = (
            ("image", "Picture", self._input(after.image)),
            ("image_edit", "Crop of the picture", self._yes(not after.image_edit.is_empty)),
            ("video", "Clip", self._input(after.video)),
            ("video_edit", "Part of the clip", self._part(after.video_edit)),
            ("mode", "Quality", self.mode(after.mode)),
            ("orientation", "Facing", self.orientation(after.orientation)),
            ("prompt", "Description", self._quoted(after.prompt)),
            ("keep_sound", "Keep the clip's sound", self._yes(after.keep_sound)),
            ("model", "Model", after.model or self._tr("Automatic")),
            ("watermark", "Watermarked copy too", self._yes(after.watermark)),
            ("callback_url", "Callback address", after.callback_url or self._tr("none")),
            ("fit", "Convert what does not fit", self._yes(after.fit)),
        )
        changed = [row for row in rows if getattr(before, row[0]) != getattr(after, row[0])]
        return ", ".join(f"{self._tr(name)}: {value}" for _, name, value in changed)

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
