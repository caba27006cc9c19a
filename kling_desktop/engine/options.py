"""What an engine is told from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..motion.token import Token
from ..store.paths import ProfilePaths
from ..store.secrets import Secrets
from .preferences import Preferences
from .service import Hosts


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine is told from outside; functions are asked anew each time."""

    paths: ProfilePaths
    hosts: Hosts
    videos_folder: Callable[[], Path]
    jobs_at_once: Callable[[], int]
    secrets: Secrets
    # Whether no other program took the library meanwhile. Raises StoreUnwritable.
    is_still_ours: Callable[[], bool] = lambda: True
    # Where a person may have chosen a folder of their own for videos; None: nowhere.
    preferences: Preferences | None = None
    day_limit_credits: Callable[[], float | None] = lambda: None
    ask_above_credits: Callable[[], float | None] = lambda: None  # for one video
    unread_limits: Callable[[], frozenset[str]] = frozenset  # of these two, by their names
    clean_metadata: Callable[[], bool] = lambda: True
    large_images: Callable[[], bool] = lambda: False  # of more than 10 MB, as they are
    write_recipe: Callable[[], bool] = lambda: False  # into the saved video
    fixed_tokens: tuple[Token, Token] | None = None  # the sandbox's API and account token
    clock: Callable[[], float] = time.time  # Unix seconds; the limit for a day goes by it
