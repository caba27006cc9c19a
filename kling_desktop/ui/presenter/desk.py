"""What all presenters share: the window, its panels, and the engine of the moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDir
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from kling_desktop.engine.failures import NotKept
from kling_desktop.engine.preferences import Preferences
from kling_desktop.motion.job import Job
from kling_desktop.ui import desktop
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.held import Held
from kling_desktop.ui.library.panel import LibraryPanel
from kling_desktop.ui.notices import Button
from kling_desktop.ui.queue.panel import QueuePanel
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.window import MainWindow

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine


@dataclass(slots=True)
class Desk:
    """The window with its panels, the preferences, and the engine that is attached now."""

    window: MainWindow
    compose: ComposePanel
    stage: StagePanel
    queue: QueuePanel
    library: LibraryPanel
    preferences: Preferences
    videos_folder: Callable[[], str]
    now: Callable[[], float]  # Unix seconds
    engine: Engine | None = None

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a use case; without an engine there is nothing to run."""
        if self.engine is None:
            work.close()
            return
        task = self.engine.workers.spawn(self._carry_out(work), name)
        task.add_done_callback(lambda _done: work.close())  # of one that ended before it began

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NotKept as problem:
            self.say_not_kept(problem)

    def say_not_kept(self, problem: NotKept) -> None:
        """What the person wished could not be written down."""
        self.notice(words.error(problem.error).sentence)

    def job(self, job_id: str) -> Job | None:
        return self.engine.book.find(job_id) if self.engine else None

    def notice(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """A passing message at the bottom; each button comes with what it does."""
        self.window.notices.show_notice(text, buttons)

    def answer(self, text: str) -> None:
        """What became of what the person just did: it does not wait behind an earlier answer."""
        self.window.notices.answer(text)

    def show_taken(self, job_ids: Sequence[str], taken: bool) -> None:
        """A press on these jobs is being written down, or was."""
        for job_id in job_ids:
            self.queue.set_taken(job_id, taken)
            self.library.set_taken(job_id, taken)

    async def start_of(self, path: str) -> str:
        """Where a dialog for ``path`` begins: there, or at home where its disk is slow."""
        folder, name = os.path.split(path)
        return os.path.join(await self._start_in(folder), name)

    def begin(self, owner: QWidget, folder: str, opens: Callable[[str], None]) -> None:
        """As ``dialog_start.Begin``: in ``folder``, or at home where its disk is slow."""
        if self.engine is None:
            opens(QDir.homePath())
        else:
            self.spawn(self._begin(Held(owner), folder, opens), "begin a dialog")

    async def _begin(self, owner: Held, folder: str, opens: Callable[[str], None]) -> None:
        start = await self._start_in(folder)
        if owner.widget is not None:
            opens(start)

    async def _start_in(self, folder: str) -> str:
        engine = self.engine
        quick = folder and engine is not None and await engine.place.answers_at_once(Path(folder))
        return folder if quick else QDir.homePath()

    def show_in_folder(self, path: str) -> None:
        """In the file manager, once its disk answers: Qt looks at the folder."""
        self.spawn(self._show_in_folder(path), "show in folder")

    async def _show_in_folder(self, path: str) -> None:
        if self.engine is not None:
            await self.engine.library.is_there(path)
            desktop.show_in_folder(path)

    def keep(self, **settings: object) -> None:
        """Change some settings; they hold from now on, also where they could not be saved."""
        problem = self.preferences.change(**settings)
        if problem is not None:
            self.say_unkept(problem)

    def say_unkept(self, problem: str) -> None:
        self.notice(tr("The settings could not be saved: {reason}").format(reason=problem))

    def copy_text(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.answer(said)

    def show_code(self, curl: str, python: str) -> None:
        from kling_desktop.engine.code import LINKS
        from kling_desktop.ui.dialogs.code import CodeSheet

        needs_links = any(name in curl for name in LINKS.values())
        texts = [(tr("cURL"), curl), (tr("Python"), python)]
        CodeSheet(self.window, texts, needs_links=needs_links).open()
