"""The person's own folder for videos is away: said above Generate, with what helps, and in time."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from queue_library_jobs import make_done
from real_window import RealWindow, button, play
from support.waiting import PATIENCE_S

from kling_desktop.engine import videos_place
from kling_desktop.engine.home import Home
from kling_desktop.motion.away import Why
from kling_desktop.store.settings import ChosenDisk
from kling_desktop.store.volumes import Volume, volume_of
from kling_desktop.ui.compose.away_line import AwayLine
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.stage.pages import NoticePage

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos_place, "LOOK_EVERY_S", 0.02)


@pytest.fixture
def home(tmp_path: Path, videos: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    assert Home(folder).preferences.change(videos_folder=str(videos)) is None
    return folder


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "videos"


class Line:
    """The line above Generate, as a person sees it."""

    def __init__(self, window: RealWindow) -> None:
        self._window = window
        self.compose = window.assembly.desk.compose
        self.line = self.compose.findChild(AwayLine)

    async def comes(self) -> str:
        await self._window.until(self.line.isVisible)
        return str(self.line.accessibleName())

    async def goes(self) -> None:
        await self._window.until(lambda: not self.line.isVisible())

    @property
    def above_generate(self) -> bool:
        generate = next(b for b in self.compose.findChildren(QPushButton) if b.text() == "Generate")
        bottom = self.line.mapTo(self.compose, self.line.rect().bottomLeft()).y()
        return bool(bottom < generate.mapTo(self.compose, generate.rect().topLeft()).y())

    async def press(self, text: str) -> None:
        await self._window.press(text, self.line)


def test_the_line_says_so_above_generate_and_goes_when_the_folder_is_back(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    async def story(window: RealWindow) -> None:
        line = Line(window)
        assert await line.comes() == (
            f"The folder {videos} is not there. New videos wait at the service until it is back."
        )
        await window.until(lambda: line.above_generate)
        assert not videos.parent.exists()
        os.makedirs(videos)
        await line.goes()
        os.rename(videos.parent, videos.parent.with_name("unplugged"))
        await line.comes()

    play(home, story)


def test_make_it_again_makes_it(qapp: QApplication, home: Path, videos: Path) -> None:
    async def story(window: RealWindow) -> None:
        line = Line(window)
        await line.comes()
        await line.press("Make it again")
        await line.goes()

    play(home, story)
    assert videos.is_dir()
    kept = Home(home).preferences.value
    assert kept.videos_disk == ChosenDisk(str(videos), volume_of(videos))


def test_where_it_cannot_be_made_that_is_said_and_the_line_stays(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    videos.parent.write_text("in the way", encoding="ascii")

    async def story(window: RealWindow) -> None:
        line = Line(window)
        await line.comes()
        await line.press("Make it again")
        await window.notice("The folder could not be made: ")
        assert line.line.isVisible()

    play(home, story)


@pytest.mark.parametrize("same", [True, False], ids=["the same again", "another one"])
def test_choose_another_ends_it_also_with_the_same_one(
    qapp: QApplication, home: Path, videos: Path, tmp_path: Path, same: bool
) -> None:
    """Its disk is another one than it was, which the person says is right."""
    videos.mkdir(parents=True)
    volume = Volume(str(videos), "uuid:1234")
    Home(home).preferences.change(videos_disk=ChosenDisk(str(videos), volume))
    wanted = videos if same else tmp_path / "other"
    wanted.mkdir(exist_ok=True)

    async def story(window: RealWindow) -> None:
        line = Line(window)
        said = await line.comes()
        assert said.startswith(f"The disk or share of the folder {videos} is away.")
        await line.press("Choose another")
        dialog = window.window.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(wanted))
        dialog.close()
        await line.goes()

    play(home, story)
    assert Home(home).preferences.value.videos_folder == str(wanted)


def test_both_buttons_are_reached_by_the_keyboard_before_generate(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    async def story(window: RealWindow) -> None:
        line = Line(window)
        sentence = await line.comes()
        again, other = (button(line.line, t) for t in ("Make it again", "Choose another"))
        again.setFocus(Qt.FocusReason.TabFocusReason)
        window.window.activateWindow()
        await window.until(again.hasFocus)
        QTest.keyClick(again, Qt.Key.Key_Tab)
        await window.until(other.hasFocus)
        assert {b.accessibleDescription() for b in (again, other)} == {sentence}
        QTest.keyClick(other, Qt.Key.Key_Backtab)
        await window.until(again.hasFocus)
        QTest.keyClick(again, Qt.Key.Key_Space)
        await line.goes()

    play(home, story)


def test_settings_say_it_too_and_the_same_folder_can_be_chosen_there(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    videos.mkdir(parents=True)
    volume = Volume(str(videos), "uuid:1234")
    Home(home).preferences.change(videos_disk=ChosenDisk(str(videos), volume))

    async def story(window: RealWindow) -> None:
        line = Line(window)
        await line.comes()
        window.assembly.desk.videos_folder = lambda: str(videos)
        window.assembly.accounts.open_settings()
        sheet = window.window.findChild(SettingsSheet)
        assert sheet is not None
        assert button(sheet, "Make it again")
        button(sheet, "Choose…").click()
        await window.until(lambda: sheet.window().findChild(QFileDialog))
        dialog = sheet.window().findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(videos))
        dialog.reject()
        await line.goes()
        said = [b.text() for b in sheet.findChildren(QPushButton) if b.isVisible()]
        assert "Make it again" not in said
        sheet.accept()

    play(home, story)


def test_in_the_sandbox_the_folder_that_is_shown_means_the_chosen_one(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    """Its videos go below it; chosen again, it does not become one below that."""
    (videos / "Sandbox").mkdir(parents=True)
    volume = Volume(str(videos), "uuid:1234")
    Home(home).preferences.change(videos_disk=ChosenDisk(str(videos), volume))

    async def story(window: RealWindow) -> None:
        line = Line(window)
        await line.comes()
        window.assembly.desk.videos_folder = lambda: str(videos / "Sandbox")
        window.assembly.accounts._videos_folder.take(str(videos / "Sandbox"))
        await line.goes()

    play(home, story)
    assert Home(home).preferences.value.videos_folder == str(videos)


def test_a_dead_share_freezes_nothing_and_cannot_be_made_again(
    qapp: QApplication, home: Path, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    window_thread = threading.get_ident()
    look_at = videos_place.look_at

    def dead(*asked: Any) -> Any:
        assert threading.get_ident() != window_thread
        assert answers.wait(PATIENCE_S)
        return look_at(*asked)

    monkeypatch.setattr(videos_place, "look_at", dead)
    monkeypatch.setattr(videos_place, "ANSWERS_WITHIN_S", 0.05)
    videos.mkdir(parents=True)

    async def story(window: RealWindow) -> None:
        line = Line(window)
        assert (await line.comes()).startswith(f"The folder {videos} does not answer.")
        seen = [b.text() for b in line.line.findChildren(QPushButton) if b.isVisible()]
        assert seen == ["Choose another"]
        answers.set()
        await line.goes()

    play(home, story)


def test_videos_of_a_folder_that_is_away_are_said_to_be_away_and_come_back(
    qapp: QApplication, home: Path, videos: Path
) -> None:
    videos.mkdir(parents=True)
    film = videos / "one.mp4"
    film.write_bytes(b"not played here")
    unplugged = videos.parent.with_name("unplugged")
    os.rename(videos.parent, unplugged)

    async def story(window: RealWindow) -> None:
        desk = window.assembly.desk
        model = desk.library._model
        await Line(window).comes()
        await window.until(lambda: model.is_missing("one"))
        assert "Its folder is away" in model._description(model._all["one"])
        window.assembly.viewing.show("one")
        titles = {page.title.text() for page in desk.stage.findChildren(NoticePage)}
        assert f"The folder {videos} is not there." in titles
        window.assembly.viewing.do("one", "show_in_folder")
        await window.notice(f"The folder {videos} is not there.")
        os.rename(unplugged, videos.parent)
        await window.until(lambda: not model.is_missing("one"))
        assert "away" not in model._description(model._all["one"])

    play(home, story, jobs=[make_done("one", result_path=str(film))])


def test_a_path_is_shown_as_text_and_in_full_where_it_is_read(
    qapp: QApplication, tmp_path: Path
) -> None:
    line = AwayLine()
    folder = "/media/" + "<b>x</b>" * 30
    from kling_desktop.motion.away import Away

    line.set_away(Away(folder, Why.GONE))
    assert folder in line.accessibleName()
    shown = line.findChild(QLabel)
    assert shown is not None
    assert shown.textFormat() is Qt.TextFormat.PlainText
    assert len(shown.text()) < len(folder)
    line.deleteLater()
