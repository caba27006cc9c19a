"""The program, told to end, and then again at each step of its closing: as at a logout."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from kling_desktop import app
from kling_desktop.store.lock import FolderLock

change, leave, release = app.Program._change_to, app.Program._leave, FolderLock.release


def told(number: int) -> None:
    print(signal.Signals(number).name, flush=True)
    os.kill(os.getpid(), number)


async def changed(self: app.Program, profile: str) -> None:
    await change(self, profile)
    told(signal.SIGTERM)


async def left(self: app.Program) -> None:
    told(signal.SIGHUP)
    await leave(self)
    told(signal.SIGTERM)


def released(self: FolderLock) -> None:
    told(signal.SIGHUP)
    release(self)


app.Program._change_to = changed  # type: ignore[method-assign]
app.Program._leave = left  # type: ignore[method-assign]
FolderLock.release = released  # type: ignore[method-assign]
code = app.run_window(Path(sys.argv[1]), sandbox=True)
told(signal.SIGHUP)
sys.exit(code)
