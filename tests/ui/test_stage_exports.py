"""From the Stage to files: frame, GIF, WebP, MP4 and the comparison, and a cancelled one."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from window_scene import told_by

PROGRAM = Path(__file__).with_name("stage_exports_program.py")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """The folder, what was said, and the files."""
    folder = tmp_path_factory.mktemp("exports")
    told = told_by(PROGRAM, folder)
    return folder, told["said"], told["files"]


def test_each_export_is_a_new_file_and_nothing_else_is_left(
    made: tuple[Path, list[str], list[str]],
) -> None:
    _, _, files = made
    assert files == ["a (2).mp4", "a (3).mp4", "a.gif", "a.mp4", "a.png", "a.webp", "b.mp4"]


def test_each_export_is_said_with_its_name_and_a_cancelled_one_too(
    made: tuple[Path, list[str], list[str]],
) -> None:
    _, said, _ = made
    names = ["a.png", "a.gif", "a.webp", "a (2).mp4", "a (3).mp4"]
    assert said[:-1] == [f"Saved as {name}." for name in names]
    assert said[-1] == "The export was stopped. Nothing was saved."


def test_the_comparison_has_both_beside_each_other(
    made: tuple[Path, list[str], list[str]],
) -> None:
    folder, _, _ = made
    with av.open(str(folder / "a (3).mp4")) as both, av.open(str(folder / "a.mp4")) as one:
        assert both.streams.video[0].width >= 2 * one.streams.video[0].width
