"""What a sheet says is about what it was opened for; who waits for one lets go when it is gone."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from queue_library_jobs import make_done
from real_window import RealWindow, button, play, turn
from stage_media import make_numbered_video
from support.media import make_clip

from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import ConnectResult, TokenCheck, TokenOutcome
from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.request import ClipEdit, Slot, Source
from kling_desktop.ui.compose.clip_editor import ClipEditor
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.dialogs.export import ExportSheet
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.presenter.asking import answered
from kling_desktop.ui.widgets.confirm import Confirm
from kling_desktop.ui.widgets.sheet import Sheet

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes


@pytest.fixture(autouse=True)
def _no_mistakes(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR] == []


def sheets(window: RealWindow, kind: type[Sheet]) -> list[Any]:
    return [sheet for sheet in window.window.findChildren(kind) if sheet.isVisible()]


async def _add(window: RealWindow, clip: Path) -> None:
    await window.engine.drafting.offer((str(clip),), None)
    inputs = window.engine.drafting.inputs

    def is_read() -> bool:
        value = inputs[Slot.VIDEO]
        return value.source == Source(path=str(clip)) and isinstance(value.original, VideoFacts)

    await window.until(is_read)


def test_a_part_is_taken_of_the_clip_that_was_edited_and_of_no_other(
    qapp: QApplication, tmp_path: Path
) -> None:
    first, second = (make_clip(tmp_path / f"{name}.mp4", 3.2, fps=10) for name in "ab")

    async def story(window: RealWindow) -> None:
        drafting = window.engine.drafting
        await _add(window, first)
        window.assembly.composing.new_draft()
        await _add(window, second)
        window.assembly.desk.compose.editor_requested.emit(Slot.VIDEO)
        (editor,) = sheets(window, ClipEditor)
        await window.press("Undo")
        assert drafting.draft.video == Source(path=str(first))
        before = drafting.draft
        editor.applied.emit(ClipEdit(0.5, 2.5))
        assert drafting.draft == before
        editor.reject()
        await _add(window, second)
        window.assembly.desk.compose.editor_requested.emit(Slot.VIDEO)
        (editor,) = sheets(window, ClipEditor)
        editor.applied.emit(ClipEdit(0.5, 2.5))
        assert drafting.draft.video_edit == ClipEdit(0.5, 2.5)
        editor.accept()

    play(tmp_path / "home", story)


def test_the_comparison_is_exported_of_the_video_that_the_sheet_was_opened_for(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [
        make_done(name, result_path=str(make_numbered_video(tmp_path / f"{name}.mp4")))
        for name in ("one", "two")
    ]
    exported: list[Any] = []

    async def story(window: RealWindow) -> None:
        viewing = window.assembly.viewing
        monkeypatch.setattr(viewing._exports, "_start", lambda *start: exported.append(start[1]))
        viewing.show("one")
        await window.until(lambda: window.assembly.desk.stage.item)
        window.assembly.desk.stage.export_requested.emit("one")
        (sheet,) = sheets(window, ExportSheet)
        window.engine.finished.emit(jobs[1])
        await window.press("Watch")
        sheet.export_button.click()
        assert [pair.right for pair in exported] == [jobs[0].result_path]

    play(tmp_path / "home", story, jobs=jobs)


@pytest.mark.parametrize("good", [True, False])
def test_a_connect_sheet_that_was_closed_while_it_asks_is_let_be(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: bool
) -> None:
    async def story(window: RealWindow) -> None:
        answer = asyncio.Event()
        outcome = TokenOutcome.ACCEPTED if good else TokenOutcome.REFUSED
        check = TokenCheck(outcome)

        async def connect(_account: str, _api: str, *, this_run: bool) -> ConnectResult:
            await answer.wait()
            return ConnectResult(account=check, api=check)

        monkeypatch.setattr(window.engine.account, "connect", connect)
        window.assembly.accounts.connect()
        (sheet,) = sheets(window, ConnectSheet)
        sheet.connect_requested.emit("a", "b")
        for _turn in range(3):
            await asyncio.sleep(0)
        sheet.reject()
        turn()
        answer.set()
        if good:
            await window.notice("Connected")
        for _turn in range(3):
            await asyncio.sleep(0)
        window.assembly.accounts.connect()
        assert len(sheets(window, ConnectSheet)) == 1, "the next one is a new one"

    service = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9")
    play(tmp_path / "home", story, hosts=service)


def test_sheets_about_a_library_close_with_it(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: RealWindow) -> None:
        window.assembly.accounts.open_settings()
        window.assembly.accounts.open_settings()
        assert len(sheets(window, SettingsSheet)) == 1
        window.assembly.ledgering.open()
        window.assembly.detach()
        turn()
        assert window.window.findChildren(Sheet) == []

    play(tmp_path / "home", story)


def test_who_is_cancelled_just_after_the_answer_touches_no_question_that_is_gone(
    qapp: QApplication,
) -> None:
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    window.show()

    async def story() -> None:
        sheet = Confirm(window, "Spend?", "Really?", "Yes", "No")
        gone: list[QObject | None] = []
        sheet.destroyed.connect(lambda: gone.append(None))
        waiting = asyncio.create_task(answered(sheet))
        await asyncio.sleep(0)
        button(sheet, "Yes").click()
        turn()
        assert gone
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())
    window.close()
