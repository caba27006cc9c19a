"""What the commands say besides the words that the window has, too."""

from __future__ import annotations

from collections.abc import Sequence

from ..motion.job import FREE_TO_CANCEL, Job
from .base import Speaker


class CommandWords(Speaker):
    """Sentences for a terminal."""

    def nothing_unfinished(self) -> str:
        return self._tr("Nothing is unfinished.")

    def others_work_here(self) -> str:
        return self._tr(
            "Other commands work through this one, so it stays until they are done. Ctrl+C ends "
            "it: they carry on by themselves."
        )

    def resume_goes_on(self) -> str:
        return self._tr("`kling-desktop resume` goes on with it.")

    def interrupted(self, jobs: Sequence[Job], *, elsewhere: bool) -> str:
        """``elsewhere``: another program has the library, and does what was asked for."""
        left = [job for job in jobs if not job.ended]
        parts = [self._tr("Interrupted.")]
        if any(job.state not in FREE_TO_CANCEL for job in left):
            parts.append(self._tr("It may be running and may be charged."))
        elif not jobs or all(job.state in FREE_TO_CANCEL for job in jobs):
            parts.append(self._tr("Nothing was sent so far."))
        if elsewhere:
            parts.append(self._tr("It goes on in the program that has this data folder."))
        elif left:
            parts.append(self.resume_goes_on())
        return " ".join(parts)

    def ended_before_interrupted(self) -> str:
        return self._tr("Interrupted. This command’s own work was done; others carry on.")
