"""A notice's button means what its own notice says, however many others came since."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from queue_library_jobs import make_done
from real_window import RealWindow, play
from stage_media import make_numbered_video

from kling_desktop.engine.failures import NotKept
from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import Job
from kling_desktop.motion.request import Draft, Source
from kling_desktop.ui import desktop
from kling_desktop.ui.compose.prompt import PromptEdit

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    return [
        make_done(name, result_path=str(make_numbered_video(tmp_path / f"{name}.mp4")))
        for name in ("one", "two", "three")
    ]


@pytest.fixture(autouse=True)
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()

    def discard(path: str) -> str:
        return str(Path(path).rename(folder / Path(path).name))

    monkeypatch.setattr(desktop, "discard", discard)
    return folder


def test_undo_brings_back_what_its_own_notice_told_of(
    qapp: QApplication, tmp_path: Path, jobs: list[Job], bin_folder: Path
) -> None:
    def binned() -> list[str]:
        return [file.name for file in bin_folder.iterdir()]

    async def story(window: RealWindow) -> None:
        library = window.assembly.desk.library

        def there() -> set[str]:
            return {job.job_id for job in window.engine.book.all()}

        library.action_requested.emit("one", "delete")
        await window.until(lambda: there() == {"two", "three"})
        library.action_requested.emit("two", "delete")
        await window.waits(1)
        await window.press("Undo")
        await window.until(lambda: there() == {"one", "three"})
        assert binned() == ["two.mp4"]
        await window.press("Undo")
        await window.until(lambda: there() == {"one", "two", "three"})
        assert binned() == []

    play(tmp_path / "home", story, jobs=jobs)


def test_undo_after_the_bin_was_emptied_brings_the_entry_back_and_says_so(
    qapp: QApplication, tmp_path: Path, jobs: list[Job], bin_folder: Path
) -> None:
    def empty_bin() -> None:
        for file in bin_folder.iterdir():
            file.unlink()

    async def story(window: RealWindow) -> None:
        window.assembly.desk.library.action_requested.emit("one", "delete")
        await window.until(lambda: window.engine.book.find("one") is None)
        empty_bin()
        await window.press("Undo")
        await window.until(lambda: window.engine.book.find("one"))
        await window.notice("Its file is not in the bin any more")

    play(tmp_path / "home", story, jobs=jobs)


def test_what_was_removed_before_one_that_could_not_be_can_be_undone(
    qapp: QApplication, tmp_path: Path, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(window: RealWindow) -> None:
        library = window.engine.library
        real = library.delete

        async def delete(job_id: str, discard: object) -> object:
            if job_id == "two":
                raise NotKept(job_error("journal_unwritable"))
            return await real(job_id, discard)

        monkeypatch.setattr(library, "delete", delete)
        window.assembly.viewing._delete_all(["one", "two"])
        await window.until(lambda: window.notices.text)
        await window.press("Undo")
        await window.until(lambda: window.engine.book.find("one"))

    play(tmp_path / "home", story, jobs=jobs)


def test_undo_of_a_new_draft_can_be_undone_where_it_took_away_what_was_typed_since(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def story(window: RealWindow) -> None:
        prompt = window.window.findChild(PromptEdit)
        prompt.setPlainText("a street at night")
        window.assembly.composing.new_draft()
        prompt.setPlainText("a beach at noon")
        await window.press("Undo")
        assert prompt.toPlainText() == "a street at night"
        assert window.engine.drafting.draft.prompt == "a street at night"
        await window.notice("The earlier draft is back.")
        await window.press("Undo")
        assert prompt.toPlainText() == "a beach at noon"
        assert window.engine.drafting.draft.prompt == "a beach at noon"

    play(tmp_path / "home", story)


def test_undo_of_a_new_draft_that_nobody_touched_says_nothing_more(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def story(window: RealWindow) -> None:
        prompt = window.window.findChild(PromptEdit)
        prompt.setPlainText("a street at night")
        window.assembly.composing.new_draft()
        await window.press("Undo")
        assert prompt.toPlainText() == "a street at night"
        assert window.notices.text == ""

    play(tmp_path / "home", story)


def _is_shown(window: RealWindow, job_id: str) -> bool:
    item = window.assembly.desk.stage.item
    return item is not None and item.job_id == job_id


def test_watch_shows_the_video_that_its_notice_named(
    qapp: QApplication, tmp_path: Path, jobs: list[Job]
) -> None:
    async def story(window: RealWindow) -> None:
        stage = window.assembly.desk.stage
        window.assembly.viewing.show("three")
        await window.until(lambda: stage.item)
        for job in jobs[:2]:
            window.engine.finished.emit(job)
        await window.waits(1)
        for job in jobs[:2]:
            await window.press("Watch")
            shown = partial(_is_shown, window, job.job_id)
            await window.until(shown)

    play(tmp_path / "home", story, jobs=jobs)


def test_show_in_folder_shows_the_export_that_its_notice_named(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(desktop, "show_in_folder", shown.append)

    async def story(window: RealWindow) -> None:
        exports = window.assembly.viewing._exports
        files = [tmp_path / "a.gif", tmp_path / "b.gif"]
        for file in files:
            exports._say_saved(file)
        for _file in files:
            await window.press("Show in folder")
        await window.until(lambda: len(shown) == len(files))
        assert shown == [str(file) for file in files]

    play(tmp_path / "home", story)


def test_undo_of_two_new_drafts_brings_each_back(qapp: QApplication, tmp_path: Path) -> None:
    async def story(window: RealWindow) -> None:
        drafting = window.engine.drafting
        for prompt in ("first", "second"):
            drafting.edit(Draft(prompt=prompt, video=Source(path="/in/b.mp4")))
            window.assembly.composing.new_draft()
        for prompt in ("first", "second"):
            await window.press("Undo")
            assert drafting.draft.prompt == prompt

    play(tmp_path / "home", story)


def test_notices_with_one_text_about_two_things_are_both_shown(
    qapp: QApplication, tmp_path: Path
) -> None:
    pressed: list[str] = []

    async def story(window: RealWindow) -> None:
        for name in ("first", "second"):
            window.notices.show_notice("Removed.", [("Undo", partial(pressed.append, name))])
        for _name in range(2):
            await window.press("Undo")
        assert pressed == ["first", "second"]

    play(tmp_path / "home", story)


def test_of_a_library_that_was_left_nothing_can_be_pressed_any_more(
    qapp: QApplication, tmp_path: Path, jobs: list[Job]
) -> None:
    async def story(window: RealWindow) -> None:
        window.assembly.viewing.show("three")
        await window.until(lambda: window.assembly.desk.stage.item)
        for job in jobs[:2]:
            window.engine.finished.emit(job)
        await window.waits(1)
        window.assembly.detach()
        shown = 0
        while window.notices.isVisible():
            assert window.notices.text.endswith("is ready.")
            assert window.notices._buttons == []
            window.notices._close.click()
            shown += 1
        assert shown == 2

    play(tmp_path / "home", story, jobs=jobs)
