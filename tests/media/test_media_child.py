"""The helper's process ends whoever ends it, and however many at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kling_desktop.media.child import Child


def test_many_may_end_it_at_once_and_one_after_the_other_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watch that lost its patience, and a program that closes."""
    at_once, most, join = [0], [0], threading.Thread.join
    reading = threading.Event()

    def joined(thread: threading.Thread, timeout: float | None = None) -> None:
        if not thread.name.startswith("media-"):
            join(thread, timeout)
            return
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        reading.wait(0.01)
        join(thread, timeout)
        at_once[0] -= 1

    monkeypatch.setattr(threading.Thread, "join", joined)
    child = Child(tmp_path, "quick")
    killers = [threading.Thread(target=child.kill) for _ in range(4)]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    assert not child.alive
    assert most == [1]
