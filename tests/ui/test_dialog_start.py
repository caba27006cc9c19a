"""A file dialog begins in a folder only where its disk answers at once: Qt asks it for much."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QDir
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from queue_library_jobs import make_done
from real_window import RealWindow, button, play

from kling_desktop.engine import videos_place
from kling_desktop.motion.request import Slot
from kling_desktop.ui.dialogs.export import ExportOffer, ExportSheet
from kling_desktop.ui.dialogs.fields import FolderField
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.ledger import LedgerSheet
from kling_desktop.ui.ledger import sheet as ledger_sheet

pytestmark = pytest.mark.no_qt_log  # as in the Stage's tests: beside a decoder it crashes


def save_as(window: RealWindow, _folder: Path) -> None:
    window.assembly.viewing.do("job", "save_as")


def save_frame(window: RealWindow, folder: Path) -> None:
    exports, image = window.assembly.viewing._exports, QImage(4, 4, QImage.Format.Format_RGB32)
    window.assembly.desk.spawn(exports._ask_where(image, str(folder / "a.png")), "save frame")


def browse(window: RealWindow, folder: Path) -> None:
    window.assembly.composing._chosen_last = str(folder / "figure.png")
    window.assembly.composing.choose(Slot.IMAGE)


def choose_folder(window: RealWindow, folder: Path) -> None:
    window.assembly.desk.videos_folder = lambda: str(folder)
    window.assembly.accounts.open_settings()
    sheet = window.window.findChild(SettingsSheet)
    assert sheet is not None
    button(sheet, "Choose…").click()


def export_spending(window: RealWindow, _folder: Path) -> None:
    window.assembly.ledgering.open()
    sheet = window.window.findChild(LedgerSheet)
    assert sheet is not None
    sheet._on_export()


ACTS = (save_as, save_frame, browse, choose_folder, export_spending)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("is_slow", [True, False], ids=["slow", "quick"])
def test_it_begins_at_home_where_the_disk_is_slow(
    act: Callable[[RealWindow, Path], None],
    is_slow: bool,
    qapp: QApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "dance.mp4").touch()
    monkeypatch.setattr(ledger_sheet.QStandardPaths, "writableLocation", lambda _where: str(folder))
    took_s = 0.4 if is_slow else 0.0
    monkeypatch.setattr(videos_place, "steady_s", itertools.count(0.0, took_s).__next__)

    async def story(window: RealWindow) -> None:
        act(window, folder)
        await window.until(lambda: window.window.findChildren(QFileDialog))
        (dialog,) = window.window.findChildren(QFileDialog)
        begins = dialog.directory().path()
        named = [Path(path).name for path in dialog.selectedFiles()]
        dialog.reject()
        assert begins == (QDir.homePath() if is_slow else str(folder))
        if act is save_as:
            assert named == ["dance.mp4"]

    play(tmp_path / "home", story, jobs=[make_done("job", result_path=str(folder / "dance.mp4"))])


def test_a_sheet_that_was_closed_meanwhile_gets_no_dialog(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def story(window: RealWindow) -> None:
        sheet = ExportSheet(window.window, ExportOffer("a", str(tmp_path), 2.0, None, False))
        sheet.folder.begin = window.assembly.desk.begin
        sheet.open()
        opened: list[str] = []
        window.assembly.desk.begin(sheet.findChild(FolderField), str(tmp_path), opened.append)
        sheet.reject()
        sheet.deleteLater()
        del sheet
        await window.until(lambda: not window.window.findChildren(ExportSheet))
        marker: list[str] = []
        window.assembly.desk.begin(window.window, str(tmp_path), marker.append)
        await window.until(lambda: marker)
        assert opened == []

    play(tmp_path / "home", story)
