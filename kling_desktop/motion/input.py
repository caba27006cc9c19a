"""One input of a draft while it is looked at: what a well shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .agreement import FileMark, InputStamp
from .facts import Facts
from .limits import Finding
from .price import Quote
from .request import WHOLE_CLIP, WHOLE_IMAGE, ClipEdit, ImageEdit, Slot, Source


class InputState(StrEnum):
    """How far the look at an input is."""

    EMPTY = "empty"
    CHECKING = "checking"
    READY = "ready"  # facts are known; the limits may still object
    REFUSED = "refused"  # it cannot be used at all; ``problem`` says why


@dataclass(frozen=True, slots=True)
class Input:
    """A snapshot. What fits is sent as it is; ``changes`` says what is made to fit."""

    slot: Slot
    state: InputState = InputState.EMPTY
    source: Source | None = None
    facts: Facts | None = None  # of what will be sent
    thumbnail_path: str | None = None
    changes: tuple[str, ...] = ()  # media's words: ImageChange, done; ClipChange, will be done
    original_format: str = ""  # of a converted picture, or the container of a clip
    original: Facts | None = None  # of the file itself, before anything was done to it
    mark: FileMark | None = None  # of the file, from before it was looked at until after
    stamp: InputStamp | None = None  # its content; of a large clip it comes a moment later
    image_edit: ImageEdit = WHOLE_IMAGE
    clip_edit: ClipEdit = WHOLE_CLIP
    unchecked: bool = False  # with READY: another part of the clip, not decoded yet
    strip: tuple[str, ...] = ()  # paths of small pictures, evenly over a clip
    problem: Finding | None = None  # with REFUSED
    warning: Finding | None = None  # with READY: e.g. a link that could not be checked


class Blocked(StrEnum):
    """Why Generate is disabled."""

    NO_INPUTS = "no_inputs"
    NO_IMAGE = "no_image"
    NO_VIDEO = "no_video"
    CHECKING = "checking"
    REFUSED_INPUT = "refused_input"
    BEING_WRITTEN = "being_written"  # by another program; looked at again by itself
    FINDINGS = "findings"
    AWAITS_STORE = "awaits_store"  # the password store has not told the token yet
    STORE_UNREAD = "store_unread"  # nor could it
    NOT_CONNECTED = "not_connected"
    TOKEN_REFUSED = "token_refused"
    TWO_ACCOUNTS = "two_accounts"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said of a draft as it stands."""

    findings: tuple[Finding, ...] = ()
    quote: Quote | None = None  # None while there is no clip, or none that was looked at
    blocked: Blocked | None = Blocked.NO_INPUTS
