"""What the Stage is asked to show."""

from __future__ import annotations

from dataclasses import dataclass

from kling_desktop.motion.compare import CompareSettings
from kling_desktop.motion.shown_copy import ShownCopy


@dataclass(frozen=True, slots=True)
class StageItem:
    """One finished video. ``fps`` is used only where the file itself does not say.

    ``reference_label`` names the reference where it is not the clip that drove the video but
    another result ("Take 3 · Pro"). ``reference_start_s`` and ``reference_end_s`` bound the part
    of the reference that was sent; None is its own edge. ``compare`` is what was remembered.
    """

    job_id: str
    title: str
    result_path: str
    reference_path: str | None
    mode_label: str  # "Standard" or "Pro", as words.mode() says it
    fps: float | None
    favourite: bool
    reference_label: str | None = None
    reference_start_s: float | None = None
    reference_end_s: float | None = None
    compare: CompareSettings | None = None
    has_marked: bool = False  # a copy with a watermark is kept beside it
    # What is played in their place, where the player would not show them exactly.
    result_copy: ShownCopy | None = None
    reference_copy: ShownCopy | None = None
    result_waits: bool = False  # for its copy; nothing of it is shown until it is there
    reference_waits: bool = False
