"""Clips that Qt's player shows wrongly are shown right from their copies, by their own times.

Each frame carries its number; the numbers are read back from what the Stage shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from stage_media import frame_number, make_numbered_video

from kling_desktop.media.helper import MediaHelper
from kling_desktop.motion.compare import CompareSettings
from kling_desktop.motion.shown_copy import ShownCopy
from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.theme import theme

pytestmark = pytest.mark.no_qt_log  # as in the Stage's other tests

# As a phone stores them; the pause stands where nothing moved.
STEPS_MS = [33, 34, 16, 67, 33, 34, 16, 17, 250, 33, 8, 59, 33, 50, 17, 33, 84, 17, 33, 41] * 2
STAMPS_MS = [sum(STEPS_MS[:n]) for n in range(len(STEPS_MS))]
ASKED = (7, 31, 16, 0, 39, 9, 8, 22, 10, 3, 28, 11, 37, 19, 5, 30)  # sixteen seeks


@dataclass(frozen=True)
class Clip:
    path: str
    copy: ShownCopy
    stamps_ms: list[int]

    def moment_ms(self, number: int, share: float) -> float:
        begin_ms, end_ms = self.copy.edges_ms(number)
        return begin_ms + share * (end_ms - begin_ms)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("shown")
    even_ms = [40 * n for n in range(40)]
    paths = {
        "uneven": make_numbered_video(folder / "a.mp4", frames=40, stamps_ms=STAMPS_MS),
        "transport stream": make_numbered_video(folder / "a.ts", frames=40),
        "10 bit": make_numbered_video(folder / "b.mp4", frames=40, pixels="yuv420p10le"),
    }
    with MediaHelper(folder / "cache") as helper:
        return {
            name: Clip(path, helper.show_copy(path), STAMPS_MS if name == "uneven" else even_ms)
            for name, path in paths.items()
        }


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_numbered_video(tmp_path_factory.mktemp("result") / "result.mp4", frames=75)


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Iterator[StagePanel]:
    theme().apply(qapp)
    stage = StagePanel()
    qtbot.addWidget(stage)
    stage.resize(700, 560)
    stage.show()
    yield stage
    stage.show_item(None)


@pytest.mark.parametrize("kind", ["uneven", "transport stream", "10 bit"])
def test_a_paused_seek_shows_the_frame_of_that_moment(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip], kind: str
) -> None:
    """Sixteen of sixteen; without copies 6 and 1 of them were right, and 10 bit had no picture."""
    clip = clips[kind]
    item = StageItem("job", "a", clip.path, None, "Pro", None, False, result_copy=clip.copy)
    panel.show_item(item)
    qtbot.waitUntil(lambda: panel.frame_shown is not None)
    for turn, number in enumerate(ASKED):
        panel.seek(clip.moment_ms(number, (0.0, 0.5, 0.85)[turn % 3]))
        qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == number)  # noqa: B023
        qtbot.waitUntil(lambda: not panel._playback._result.is_seeking)  # type: ignore[union-attr]
        assert frame_number(panel.frame_shown) == number
        assert panel.frame_number == number
        assert panel.position_ms == pytest.approx(clip.stamps_ms[number], abs=1)


def test_steps_go_through_every_frame_and_tell_its_own_time(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip]
) -> None:
    clip = clips["uneven"]
    item = StageItem("job", "a", clip.path, None, "Pro", None, False, result_copy=clip.copy)
    panel.show_item(item)
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 0)
    for step, number in [(1, n) for n in range(1, 14)] + [(-1, n) for n in range(12, 4, -1)]:
        panel.step_frames(step)
        qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == number)  # noqa: B023
        assert panel.position_ms == pytest.approx(STAMPS_MS[number], abs=1)
    panel._playback.go_to_end()
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == 39)
    assert panel.duration_ms == pytest.approx(STAMPS_MS[-1] + 40, abs=45)


def test_a_loop_is_marked_at_the_frames_own_times(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip]
) -> None:
    clip = clips["uneven"]
    item = StageItem("job", "a", clip.path, None, "Pro", None, False, result_copy=clip.copy)
    panel.show_item(item)
    qtbot.waitUntil(lambda: panel.frame_shown is not None)
    for number, mark in ((8, panel.set_loop_start), (11, panel.set_loop_end)):
        panel.seek(clip.moment_ms(number, 0.5))
        qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == number)  # noqa: B023
        mark()
    span = panel.loop_range
    assert (span.a_ms, span.b_ms) == pytest.approx((STAMPS_MS[8], STAMPS_MS[12]), abs=1)


def test_playing_to_the_end_shows_the_frames_in_order(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip]
) -> None:
    clip = clips["uneven"]
    item = StageItem("job", "a", clip.path, None, "Pro", None, False, result_copy=clip.copy)
    panel.show_item(item)
    qtbot.waitUntil(lambda: panel.frame_shown is not None)
    seen: list[int] = []
    panel._playback.frames_changed.connect(
        lambda: seen.append(frame_number(panel.frame_shown) or 0)
    )
    panel.play_pause()
    qtbot.waitUntil(lambda: bool(seen) and not panel.is_playing)
    assert seen == sorted(seen)
    assert seen[-1] == 39


@pytest.mark.parametrize("kind", ["uneven", "transport stream", "10 bit"])
def test_as_a_reference_it_shows_the_frame_of_the_results_moment(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip], result: str, kind: str
) -> None:
    """Sixteen of sixteen; without copies 9, and for the others there was no picture."""
    clip = clips[kind]
    panel.set_compare_mode(CompareMode.SIDE_BY_SIDE)
    panel.show_item(
        StageItem("job", "a", result, clip.path, "Pro", None, False, reference_copy=clip.copy)
    )
    qtbot.waitUntil(lambda: panel.reference_frame_shown is not None)
    for number in (10, 37, 22, 0, 30, 5, 36, 12, 18, 2, 27, 8, 33, 15, 25, 1):
        panel.seek(number * 40)
        wanted = clip.copy.number_at(number * 40 + 20)
        qtbot.waitUntil(
            lambda: (
                (frame_number(panel.frame_shown), frame_number(panel.reference_frame_shown))
                == (number, wanted)  # noqa: B023
            )
        )


def test_a_nudge_is_one_frame_of_the_reference_however_long_it_stands(
    qtbot: QtBot, panel: StagePanel, clips: dict[str, Clip], result: str
) -> None:
    clip = clips["uneven"]
    panel.set_compare_mode(CompareMode.SIDE_BY_SIDE)
    panel.show_item(
        StageItem(
            *("job", "a", result, clip.path, "Pro", None, False),
            reference_copy=clip.copy,
            compare=CompareSettings(),
        )
    )
    qtbot.waitUntil(lambda: panel.reference_frame_shown is not None)
    panel.seek(8 * 40)
    start = clip.copy.number_at(8 * 40 + 20)
    for nudge, number in ((1, start + 1), (1, start + 2), (1, start + 3), (-1, start + 2)):
        panel.nudge_reference(nudge)
        qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == number)  # noqa: B023
    assert frame_number(panel.frame_shown) == 8
