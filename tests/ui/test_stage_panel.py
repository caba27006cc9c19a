"""The Stage's pages, its controls as a person uses them, and what it asks of the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from stage_media import frame_number, make_numbered_video, make_sound_only
from support.waiting import PATIENCE_S

from kling_desktop.ui.stage.full_screen import FullScreenWindow
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.theme import theme

FRAME_MS = 40
FRAMES = 75
LEFT = Qt.MouseButton.LeftButton
# pytest-qt swaps the message handler around every test; a line from a decoder's thread that comes
# just then calls a handler that is gone, and the process crashes.
pytestmark = pytest.mark.no_qt_log


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("panel")
    make_numbered_video(folder / "result.mp4")
    make_numbered_video(folder / "reference.mp4")
    make_sound_only(folder / "sound.mp4")
    (folder / "text.mp4").write_bytes(b"not a video" * 500)
    (folder / "empty.mp4").write_bytes(b"")
    whole = (folder / "result.mp4").read_bytes()
    (folder / "half.mp4").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[StagePanel]:
    theme().apply(qapp)
    stage = StagePanel()
    qtbot.addWidget(stage)
    stage.resize(1000, 600)
    stage.show()
    yield stage
    stage.show_item(None)


def item(path: Path, reference: Path | None = None, favourite: bool = False) -> StageItem:
    reference_path = None if reference is None else str(reference)
    return StageItem("job-1", "a × b", str(path), reference_path, "Pro", 25.0, favourite)


def load(qtbot: QtBot, panel: StagePanel, path: Path, reference: Path | None = None) -> None:
    panel.show_item(item(path, reference))
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 0)


def wait_for_frame(qtbot: QtBot, panel: StagePanel, number: int) -> None:
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == number)


def button(root: QWidget, accessible_name: str) -> QAbstractButton:
    found = [
        child
        for child in root.findChildren(QAbstractButton)
        if child.accessibleName() == accessible_name and child.isVisible()
    ]
    assert len(found) == 1, f"{accessible_name}: {len(found)} visible"
    return found[0]


def visible_texts(root: QWidget) -> list[str]:
    widgets = root.findChildren(QLabel) + root.findChildren(QPushButton)
    return [widget.text() for widget in widgets if widget.isVisible() and widget.text()]


def visible_buttons(root: QWidget) -> dict[str, QPushButton]:
    """By their texts."""
    return {child.text(): child for child in root.findChildren(QPushButton) if child.isVisible()}


def click(qtbot: QtBot, root: QWidget, accessible_name: str) -> None:
    qtbot.mouseClick(button(root, accessible_name), LEFT)


# -- pages --------------------------------------------------------------------------------------


def test_the_first_page_offers_the_sandbox_and_connecting(qtbot: QtBot, panel: StagePanel) -> None:
    panel.set_first_run(connected=False, sandbox=False)
    texts = visible_texts(panel)
    assert "Let a picture dance" in texts
    assert [text for text in texts if text in {"1", "2", "3"}] == ["1", "2", "3"]
    buttons = visible_buttons(panel)
    with qtbot.waitSignal(panel.try_sandbox_requested):
        qtbot.mouseClick(buttons["Try it in the sandbox"], LEFT)
    with qtbot.waitSignal(panel.connect_requested):
        qtbot.mouseClick(buttons["Connect your account"], LEFT)


def test_the_first_page_tells_how_to_get_an_account_and_free_credit(
    qtbot: QtBot, panel: StagePanel
) -> None:
    panel.set_first_run(connected=False, sandbox=False)
    (told,) = (x for x in panel.findChildren(QLabel) if "Sign up" in x.text())
    assert told.isVisible()
    assert "“Acquire”" in told.text()
    assert "free credit" in told.text()
    with qtbot.waitSignal(panel.sign_up_requested):
        told.linkActivated.emit("#")
    panel.set_first_run(connected=True, sandbox=False)
    assert not told.isVisible()


@pytest.mark.parametrize(("connected", "sandbox"), [(True, False), (False, True)])
def test_the_first_page_offers_nothing_once_begun(
    panel: StagePanel, connected: bool, sandbox: bool
) -> None:
    panel.set_first_run(connected, sandbox)
    assert "Let a picture dance" in visible_texts(panel)
    assert not [child for child in panel.findChildren(QPushButton) if child.isVisible()]


def test_the_first_page_tells_of_a_running_job(panel: StagePanel) -> None:
    panel.set_running_hint("Your first video is being generated…")
    assert "Your first video is being generated…" in visible_texts(panel)
    panel.set_running_hint("")
    assert "Your first video is being generated…" not in visible_texts(panel)


def test_a_file_that_is_gone_says_so_and_can_be_fetched_again(
    qtbot: QtBot, panel: StagePanel, tmp_path: Path
) -> None:
    panel.show_missing(item(tmp_path / "gone.mp4"))
    assert "This video was deleted or moved." in visible_texts(panel)
    buttons = visible_buttons(panel)
    assert set(buttons) == {"Fetch again", "Show in folder"}
    with qtbot.waitSignal(panel.fetch_again_requested) as asked:
        qtbot.mouseClick(buttons["Fetch again"], LEFT)
    assert asked.args == ["job-1"]


def test_a_path_with_markup_is_shown_as_it_is(panel: StagePanel, tmp_path: Path) -> None:
    path = tmp_path / "<b>bold</b> & 猫.mp4"
    panel.show_missing(item(path))
    assert str(path) in visible_texts(panel)
    plain = Qt.TextFormat.PlainText
    shown = [label for label in panel.findChildren(QLabel) if label.isVisible()]
    assert shown
    assert all(label.textFormat() == plain for label in shown)


@pytest.mark.parametrize("name", ["text.mp4", "empty.mp4", "half.mp4", "sound.mp4"])
def test_a_file_without_a_picture_to_show_offers_another_player(
    qtbot: QtBot, panel: StagePanel, media: Path, name: str
) -> None:
    with qtbot.waitSignal(panel.playback_failed) as failed:
        panel.show_item(item(media / name))
    assert failed.args == ["job-1"]
    assert "Saved, but this computer could not play it." in visible_texts(panel)
    buttons = visible_buttons(panel)
    assert set(buttons) == {"Open in another player", "Show in folder"}
    with qtbot.waitSignal(panel.open_elsewhere_requested):
        qtbot.mouseClick(buttons["Open in another player"], LEFT)
    panel.play_pause()
    panel.step_frames(1)
    assert not panel.is_playing


def test_after_a_file_that_cannot_be_played_the_next_one_plays(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    with qtbot.waitSignal(panel.playback_failed):
        panel.show_item(item(media / "text.mp4"))
    load(qtbot, panel, media / "result.mp4")
    assert button(panel, "Play").isVisible()


def test_without_multimedia_the_video_is_saved_but_not_playable(
    qtbot: QtBot, panel: StagePanel, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    with qtbot.waitSignal(panel.playback_failed):
        panel.show_item(item(media / "result.mp4"))
    assert "Saved, but this computer could not play it." in visible_texts(panel)


def test_multimedia_is_not_loaded_before_the_first_video() -> None:
    program = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from kling_desktop.ui.stage.panel import StagePanel; panel = StagePanel(); panel.show();"
        "sys.exit('PySide6.QtMultimedia' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=PATIENCE_S).returncode == 0


def test_a_reference_that_cannot_be_played_leaves_the_result_alone(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    load(qtbot, panel, media / "result.mp4", media / "text.mp4")
    qtbot.waitUntil(lambda: not button(panel, "Side by side").isEnabled())
    assert len(panel._player.canvas.pane_rects()) == 1
    assert frame_number(panel.frame_shown) == 0


# -- controls -----------------------------------------------------------------------------------


def test_play_is_one_button_that_becomes_pause(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    click(qtbot, panel, "Play")
    assert panel.is_playing
    click(qtbot, panel, "Pause")
    assert not panel.is_playing
    assert button(panel, "Play").isVisible()


def test_frame_buttons_step(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    click(qtbot, panel, "Next frame")
    click(qtbot, panel, "Next frame")
    wait_for_frame(qtbot, panel, 2)
    click(qtbot, panel, "Previous frame")
    wait_for_frame(qtbot, panel, 1)
    click(qtbot, panel, "To end")
    wait_for_frame(qtbot, panel, FRAMES - 1)
    click(qtbot, panel, "To start")
    wait_for_frame(qtbot, panel, 0)


def test_the_painted_picture_is_the_frame_shown(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(37 * FRAME_MS)
    wait_for_frame(qtbot, panel, 37)
    canvas = panel._player.canvas
    painted = canvas.grab().toImage()
    pane = canvas.pane_rects()[0].toRect()
    assert frame_number(painted.copy(pane)) == 37


def test_side_by_side_paints_both_pictures(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    with qtbot.waitSignal(panel.compare_changed) as changed:
        click(qtbot, panel, "Side by side")
    assert changed.args == [True]
    panel.seek(21 * FRAME_MS)
    wait_for_frame(qtbot, panel, 21)
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 21)
    canvas = panel._player.canvas
    painted = canvas.grab().toImage()
    panes = [pane.toRect() for pane in canvas.pane_rects()]
    assert [frame_number(painted.copy(pane)) for pane in panes] == [21, 21]
    assert panes[0].right() < panes[1].left()


def test_pressing_and_dragging_the_position_bar_scrubs(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    bar = panel._player.transport.seek_bar
    assert bar.accessibleName() == "Position"
    middle = bar.rect().center()
    qtbot.mousePress(bar, LEFT, pos=middle)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) in (36, 37, 38))
    qtbot.mouseMove(bar, QPoint(bar.width() - 1, middle.y()))
    wait_for_frame(qtbot, panel, FRAMES - 1)
    qtbot.mouseMove(bar, QPoint(0, middle.y()))
    wait_for_frame(qtbot, panel, 0)
    qtbot.mouseRelease(bar, LEFT, pos=QPoint(0, middle.y()))
    assert bar.value() == 0


def test_arrow_keys_on_the_position_bar_move_by_a_frame(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    bar = panel._player.transport.seek_bar
    for expected in (1, 2, 3):
        qtbot.keyClick(bar, Qt.Key.Key_Right)
        wait_for_frame(qtbot, panel, expected)
    qtbot.keyClick(bar, Qt.Key.Key_Left)
    wait_for_frame(qtbot, panel, 2)


def test_the_bar_and_the_timecode_follow_the_video(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(30 * FRAME_MS)
    wait_for_frame(qtbot, panel, 30)
    assert panel._player.transport.seek_bar.value() == 1200
    texts = visible_texts(panel)
    assert "0:01.20" in texts
    assert "/ 0:03.00" in texts


def test_loop_mute_and_volume_are_told_and_can_be_restored(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    with qtbot.waitSignal(panel.loop_changed) as looped:
        click(qtbot, panel, "Loop")
    assert looped.args == [True]
    assert panel.loop
    with qtbot.waitSignal(panel.volume_changed) as muted:
        click(qtbot, panel, "Mute")
    assert muted.args == [1.0, True]
    panel.set_volume(0.4, False)
    with qtbot.waitSignal(panel.volume_changed) as louder:
        panel._player.transport.volume_slider.setValue(70)
    assert louder.args == [0.7, False]
    panel.set_volume(0.3, True)
    assert (panel.volume, panel.muted) == (0.3, True)
    assert button(panel, "Mute").isChecked()
    assert panel._player.transport.volume_slider.value() == 30


def test_restoring_the_volume_is_not_reported_as_a_change(qtbot: QtBot, panel: StagePanel) -> None:
    with qtbot.assertNotEmitted(panel.volume_changed):
        panel.set_volume(0.5, True)


def test_the_speed_menu_sets_the_speed(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    actions = panel._player.transport.speed_actions.actions()
    texts = [action.text() for action in actions]
    assert texts == ["0.1×", "0.25×", "0.5×", "0.75×", "1×", "1.5×", "2×", "3×", "4×"]
    actions[2].trigger()
    assert panel.speed == 0.5
    assert panel._player.transport.speed_button.text() == "0.5×"


def test_file_buttons_and_menu_ask_with_the_job_id(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    for name, signal in (
        ("Save as", panel.save_as_requested),
        ("Show in folder", panel.show_in_folder_requested),
        ("Favourite", panel.favourite_toggled),
    ):
        with qtbot.waitSignal(signal) as asked:
            click(qtbot, panel, name)
        assert asked.args == ["job-1"]
    entries = {action.text(): action for action in panel._player.transport.more_menu.actions()}
    for text, signal in (
        ("Show in folder", panel.show_in_folder_requested),
        ("Copy", panel.copy_requested),
        ("Open in another player", panel.open_elsewhere_requested),
        ("Fetch again", panel.fetch_again_requested),
    ):
        with qtbot.waitSignal(signal) as asked:
            entries[text].trigger()
        assert asked.args == ["job-1"]


def test_a_watermarked_copy_is_shown_from_the_menu_where_there_is_one(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    entry = panel._player.transport.more_menu.marked_action
    assert entry.text() == "Show watermarked copy in folder"
    assert not entry.isVisible()
    panel.show_item(replace(item(media / "result.mp4"), has_marked=True))
    assert entry.isVisible()
    with qtbot.waitSignal(panel.show_marked_requested) as asked:
        entry.trigger()
    assert asked.args == ["job-1"]


def test_the_heart_follows_the_library_not_the_click(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    click(qtbot, panel, "Favourite")
    assert not button(panel, "Favourite").isChecked()
    panel.show_item(item(media / "result.mp4", favourite=True))
    assert button(panel, "Favourite").isChecked()


def test_without_a_reference_side_by_side_is_off_and_says_why(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    assert not button(panel, "Side by side").isEnabled()
    assert "not on this computer" in button(panel, "Side by side").toolTip()
    panel.toggle_compare()
    assert not panel.side_by_side


# -- room ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1400, 900, 676, 620, 560, 500, 420, 360])
def test_nothing_is_cut_off_at_any_width(
    qtbot: QtBot, panel: StagePanel, media: Path, width: int
) -> None:
    panel.show_item(item(media / "result.mp4", media / "reference.mp4"))
    panel.resize(width, 500)
    qtbot.waitUntil(lambda: panel.width() == width)
    row = panel._player.transport.row
    shown = [child for child in row.findChildren(QWidget) if child.isVisibleTo(row)]
    inside = [child for child in shown if child.parentWidget() is row]
    edges = sorted((child.x(), child.x() + child.width()) for child in inside)
    assert edges[-1][1] <= row.width()
    assert all(before[1] <= after[0] for before, after in pairwise(edges))
    texts = [child for child in shown if isinstance(child, (QLabel, QAbstractButton))]
    needed = {child.text(): child.fontMetrics().horizontalAdvance(child.text()) for child in texts}
    assert not [child.text() for child in texts if child.width() < needed[child.text()]]
    for name in ("Play", "Next frame", "Previous frame", "Save as", "Show in folder", "More"):
        assert button(panel, name).isVisible()


def test_what_has_no_room_is_in_the_menu(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    transport = panel._player.transport

    def entries() -> set[str]:
        return {action.text() for action in transport.more_menu.actions() if action.isVisible()}

    assert "Loop" not in entries()
    panel.resize(420, 500)
    qtbot.waitUntil(lambda: "compare" in transport.row.given_up)
    assert {"Compare", "Volume"} <= entries()
    assert ("Full screen" in entries()) == ("full screen" in transport.row.given_up)
    transport.more_menu.mode_actions.actions()[1].trigger()
    assert panel.side_by_side


def test_tab_goes_through_the_controls_from_left_to_right(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    panel.activateWindow()
    transport = panel._player.transport
    transport.seek_bar.setFocus()
    seen = []
    while not transport.more_button.hasFocus():
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        seen.append(focused.mapTo(transport, QPoint(0, 0)).x())
        assert len(seen) < 30
    assert seen == sorted(seen)
    assert len(seen) >= 14


# -- full screen and dragging -------------------------------------------------------------------


def full_screen_window(panel: StagePanel) -> FullScreenWindow:
    (window,) = [child for child in panel.findChildren(FullScreenWindow) if child.isVisible()]
    return window


def test_a_double_click_goes_to_full_screen_and_escape_comes_back(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(12 * FRAME_MS)
    wait_for_frame(qtbot, panel, 12)
    qtbot.mouseDClick(panel._player.canvas, LEFT)
    assert panel.is_full_screen
    window = full_screen_window(panel)
    assert window.isFullScreen()
    assert panel._player.window() is window
    qtbot.keyClick(panel._player.canvas, Qt.Key.Key_Escape)
    assert not panel.is_full_screen
    assert panel._player.window() is panel.window()
    assert frame_number(panel.frame_shown) == 12
    assert button(panel, "Play").isVisible()


def test_keys_work_in_full_screen(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.toggle_full_screen()
    canvas = panel._player.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    wait_for_frame(qtbot, panel, 1)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    wait_for_frame(qtbot, panel, 26)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    wait_for_frame(qtbot, panel, 25)
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert panel.is_playing
    qtbot.keyClick(canvas, Qt.Key.Key_K)
    assert not panel.is_playing
    with qtbot.waitSignal(panel.favourite_toggled):
        qtbot.keyClick(canvas, Qt.Key.Key_F)
    qtbot.keyClick(canvas, Qt.Key.Key_F11)
    assert not panel.is_full_screen


def test_full_screen_hides_the_controls_while_playing_until_the_mouse_moves(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.set_loop(True)
    panel.toggle_full_screen()
    panel.play_pause()
    page = panel._player
    full_screen_window(panel)._rest.start(0)  # as if the mouse had rested long enough
    qtbot.waitUntil(lambda: not page.transport.isVisible())
    qtbot.mouseMove(page.canvas, QPoint(50, 50))
    qtbot.waitUntil(page.transport.isVisible)
    panel.toggle_full_screen()
    assert page.transport.isVisible()


def test_closing_the_full_screen_window_brings_the_video_back(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.toggle_full_screen()
    full_screen_window(panel).close()
    assert not panel.is_full_screen
    assert panel._player.isVisible()


def test_showing_nothing_leaves_full_screen(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.toggle_full_screen()
    panel.show_item(None)
    assert not panel.is_full_screen
    assert "Let a picture dance" in visible_texts(panel)


def test_the_drag_carries_the_file(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    data = panel._player.canvas.drag_data()
    assert [url.toLocalFile() for url in data.urls()] == [str(media / "result.mp4")]
