"""The whole window on a real engine and the sandbox, for programs of a test, and what they told.

They are programs of their own, because their loop ends the QApplication's event loop, which tests
share.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S, until

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.home import Home
from kling_desktop.motion.request import Draft
from kling_desktop.sandbox import Sandbox
from kling_desktop.ui.presenter.assembly import Assembly


def told_by(program: Path, folder: Path) -> dict[str, Any]:
    """The object that the program printed last, as JSON; it is given ``folder``."""
    ended = subprocess.run(
        [sys.executable, str(program), str(folder)],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": OFFSCREEN,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


class WindowScene:
    """A window without its notices' bar: what they would say is collected."""

    def __init__(self, folder: Path, home: Home, video_takes_s: float) -> None:
        self.sandbox = Sandbox(folder / "sandbox", seconds=video_takes_s)
        self.sandbox.start()
        self.home = home
        self.assembly = Assembly(
            home.preferences, str, lambda _on: None, str(folder), list, time.time
        )
        self.said: list[str] = []
        self.assembly.window.notices.show_notice = self._on_notice  # type: ignore[method-assign]
        self.seen: dict[str, Any] = {}

    def _on_notice(self, text: str, *_rest: object) -> None:
        self.said.append(text)

    async def open(self) -> Engine:
        tokens = (self.sandbox.api_token, self.sandbox.account_token)
        engine = self.engine = self.home.sandbox_engine(self.sandbox.address, tokens)
        await engine.open(default_draft=Draft())
        self.assembly.attach(engine)
        self.assembly.window.show()
        await until(lambda: engine.account.price_rules)
        return engine

    async def close(self) -> None:
        self.assembly.detach()
        await self.engine.close()
        self.sandbox.stop()
        self.assembly.close()
