"""The program on a folder in which something else stands in the place of one of its files.

Given a folder and a kind of thing, it is started once for each file; prints as JSON what was said.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import sys
from pathlib import Path

from saved_home import SavedHome
from test_program_stays import running

from kling_desktop.app import WINDOW_LOCK
from kling_desktop.ui.loop import application

HUGE_BYTES = 2 * 1024**3
MOST_MEMORY_BYTES = HUGE_BYTES * 3 // 4  # what a window takes is far from it


def put(kind: str, file: Path) -> None:
    """Nothing stands there any more but this."""
    file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        (file / "inside").mkdir(parents=True)
    elif kind == "socket":
        here = os.open(file.parent, os.O_RDONLY)  # a socket's name is short
        os.fchdir(here)
        os.close(here)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(file.name)
        os.chdir("/")
    elif kind == "endless":
        file.symlink_to("/dev/zero")
    else:
        assert kind == "huge"
        file.touch()
        os.truncate(file, HUGE_BYTES)


async def told(home: SavedHome) -> dict[str, object]:
    async with running(home) as run:
        await run.until(lambda: run.is_open() or run.trouble())
        notices = run.assembly.desk.window.notices
        texts = [notices.text, *(notice.text for notice in notices._waiting)]
        trouble = run.trouble()
        return {"open": trouble is None, "said": [text for text in texts if text]}


def main(folder: Path, kind: str) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    application()
    home, seen = SavedHome(folder / "home"), {}
    profile = home.profile
    files = [
        *home.files.values(),
        profile.witness_file,
        profile.lock_file,
        profile.folder / "lock.json",
        home.folder / WINDOW_LOCK,
        *(profile.journal_file.with_name(f"journal.sqlite{end}") for end in ("", "-journal")),
    ]
    for file in files:
        home.restore()
        put(kind, file)
        seen[file.name] = asyncio.run(told(home))
        print(file.name, seen[file.name], file=sys.stderr)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
