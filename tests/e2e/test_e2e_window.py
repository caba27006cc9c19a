"""The window, end to end: the real program on a real screen, by mouse, keys and names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import program
from support.atspi import State
from support.desktop import Desktop
from support.driver import Window, drag, drag_refused, file_manager, flick, open_window
from support.program import SandboxFolder
from support.waiting import wait_for

pytestmark = pytest.mark.e2e

JOB = "figure × dance, Standard"


@pytest.fixture
def window(desktop: Desktop, data_dir: Path) -> Iterator[Window]:
    with open_window(desktop, "--sandbox", "--data-dir", data_dir) as window:
        window.wait_until_open()
        yield window


@pytest.fixture
def sandbox(data_dir: Path) -> SandboxFolder:
    return SandboxFolder(data_dir)


def drop_both(window: Window, inputs: Path) -> None:
    """Drag picture and clip from another window, together, anywhere onto the program's."""
    files = inputs / "figure.png", inputs / "dance.mp4"
    with file_manager(window.desktop, *files) as source:
        drag(window, source, "All files", window.frame)
        window.find("panel", "Character, figure.png…")
        window.find("panel", "Motion, dance.mp4…")


def saved_videos(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "videos").rglob("*.mp4"))


def position(window: Window) -> float:
    """Where the Stage's seek bar stands."""
    return window.find("slider", "Position").value


def test_dropped_files_become_a_video_that_is_watched_and_kept(
    window: Window, inputs: Path, data_dir: Path, sandbox: SandboxFolder
) -> None:
    drop_both(window, inputs)
    window.type_into("Prompt", "A stage at night, warm light")
    window.press("Generate…")
    item = window.item("Library", f"{JOB}, Done")

    (task,) = sandbox.tasks()
    (video,) = saved_videos(data_dir)
    assert video.read_bytes() == sandbox.result(task["id"])
    assert video.name.startswith("figure × dance, Standard")
    assert task["request"]["prompt"] == "A stage at night, warm light"

    x, y = item.center()
    window.desktop.xdotool("mousemove", "--sync", x, y, "click", "--repeat", 2, "--delay", 20, 1)
    window.press("Pause")
    window.find("push button", "Play", lambda node: node.is_usable)
    wait_for(lambda: position(window), "a frame of the video")
    window.press("To start")
    wait_for(lambda: position(window) == 0, "the first frame")
    window.press("Next frame")
    wait_for(lambda: position(window), "the frame after it")


def test_files_dropped_one_by_one_find_their_wells(window: Window, inputs: Path) -> None:
    # Each time another source: Qt's own may be stuck after a drop.
    with file_manager(window.desktop, inputs / "dance.mp4") as source:
        drag(window, source, "dance.mp4", window.find("panel", "Motion, empty"))
        window.find("panel", "Motion, dance.mp4…")
    with file_manager(window.desktop, inputs / "figure.png") as source:
        drag(window, source, "figure.png", window.find("filler", "Stage"))
        window.find("panel", "Character, figure.png…")
    window.find("push button", "Generate…", lambda node: node.is_usable)


def test_file_of_a_quick_hand_finds_its_well(window: Window, inputs: Path) -> None:
    """Between the release and the drop the source names no file: only the drop brings it."""
    for _ in range(4):  # whether the hand is quicker than the answer is up to the machine
        # Each time another one: Qt's own source may be stuck after a few drops of this kind.
        with file_manager(window.desktop, inputs / "dance.mp4") as source:
            flick(window, source, "dance.mp4", window.find("panel", "Motion, empty"))
            window.find("panel", "Motion, dance.mp4…")
        window.press("Remove video")


def test_what_is_no_input_is_refused_with_the_reason_before_the_drop(
    window: Window, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a picture", encoding="utf-8")
    with file_manager(window.desktop, notes) as source:
        reason = drag_refused(window, source, "notes.txt", window.frame)
    assert reason
    window.find("panel", "Character, empty")
    window.find("panel", "Motion, empty")


@pytest.mark.parametrize("target", ["the window", "a well"])
def test_dropped_file_stays_with_its_owner_where_a_move_was_proposed(
    window: Window, inputs: Path, target: str
) -> None:
    onto = window.frame if target == "the window" else window.find("panel", "Character, empty")
    with file_manager(window.desktop, inputs / "figure.png", proposes="move") as source:
        drag(window, source, "figure.png", onto)  # fails unless the window asks for a copy


@pytest.mark.parametrize("end", ["closed", "killed"])
def test_job_of_a_window_that_ended_is_finished_by_the_next(
    desktop: Desktop, inputs: Path, data_dir: Path, sandbox: SandboxFolder, end: str
) -> None:
    arguments = "--sandbox", "--data-dir", str(data_dir)
    with open_window(desktop, *arguments) as window:
        window.wait_until_open()
        drop_both(window, inputs)
        window.type_into("Prompt", "[very slow]")
        window.press("Generate…")
        window.item("Queue", f"{JOB}, Generating")
        if end == "closed":
            window.close()
        else:
            window.child.kill()
    (task,) = sandbox.tasks()
    assert saved_videos(data_dir) == []
    sandbox.finish()

    with open_window(desktop, *arguments) as window:
        window.item("Library", f"{JOB}, Done")
        assert [each["id"] for each in sandbox.tasks()] == [task["id"]]
        (video,) = saved_videos(data_dir)
        assert video.read_bytes() == sandbox.result(task["id"])
        window.close()


def test_draft_survives_closing(desktop: Desktop, inputs: Path, data_dir: Path) -> None:
    arguments = "--sandbox", "--data-dir", str(data_dir)
    with open_window(desktop, *arguments) as window:
        window.wait_until_open()
        drop_both(window, inputs)
        window.type_into("Prompt", "A lake at dawn")
        window.close()

    with open_window(desktop, *arguments) as window:
        window.find("panel", "Character, figure.png…")
        window.find("panel", "Motion, dance.mp4…")
        window.find("text", "Prompt", lambda node: node.text == "A lake at dawn")


def test_second_start_raises_the_first_window_and_exits_0(
    window: Window, desktop: Desktop, data_dir: Path
) -> None:
    desktop.xdotool("windowminimize", "--sync", window.window_id)
    with program.start(desktop.env, "--sandbox", "--data-dir", data_dir) as second:
        assert second.wait() == 0, second.report()
    wait_for(
        lambda: desktop.xdotool("getactivewindow") == window.window_id, "the first window raised"
    )
    assert window.frame.has(State.SHOWING)
    assert window.child.code is None
