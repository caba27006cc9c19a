"""The Stage plays, seeks and steps exactly, read from the numbers in the painted frames."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from stage_media import frame_number, make_numbered_video

from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel

FPS = 25
FRAMES = 75
FRAME_MS = 1000 // FPS
# pytest-qt swaps the message handler around every test; a line from a decoder's thread that comes
# just then calls a handler that is gone, and the process crashes.
pytestmark = pytest.mark.no_qt_log


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage")
    make_numbered_video(folder / "result.mp4", frames=FRAMES, fps=FPS)
    make_numbered_video(folder / "reference.mp4", frames=FRAMES, fps=FPS)
    make_numbered_video(folder / "short.mp4", frames=40, fps=FPS)
    make_numbered_video(folder / "long-sound.mp4", frames=50, fps=FPS, sound_s=3.0)
    make_numbered_video(folder / "thirty.mp4", frames=60, fps=30)
    return folder


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[StagePanel]:
    stage = StagePanel()
    qtbot.addWidget(stage)
    stage.resize(680, 600)
    stage.show()
    yield stage
    stage.show_item(None)


def item(result: Path, reference: Path | None = None, job_id: str = "job-1") -> StageItem:
    reference_path = None if reference is None else str(reference)
    return StageItem(job_id, "a × b", str(result), reference_path, "Standard", None, False)


def wait_for_frame(qtbot: QtBot, panel: StagePanel, number: int) -> None:
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) == number)


def load(qtbot: QtBot, panel: StagePanel, path: Path, reference: Path | None = None) -> None:
    panel.show_item(item(path, reference))
    wait_for_frame(qtbot, panel, 0)


def test_loading_shows_the_first_frame_and_does_not_play(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    assert not panel.is_playing
    assert panel.position_ms == 0
    assert panel.duration_ms == FRAMES * FRAME_MS


def test_seeking_shows_the_frame_of_that_moment(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    for number in (30, 31, 5, 74, 12, 0):
        panel.seek(number * FRAME_MS)
        wait_for_frame(qtbot, panel, number)
        assert panel.position_ms == number * FRAME_MS


def test_steps_forward_and_back_show_exactly_the_neighbours(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(10 * FRAME_MS)
    wait_for_frame(qtbot, panel, 10)
    for step, expected in ((1, 11), (1, 12), (1, 13), (-1, 12), (-1, 11), (-1, 10), (5, 15)):
        panel.step_frames(step)
        wait_for_frame(qtbot, panel, expected)
        assert panel.position_ms == expected * FRAME_MS


def test_steps_are_exact_where_a_frame_is_not_a_whole_number_of_milliseconds(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "thirty.mp4")
    for expected in range(1, 20):
        panel.step_frames(1)
        wait_for_frame(qtbot, panel, expected)
    for expected in range(18, -1, -1):
        panel.step_frames(-1)
        wait_for_frame(qtbot, panel, expected)


def test_many_steps_at_once_all_count(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    for _ in range(9):
        panel.step_frames(1)
    panel.step_frames(-2)
    wait_for_frame(qtbot, panel, 7)


def test_steps_stop_at_both_ends(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek((FRAMES - 2) * FRAME_MS)
    wait_for_frame(qtbot, panel, FRAMES - 2)
    panel.step_frames(1)
    panel.step_frames(1)
    panel.step_frames(-1)
    wait_for_frame(qtbot, panel, FRAMES - 2)
    panel.step_frames(-1000)
    wait_for_frame(qtbot, panel, 0)


def test_a_step_while_playing_pauses(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.play_pause()
    qtbot.waitUntil(lambda: (frame_number(panel.frame_shown) or 0) > 3)
    panel.step_frames(1)
    assert not panel.is_playing


def test_the_latest_of_many_seeks_wins(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    for number in range(0, 60, 3):
        panel.seek(number * FRAME_MS)
    panel.seek(33 * FRAME_MS)
    assert panel.position_ms == 33 * FRAME_MS
    wait_for_frame(qtbot, panel, 33)


def test_a_seek_before_the_file_is_loaded_is_not_lost(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.show_item(item(media / "result.mp4"))
    panel.seek(20 * FRAME_MS)
    wait_for_frame(qtbot, panel, 20)


def test_a_seek_that_a_pause_overtakes_still_arrives(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    for number in (50, 20):
        panel.play_pause()
        qtbot.waitUntil(lambda: panel.is_playing)
        panel.seek(number * FRAME_MS)
        panel.pause()
        wait_for_frame(qtbot, panel, number)


def test_playing_goes_on_and_stands_on_the_last_frame_at_the_end(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(60 * FRAME_MS)
    panel.play_pause()
    assert panel.is_playing
    qtbot.waitUntil(lambda: not panel.is_playing)
    wait_for_frame(qtbot, panel, FRAMES - 1)
    assert panel.position_ms == panel.duration_ms


def test_play_at_the_end_starts_again(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(70 * FRAME_MS)
    panel.play_pause()
    qtbot.waitUntil(lambda: not panel.is_playing)
    seen: list[int] = []
    panel._playback.frames_changed.connect(lambda: seen.append(panel.position_ms))
    panel.play_pause()
    assert panel.is_playing
    qtbot.waitUntil(lambda: any(0 < at_ms < 60 * FRAME_MS for at_ms in seen))


def test_a_step_back_from_the_end_shows_the_last_but_one(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(70 * FRAME_MS)
    panel.play_pause()
    qtbot.waitUntil(lambda: not panel.is_playing)
    wait_for_frame(qtbot, panel, FRAMES - 1)
    panel.step_frames(-1)
    wait_for_frame(qtbot, panel, FRAMES - 2)


def test_loop_wraps_and_plays_on(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "short.mp4")
    panel.set_loop(True)
    panel.seek(35 * FRAME_MS)
    wait_for_frame(qtbot, panel, 35)
    panel.play_pause()
    qtbot.waitUntil(lambda: frame_number(panel.frame_shown) in range(10))
    assert panel.is_playing
    panel.set_loop(False)
    qtbot.waitUntil(lambda: not panel.is_playing)
    wait_for_frame(qtbot, panel, 39)


def test_backwards_goes_to_the_beginning_and_stops_there(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(70 * FRAME_MS)  # long enough for several pictures, however slowly they come
    wait_for_frame(qtbot, panel, 70)
    seen: list[int] = []
    panel.slower()
    panel._playback.frames_changed.connect(
        lambda: seen.append(frame_number(panel.frame_shown) or 0)
    )
    wait_for_frame(qtbot, panel, 0)
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) > 2
    qtbot.waitUntil(lambda: panel._playback.is_still)


def test_any_verb_ends_going_backwards(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(70 * FRAME_MS)
    panel.slower()
    assert panel._playback.is_going_backwards
    panel.play_pause()
    assert not panel._playback.is_going_backwards
    assert not panel.is_playing


def test_faster_plays_then_climbs_and_slower_comes_down(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.faster()
    assert panel.is_playing
    assert panel.speed == 1.0
    panel.faster()
    panel.faster()
    panel.faster()
    assert panel.speed == 3.0
    panel.slower()
    assert panel.speed == 2.0
    assert panel.is_playing


def test_seconds_step_while_playing_plays_on(qtbot: QtBot, panel: StagePanel, media: Path) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.play_pause()
    panel.step_seconds(1)
    assert panel.is_playing
    qtbot.waitUntil(lambda: (frame_number(panel.frame_shown) or 0) >= 25)


def test_sound_longer_than_the_pictures_leaves_the_last_picture(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "long-sound.mp4")
    panel.seek(panel.duration_ms)
    wait_for_frame(qtbot, panel, 49)
    panel.seek(40 * FRAME_MS)
    wait_for_frame(qtbot, panel, 40)
    panel.set_speed(2)
    panel.play_pause()
    qtbot.waitUntil(lambda: not panel.is_playing)
    wait_for_frame(qtbot, panel, 49)


def test_side_by_side_shows_the_same_moment_of_both(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")

    def both_show(number: int) -> bool:
        return (
            frame_number(panel.frame_shown) == frame_number(panel.reference_frame_shown) == number
        )

    qtbot.waitUntil(lambda: both_show(0))
    for number in (40, 7):
        panel.seek(number * FRAME_MS)
        qtbot.waitUntil(lambda n=number: both_show(n))
    panel.step_frames(1)
    qtbot.waitUntil(lambda: both_show(8))


def test_side_by_side_stays_within_one_frame_while_playing_and_meets_when_paused(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    panel.set_loop(True)
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 0)

    def apart() -> int:
        result = frame_number(panel.frame_shown) or 0
        return abs(result - (frame_number(panel.reference_frame_shown) or 0))

    panel.play_pause()
    for moment in (20, 40, 60):
        qtbot.waitUntil(
            lambda m=moment: (frame_number(panel.frame_shown) or 0) >= m and apart() <= 1
        )
    assert panel.is_playing
    panel.pause()
    qtbot.waitUntil(lambda: apart() == 0)


def test_a_reference_that_lags_is_brought_back(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    panel.set_loop(True)
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 0)
    panel.play_pause()
    reference = panel._playback._reference
    assert reference is not None
    reference.player.seek(60 * FRAME_MS)  # as if its clock ran away
    qtbot.waitUntil(lambda: (frame_number(reference.player.image) or 0) >= 60)
    qtbot.waitUntil(
        lambda: (
            abs(
                (frame_number(panel.frame_shown) or 0)
                - (frame_number(panel.reference_frame_shown) or 0)
            )
            <= 1
        )
    )


def test_a_shorter_reference_holds_its_last_frame(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    load(qtbot, panel, media / "result.mp4", media / "short.mp4")
    panel.seek(70 * FRAME_MS)
    wait_for_frame(qtbot, panel, 70)
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 39)
    panel.seek(36 * FRAME_MS)
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 36)
    panel.play_pause()
    qtbot.waitUntil(lambda: (frame_number(panel.frame_shown) or 0) > 50)  # past its end
    assert frame_number(panel.reference_frame_shown) == 39


def test_leaving_side_by_side_lets_the_reference_go(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 0)
    panel.toggle_compare()
    assert not panel.side_by_side
    assert panel.reference_frame_shown is None
    assert frame_number(panel.frame_shown) == 0


def open_files() -> set[str]:
    names = set()
    for entry in os.listdir("/proc/self/fd"):
        try:
            names.add(os.readlink(f"/proc/self/fd/{entry}"))
        except FileNotFoundError:
            continue  # the descriptor of this very listing
    return names


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_release_lets_go_of_both_files_and_play_opens_them_again(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    panel.set_side_by_side(True)
    load(qtbot, panel, media / "result.mp4", media / "reference.mp4")
    qtbot.waitUntil(lambda: frame_number(panel.reference_frame_shown) == 0)
    files = {str(media / "result.mp4"), str(media / "reference.mp4")}
    assert files <= open_files()
    panel.play_pause()
    panel.release()
    assert not files & open_files()
    assert not panel.is_playing
    panel.play_pause()
    qtbot.waitUntil(lambda: (frame_number(panel.frame_shown) or 0) > 2)


def test_another_video_replaces_the_first_while_it_plays(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.seek(50 * FRAME_MS)
    panel.play_pause()
    panel.show_item(item(media / "short.mp4", job_id="job-2"))
    wait_for_frame(qtbot, panel, 0)
    assert not panel.is_playing
    assert panel.duration_ms == 40 * FRAME_MS


def test_the_same_video_with_a_new_favourite_plays_on(
    qtbot: QtBot, panel: StagePanel, media: Path
) -> None:
    load(qtbot, panel, media / "result.mp4")
    panel.set_loop(True)  # it plays, however long the wait takes
    panel.play_pause()
    qtbot.waitUntil(lambda: (frame_number(panel.frame_shown) or 0) > 5)
    loved = StageItem("job-1", "a × b", str(media / "result.mp4"), None, "Standard", None, True)
    panel.show_item(loved)
    assert panel.is_playing
    assert panel._player.transport.favourite_button.isChecked()
