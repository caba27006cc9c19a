"""The window's composition root: builds every object, runs the loop, closes in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .command.interruption import END_WITHIN_S, end_within
from .command.streams import open_streams, say
from .engine.door import Door, NotAnswered, files_of, take_or_raise
from .engine.home import ACCOUNT, SANDBOX, Home
from .motion.request import Draft
from .store.errors import StoreError
from .store.lock import FolderLock
from .store.log import keep_log
from .store.paths import DataPaths

if TYPE_CHECKING:
    from .command.handover import Carrier
    from .engine.engine import Engine
    from .sandbox import Sandbox

_log = logging.getLogger(__name__)
WINDOW_LOCK = "window.lock"
LOCK_RETRY_S = 1.0
_VERSION = f"{__version__}, Python {platform.python_version()}, {platform.system()}"


def main() -> int:
    """The entry for a start without a terminal: a menu's, or files that are opened with it."""
    open_streams()
    from .command.arguments import typed_for_window

    options = typed_for_window(sys.argv[1:], "kling-desktop-window")
    code = run_window(
        getattr(options, "data_dir", None),
        sandbox=getattr(options, "sandbox", False),
        files=options.files,
    )
    end_within(END_WITHIN_S, code)
    return code


def run_window(data_dir: Path | None, *, sandbox: bool, files: Sequence[str] = ()) -> int:
    """Open the window, or raise the one that is open on this folder already; ``files``, paths and
    links, go into its wells."""
    if not _has_screen():
        say("There is no screen here for the window. `kling-desktop --help` lists the commands.")
        return 1
    _end_at_ctrl_c()
    gc.disable()  # looking takes time: none before the window is painted, then in ui.garbage alone
    log_file = _keep_log(data_dir)
    while True:
        try:
            return _start(data_dir, log_file, sandbox, files)
        except Exception as error:  # whatever it is, it is seen in a window
            if not _tries_again(data_dir, error, log_file):
                return 1


def _start(
    data_dir: Path | None, log_file: Callable[[], str], sandbox: bool, files: Sequence[str]
) -> int:
    """One program for a data folder: a second start raises the first."""
    home = Home(data_dir)
    home.paths.create()  # the rest is said in the window
    lock = FolderLock(home.paths.root / WINDOW_LOCK)
    if not lock.acquire() and not asyncio.run(take_or_raise(lock, files)):
        say("Kling Desktop is running already: its window was raised.")
        return 0
    try:
        return _run(home, lock, log_file, sandbox, files)
    finally:
        lock.release()


def _has_screen() -> bool:
    """Qt ends a program that has none with a core dump."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _end_at_ctrl_c() -> None:
    """Until the window listens itself: an exception in any line would break into Qt's overrides and
    leave modules half, and nothing is begun yet."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end_without_screen(why: str) -> None:
    """Out of Qt, which takes no exception there."""
    say(f"No screen can be reached: {why}. `kling-desktop --help` lists the commands.")
    os._exit(1)


def _keep_log(data_dir: Path | None) -> Callable[[], str]:
    """Where it is, or nothing where it cannot be written."""
    for place in (data_dir, None):  # with the working folder goes what a relative path means
        with suppress(OSError, StoreError):
            folder = DataPaths.of(place).log_folder
            log = keep_log(folder, logging.WARNING, "%(levelname)s %(name)s: %(message)s")
            return lambda: str(log.file or "")
    return str


def _tries_again(data_dir: Path | None, error: Exception, log_file: Callable[[], str]) -> bool:
    """Whoever started this from a menu sees it in a window, and may mend it meanwhile."""
    from .engine.starting import start_error
    from .words import Words

    root = data_dir
    if root is None:
        with suppress(StoreError):  # nobody has a home here
            root = DataPaths.default().root
    sentence = Words().error(start_error(error, root)).sentence
    say(sentence)
    if isinstance(error, StoreError | OSError | NotAnswered):
        _log.warning("the data folder cannot be used: %s", str(error) or type(error).__name__)
    else:
        _log.error("it cannot start", exc_info=error)
    from .ui.loop import application, run
    from .ui.no_start import NoStart
    from .ui.reporter import hear_qt

    hear_qt(_end_without_screen)
    application()
    window = NoStart(sentence, str(root or ""), _details(error), log_file)

    async def answer() -> int:
        return await window.answer()

    return bool(run(answer, window.give_up))


def _details(error: Exception) -> str:
    """For whoever is asked for help."""
    from .motion.redaction import redacted

    said = "".join(traceback.format_exception(error))
    return redacted(f"Kling Desktop {_VERSION}\n\n{said}")


def _run(
    home: Home,
    lock: FolderLock,
    log_file: Callable[[], str],
    sandbox: bool,
    files: Sequence[str],
) -> int:
    from .ui.loop import application, heed_no_more_signals, run
    from .ui.reporter import hear_qt

    hear_qt(_end_without_screen)
    application()
    program = Program(home, lock, log_file)
    program.take(files)
    profile = SANDBOX if sandbox else home.preferences.value.profile or ACCOUNT

    async def whole() -> int:
        code = await program.main(profile)
        heed_no_more_signals()
        return code

    return run(whole, program.on_screen_gone)


class Program:
    """The window with one engine at a time; ``main`` lives as long as the program."""

    def __init__(self, home: Home, lock: FolderLock, log_file: Callable[[], str] = str) -> None:
        from .ui.garbage import GarbageCollection
        from .ui.presenter.assembly import Assembly
        from .ui.reporter import Reporter

        self._home = home
        self._lock = lock
        self._sandbox: Sandbox | None = None
        self._engine: Engine | None = None
        self._profile_lock: FolderLock | None = None
        self._profile = ""
        self._is_screen_gone = False
        self._wished: asyncio.Queue[str | None] = asyncio.Queue()
        self._door = Door(self._on_knock)
        self._carrier: Carrier | None = None
        self._assembly = Assembly(
            home.preferences,
            self._videos_folder,
            self._switch,
            str(home.paths.root),
            sandbox_words,
            time.time,
            log_file,
        )
        self._garbage = GarbageCollection(self._assembly.window)
        self._reporter = Reporter(self._assembly.on_problem)
        self._assembly.window.close_requested.connect(self._on_close)

    async def main(self, profile: str) -> int:
        """Until the window is closed."""
        from .ui.loop import Interrupts

        self._reporter.install()
        _log.info("Kling Desktop %s begins", _VERSION)
        self._reporter.watch_loop(asyncio.get_running_loop())
        interrupts = Interrupts(self._on_close, self._assembly.window)
        self._assembly.show()
        await self._assembly.painted()  # the window is seen before anything is read
        self._garbage.start()
        await asyncio.to_thread(import_module, "kling_desktop.engine.engine")
        self._wished.put_nowait(profile)
        try:
            self._door.open()
        except OSError as error:
            _log.warning("a second start cannot reach this one: %s", error)
        self._announce(self._lock)
        try:
            while (wished := await self._wished.get()) is not None:
                await self._change_to(wished)
        finally:
            interrupts.obeyed()
            try:
                await self._leave()
            finally:
                interrupts.remove()
        return 1 if self._is_screen_gone else 0

    def take(self, files: Sequence[str]) -> None:
        """Into the wells, once there is a library to look at them."""
        self._assembly.composing.take_files(files)

    def on_screen_gone(self) -> None:
        """The X server ended: what is under way goes on at the next start."""
        _log.warning("the screen is gone")
        self._is_screen_gone = True
        self._wished.put_nowait(None)

    async def _change_to(self, profile: str) -> None:
        if profile == self._profile:
            return
        draft = self._engine.drafting.draft if self._engine else None
        await self._close_engine()
        try:
            if not await self._has_library(profile):
                return
            self._engine = await self._open_engine(profile)
            if draft is not None and self._engine.drafting.draft == Draft():
                self._engine.drafting.put(draft)
            self._profile = profile
            self._assembly.attach(self._engine)
        except Exception as error:  # whatever it is: the window stays, and says why it is empty
            await self._close_engine()
            self._say_no_library(profile, error)
            return
        self._announce(self._profile_lock)
        self._home.preferences.change(profile=profile)

    def _say_no_library(self, profile: str, error: Exception) -> None:
        from .engine.starting import no_library
        from .remote.errors import BadLink
        from .words import Words

        if not isinstance(error, StoreError | BadLink | OSError):
            self._reporter.report(error, "opening a library")
        folder = str(self._home.paths.profile(profile).folder)
        sentence = Words().error(no_library(error, self._home.paths.root)).sentence
        retry = partial(self._wished.put_nowait, profile)
        self._assembly.say_no_library(sentence, folder, _details(error), retry)

    def _announce(self, lock: FolderLock | None) -> None:
        """How to reach this program, beside the lock; without it, others wait for the lock."""
        try:
            if lock is not None:
                self._door.announce(lock)
        except StoreError as error:
            _log.warning("a second start cannot reach this one: %s", error)

    async def _has_library(self, profile: str) -> bool:
        """A command line may have it: its job ends sooner or later. False where the person closes
        the window meanwhile, or wishes for another one."""
        lock = self._home.lock(profile)
        told = False
        while not lock.acquire():
            if not told:
                self._assembly.say_library_busy()
                told = True
            await asyncio.sleep(LOCK_RETRY_S)
            if not self._wished.empty():
                return False
        self._profile_lock = lock
        return True

    async def _open_engine(self, profile: str) -> Engine:
        if profile == SANDBOX:
            sandbox = await self._start_sandbox()
            tokens = (sandbox.api_token, sandbox.account_token)
            engine = self._home.sandbox_engine(sandbox.address, tokens)
        else:
            engine = self._home.account_engine()
        try:
            await engine.open(default_draft=self._default_draft())
        except BaseException:
            await engine.close()  # nothing of it goes on where nobody can see it
            raise
        return engine

    async def _start_sandbox(self) -> Sandbox:
        from .sandbox import Sandbox

        folder = self._home.paths.profile(SANDBOX)
        folder.create()
        self._sandbox = Sandbox(folder.sandbox_folder)
        await asyncio.to_thread(self._sandbox.start)
        return self._sandbox

    def _default_draft(self) -> Draft:
        settings = self._home.preferences.value
        return replace(
            Draft(),
            mode=settings.last_mode,
            orientation=settings.last_orientation,
            model=settings.last_model,
        )

    async def _close_engine(self) -> None:
        engine, self._engine = self._engine, None
        sandbox, self._sandbox = self._sandbox, None
        self._profile = ""
        self._door.hang_up()  # whoever works through this library carries on without it
        if engine is not None:
            await engine.drafting.save()
            self._assembly.detach()
            await engine.close()
        if sandbox is not None:
            await asyncio.to_thread(sandbox.stop)
        if self._profile_lock is not None:
            self._profile_lock.release()
            self._profile_lock = None

    async def _leave(self) -> None:
        self._door.close()
        self._assembly.remember()
        await self._close_engine()
        self._garbage.stop()
        self._assembly.close()
        self._reporter.remove()

    def _videos_folder(self) -> str:
        return str(self._home.videos_folder(self._profile or ACCOUNT))

    def _switch(self, sandbox: bool) -> None:
        self._wished.put_nowait(SANDBOX if sandbox else ACCOUNT)

    def _on_close(self) -> None:
        self._assembly.window.hide()  # what is left takes a second; nobody should watch it
        self._wished.put_nowait(None)

    async def _on_knock(self, message: dict[str, Any], say: Any) -> None:
        if message.get("do") == "raise":
            self._assembly.raise_window()
            self.take(files_of(message))
            say({"done": True})
        elif self._engine is not None:
            from .command.handover import Carrier

            if self._carrier is None:
                self._carrier = Carrier(patient=True)
            await self._carrier.serve(self._engine, message, say)


def sandbox_words() -> Sequence[tuple[str, str]]:
    """The words by which a prompt chooses a sandbox job's fate. Read when they are asked for."""
    from .sandbox.prompt_words import PROMPT_FAULTS

    return list(PROMPT_FAULTS.items())
