"""``kling-desktop sandbox``: serve the embedded stand-in until stopped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..engine.home import SANDBOX, Home
from ..engine.problems import library_error
from ..sandbox import Sandbox, run
from ..store.errors import StoreError
from ..store.lock import LockInfo
from ..words import Words
from .codes import Exit


def serve(data_dir: Path | None, port: int) -> int:
    """Prints address and tokens, then serves until SIGINT or SIGTERM."""
    home = Home(data_dir)
    try:
        lock = home.lock(SANDBOX)
        mine = lock.acquire()
    except StoreError as error:
        print(Words().error(library_error(error)).sentence, file=sys.stderr)
        return Exit.WRONG_INPUT
    if not mine:
        print("Another program is using this sandbox.", file=sys.stderr)
        return Exit.WRONG_INPUT

    def on_served(sandbox: Sandbox) -> None:
        try:
            lock.write_info(LockInfo(sandbox.port, "", os.getpid()))
        except StoreError:
            pass  # then a command beside it waits before it says that the sandbox is taken
        _print_address(sandbox)

    try:
        run(home.paths.profile(SANDBOX).sandbox_folder, port, on_served)
    except OSError as error:
        what = error.filename or f"Port {port}"
        print(f"{what} cannot be used: {error.strerror}", file=sys.stderr)
        return Exit.WRONG_INPUT
    finally:
        lock.release()
    return Exit.SAVED


def _print_address(sandbox: Sandbox) -> None:
    """For people and for scripts: each line can be given to a shell's ``export``."""
    print(f"ACEDATACLOUD_API_BASE_URL={sandbox.address}")
    print(f"ACEDATACLOUD_PLATFORM_BASE_URL={sandbox.address}")
    print(f"ACEDATACLOUD_API_TOKEN={sandbox.api_token.reveal()}")
    print(f"ACEDATACLOUD_PLATFORM_TOKEN={sandbox.account_token.reveal()}")
    sys.stdout.flush()
