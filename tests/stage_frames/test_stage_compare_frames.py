"""In every compare mode the painted picture holds two frames of the same moment.

The clips carry the number of each frame, and the numbers are read back from what the canvas
painted, after steps, seeks, nudges and loops, at every speed, for equal and unequal frame rates.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from stage_media import BITS, make_numbered_video, row_levels, rows_number

from kling_desktop.motion.compare import CompareSettings, Heard
from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.stage.playback import SPEEDS
from kling_desktop.ui.theme import theme

FPS = 25
FRAMES = 75
FRAME_MS = 1000 / FPS
BOTH = [mode for mode in CompareMode if mode.shows_both]
OPACITY = 0.3  # of the reference: its rows are 30 % grey, the result's 70 %
# pytest-qt swaps the message handler around every test; a line from a decoder's thread that comes
# just then calls a handler that is gone, and the process crashes.
pytestmark = pytest.mark.no_qt_log


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    for name, frames, fps in (
        ("result.mp4", FRAMES, FPS),
        ("reference.mp4", FRAMES, FPS),
        ("thirty.mp4", 90, 30),
        ("twenty-four.mp4", 72, 24),
        ("sixty.mp4", 180, 60),
        ("long.mp4", 125, FPS),
    ):
        make_numbered_video(folder / name, frames=frames, fps=fps, rows=True)
    return folder


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[StagePanel]:
    theme().apply(qapp)
    stage = StagePanel()
    qtbot.addWidget(stage)
    stage.resize(700, 560)
    stage.show()
    yield stage
    stage.show_item(None)


def open_both(
    qtbot: QtBot,
    panel: StagePanel,
    folder: Path,
    mode: CompareMode,
    *,
    reference: str = "reference.mp4",
    part: tuple[float | None, float | None] = (None, None),
    compare: CompareSettings | None = None,
) -> None:
    panel.set_compare_mode(mode)
    panel._player.canvas.opacity.set_share(OPACITY)
    start_s, end_s = part
    panel.show_item(
        StageItem(
            "job-1",
            "a × b",
            str(folder / "result.mp4"),
            str(folder / reference),
            "Pro",
            None,
            False,
            reference_start_s=start_s,
            reference_end_s=end_s,
            compare=compare,
        )
    )
    qtbot.waitUntil(lambda: panel.reference_frame_shown is not None)
    panel._player.canvas.set_smooth(False)


def painted(panel: StagePanel) -> tuple[int, int]:
    """The numbers of the result's and the reference's frame in the painted picture."""
    canvas = panel._player.canvas
    picture = canvas.grab().toImage()
    panes = [picture.copy(pane.toRect()) for pane in canvas.pane_rects()]
    return _READERS[panel.shown_mode](panes)


def _side_by_side(panes: list[QImage]) -> tuple[int, int]:
    return rows_number(panes[1], panes[1].width() // 2), rows_number(
        panes[0], panes[0].width() // 2
    )


def _wipe(panes: list[QImage]) -> tuple[int, int]:
    (pane,) = panes
    return rows_number(pane, pane.width() * 3 // 4), rows_number(pane, pane.width() // 4)


def _overlay(panes: list[QImage]) -> tuple[int, int]:
    """Four levels: none, the reference's 30 %, the result's 70 %, both."""
    (pane,) = panes
    levels = row_levels(pane, pane.width() // 2)
    limits = [0, 255 * OPACITY, 255 * (1 - OPACITY), 255]
    kinds = [min(range(4), key=lambda k, v=level: abs(limits[k] - v)) for level in levels]
    result = sum(1 << bit for bit in range(BITS) if kinds[bit] & 2)
    return result, sum(1 << bit for bit in range(BITS) if kinds[bit] & 1)


def _difference(panes: list[QImage]) -> tuple[int, int]:
    """Only what differs is white, so the result's number is taken from the Stage itself."""
    (pane,) = panes
    differs = rows_number(pane, pane.width() // 2)
    return differs, 0


_READERS = {
    CompareMode.SIDE_BY_SIDE: _side_by_side,
    CompareMode.WIPE: _wipe,
    CompareMode.OVERLAY: _overlay,
    CompareMode.DIFFERENCE: _difference,
}


def shows(panel: StagePanel, result: int, reference: int) -> bool:
    """Whether just these two are painted; the difference of two numbers is their XOR."""
    if panel.reference_frame_shown is None:
        return False
    panel._player.canvas.set_smooth(False)
    seen = painted(panel)
    if panel.shown_mode is CompareMode.DIFFERENCE:
        return panel.frame_number == result and seen[0] == result ^ reference
    return seen == (result, reference)


def wait_for(qtbot: QtBot, panel: StagePanel, result: int, reference: int) -> None:
    qtbot.waitUntil(lambda: shows(panel, result, reference))


@pytest.mark.parametrize("mode", BOTH)
def test_seeks_and_steps_paint_the_same_frame_of_both(
    qtbot: QtBot, panel: StagePanel, media: Path, mode: CompareMode
) -> None:
    open_both(qtbot, panel, media, mode)
    for number in (40, 7, 74, 0, 33):
        panel.seek(number * FRAME_MS)
        wait_for(qtbot, panel, number, number)
    for step, number in ((1, 34), (1, 35), (-1, 34), (-1, 33), (-1, 32)):
        panel.step_frames(step)
        wait_for(qtbot, panel, number, number)


@pytest.mark.parametrize("mode", BOTH)
def test_nudges_move_one_side_and_hold_the_other(
    qtbot: QtBot, panel: StagePanel, media: Path, mode: CompareMode
) -> None:
    open_both(qtbot, panel, media, mode)
    panel.seek(30 * FRAME_MS)
    wait_for(qtbot, panel, 30, 30)
    panel.nudge_reference(3)
    wait_for(qtbot, panel, 30, 33)
    panel.nudge_result(2)
    wait_for(qtbot, panel, 32, 33)
    panel.nudge_result(-4)
    wait_for(qtbot, panel, 28, 33)
    panel.step_frames(1)
    wait_for(qtbot, panel, 29, 34)


@pytest.mark.parametrize("mode", BOTH)
def test_the_reference_is_the_part_that_was_sent(
    qtbot: QtBot, panel: StagePanel, media: Path, mode: CompareMode
) -> None:
    """Frames 50 to 99 of the long clip; beyond its end the last one of them stands."""
    open_both(qtbot, panel, media, mode, reference="long.mp4", part=(2.0, 4.0))
    wait_for(qtbot, panel, 0, 50)
    panel.seek(20 * FRAME_MS)
    wait_for(qtbot, panel, 20, 70)
    panel.seek(49 * FRAME_MS)
    wait_for(qtbot, panel, 49, 99)
    panel.seek(60 * FRAME_MS)
    wait_for(qtbot, panel, 60, 99)
    panel.nudge_reference(-5)
    wait_for(qtbot, panel, 60, 99)
    panel.seek(0)
    wait_for(qtbot, panel, 0, 50)


def test_remembered_nudges_are_there_again(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    remembered = CompareSettings(result_frames=1, reference_frames=-3, heard=Heard.NONE)
    open_both(qtbot, panel, media, CompareMode.WIPE, compare=remembered)
    panel.seek(30 * FRAME_MS)
    wait_for(qtbot, panel, 30, 26)


@pytest.mark.parametrize(("name", "fps"), [("thirty.mp4", 30), ("twenty-four.mp4", 24)])
@pytest.mark.parametrize("mode", [CompareMode.SIDE_BY_SIDE, CompareMode.WIPE, CompareMode.OVERLAY])
def test_other_frame_rates_show_the_same_moment(
    qtbot: QtBot, panel: StagePanel, media: Path, mode: CompareMode, name: str, fps: int
) -> None:
    open_both(qtbot, panel, media, mode, reference=name)

    def same_moment(number: int) -> bool:
        panel._player.canvas.set_smooth(False)
        result, reference = painted(panel)
        middle_s = (result + 0.5) / FPS
        return result == number and abs((reference + 0.5) / fps - middle_s) <= 0.5 / fps + 0.001

    for number in (0, 10, 41, 60, 13):
        panel.seek(number * FRAME_MS)
        qtbot.waitUntil(lambda n=number: same_moment(n))
    for number in (14, 15, 16):
        panel.step_frames(1)
        qtbot.waitUntil(lambda n=number: same_moment(n))


class Watch:
    """Reads the numbers of every picture that is painted while it plays."""

    def __init__(self, panel: StagePanel) -> None:
        self.panel = panel
        self.seen: list[tuple[int, int]] = []
        panel._player.canvas.painted.connect(self._on_painted)

    def _on_painted(self) -> None:
        result, reference = self.panel._playback.frames
        if result is None or reference is None:
            return
        images = result.image, reference.image
        numbers = [rows_number(image, image.width() // 2) for image in images]
        self.seen.append((numbers[0], numbers[1]))

    def worst_apart_frames(self, reference_fps: float) -> float:
        """In frames of the slower of the two."""
        slower = min(FPS, reference_fps)
        return max(abs((a + 0.5) / FPS - (b + 0.5) / reference_fps) * slower for a, b in self.seen)


@pytest.mark.parametrize("speed", SPEEDS)
def test_playing_never_paints_two_frames_more_than_one_apart(
    qtbot: QtBot, panel: StagePanel, media: Path, speed: float
) -> None:
    open_both(qtbot, panel, media, CompareMode.SIDE_BY_SIDE)
    panel.set_loop(True)
    panel.set_speed(speed)
    watch = Watch(panel)
    panel.play_pause()
    qtbot.waitUntil(lambda: len(watch.seen) > 12)
    assert watch.worst_apart_frames(FPS) <= 1.5  # middles: at most one frame between the edges
    panel.pause()
    qtbot.waitUntil(lambda: panel._playback.apart_ms == 0)


@pytest.mark.parametrize(("name", "fps"), [("twenty-four.mp4", 24), ("sixty.mp4", 60)])
def test_playing_with_another_frame_rate_stays_within_one_frame(
    qtbot: QtBot, panel: StagePanel, media: Path, name: str, fps: int
) -> None:
    open_both(qtbot, panel, media, CompareMode.WIPE, reference=name)
    panel.set_loop(True)
    watch = Watch(panel)
    panel.play_pause()
    qtbot.waitUntil(lambda: len(watch.seen) > 20)
    assert watch.worst_apart_frames(fps) <= 1.5


@pytest.mark.parametrize("mode", BOTH)
def test_the_loop_from_a_to_b_shows_nothing_else_and_keeps_both_together(
    qtbot: QtBot, panel: StagePanel, media: Path, mode: CompareMode
) -> None:
    open_both(qtbot, panel, media, mode)
    panel.seek(20 * FRAME_MS)
    wait_for(qtbot, panel, 20, 20)
    panel.set_loop_start()
    panel.seek(29 * FRAME_MS)
    wait_for(qtbot, panel, 29, 29)
    panel.set_loop_end()
    assert (panel.loop_range.a_ms, panel.loop_range.b_ms) == (800.0, 1200.0)
    panel.seek(20 * FRAME_MS)
    wait_for(qtbot, panel, 20, 20)
    watch = Watch(panel)
    panel.play_pause()

    def went_round() -> bool:
        results = [result for result, _ in watch.seen]
        falls = [a for a, b in pairwise(results) if b < a]
        return len(falls) >= 2

    qtbot.waitUntil(went_round)
    assert panel.is_playing
    assert {result for result, _ in watch.seen} <= set(range(20, 30))
    assert watch.worst_apart_frames(FPS) <= 1.5


def test_the_end_before_the_beginning_drops_the_older_mark(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    open_both(qtbot, panel, media, CompareMode.RESULT.next)
    panel.seek(30 * FRAME_MS)
    panel.set_loop_start()
    panel.seek(10 * FRAME_MS)
    panel.set_loop_end()
    assert panel.loop_range.a_ms is None
    assert panel.loop_range.b_ms == 11 * FRAME_MS
    panel.clear_loop_range()
    assert panel.loop_range.is_empty


def test_going_through_all_modes_keeps_the_frame(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    open_both(qtbot, panel, media, CompareMode.SIDE_BY_SIDE)
    panel.seek(41 * FRAME_MS)
    wait_for(qtbot, panel, 41, 41)
    for mode in (CompareMode.WIPE, CompareMode.OVERLAY, CompareMode.DIFFERENCE):
        panel.cycle_compare()
        assert panel.compare_mode is mode
        wait_for(qtbot, panel, 41, 41)
    panel.cycle_compare()
    assert panel.compare_mode is CompareMode.RESULT
    assert panel.reference_frame_shown is None
    panel.cycle_compare()
    wait_for(qtbot, panel, 41, 41)
