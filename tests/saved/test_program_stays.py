"""The program as a whole: its window opens, whatever goes wrong behind it."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from saved_home import DRAFT, SHOWN, SavedHome
from support.cycles import leave, many
from support.media import make_clip, make_picture
from support.waiting import until

from kling_desktop import app
from kling_desktop.app import WINDOW_LOCK, Program
from kling_desktop.engine.door import take_or_raise
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.home import ACCOUNT, Home
from kling_desktop.motion.request import Draft, Source
from kling_desktop.store.lock import FolderLock
from kling_desktop.ui.dialogs.trouble import TroubleSheet
from kling_desktop.ui.presenter.viewing import Viewing


@pytest.fixture
def home(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SavedHome:
    monkeypatch.setenv("ACEDATACLOUD_API_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ACEDATACLOUD_PLATFORM_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ACEDATACLOUD_API_TOKEN", "a" * 32)
    monkeypatch.setenv("ACEDATACLOUD_PLATFORM_TOKEN", "platform-v1-" + "b" * 64)
    return SavedHome(tmp_path / "home")


class Running:
    """The program while it runs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.assembly = program._assembly

    async def until(self, ready: Callable[[], object]) -> None:
        await until(ready, QApplication.processEvents)

    def trouble(self) -> TroubleSheet | None:
        sheets = self.assembly.window.findChildren(TroubleSheet)
        return next((s for s in sheets if s.isVisible()), None)

    def is_open(self) -> bool:
        return self.assembly.desk.engine is not None


@asynccontextmanager
async def running(home: SavedHome, files: Sequence[str] = ()) -> AsyncIterator[Running]:
    """The window on the folder, with ``files``, closed by its own button at the end."""
    lock = FolderLock(home.folder / WINDOW_LOCK)
    assert lock.acquire()
    program = Program(Home(home.folder), lock)
    program.take(files)
    main = asyncio.create_task(program.main(ACCOUNT))
    try:
        yield Running(program)
        program._assembly.window.close()
        await until(main.done, QApplication.processEvents)
        assert main.result() == 0
    finally:
        main.cancel()
        lock.release()


def test_the_program_opens_on_what_was_left(home: SavedHome) -> None:
    async def story() -> None:
        async with running(home) as run:
            await run.until(run.is_open)
            engine = run.program._engine
            assert engine is not None
            assert {job.job_id for job in engine.book.all()} == SHOWN
            assert run.trouble() is None

    asyncio.run(story())


def test_files_of_a_start_and_of_a_second_one_find_their_wells(home: SavedHome) -> None:
    picture = make_picture(home.folder.parent / "夜 1.png")
    clip = make_clip(home.folder.parent / "dance.mp4", 3.2, fps=5, sound=False)

    async def story() -> None:
        async with running(home, [str(picture)]) as run:
            await run.until(run.is_open)
            drafting = run.program._engine.drafting
            await run.until(lambda: drafting.draft.image == Source(path=str(picture)))
            other = FolderLock(home.folder / WINDOW_LOCK)
            assert not await take_or_raise(other, [str(clip), "", "\0"])
            await run.until(lambda: drafting.draft.video == Source(path=str(clip)))
            assert drafting.draft.image == Source(path=str(picture))

    asyncio.run(story())


def test_the_window_closes_while_a_command_has_its_library(home: SavedHome) -> None:
    theirs = Home(home.folder).lock(ACCOUNT)
    assert theirs.acquire()

    async def story() -> None:
        async with running(home) as run:
            await run.until(lambda: "A command line is using" in run.assembly.window.notices.text)
        assert not run.is_open()

    try:
        asyncio.run(story())
    finally:
        theirs.release()


def test_garbage_of_workers_is_destroyed_on_the_windows_thread(home: SavedHome) -> None:
    """A cycle may hold a widget, and a collector in a worker would destroy it there."""
    destroyed_by: list[int] = []

    async def story() -> None:
        async with running(home) as run:
            await run.until(run.is_open)
            await asyncio.to_thread(leave, destroyed_by, many())
            # While other things come and go: what is let go of just then counts against garbage.
            await run.until(lambda: leave([], many()) or len(destroyed_by) == many())

    asyncio.run(story())
    assert set(destroyed_by) == {threading.get_ident()}
    assert gc.isenabled(), "as it was before"


def test_the_draft_that_kept_the_program_from_starting_does_so_no_more(home: SavedHome) -> None:
    broken = DRAFT.to_json() | {"prompt": ["a", "list"]}
    home.files["draft.json"].write_text(json.dumps(broken), encoding="ascii")

    async def story() -> None:
        async with running(home) as run:
            await run.until(run.is_open)
            assert "saved draft" in run.assembly.desk.window.notices.text

    asyncio.run(story())
    kept = json.loads(home.files["draft.json"].read_bytes())
    assert (kept["prompt"], kept["model"]) == ("", DRAFT.model)


@pytest.mark.parametrize("place", ["open", "attach"])
def test_a_mistake_nobody_thought_of_leaves_a_window_that_says_so(
    home: SavedHome, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    kind, name = {"open": (Engine, "open"), "attach": (Viewing, "attach")}[place]
    sound = getattr(kind, name)
    fail = [True]

    def broken(self: object, *args: object, **how: object) -> object:
        if fail[0]:
            raise AttributeError("nobody thought of this")
        return sound(self, *args, **how)

    monkeypatch.setattr(kind, name, broken)

    async def story() -> None:
        async with running(home) as run:
            await run.until(run.trouble)
            assert not run.is_open()
            assert run.program._engine is None
            fail[0] = False
            sheet = run.trouble()
            assert sheet is not None
            next(b for b in sheet.findChildren(QPushButton) if b.text() == "Try again").click()
            await run.until(run.is_open)
            assert run.trouble() is None

    asyncio.run(story())


@pytest.mark.parametrize("place", ["the library", "the cache", "its inputs"])
def test_folders_that_are_files_are_said_in_the_window(
    home: SavedHome, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = {
        "the library": home.profile.folder,
        "the cache": home.profile.cache_folder,
        "its inputs": home.profile.inputs_folder,
    }[place]
    shutil.rmtree(folder)
    folder.parent.mkdir(exist_ok=True)
    folder.touch()
    monkeypatch.setattr(app, "_run", lambda *_given: 77)  # it would stay until it is closed
    try:
        assert app.run_window(home.folder, sandbox=False) == 77
    finally:
        gc.enable()

    async def story() -> None:
        async with running(home) as run:
            await run.until(run.trouble)
            assert folder.is_file()

    asyncio.run(story())


def test_files_that_are_folders_keep_nothing_from_opening(home: SavedHome) -> None:
    """Also those that are only written: how a second start reaches this one."""
    for file in (
        *home.files.values(),
        home.folder / "lock.json",
        home.profile.folder / "lock.json",
    ):
        file.unlink(missing_ok=True)
        (file / "inside").mkdir(parents=True)

    async def story() -> None:
        async with running(home) as run:
            await run.until(run.is_open)
            engine = run.program._engine
            assert engine is not None
            assert engine.drafting.draft == Draft()

    asyncio.run(story())
