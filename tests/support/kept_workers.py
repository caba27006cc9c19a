"""Media workers that outlive their engine: loading the decoders costs more than most tests do."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from kling_desktop.media import child as child_module
from kling_desktop.media import lane
from kling_desktop.media.child import Child, ChildGone
from kling_desktop.media.protocol import Message

_WORKER = Path(__file__).with_name("media_worker.py")
_resting: dict[str, list[Child]] = defaultdict(list)  # by their kind


def keep_workers(patch: pytest.MonkeyPatch) -> None:
    """One that is through with its work when its engine closes is the next engine's."""
    command = [sys.executable, str(_WORKER)]
    patch.setattr(child_module, "worker_command", lambda _cache, kind: [*command, kind])
    patch.setattr(lane, "Child", KeptChild)


@atexit.register
def _end_all() -> None:
    for children in _resting.values():
        for child in children:
            child.kill()


class KeptChild:
    """A ``Child`` to its lane; ``kill`` ends it only where it is at work, or gone."""

    def __init__(self, cache_folder: Path, kind: str) -> None:
        """Raises OSError where no process can be started."""
        self._resting = _resting[kind]
        self._child = self._resting.pop() if self._resting else Child(cache_folder, kind)
        if not self._child.alive:
            self._child.kill()
            self._child = Child(cache_folder, kind)
        self._guard = threading.Lock()
        self._is_let_go = self._is_busy = False
        self._child.send({"cache": os.fspath(cache_folder)})

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    def cpu_s(self) -> float:
        return self._child.cpu_s()

    def send(self, message: Message) -> None:
        with self._guard:
            if self._is_let_go:
                raise ChildGone
            self._is_busy = True
            self._child.send(message)

    def receive(self, wait_s: float) -> Message | None:
        message = self._child.receive(wait_s)
        if message is not None and ("done" in message or "error" in message):
            self._is_busy = False
        return message

    def kill(self) -> None:
        with self._guard:
            was_let_go, self._is_let_go = self._is_let_go, True
            is_kept = self._child.alive and not self._is_busy
        if not is_kept:
            self._child.kill()
        elif not was_let_go:
            self._resting.append(self._child)

    def last_words(self) -> str:
        return self._child.last_words()
