"""Compose and the engine's drafting: inputs, findings, price, and the one press that costs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir
from PySide6.QtWidgets import QFileDialog

from kling_desktop.engine.failures import InputsChanged
from kling_desktop.motion.input import Input, InputState, Judgement
from kling_desktop.motion.job import Job
from kling_desktop.motion.limits import Finding, Mend
from kling_desktop.motion.mending import mended
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import Draft, MotionRequest, Slot
from kling_desktop.ui.compose.offers import Offer
from kling_desktop.ui.dropped import DropVerdict, drag_number
from kling_desktop.ui.presenter.asking import Asking, Purchase
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.editing import Editing
from kling_desktop.ui.presenter.replacing import Replacing
from kling_desktop.ui.presenter.wishing import Wishing
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.file_dialog import FileDialog

if TYPE_CHECKING:
    import asyncio

    from kling_desktop.engine.engine import Engine
    from kling_desktop.engine.routing import Verdict

_PICTURES = "*.jpg *.jpeg *.png *.webp *.heic *.heif *.avif *.bmp *.tif *.tiff *.gif"
_CLIPS = "*.mp4 *.mov *.m4v *.mkv *.webm *.avi *.ts *.mts *.m2ts *.mpg *.mpeg *.wmv *.3gp *.gif"


Hovering = tuple[int, tuple[str, ...], Slot | None]  # which drag, what it brings, over which well


class Composing:
    """Draft edits go down, what the engine thinks of them comes up."""

    def __init__(self, desk: Desk, wishing: Wishing) -> None:
        self._desk = desk
        self._wishing = wishing
        self._asking = Asking(desk)
        self._editing = Editing(desk)
        self._chosen_last = os.path.join(QDir.homePath(), "")  # the next dialog begins beside it
        self._pending: tuple[str, ...] = ()  # files that this start was given
        self._hovering: dict[Hovering, DropVerdict] = {}  # what is known of it so far
        self.replacing = Replacing(desk)
        panel = desk.compose
        panel.drop_verdict = self._well_verdict
        desk.window.drop_verdict = self._window_verdict
        desk.window.dropped.connect(self._on_offered)
        panel.sources_offered.connect(self._on_offered)
        panel.source_removed.connect(self._on_removed)
        panel.choose_requested.connect(self.choose)
        panel.draft_changed.connect(self._on_draft_changed)
        panel.generate_requested.connect(self.generate)
        panel.mend_requested.connect(self._on_mend)
        panel.dismiss_requested.connect(self._on_dismissed)
        panel.copy_code_requested.connect(self.copy_code)
        desk.window.returned_to.connect(self._on_returned)

    def attach(self, engine: Engine) -> None:
        drafting = engine.drafting
        drafting.input_changed.connect(self._on_input)
        drafting.judged.connect(self._on_judged)
        self.show_draft()
        pending, self._pending = self._pending, ()
        if pending:
            self._on_offered(Offer(None, pending))

    def take_files(self, files: Sequence[str]) -> None:
        """Those that a start was given: at once, or when there is an engine."""
        if self._desk.engine is None:
            self._pending += tuple(files)
        elif files:
            self._on_offered(Offer(None, tuple(files)))

    def show_draft(self) -> None:
        """The engine's draft as it stands, for example after a restart."""
        if (engine := self._desk.engine) is None:
            return
        self._desk.compose.set_draft(engine.drafting.draft)
        for value in engine.drafting.inputs.values():
            self._desk.compose.set_input(value)
        self._on_judged(engine.drafting.judgement)

    def new_draft(self) -> None:
        """Empty wells and words; quality and facing stay, as people work in series."""
        if (engine := self._desk.engine) is None:
            return
        before = engine.drafting.draft
        if before.image is None and before.video is None and not before.prompt:
            return
        fresh = Draft(mode=before.mode, orientation=before.orientation, model=before.model)
        self.replacing.replace(fresh, tr("New draft."))

    def take_up(self, job: Job) -> None:
        """A job of this library, to make it again in another way."""
        said = tr("Its picture, clip and settings are in Compose.")
        self.replacing.replace(Draft.from_request(job.request), said)

    def choose(self, slot: Slot) -> None:
        """The system's own file dialog, without a nested loop."""
        self._desk.spawn(self._choose(slot), "choose a file")

    async def _choose(self, slot: Slot) -> None:
        start = await self._desk.start_of(self._chosen_last)
        picture = slot is Slot.IMAGE
        title = tr("Choose a picture") if picture else tr("Choose a clip")
        kinds = tr("Pictures") if picture else tr("Clips")
        dialog = FileDialog(self._desk.window, title, os.path.dirname(start))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = _PICTURES if picture else _CLIPS
        dialog.setNameFilters([f"{kinds} ({patterns})", tr("All files") + " (*)"])
        dialog.fileSelected.connect(partial(self._on_chosen, slot))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def generate(self) -> None:
        """One press is at most one paid submission: further presses join it until its row is."""
        engine = self._desk.engine
        request = engine.drafting.request() if engine is not None else None
        price = engine.drafting.judgement.quote if engine is not None else None
        if engine is not None and request is not None and price is not None:
            from kling_desktop.engine.engine import new_job_id

            work = partial(self._generate, engine, request, price, new_job_id())
            self._wishing.take("generate", work, self._desk.compose.set_busy_generate)

    def copy_code(self) -> None:
        engine = self._desk.engine
        request = engine.drafting.draft.to_request() if engine else None
        if engine is None or request is None:
            self._desk.answer(tr("Add a picture and a clip first, then copy the request."))
            return
        self._desk.show_code(*engine.request_as_code(request))

    async def _generate(
        self, engine: Engine, request: MotionRequest, price: Quote, wish_id: str
    ) -> None:
        """All as it was at the press, however long the person thinks about the questions."""
        try:
            agreed = await engine.drafting.agree(request, price)
        except InputsChanged as changed:
            self._desk.notice(words.inputs_changed(changed.names))
            return
        image, video = (engine.drafting.facts(slot) for slot in Slot)
        make = partial(engine.generate, request, image, video, job_id=wish_id, agreed=agreed)
        if await self._asking.buy(Purchase(request, price, agreed), make):
            self._remember(request)

    def _remember(self, request: MotionRequest) -> None:
        self._desk.preferences.change(
            last_mode=request.mode,
            last_orientation=request.orientation,
            last_model=request.model,
        )

    def _on_input(self, value: Input) -> None:
        self._desk.compose.set_input(value)

    def _on_returned(self) -> None:
        """Perhaps from the program in which the clip is made."""
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(engine.drafting.glance(), "glance at the inputs")

    def _on_judged(self, judgement: Judgement) -> None:
        panel = self._desk.compose
        panel.set_findings(judgement.findings)
        panel.set_quote(judgement.quote)
        blocked = judgement.blocked
        panel.set_blocked(None if blocked is None else words.blocked(blocked))
        self._desk.window.commands.set_enabled("generate", blocked is None)

    def _on_offered(self, offer: Offer) -> None:
        engine = self._desk.engine
        if engine is None:
            return
        if offer.image_png is not None:
            self._desk.spawn(engine.drafting.offer_picture(offer.image_png), "pasted picture")
            return
        if offer.given:
            self._desk.spawn(self._take_given(engine, offer), "files that came along")
            return
        looked_at = engine.drafting.offer(  # from now on nothing is sent
            offer.texts, offer.slot, is_pasted=offer.is_pasted
        )
        self._desk.spawn(self._heed(engine, offer, looked_at), "offer")

    async def _take_given(self, engine: Engine, offer: Offer) -> None:
        """They lie nowhere: each gets a place among the inputs."""
        try:
            kept = [await engine.intake.keep_given(one.name, one.data) for one in offer.given]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._desk.answer(
                tr("It could not be kept on this computer: {reason}.").format(reason=reason)
            )
            return
        paths = tuple(source.path or "" for source in kept)
        self._on_offered(replace(offer, texts=paths, given=()))

    async def _heed(self, engine: Engine, offer: Offer, looked_at: asyncio.Task[Verdict]) -> None:
        verdict = await looked_at
        for slot, source in verdict.slots:
            if slot is Slot.VIDEO and source.path is not None:
                self._desk.spawn(self.replacing.look_for_recipe(source.path), "recipe of a clip")
        said = []
        if verdict.left:
            said.append(words.left_aside([source.name for source in verdict.left]))
        why = words.finding(verdict.problem).text if verdict.problem else ""
        if why and offer.slot is None:
            said.append(why)
        if said:
            self._desk.answer(" ".join(said))
        if not why or offer.slot is None:
            return
        if engine.drafting.inputs[offer.slot].state is InputState.READY:
            self._desk.compose.say(offer.slot, why)  # it keeps what it holds

    def _on_chosen(self, slot: Slot, path: str) -> None:
        self._chosen_last = path
        self._on_offered(Offer(slot, (path,)))

    def _on_removed(self, slot: Slot) -> None:
        if self._desk.engine is not None:
            self._desk.engine.drafting.remove(slot)

    def _on_draft_changed(self, draft: Draft) -> None:
        if self._desk.engine is not None:
            self._desk.engine.drafting.edit(draft)

    def _on_dismissed(self, found: Finding) -> None:
        if self._desk.engine is not None:
            self._desk.engine.drafting.wave_off(found)

    def _on_mend(self, found: Finding) -> None:
        engine = self._desk.engine
        if engine is None or found.mend is None:
            return
        draft = engine.drafting.draft
        if found.mend is Mend.CHOOSE_IMAGE:
            self.choose(Slot.IMAGE)
        elif found.mend is Mend.CHOOSE_VIDEO:
            self.choose(Slot.VIDEO)
        elif found.mend is Mend.CROP_IMAGE:
            self._editing.open(Slot.IMAGE)
        elif found.mend is Mend.CONNECT:
            self._desk.window.top_bar.connect_requested.emit()
        elif found.mend is Mend.TOP_UP:
            self._desk.queue.top_up_requested.emit()
        else:
            after = mended(draft, found)
            engine.drafting.edit(after)
            self._desk.compose.set_draft(after)

    def _well_verdict(self, slot: Slot | None, texts: list[str]) -> tuple[bool, str]:
        verdict = self._verdict(tuple(texts), slot)
        return verdict.accepted, verdict.text

    def _window_verdict(self, texts: list[str]) -> DropVerdict:
        return self._verdict(tuple(texts), None)

    def _verdict(self, texts: tuple[str, ...], slot: Slot | None) -> DropVerdict:
        """Before the button is released: where it goes, or why it doesn't."""
        engine = self._desk.engine
        if engine is None:
            return DropVerdict(False, tr("Your library is being opened. Try again in a moment."))
        if not texts:
            return DropVerdict(True, _target(Slot.IMAGE))  # a picture without a file
        if (known := engine.drafting.known(texts, slot)) is not None:
            return _said(known)
        key = (drag_number(), texts, slot)
        if key not in self._hovering:
            older = [each for each in self._hovering if each[0] != key[0]]
            for each in older:
                del self._hovering[each]
            # Files are not read on this thread: their disk may never answer.
            self._hovering[key] = DropVerdict(True, tr("Let go to look at it"))
            self._desk.spawn(self._look(engine, key), "what hovers")
        return self._hovering[key]

    async def _look(self, engine: Engine, key: Hovering) -> None:
        verdict = await engine.drafting.verdict(key[1], key[2])
        if key in self._hovering:
            self._hovering[key] = _said(verdict)
            self._desk.window.judge_again()
            self._desk.compose.judge_drag_again()


def _said(verdict: Verdict) -> DropVerdict:
    if verdict.problem is not None:
        return DropVerdict(False, words.finding(verdict.problem).text)
    return DropVerdict(True, ", ".join(_target(slot) for slot, _source in verdict.slots))


def _target(slot: Slot) -> str:
    return tr("Picture → Character") if slot is Slot.IMAGE else tr("Clip → Motion")
