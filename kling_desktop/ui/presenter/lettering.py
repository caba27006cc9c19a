"""Said once: names in letters for which this computer has no font."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kling_desktop.motion.input import Input
from kling_desktop.motion.job import Job
from kling_desktop.ui.letters import can_be_shown
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.tr import words

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


class Lettering:
    """Looks at what comes in until it was said, in whichever run of the program."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def attach(self, engine: Engine) -> None:
        engine.drafting.input_changed.connect(self._on_input)
        engine.book.changed.connect(self._on_job)
        self._look(engine.drafting.draft.prompt)
        for job in engine.book.all():
            self._on_job(job)

    def _on_input(self, value: Input) -> None:
        if value.source is not None:
            self._look(value.source.name)

    def _on_job(self, job: Job) -> None:
        self._look(f"{job.title} {job.request.prompt}")

    def _look(self, text: str) -> None:
        if self._desk.preferences.value.letters_told or text.isascii() or can_be_shown(text):
            return
        self._desk.notice(words.no_font())
        self._desk.preferences.change(letters_told=True)
