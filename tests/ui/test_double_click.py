"""A double click in the library plays, however slowly and in whatever order its disk answers."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from queue_library_jobs import make_done
from real_window import RealWindow, play
from stage_media import make_numbered_video

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_whichever_of_its_wishes_is_answered_first_it_plays_once(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    job = make_done("one", result_path=str(make_numbered_video(tmp_path / "one.mp4")))
    starts: list[bool] = []

    async def story(window: RealWindow) -> None:
        desk = window.assembly.desk
        answers = [asyncio.Event() for _ in order]
        waiting = iter(answers)

        async def is_there(path: str) -> bool:
            if path != job.result_path:
                return False  # the clip that it was made from
            await next(waiting).wait()
            return True

        monkeypatch.setattr(window.engine.library, "is_there", is_there)
        monkeypatch.setattr(desk.stage, "play_pause", lambda: starts.append(True))
        desk.library.selected.emit("one")  # the first click
        desk.library.activated.emit("one")  # the second one goes down
        desk.library.selected.emit("one")  # and up
        await asyncio.sleep(0)
        for number in order:
            answers[number].set()
            await asyncio.sleep(0)
        await window.until(lambda: desk.stage.item)
        await window.until(lambda: starts)

    play(tmp_path / "home", story, jobs=[job])
    assert starts == [True]
