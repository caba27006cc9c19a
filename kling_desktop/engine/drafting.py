"""The draft in the making: its inputs are looked at, it is judged and priced, and it survives."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..motion.account import AccountState
from ..motion.agreement import Agreement
from ..motion.facts import Facts
from ..motion.input import Input, InputState, Judgement
from ..motion.left_out import LeftOut
from ..motion.limits import Finding, finding
from ..motion.limits import FindingCode as C
from ..motion.price import Quote
from ..motion.request import Draft, MotionRequest, Slot, Source
from ..store.draft import DraftStore
from ..store.errors import StoreError
from .doctor import Doctor
from .events import Event
from .failures import InputsChanged
from .intake import Intake, growing, is_growing, with_part
from .judging import Price, agreement, judged
from .plans import Wish
from .routing import Verdict, as_source, folder_of, guessed, route, route_links
from .workers import Workers

LOOK_AGAIN_S = 0.5  # at a file that is still being written
PLAN_AFTER_S = 0.3  # a handle is dragged in many small steps; the packets are read once after
SAVE_AFTER_S = 1.0  # "saved a second after the last edit" (architecture.md)
_log = logging.getLogger(__name__)


class Drafting:
    """Holds the draft. A newer choice for a well cancels the look at the older one."""

    def __init__(
        self,
        workers: Workers,
        intake: Intake,
        store: DraftStore,
        price: Price,
        account: Callable[[], AccountState],
        wish_of: Callable[[Draft], Wish],
        doctor: Doctor,
    ) -> None:
        self._workers = workers
        self._intake = intake
        self._store = store
        self._price = price
        self._account = account
        self._wish_of = wish_of
        self._doctor = doctor
        doctor.changed.connect(self._on_advice)
        self._plan_timer: asyncio.TimerHandle | None = None
        self._plan_stop = threading.Event()
        self._looks: dict[Slot, asyncio.Task[None]] = {}
        self._save_timer: asyncio.TimerHandle | None = None
        self.draft = Draft()
        self.inputs = {slot: Input(slot) for slot in Slot}
        self._held: dict[Slot, Input] = {}  # what is in a well while another file is read for it
        self._reading: dict[Slot, object] = {}
        self.judgement = Judgement()
        self.input_changed: Event[Input] = Event()
        self.judged: Event[Judgement] = Event()

    async def open(self, default: Draft) -> None:
        """Take up the last draft; its inputs are looked at again."""
        kept = await self._workers.call(self._store.load)
        await self._doctor.open()
        self.put(kept or default)

    @property
    def left_out(self) -> LeftOut | None:
        """What could not be read of the last draft."""
        return self._store.left_out

    @property
    def advice_left_out(self) -> LeftOut | None:
        """What could not be read of the advice that was waved off."""
        return self._doctor.left_out

    def put(self, draft: Draft) -> None:
        """Replace the whole draft: a new one, or a request to edit."""
        self.draft = draft
        for slot in Slot:
            self._set_source(slot, draft.source(slot))
        self._edited()

    def edit(self, draft: Draft) -> None:
        """New settings from Compose; the inputs stay, perhaps with another part or crop."""
        before = self.draft
        self.draft = replace(draft, image=before.image, video=before.video)
        if self.draft.image_edit != before.image_edit and before.image is not None:
            self._set_source(Slot.IMAGE, before.image)
        if self.draft.video_edit != before.video_edit:
            self._on_part_changed()
        self._edited()

    def offer(
        self, texts: tuple[str, ...], slot: Slot | None, *, is_pasted: bool = False
    ) -> asyncio.Task[Verdict]:
        """Paths or links as dropped, pasted, chosen or typed; each goes to the well of its kind.

        Files are read in a thread, which may take long; their wells show it meanwhile.
        """
        empty = next((s for s in Slot if self.inputs[s].state is InputState.EMPTY), Slot.IMAGE)
        places = guessed(texts, slot, empty, is_pasted=is_pasted)
        reading = {well: self._begin_reading(well, source) for well, source in places.items()}
        if reading:
            self.judge()
        return self._workers.spawn(self._offer(texts, slot, reading, is_pasted), "offer")

    async def _offer(
        self,
        texts: tuple[str, ...],
        slot: Slot | None,
        reading: dict[Slot, object],
        is_pasted: bool,
    ) -> Verdict:
        verdict = await self.verdict(texts, slot, is_pasted=is_pasted)
        # Of those that nobody emptied or filled otherwise since.
        mine = {well for well, token in reading.items() if self._reading.get(well) is token}
        for well in mine - {target for target, _source in verdict.slots}:
            self._end_reading(well)
        for target, source in verdict.slots:
            if target in mine or target not in reading:
                self._set_source(target, source)
        if verdict.problem is not None and slot is not None and mine >= reading.keys():
            self._refuse(slot, texts, verdict.problem)
        self._edited()
        return verdict

    def known(
        self, texts: tuple[str, ...], slot: Slot | None, *, is_pasted: bool = False
    ) -> Verdict | None:
        """Where these would go, as far as no file has to be read for that."""
        if folder_of(texts) is not None:
            return None
        empty = next((s for s in Slot if self.inputs[s].state is InputState.EMPTY), None)
        return route_links(texts, slot, empty, is_pasted=is_pasted)

    async def verdict(
        self, texts: tuple[str, ...], slot: Slot | None, *, is_pasted: bool = False
    ) -> Verdict:
        """Where these would go, also files, whose disk may never answer."""
        if (verdict := self.known(texts, slot, is_pasted=is_pasted)) is not None:
            return verdict
        look = partial(route, texts, slot, is_pasted=is_pasted)
        return await self._workers.at_place(folder_of(texts), look)

    def _begin_reading(self, slot: Slot, source: Source) -> object:
        """What is in the well is kept, until it is known what becomes of the new one."""
        held = self._held.setdefault(slot, self.inputs[slot])
        self._reading[slot] = token = object()
        shown = Input(slot, InputState.CHECKING, source)
        self._tell_now(replace(shown, image_edit=held.image_edit, clip_edit=held.clip_edit))
        return token

    def _end_reading(self, slot: Slot) -> None:
        """It is not for this well: what was there is there again."""
        self._reading.pop(slot, None)
        if (held := self._held.pop(slot, None)) is not None:
            self._show(held)

    def _now(self, slot: Slot) -> Input:
        """What is in the well, also while another file is read for it."""
        return self._held.get(slot, self.inputs[slot])

    async def offer_picture(self, png: bytes) -> None:
        """A picture from the clipboard."""
        try:
            source = await self._intake.keep_picture(png)
        except OSError as error:
            _log.warning("a pasted picture could not be kept: %s", error)
            problem = finding(C.FILE_UNREADABLE, slot=Slot.IMAGE, name="")
            self._show(Input(Slot.IMAGE, InputState.REFUSED, problem=problem))
            return
        self._set_source(Slot.IMAGE, source)
        self._edited()

    def remove(self, slot: Slot) -> None:
        self._set_source(slot, None)
        self._edited()

    def facts(self, slot: Slot) -> Facts | None:
        return self.inputs[slot].facts

    def request(self) -> MotionRequest | None:
        """The complete request, where nothing speaks against sending it."""
        return None if self.judgement.blocked else self.draft.to_request()

    async def agree(self, request: MotionRequest, shown: Quote | None) -> Agreement:
        """What was looked at and the price that was shown, at the press.

        Raises InputsChanged where an input is not what was looked at; it is looked at again.
        """
        pressed = dict(self.inputs)
        if looks := tuple(self._looks.values()):
            await asyncio.wait(looks)  # for what they are known by
        changed = [v for v in pressed.values() if not await self._is_as_looked_at(v, request)]
        if changed:
            for value in changed:
                self._look_again(value.slot)
            names = (v.source.name for v in changed if v.source is not None)
            raise InputsChanged(tuple(names))
        return agreement(self.inputs, shown or self._price(request, None))

    async def _is_as_looked_at(self, pressed: Input, request: MotionRequest) -> bool:
        """Whether what was in the well at the press is there now."""
        now = self.inputs[pressed.slot]
        same = now.source == pressed.source == Draft.from_request(request).source(pressed.slot)
        ready = now.state is pressed.state is InputState.READY and now.mark == pressed.mark
        return same and ready and await self._intake.is_as_looked_at(now)

    async def glance(self) -> None:
        """Look again at what was written to since: the person comes back from another program."""
        for seen in tuple(self.inputs.values()):
            if seen.stamp is None or await self._intake.is_as_looked_at(seen):
                continue
            now = self.inputs[seen.slot]
            if (now.source, now.mark) == (seen.source, seen.mark):
                self._look_again(seen.slot)

    def _look_again(self, slot: Slot) -> None:
        value = self.inputs[slot]
        if value.state is InputState.READY:
            self._set_source(slot, value.source)
            self._show(replace(value, state=InputState.CHECKING))  # at once: no second press

    def judge(self) -> None:
        """Again, after anything that bears on it: inputs, settings, account, price rules."""
        self.judgement = judged(
            self.draft,
            self.inputs,
            self._account(),
            self._price,
            self._doctor.findings(self.draft, self.inputs),
            service_is_here=self._intake.service_is_here,
        )
        self.judged.emit(self.judgement)

    async def save(self) -> None:
        """At once; at the end of the program."""
        self._cancel_timer()
        try:
            await self._workers.call(self._store.save, self.draft)
        except StoreError as error:
            _log.warning("the draft could not be saved: %s", error)

    def wave_off(self, found: Finding) -> None:
        """The person knows better; not said again of this clip."""
        self._doctor.wave_off(found)

    def _on_advice(self, _nothing: None) -> None:
        self.judge()

    def close(self) -> None:
        self._doctor.halt()
        self._cancel_timer()
        self._cancel_plan()

    def _set_source(self, slot: Slot, source: Source | None) -> None:
        self._held.pop(slot, None)
        self._reading.pop(slot, None)
        if (older := self._looks.pop(slot, None)) is not None:
            older.cancel()
        if slot is Slot.VIDEO:
            self._cancel_plan()
        self.draft = self.draft.with_source(slot, source)
        if source is None:
            self._show(Input(slot))
            return
        self._looks[slot] = self._workers.spawn(self._look(slot, source), f"look at {slot}")

    async def _look(self, slot: Slot, source: Source) -> None:
        try:
            value = await self._intake.look(slot, source, self._show, self._wish())
        except Exception:
            # A mistake of our own must not leave the well checking for ever.
            _log.exception("looking at an input failed")
            problem = finding(C.HELPER_FAILED, slot=slot, name=source.name)
            value = Input(slot, InputState.REFUSED, source, problem=problem)
        if self.draft.source(slot) != source:
            return
        self._show(value)
        if slot is Slot.VIDEO and value.original is not None and source.path is not None:
            self._workers.spawn(self._strip(source), "strip of a clip")
        if slot is Slot.VIDEO and value.clip_edit != self.draft.video_edit:
            self._on_part_changed()  # edited while it was looked at
        await self._keep_stamp(slot, source, value)

    async def _keep_stamp(self, slot: Slot, source: Source, value: Input) -> None:
        """By what it is known again. A file that is still written to is looked at again later."""
        stamped = await self._intake.stamped(value)
        if self.draft.source(slot) != source:
            return
        if stamped is not None and not is_growing(stamped):
            self._tell(replace(self._now(slot), stamp=stamped.stamp))
            return
        if stamped is None:
            self._show(growing(value))
        again = self._look_when_quiet(slot, source)
        self._looks[slot] = self._workers.spawn(again, f"look at {slot} again")

    async def _look_when_quiet(self, slot: Slot, source: Source) -> None:
        await asyncio.sleep(LOOK_AGAIN_S)
        await self._intake.until_quiet(source.path or "")
        await self._look(slot, source)

    async def _strip(self, source: Source) -> None:
        def announce(strip: tuple[str, ...]) -> None:
            value = self._now(Slot.VIDEO)
            if value.source != source or value.state is not InputState.READY:
                return
            if value.strip == strip:  # better pictures under the same names: read them again
                self._tell(replace(value, strip=()))
            self._tell(replace(value, strip=strip))

        await self._intake.strip(source.path or "", announce)

    def _wish(self) -> Wish:
        return self._wish_of(self.draft)

    def _on_part_changed(self) -> None:
        """Length and price follow at once; what has to be converted, a moment later."""
        value = with_part(self._now(Slot.VIDEO), self._wish())
        if value is None:
            return
        self._show(value)
        self._cancel_plan()
        loop = asyncio.get_running_loop()
        self._plan_timer = loop.call_later(PLAN_AFTER_S, self._replan_soon)

    def _replan_soon(self) -> None:
        self._workers.spawn(self._replan(), "plan of a clip")

    async def _replan(self) -> None:
        before, wish = self._now(Slot.VIDEO), self._wish()
        stop = self._plan_stop
        value = await self._intake.replan(before, wish, stop)
        if stop.is_set():  # another part is wanted by now
            return
        current = self._now(Slot.VIDEO)
        if current.source == before.source and self.draft.video_edit == wish.clip_edit:
            self._show(replace(value, strip=current.strip, stamp=current.stamp))

    def _cancel_plan(self) -> None:
        self._plan_stop.set()
        self._plan_stop = threading.Event()
        if self._plan_timer is not None:
            self._plan_timer.cancel()
            self._plan_timer = None

    def _refuse(self, slot: Slot, texts: tuple[str, ...], problem: Finding) -> None:
        """What cannot be used is shown with its reason; a well that held something keeps it."""
        if self.inputs[slot].state is InputState.READY:
            return
        source = as_source(texts[0]) if texts else None
        self._show(Input(slot, InputState.REFUSED, source, problem=problem))

    def _show(self, value: Input) -> None:
        self._tell(value)
        self.judge()

    def _tell(self, value: Input) -> None:
        if value.slot in self._held:
            self._held[value.slot] = value
        else:
            self._tell_now(value)

    def _tell_now(self, value: Input) -> None:
        self.inputs[value.slot] = value
        if value.slot is Slot.VIDEO:
            ready = value.state is InputState.READY and value.source is not None
            path = value.source.path if ready and value.source is not None else None
            self._doctor.attend(path, value.clip_edit)
        self.input_changed.emit(value)

    def _edited(self) -> None:
        self.judge()
        self._cancel_timer()
        loop = asyncio.get_running_loop()
        self._save_timer = loop.call_later(SAVE_AFTER_S, self._save_soon)

    def _save_soon(self) -> None:
        self._workers.spawn(self.save(), "save the draft")

    def _cancel_timer(self) -> None:
        if self._save_timer is not None:
            self._save_timer.cancel()
            self._save_timer = None
