"""What the Stage is asked to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageItem:
    """One finished video. ``fps`` is used only where the file itself does not say."""

    job_id: str
    title: str
    result_path: str
    reference_path: str | None
    mode_label: str  # "Standard" or "Pro", as words.mode() says it
    fps: float | None
    favourite: bool
