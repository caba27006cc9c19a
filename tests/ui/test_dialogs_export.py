"""The export sheet: what can be chosen, what it asks for, and what it shows meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from kling_desktop.engine.exporting import ExportKind
from kling_desktop.ui.dialogs.export import ExportOffer, ExportSheet, ExportWhat, ExportWish

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    main = QMainWindow()
    main.setCentralWidget(QWidget())
    main.resize(960, 700)
    qtbot.addWidget(main)
    main.show()
    return main


def sheet_of(
    window: QMainWindow, folder: Path, *, loop: bool = True, reference: bool = True
) -> ExportSheet:
    loop_s = (0.8, 3.04) if loop else None
    sheet = ExportSheet(window, ExportOffer("dance", str(folder), 5.0, loop_s, reference))
    sheet.open()
    return sheet


def test_the_loop_as_a_gif(qtbot: QtBot, window: QMainWindow, tmp_path: Path) -> None:
    sheet = sheet_of(window, tmp_path)
    qtbot.mouseClick(sheet.kind.button("gif"), LEFT)
    assert sheet.ending.text() == ".gif"
    assert sheet.length.text() == "0:00.80–0:03.04, 2.2 s"
    with qtbot.waitSignal(sheet.export_requested) as asked:
        qtbot.mouseClick(sheet.export_button, LEFT)
    target = tmp_path / "dance.gif"
    assert asked.args == [ExportWish(ExportWhat.VIDEO, ExportKind.GIF, 0.8, 3.04, target)]


def test_the_whole_video(qtbot: QtBot, window: QMainWindow, tmp_path: Path) -> None:
    sheet = sheet_of(window, tmp_path)
    qtbot.mouseClick(sheet.part.button("whole"), LEFT)
    with qtbot.waitSignal(sheet.export_requested) as asked:
        qtbot.mouseClick(sheet.export_button, LEFT)
    wish: ExportWish = asked.args[0]
    assert (wish.start_s, wish.end_s) == (0.0, 5.0)


def test_side_by_side_is_an_mp4_only(qtbot: QtBot, window: QMainWindow, tmp_path: Path) -> None:
    sheet = sheet_of(window, tmp_path)
    qtbot.mouseClick(sheet.kind.button("webp"), LEFT)
    qtbot.mouseClick(sheet.what.button("both"), LEFT)
    assert sheet.kind.value() == "mp4"
    assert not sheet.kind.button("gif").isEnabled()
    assert not sheet.part.isVisible()
    with qtbot.waitSignal(sheet.export_requested) as asked:
        qtbot.mouseClick(sheet.export_button, LEFT)
    assert asked.args[0].what is ExportWhat.BOTH


def test_without_loop_and_reference_there_is_less_to_choose(
    window: QMainWindow, tmp_path: Path
) -> None:
    sheet = sheet_of(window, tmp_path, loop=False, reference=False)
    assert not sheet.what.isVisible()
    assert not sheet.part.isVisible()
    assert sheet.length.text() == "0:00.00–0:05.00, 5 s"


def test_a_name_is_needed_and_folders_in_it_are_not_followed(
    qtbot: QtBot, window: QMainWindow, tmp_path: Path
) -> None:
    sheet = sheet_of(window, tmp_path)
    sheet.name.setText("   ")
    assert not sheet.export_button.isEnabled()
    sheet.name.setText("../elsewhere/dance")
    with qtbot.waitSignal(sheet.export_requested) as asked:
        qtbot.mouseClick(sheet.export_button, LEFT)
    assert asked.args[0].target == tmp_path / "dance.mp4"


def test_progress_is_shown_and_closing_stops_it(
    qtbot: QtBot, window: QMainWindow, tmp_path: Path
) -> None:
    sheet = sheet_of(window, tmp_path)
    sheet.set_working()
    assert not sheet.export_button.isEnabled()
    assert not sheet.name.isEnabled()
    sheet.set_share(0.42)
    assert sheet.status.text() == "Exporting… 42 %"
    with qtbot.waitSignal(sheet.stop_requested):
        qtbot.mouseClick(sheet.cancel_button, LEFT)
    assert not sheet.isVisible()


def test_a_failure_is_said_and_can_be_tried_again(
    qtbot: QtBot, window: QMainWindow, tmp_path: Path
) -> None:
    sheet = sheet_of(window, tmp_path)
    sheet.set_working()
    sheet.set_failed("dance.mp4 could not be saved: the disk is full.")
    assert sheet.status.isVisible()
    assert sheet.export_button.isEnabled()
    with qtbot.assertNotEmitted(sheet.stop_requested):
        qtbot.mouseClick(sheet.cancel_button, LEFT)
