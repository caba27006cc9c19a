"""What the worker for long work can be asked for. Worker side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kling_desktop.motion.reading import read

from . import clip_fitting, clip_survey, export_check, exports, side_by_side
from .cache import Cache
from .files import content_from
from .fitted import ClipPlan
from .progress import Progress
from .protocol import Message


def operations(cache: Cache) -> dict[str, Callable[[Message, Progress], Any]]:
    return {
        "fit_clip": lambda m, progress: clip_fitting.fit_clip(
            m["path"], read(ClipPlan, m["plan"]), cache, progress, content_from(m["content"])
        ).to_json(),
        "export_clip": lambda m, progress: exports.export_clip(
            m["path"], m["kind"], m["start_s"], m["end_s"], cache, progress
        ).to_json(),
        "export_side_by_side": lambda m, progress: side_by_side.export_side_by_side(
            m["path"],
            m["right"],
            (m["names"][0], m["names"][1]),
            m["offset_frames"],
            cache,
            progress,
        ).to_json(),
        "check_export": lambda m, progress: export_check.check_export(
            m["path"], m["kind"], m["length_s"], m["moves"], progress
        ),
        "examine_clip": lambda m, progress: clip_survey.examine(
            m["path"], m["start_s"], m["end_s"], cache, progress
        ).to_json(),
    }
