"""In the window: a clip that is written over is noticed at the press, and in the Queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from window_scene import told_by

PROGRAM = Path(__file__).with_name("agreed_program.py")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told_by(PROGRAM, tmp_path_factory.mktemp("agreed"))


def test_a_press_on_an_old_price_sends_nothing_and_shows_the_new_one(seen: dict[str, Any]) -> None:
    assert seen["first price"] == "3.2 s · 2.24 credits"
    assert seen["jobs after the first press"] == 0
    assert seen["second price"] == "6.4 s · 4.48 credits"
    assert seen["said"][0] == (
        "meadow.mp4 changed since it was looked at, and is looked at again. Nothing was sent. "
        "Check the price and press Generate."
    )


def test_who_comes_back_from_another_program_sees_the_price_of_what_is_there(
    seen: dict[str, Any],
) -> None:
    assert seen["price after coming back"] == "3.2 s · 2.24 credits"


def test_the_row_says_both_figures_and_has_both_answers(seen: dict[str, Any]) -> None:
    assert seen["row"] == [
        "Was 6.4 s · 4.48 credits, is now 3.2 s · 2.24 credits",
        "Was 4.48, is now 2.24 credits",
        ["cancel", "send"],
    ]
    assert seen["sent while it asks"] == 0


def test_a_notice_says_when_it_begins_to_wait(seen: dict[str, Any]) -> None:
    assert seen["said"][1] == (
        "astronaut × meadow waits for you. meadow.mp4 changed. The video was 6.4 s · 4.48 credits, "
        "it is now 3.2 s · 2.24 credits. Nothing was sent."
    )


def test_the_details_have_both(seen: dict[str, Any]) -> None:
    assert seen["details"] == [
        ["Agreed to", "6.4 s · 4.48 credits"],
        ["Is now", "3.2 s · 2.24 credits"],
    ]


def test_send_sends_it_once(seen: dict[str, Any]) -> None:
    assert seen["sent"] == 1


def test_a_link_of_unknown_length_is_asked_about_with_the_most_it_can_cost(
    seen: dict[str, Any],
) -> None:
    assert seen["price of a link"] == "at most 21.00 credits"
    assert "This costs at most 21.00 credits" in seen["question about a link"]
    assert seen["jobs after a no"] == 0
