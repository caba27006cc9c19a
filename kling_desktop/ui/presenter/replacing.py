"""The draft as a whole is replaced: by a new one, a job's request, a video's recipe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kling_desktop.motion.input import Input
from kling_desktop.motion.request import Draft, Slot
from kling_desktop.ui.notices import Button
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import tr, words

if TYPE_CHECKING:
    from kling_desktop.engine.recipe import Recipe


class Replacing:
    """What was there before comes back with Undo."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._path = ""  # of the clip that was dropped last

    def put(self, draft: Draft) -> None:
        """Without a word, as Undo does."""
        if (engine := self._desk.engine) is None:
            return
        engine.drafting.put(draft)
        self._desk.compose.set_draft(draft)
        for slot in Slot:
            if draft.source(slot) is None:
                self._desk.compose.set_input(Input(slot))
        self._desk.compose.focus_well(Slot.IMAGE)

    def replace(self, draft: Draft, said: str) -> None:
        """Put it in the place of the present one, and say so."""
        if (engine := self._desk.engine) is None:
            return
        before = engine.drafting.draft
        self.put(draft)
        undo = partial(self._undo, before, engine.drafting.draft)
        self._desk.notice(said, [(tr("Undo"), undo)])

    def _undo(self, before: Draft, put: Draft) -> None:
        """What the person did since then comes back with an Undo of its own."""
        if (engine := self._desk.engine) is None:
            return
        if engine.drafting.draft == put:
            self.put(before)
        else:
            self.replace(before, tr("The earlier draft is back."))

    async def look_for_recipe(self, path: str) -> None:
        """Of a clip that was dropped: was it made here?"""
        if (engine := self._desk.engine) is None:
            return
        self._path = path
        recipe = await engine.recipe_of(path)
        if recipe is None or path != self._path:  # another one was dropped since
            return
        made_here = tr("This video was made with Kling Desktop.")
        now = engine.drafting.draft
        changes = words.draft_changes(now, recipe.onto(now))
        said = [made_here, tr("Its settings are those in Compose.")]
        buttons: list[Button] = []
        if changes:
            said[1] = tr("Remix would set {changes}.").format(changes=changes)
            buttons = [(tr("Remix"), partial(self._remix, recipe))]
        elif recipe.left_out:
            said.pop()
        self._desk.notice(_joined(*said, words.not_taken_over(recipe.left_out)), buttons)

    def _remix(self, recipe: Recipe) -> None:
        """Its settings onto the draft as it is now, which may be another one than before."""
        if (engine := self._desk.engine) is None:
            return
        now = engine.drafting.draft
        after = recipe.onto(now)
        if changes := words.draft_changes(now, after):
            said = tr("Remix has set {changes}.").format(changes=changes)
            self.replace(after, _joined(said, words.not_taken_over(recipe.left_out)))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
