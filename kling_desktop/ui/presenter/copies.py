"""What goes to the Stage, with the copies that its clips are shown from where they need them."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from kling_desktop.motion.shown_copy import ShownCopy
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.tr import words

# Read when it is first needed: the window opens without it.
if TYPE_CHECKING:
    from kling_desktop.engine.showing import Showing, ShownClip

KNOWN_WITHIN_S = 1.0  # a clip that nothing is known of for so long is shown as it is meanwhile


class _State(Enum):
    ASKED = auto()  # whether it needs a copy
    LATE = auto()  # the same, and it is shown as it is meanwhile
    AS_IS = auto()
    MAKING = auto()
    MADE = auto()


@dataclass(eq=False, slots=True)
class _Known:
    """Of one clip on the Stage."""

    clip: ShownClip
    state: _State = _State.ASKED
    copy: ShownCopy | None = None
    tried: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


class Copies:
    """Stands before the Stage; the copies of what leaves it are not made any further."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.item: StageItem | None = None  # shown, or soon
        self._plays = False  # once it is
        self._known: dict[ShownClip, _Known] = {}
        desk.stage.playback_failed.connect(self._on_result_failed)
        desk.stage.reference_playback_failed.connect(self._on_reference_failed)

    def show(self, item: StageItem | None, *, play: bool = False) -> None:
        """As the Stage's ``show_item``; at once, or when it is known how it can be shown."""
        before, self.item = self.item, item
        if item is None or before is None or _video(before) != _video(item):
            self._forget()
        if item is None:
            self._desk.stage.show_item(None)
            return
        self._plays = self._plays or play
        for clip in _clips(item):
            if clip is not None and clip not in self._known:
                self._ask(clip)
        self._put()

    def show_missing(self, item: StageItem) -> None:
        self._leave()
        self._desk.stage.show_missing(item)

    def show_away(self, item: StageItem, text: str) -> None:
        self._leave()
        self._desk.stage.show_away(item, text)

    # -- what is known of each clip ---------------------------------------------------------

    def _leave(self) -> None:
        self.item = None
        self._forget()

    def _forget(self) -> None:
        self._plays = False
        for known in self._known.values():
            known.stop.set()
        self._known.clear()

    def _showing(self) -> Showing | None:
        from kling_desktop.engine.showing import Shower, Showing

        engine = self._desk.engine
        if engine is None or not isinstance(engine.media, Shower):
            return None
        return Showing(engine.workers, engine.media)

    def _ask(self, clip: ShownClip) -> None:
        known = self._known[clip] = _Known(clip)
        if (showing := self._showing()) is None:
            known.state = _State.AS_IS
        else:
            self._desk.spawn(self._find(known, showing), "look how a clip is shown")

    async def _find(self, known: _Known, showing: Showing) -> None:
        asked = asyncio.ensure_future(showing.needs_copy(known.clip))
        await asyncio.wait({asked}, timeout=KNOWN_WITHIN_S)
        if not asked.done() or asked.exception() is not None:
            self._set(known, _State.LATE)
        if await asked:
            self._set(known, _State.MAKING)
            if not await self._make(known, showing) and self._is_shown(known):
                name = os.path.basename(known.clip.path)
                self._desk.notice(words.shown_as_it_is(name))
                self._set(known, _State.AS_IS)
        else:
            self._set(known, _State.AS_IS)

    async def _make(self, known: _Known, showing: Showing) -> bool:
        """Whether there is one now."""
        from kling_desktop.engine.showing import NoCopy

        known.tried = True
        if not self._is_shown(known):
            return False
        try:
            known.copy = await showing.copy(
                known.clip, partial(self._tell_share, known), known.stop
            )
        except NoCopy:
            return False
        self._set(known, _State.MADE)
        return True

    def _tell_share(self, known: _Known, share: float) -> None:
        if self._is_shown(known):
            self._desk.stage.set_copy_share(share)

    def _is_shown(self, known: _Known) -> bool:
        return self._known.get(known.clip) is known

    def _set(self, known: _Known, state: _State) -> None:
        known.state = state
        if self._is_shown(known):
            self._put()

    # -- the Stage --------------------------------------------------------------------------------

    def _put(self) -> None:
        item, stage = self.item, self._desk.stage
        if item is None:
            return
        result, reference = (self._known.get(clip) if clip else None for clip in _clips(item))
        on_stage = stage.item
        is_new = on_stage is None or _video(on_stage) != _video(item)
        if is_new and result is not None and result.state is _State.ASKED:
            return
        unknown = (_State.ASKED, _State.MAKING)
        shown = replace(
            item,
            result_copy=result.copy if result else None,
            reference_copy=reference.copy if reference else None,
            result_waits=result is not None and result.state is _State.MAKING,
            reference_waits=reference is not None and reference.state in unknown,
        )
        stage.show_item(shown)
        if self._plays and not shown.result_waits:
            self._plays = False
            stage.play_pause()

    def _on_result_failed(self, _job_id: str) -> None:
        self._try_copy(0)

    def _on_reference_failed(self, _job_id: str) -> None:
        self._try_copy(1)

    def _try_copy(self, which: int) -> None:
        """The player cannot show it, and nobody knew: meanwhile what was said of that stays."""
        clip = _clips(self.item)[which] if self.item is not None else None
        known = self._known.get(clip) if clip is not None else None
        if known is None or known.tried or (showing := self._showing()) is None:
            return
        self._desk.spawn(self._try(known, showing), "a copy of what cannot be played")

    async def _try(self, known: _Known, showing: Showing) -> None:
        await self._make(known, showing)


def _video(item: StageItem) -> tuple[str, str]:
    return item.job_id, item.result_path


def _clips(item: StageItem) -> tuple[ShownClip, ShownClip | None]:
    """The result, and the part of the reference that was sent."""
    from kling_desktop.engine.showing import ShownClip

    result = ShownClip(item.result_path)
    if item.reference_path is None:
        return result, None
    return result, ShownClip(item.reference_path, item.reference_start_s, item.reference_end_s)
