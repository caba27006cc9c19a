"""In the window: clips that Qt's player would show wrongly are shown from copies of the helper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from window_scene import told_by

PROGRAM = Path(__file__).with_name("stage_copies_program.py")
PREPARING = "Preparing a copy to show… "


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told_by(PROGRAM, tmp_path_factory.mktemp("copies"))


def test_a_plain_clip_is_played_itself(told: dict[str, Any]) -> None:
    assert told["seen"]["plain"] == [25, True]


@pytest.mark.parametrize("name", ["stream", "deep"])
def test_a_result_waits_for_its_copy_and_then_shows_every_moment(
    told: dict[str, Any], name: str
) -> None:
    assert told["seen"][f"{name} page"].startswith(PREPARING)
    assert not told["seen"][f"{name} early"]
    assert told["seen"][name] == 25


def test_a_reference_of_varying_rate_is_shown_from_its_copy_beside_the_result(
    told: dict[str, Any],
) -> None:
    result, reference = told["seen"]["pair"]
    assert result == 25
    assert 12 <= reference <= 16  # thirteen of its frames have begun by then, not twenty-five
    first, last = told["seen"]["pair notes"]
    assert first.startswith(PREPARING) or first == ""  # it may be there before it is told
    assert last == ""


def test_another_video_ends_the_copying_of_the_one_before(told: dict[str, Any]) -> None:
    assert (told["seen"]["left"], told["seen"]["left item"]) == (25, "plain")


def test_without_a_copy_the_clip_plays_as_it_is_and_that_is_said(told: dict[str, Any]) -> None:
    assert told["seen"]["as it is"] == [True, 0]
    assert told["said"] == [
        "No copy to show could be made of uneven.mp4: it plays as it is, and may be inexact."
    ]
