"""One input of a draft while it is looked at: what a well shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .facts import Facts
from .limits import Finding
from .request import Slot, Source


class InputState(StrEnum):
    """How far the look at an input is."""

    EMPTY = "empty"
    CHECKING = "checking"
    READY = "ready"  # facts are known; the limits may still object
    REFUSED = "refused"  # it cannot be used at all; ``problem`` says why


@dataclass(frozen=True, slots=True)
class Input:
    """A snapshot. Unchanged files are sent as they are; ``changes`` says what was mended."""

    slot: Slot
    state: InputState = InputState.EMPTY
    source: Source | None = None
    facts: Facts | None = None  # of what will be sent
    thumbnail_path: str | None = None
    changes: tuple[str, ...] = ()  # media's ImageChange words, e.g. "converted", "turned"
    original_format: str = ""  # of a converted picture
    problem: Finding | None = None  # with REFUSED
    warning: Finding | None = None  # with READY: e.g. a link that could not be checked
