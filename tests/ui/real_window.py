"""The whole window on a real engine, in this process, for as long as a story about it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from support.waiting import until

from kling_desktop.engine.engine import Engine, EngineOptions
from kling_desktop.engine.home import ACCOUNT, Home
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.job import Job
from kling_desktop.motion.request import Draft
from kling_desktop.store.secrets import Secrets
from kling_desktop.ui.presenter.assembly import Assembly

NOWHERE = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9", sandbox=True)  # refuses at once


def turn() -> None:
    """Qt's events, and what is to be deleted is."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _buttons(parent: QWidget, text: str) -> list[QPushButton]:
    return [b for b in parent.findChildren(QPushButton) if b.text() == text and b.isVisible()]


def button(parent: QWidget, text: str) -> QPushButton:
    """The one that can be seen."""
    found = _buttons(parent, text)
    assert len(found) == 1, f"{text}: {len(found)}"
    return found[0]


class RealWindow:
    """What a person sees of it, and does."""

    def __init__(self, assembly: Assembly, engine: Engine) -> None:
        self.assembly, self.engine = assembly, engine
        self.window, self.notices = assembly.window, assembly.window.notices
        self.preferences = assembly.desk.preferences

    async def notice(self, beginning: str) -> str:
        """The text of the notice once it is this one."""
        await until(lambda: self.notices.text.startswith(beginning), turn)
        return self.notices.text

    async def waits(self, count: int) -> None:
        """Until as many notices wait behind the one that is shown."""
        await until(lambda: len(self.notices._waiting) == count, turn)

    async def press(self, text: str, parent: QWidget | None = None) -> None:
        """A button of the notice, or of another part, once it can be seen."""
        turn()  # buttons of the notice before go, others join a layout that shows them later
        await until(lambda: _buttons(parent or self.notices, text), turn)
        button(parent or self.notices, text).click()

    async def until(self, look: Callable[[], object]) -> None:
        await until(look, turn)


def play(
    folder: Path,
    story: Callable[[RealWindow], Awaitable[None]],
    *,
    jobs: Iterable[Job] = (),
    hosts: Hosts = NOWHERE,
    secrets: Secrets | None = None,
) -> None:
    """A start of the program on this folder, the ``story``, and its end."""
    asyncio.run(_life(folder, story, tuple(jobs), hosts, secrets or Secrets(environ={})))


async def _life(
    folder: Path,
    story: Callable[[RealWindow], Awaitable[None]],
    jobs: tuple[Job, ...],
    hosts: Hosts,
    secrets: Secrets,
) -> None:
    home = Home(folder)
    home.preferences.change(first_run_done=True)
    engine = Engine(
        EngineOptions(
            paths=home.paths.profile(ACCOUNT),
            hosts=hosts,
            videos_folder=lambda: home.videos_folder(ACCOUNT),
            preferences=home.preferences,
            jobs_at_once=lambda: 2,
            secrets=secrets,
        )
    )
    assembly = Assembly(home.preferences, str, lambda _on: None, str(folder), list, time.time)
    try:
        assembly.show()
        await engine.open(default_draft=Draft())
        for job in jobs:
            await engine.book.add(job)
        assembly.attach(engine)
        assembly.window.notices.clear()
        await story(RealWindow(assembly, engine))
    finally:
        assembly.detach()
        await engine.close()
        assembly.close()
        turn()
        assembly.window.deleteLater()
        turn()
