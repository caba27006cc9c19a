"""The Stage's own keys inside the real window, where shortcuts want them first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from stage_media import frame_number, make_numbered_video

from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.theme import theme
from kling_desktop.ui.window import MainWindow

# As in the Stage's other tests: pytest-qt's swapping of handlers crashes beside a decoder.
pytestmark = pytest.mark.no_qt_log


@pytest.fixture
def stage(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[StagePanel]:
    """In a window of its smallest size, with a video in wipe."""
    theme().apply(qapp)
    panel = StagePanel()
    panel.set_compare_mode(CompareMode.WIPE)
    window = MainWindow(QWidget(), panel, QWidget(), QWidget())
    qtbot.addWidget(window)
    window.resize(960, 600)
    window.show()
    window.activateWindow()
    clips = [make_numbered_video(tmp_path / f"{name}.mp4", rows=True) for name in ("a", "b")]
    panel.show_item(StageItem("job-1", "a × b", clips[0], clips[1], "Pro", None, False))
    qtbot.waitUntil(lambda: panel.reference_frame_shown is not None)
    yield panel
    panel.show_item(None)
    window.allow_close()


def window_of(stage: StagePanel) -> MainWindow:
    window = stage.window()
    assert isinstance(window, MainWindow)
    return window


def test_arrows_on_the_line_move_the_line_and_not_the_video(
    qtbot: QtBot, stage: StagePanel
) -> None:
    grip = stage._player.canvas.wipe
    grip.setFocus()
    with qtbot.assertNotEmitted(window_of(stage).commands.triggered):
        qtbot.keyClick(grip, Qt.Key.Key_Left)
    assert grip.share == pytest.approx(0.48, abs=0.01)
    assert frame_number(stage.frame_shown) == 0


def test_arrows_on_the_picture_are_the_window_s(qtbot: QtBot, stage: StagePanel) -> None:
    stage._player.canvas.setFocus()
    for key, modifier, action in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "next_frame"),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier, "nudge_on"),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.NoModifier, "loop_start"),
        (Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier, "compare"),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.NoModifier, "actual_size"),
    ):
        with qtbot.waitSignal(window_of(stage).commands.triggered) as told:
            qtbot.keyClick(stage._player.canvas, key, modifier)
        assert told.args == [action]


def test_the_flicker_key_is_held_and_not_a_shortcut(qtbot: QtBot, stage: StagePanel) -> None:
    canvas = stage._player.canvas
    canvas.setFocus()
    with qtbot.assertNotEmitted(window_of(stage).commands.triggered):
        qtbot.keyPress(canvas, Qt.Key.Key_B)
    assert stage._comparing.is_flickering
    qtbot.keyRelease(canvas, Qt.Key.Key_B)
    assert not stage._comparing.is_flickering


@pytest.mark.parametrize("mode", CompareMode)
def test_nothing_is_cut_off_in_the_smallest_window(
    qtbot: QtBot, stage: StagePanel, mode: CompareMode
) -> None:
    stage.set_compare_mode(mode)
    transport = stage._player.transport
    row = transport.row
    shown = [
        child
        for child in row.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible()
    ]
    assert max(child.x() + child.width() for child in shown) <= row.width()
    assert transport.compare.isVisible()
    assert transport.options_button.isVisible() == mode.shows_both
    canvas = stage._player.canvas
    for handle in (canvas.wipe, canvas.opacity):
        if handle.isVisible():
            assert canvas.rect().contains(handle.geometry())
