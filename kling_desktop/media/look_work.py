"""What the worker that looks at clips can be asked for. Worker side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kling_desktop.motion.reading import read

from . import clip_fitting
from .cache import Cache
from .fitted import ClipPlan
from .progress import Progress
from .protocol import Message


def operations(cache: Cache) -> dict[str, Callable[[Message, Progress], Any]]:
    return {
        "plan_clip": lambda m, progress: clip_fitting.plan_clip(
            m["path"], read(ClipPlan, m["plan"]), cache, progress
        ),
    }
