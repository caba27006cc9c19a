"""Comparing on the Stage as a person does it: modes, handles, keys, nudges, sound, zoom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtMultimedia import QVideoFrame
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot
from stage_media import frame_number, make_numbered_video

from kling_desktop.motion.compare import CompareSettings, Heard
from kling_desktop.ui.stage.canvas import StageCanvas
from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.frames import ShownFrame
from kling_desktop.ui.stage.full_screen import FullScreenWindow
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.pace import Pace, needed_stride
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.stage.player_page import every_text
from kling_desktop.ui.theme import theme

FRAME_MS = 40
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
# pytest-qt swaps the message handler around every test; a line from a decoder's thread that comes
# just then calls a handler that is gone, and the process crashes.
pytestmark = pytest.mark.no_qt_log


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage-compare")
    make_numbered_video(folder / "result.mp4")
    make_numbered_video(folder / "reference.mp4")
    make_numbered_video(folder / "other.mp4", frames=50)
    (folder / "text.mp4").write_bytes(b"not a video" * 500)
    return folder


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[StagePanel]:
    theme().apply(qapp)
    stage = StagePanel()
    qtbot.addWidget(stage)
    stage.resize(1100, 620)
    stage.show()
    yield stage
    stage.show_item(None)


def item(folder: Path, **changes: object) -> StageItem:
    values: dict[str, object] = {
        "job_id": "job-1",
        "title": "a × b",
        "result_path": str(folder / "result.mp4"),
        "reference_path": str(folder / "reference.mp4"),
        "mode_label": "Pro",
        "fps": None,
        "favourite": False,
    }
    return StageItem(**{**values, **changes})  # type: ignore[arg-type] # a table of fields


def load(qtbot: QtBot, panel: StagePanel, shown: StageItem, mode: CompareMode) -> None:
    panel.set_compare_mode(mode)
    panel.show_item(shown)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 0)
    if mode.shows_both:
        wait_for_reference(qtbot, panel, 0)


def wait_for_reference(qtbot: QtBot, panel: StagePanel, number: int) -> None:
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == number)


def button(panel: StagePanel, name: str) -> QAbstractButton:
    found = [b for b in panel.findChildren(QAbstractButton) if b.accessibleName() == name]
    return next(b for b in found if b.isVisible())


# -- modes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("Side by side", CompareMode.SIDE_BY_SIDE),
        ("Wipe", CompareMode.WIPE),
        ("Overlay", CompareMode.OVERLAY),
    ],
)
def test_each_segment_chooses_its_mode(
    qtbot: QtBot, panel: StagePanel, media: Path, name: str, mode: CompareMode
) -> None:
    load(qtbot, panel, item(media), CompareMode.RESULT)
    with qtbot.waitSignal(panel.compare_mode_changed) as changed:
        qtbot.mouseClick(button(panel, name), LEFT)
    assert changed.args == [mode.value]
    wait_for_reference(qtbot, panel, 0)
    assert panel._player.canvas.wipe.isVisible() == (mode is CompareMode.WIPE)
    assert panel._player.canvas.opacity.isVisible() == (mode is CompareMode.OVERLAY)


def test_difference_is_in_the_menu_and_leaves_no_segment_chosen(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.WIPE)
    transport = panel._player.transport
    entries = {a.text(): a for a in transport.more_menu.mode_actions.actions()}
    entries["Difference"].trigger()
    assert panel.compare_mode is CompareMode.DIFFERENCE
    assert not any(b.isChecked() for b in transport.compare.findChildren(QAbstractButton))
    qtbot.mouseClick(button(panel, "Wipe"), LEFT)
    assert panel.compare_mode is CompareMode.WIPE
    assert button(panel, "Wipe").isChecked()


def test_without_a_reference_the_result_is_shown_and_the_wish_is_kept(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media, reference_path=None), CompareMode.RESULT)
    panel.set_compare_mode(CompareMode.OVERLAY)
    assert panel.shown_mode is CompareMode.RESULT
    panel.cycle_compare()
    assert panel.compare_mode is CompareMode.OVERLAY
    panel.show_item(item(media, job_id="job-2"))
    assert panel.shown_mode is CompareMode.OVERLAY
    wait_for_reference(qtbot, panel, 0)


# -- handles ------------------------------------------------------------------------------------


def test_the_wipe_is_dragged_and_moved_by_keys(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.WIPE)
    canvas = panel._player.canvas
    grip, pane = canvas.wipe, canvas.pane_rects()[0]
    assert grip.accessibleName() == "Wipe position"
    assert abs(grip.geometry().center().x() - pane.center().x()) <= 2
    start = grip.rect().center()
    target = grip.mapFrom(canvas, QPoint(round(pane.left() + pane.width() / 4), start.y()))
    qtbot.mousePress(grip, LEFT, pos=start)
    qtbot.mouseMove(grip, target)
    qtbot.mouseRelease(grip, LEFT, pos=start)
    assert grip.share == pytest.approx(0.25, abs=0.01)
    assert abs(grip.geometry().center().x() - (pane.left() + pane.width() / 4)) <= 2
    qtbot.keyClick(grip, Qt.Key.Key_Right)
    assert grip.share == pytest.approx(0.27, abs=0.01)
    qtbot.keyClick(grip, Qt.Key.Key_End)
    assert grip.share == 1.0
    assert frame_number(panel.frame_shown) == 0  # the arrow was not a step


def test_the_opacity_follows_keys_and_mouse(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, item(media), CompareMode.OVERLAY)
    pill = panel._player.canvas.opacity
    assert pill.accessibleName() == "Opacity of the reference"
    qtbot.keyClick(pill, Qt.Key.Key_Home)
    assert pill.share == 0.0
    qtbot.mouseClick(pill, LEFT, pos=QPoint(round(pill._groove().right()), 17))
    assert pill.share == 1.0


def test_flicker_alternates_while_the_key_is_held(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.RESULT)
    canvas = panel._player.canvas
    seen: list[bool | None] = []
    canvas.setFocus()
    qtbot.keyPress(canvas, Qt.Key.Key_B)
    assert panel._comparing.is_flickering
    wait_for_reference(qtbot, panel, 0)

    def both_seen() -> bool:
        seen.append(canvas._flicker)
        return {True, False} <= set(seen)

    qtbot.waitUntil(both_seen)
    qtbot.keyRelease(canvas, Qt.Key.Key_B)
    assert not panel._comparing.is_flickering
    assert canvas._flicker is None
    assert panel.reference_frame_shown is None  # the result alone needs no second decoder


# -- nudges and sound -----------------------------------------------------------------------------


def test_nudges_are_told_with_the_job_and_stand_on_the_picture(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.SIDE_BY_SIDE)
    with qtbot.waitSignal(panel.compare_settings_changed) as told:
        panel.nudge_reference(2)
    assert told.args == ["job-1", CompareSettings(reference_frames=2)]
    assert panel._player.canvas._chips == ("Reference · +2 frames", "Result · Pro")
    wait_for_reference(qtbot, panel, 2)
    with qtbot.waitSignal(panel.compare_settings_changed) as told:
        panel.nudge_result(1)
    assert told.args == ["job-1", CompareSettings(1, 2)]


def test_the_options_nudge_reset_and_choose_the_sound(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.SIDE_BY_SIDE)
    qtbot.mouseClick(button(panel, "Nudge and sound"), LEFT)
    options = panel._comparing.options
    assert options.isVisible()
    by_name = {b.accessibleName() or b.text(): b for b in options.findChildren(QAbstractButton)}
    qtbot.mouseClick(by_name["Nudge reference on"], LEFT)
    qtbot.mouseClick(by_name["Nudge reference on"], LEFT)
    qtbot.mouseClick(by_name["Nudge result back"], LEFT)
    assert panel._playback.settings == CompareSettings(-1, 2)
    qtbot.mouseClick(by_name["Sound of the reference"], LEFT)
    assert panel._playback.settings.heard is Heard.REFERENCE
    qtbot.mouseClick(by_name["No nudge"], LEFT)
    assert panel._playback.settings == CompareSettings(heard=Heard.REFERENCE)
    options.hide()


@pytest.mark.parametrize(
    ("heard", "result_muted", "reference_muted"),
    [(Heard.RESULT, False, None), (Heard.REFERENCE, True, False), (Heard.NONE, True, None)],
)
def test_only_the_chosen_side_is_heard(
    qtbot: QtBot,
    panel: StagePanel,
    media: Path,
    heard: Heard,
    result_muted: bool,
    reference_muted: bool | None,
) -> None:
    """None: a side that was never heard has no audio output at all."""
    load(qtbot, panel, item(media, compare=CompareSettings(heard=heard)), CompareMode.WIPE)
    result, follower = panel._playback._result, panel._playback._reference
    assert result is not None
    assert follower is not None
    audio = result._sound._audio
    assert audio is not None
    assert audio.isMuted() is result_muted
    other = follower.player._sound._audio
    assert (None if other is None else other.isMuted()) is reference_muted
    panel.set_compare_mode(CompareMode.RESULT)
    assert not audio.isMuted()


def test_the_same_video_again_keeps_what_was_nudged_since(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.WIPE)
    panel.nudge_reference(4)
    panel.show_item(item(media, favourite=True, compare=CompareSettings(reference_frames=3)))
    assert panel._playback.settings.reference_frames == 4
    panel.show_item(item(media, job_id="job-2", compare=CompareSettings(reference_frames=3)))
    assert panel._playback.settings.reference_frames == 3


# -- two results ----------------------------------------------------------------------------------


def test_another_result_takes_the_reference_s_place_without_a_reload(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.SIDE_BY_SIDE)
    panel.seek(30 * FRAME_MS)
    wait_for_reference(qtbot, panel, 30)
    other = item(media, reference_path=str(media / "other.mp4"), reference_label="Take 3 · Pro")
    panel.show_item(other)
    assert frame_number(panel.frame_shown) == 30
    wait_for_reference(qtbot, panel, 30)
    assert panel._player.canvas._chips == ("Take 3 · Pro", "Result · Pro")
    with qtbot.assertNotEmitted(panel.compare_settings_changed):
        panel.nudge_reference(1)  # not the nudge of the clip that drove the video
    wait_for_reference(qtbot, panel, 31)


def test_a_reference_that_cannot_be_played_leaves_the_wish_for_the_next_video(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_compare_mode(CompareMode.WIPE)
    panel.show_item(item(media, reference_path=str(media / "text.mp4")))
    qtbot.waitUntil(lambda: panel.shown_mode is CompareMode.RESULT)
    panel.show_item(item(media, job_id="job-2"))
    assert panel.shown_mode is CompareMode.WIPE
    wait_for_reference(qtbot, panel, 0)


# -- zoom ------------------------------------------------------------------------------------------


def test_actual_size_shows_one_pixel_for_one_on_both_sides(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.SIDE_BY_SIDE)
    canvas = panel._player.canvas
    panel.toggle_actual_size()
    widths = [rect.width() * canvas.devicePixelRatioF() for rect in canvas.picture_rects()]
    assert widths == [320, 320]
    assert canvas.view_control.text() == "1:1"
    panel.toggle_actual_size()
    assert canvas.view_control.text() == ""


def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves_both(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.SIDE_BY_SIDE)
    canvas = panel._player.canvas
    before = canvas.picture_rects()[1]
    point = QPointF(before.left() + before.width() * 0.75, before.center().y())
    for _ in range(6):
        wheel = QWheelEvent(
            point,
            canvas.mapToGlobal(point),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, wheel)
    zoomed = canvas.picture_rects()
    assert zoomed[1].width() > 3 * before.width()
    assert (point.x() - zoomed[1].left()) / zoomed[1].width() == pytest.approx(0.75, abs=0.02)
    qtbot.mousePress(canvas, LEFT, pos=point.toPoint())
    qtbot.mouseMove(canvas, point.toPoint() + QPoint(30, 0))
    qtbot.mouseRelease(canvas, LEFT, pos=point.toPoint() + QPoint(30, 0))
    moved = canvas.picture_rects()
    shifts = [now.left() - then.left() for now, then in zip(moved, zoomed, strict=True)]
    assert shifts == pytest.approx([30, 30], abs=2)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert canvas.picture_rects()[0].left() < moved[0].left()
    panel.show_item(item(media, job_id="job-2", result_path=str(media / "other.mp4")))
    assert canvas.view_control.text() == ""


# -- loop, speed, screens --------------------------------------------------------------------------


def test_marks_of_the_loop_stand_on_the_bar_and_keys_set_them(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.RESULT)
    panel.toggle_full_screen()
    canvas = panel._player.canvas
    panel.seek(10 * FRAME_MS)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 10)
    qtbot.keyClick(canvas, Qt.Key.Key_BracketLeft)
    panel.seek(20 * FRAME_MS)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 20)
    qtbot.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert panel._player.transport.seek_bar._marks == (400.0, 840.0)
    qtbot.keyClick(canvas, Qt.Key.Key_Backslash)
    assert panel.loop_range.is_empty
    panel.toggle_full_screen()


def test_the_frame_number_stands_beside_the_timecode(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.RESULT)
    panel.seek(37 * FRAME_MS)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 37)
    assert panel.frame_number == 37
    assert panel._player.transport.frame_label.text() == "f 37"


def test_full_screen_is_told_and_goes_to_the_chosen_screen(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.RESULT)
    screen = QApplication.screens()[0]
    with qtbot.waitSignal(panel.full_screen_changed) as told:
        panel.show_full_screen_on(screen.name())
    assert told.args == [True]
    (window,) = [w for w in panel.findChildren(FullScreenWindow) if w.isVisible()]
    assert window.screen() is screen
    with qtbot.waitSignal(panel.full_screen_changed) as told:
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert told.args == [False]
    several = len(QApplication.screens()) > 1
    assert panel._player.transport.more_menu.screen_action.isVisible() is several


def test_full_screen_on_a_screen_that_was_unplugged_meanwhile_is_on_the_windows_own(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    """The menu keeps names of screens, which cannot be gone, and no screens, which can."""
    load(qtbot, panel, item(media), CompareMode.RESULT)
    asked: list[object] = []
    menu = panel._player.transport.more_menu
    menu.screen_requested.connect(asked.append)
    menu.screen_menu.actions()[0].trigger()
    assert asked == [QApplication.screens()[0].name()]
    panel.show_full_screen_on("HDMI-9")
    (window,) = [w for w in panel.findChildren(FullScreenWindow) if w.isVisible()]
    assert window.screen() is panel.screen()
    qtbot.keyClick(window, Qt.Key.Key_Escape)


# -- pace ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fps", "speed", "stride"), [(60, 1, 1), (60, 2, 2), (60, 4, 4), (25, 4, 2), (30, 0.1, 1)]
)
def test_no_more_frames_are_shown_than_a_screen_can(fps: float, speed: float, stride: int) -> None:
    assert needed_stride(fps, speed) == stride


def test_too_few_frames_twice_leave_out_every_second_one_and_enough_bring_it_back() -> None:
    pace = Pace()
    pace.start(60, 1.0)
    pace._judge(False)
    assert not pace.is_late
    pace._judge(False)
    assert (pace.stride, pace.is_late) == (2, True)
    for _ in range(8):
        pace._judge(True)
    assert (pace.stride, pace.is_late) == (1, False)
    pace.stop()


def test_left_out_frames_are_said_and_shown_evenly(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, item(media), CompareMode.WIPE)
    panel.set_loop(True)
    panel.play_pause()
    pace = panel._playback.pace
    pace._look.stop()  # how fast this computer is plays no part
    pace._judge(False)
    pace._judge(False)
    assert panel._player.canvas._note == every_text(2) == "Playing every 2nd frame"
    shown: list[int] = []
    panel._player.canvas.painted.connect(lambda: shown.append(frame_number(panel.frame_shown) or 0))
    qtbot.waitUntil(lambda: len(shown) > 10)
    assert not [number for number in shown[2:] if number % 2]
    panel.pause()
    assert panel._player.canvas._note == ""


@pytest.mark.parametrize(
    ("size", "beside"), [((270, 480), True), ((480, 480), True), ((900, 480), False)]
)
def test_a_videos_label_stands_beside_it_where_there_is_room(
    qtbot: QtBot, size: tuple[int, int], beside: bool
) -> None:
    """A portrait's head is not covered."""
    canvas = StageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(940, 520)
    canvas.set_chips("Reference", "Result · Standard")
    picture = QImage(*size, QImage.Format.Format_RGB32)
    canvas.set_frames(ShownFrame(QVideoFrame(picture), 0.0, 40.0), None)
    pane, room = canvas.pane_rects()[-1], canvas._room_of_chip("Result · Standard")
    assert (room.right() <= pane.left()) is beside
    assert (room == pane) is not beside
