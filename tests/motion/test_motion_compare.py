"""What is remembered about a comparison survives, and damage becomes the default."""

from __future__ import annotations

import json

import pytest

from kling_desktop.motion.compare import MOST_NUDGE_FRAMES, CompareSettings, Heard
from kling_desktop.motion.reading import read


@pytest.mark.parametrize("heard", Heard)
def test_settings_come_back_as_they_were(heard: Heard) -> None:
    settings = CompareSettings(-3, 12, heard)
    assert read(CompareSettings, json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"result_frames": "many", "reference_frames": None, "heard": 7},
        {"result_frames": True, "heard": "everyone"},
    ],
)
def test_what_is_unknown_becomes_the_default(data: dict[str, object]) -> None:
    assert read(CompareSettings, data, []) == CompareSettings()


def test_a_nudge_out_of_bounds_is_brought_back() -> None:
    settings = read(CompareSettings, {"result_frames": 10**9, "reference_frames": -(10**9)})
    assert settings == CompareSettings(MOST_NUDGE_FRAMES, -MOST_NUDGE_FRAMES)
