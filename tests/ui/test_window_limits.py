"""In the window: a limit is met, asked about, raised and passed, with its figures each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from window_scene import told_by

PROGRAM = Path(__file__).with_name("limits_program.py")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told_by(PROGRAM, tmp_path_factory.mktemp("limits"))


def test_the_banner_tells_the_figures_of_the_limit(seen: dict[str, Any]) -> None:
    assert seen["banner"].startswith(
        "Today’s limit of 3.00 credits is reached: 2.24 credits are spent, and the next video "
        "takes 2.24 credits, 1.48 credits too much."
    )


def test_resume_asks_with_the_figures_and_what_it_lets_go_before_it_passes_a_limit(
    seen: dict[str, Any],
) -> None:
    assert seen["asked"] == (
        "Today 2.24 of 3.00 credits are spent. The next video takes 2.24 credits: 1.48 too much. "
        "If you go on, the limit is off until midnight. 2 videos wait and may go on, 4.48 credits "
        "in all. Nothing more is asked for it today."
    )
    assert seen["sent after a no"] == 1  # and the program waited for the third after a yes


def test_a_limit_that_is_raised_says_what_it_lets_go(seen: dict[str, Any]) -> None:
    assert seen["said"] == (
        "Your limit for a day is 4.48 credits now. 1 video waits and may go on, 2.24 credits."
    )


def test_switching_the_limit_off_asks_and_a_no_keeps_it(seen: dict[str, Any]) -> None:
    assert seen["switching off"] == (
        "Today 4.48 of 4.48 credits are spent. Without a limit nothing stops the queue, whatever "
        "a day costs. 1 video waits and may go on, 2.24 credits."
    )
    assert seen["kept"] == [4.48, 4.48]
    assert seen["sent after keeping it"] == 2


def test_who_comes_back_from_topping_up_finds_the_queue_going_on(seen: dict[str, Any]) -> None:
    assert seen["sent after a top-up"] == 4


def test_never_asking_reads_so_and_is_not_chosen_without_a_question(seen: dict[str, Any]) -> None:
    assert seen["ask above, before"] is None
    assert seen["never asking"] == (
        "So far you are asked before a video that costs more than 12.50 credits. Without that, "
        "one press spends whatever a video costs."
    )


def test_a_limit_that_cannot_be_read_holds_the_queue_and_says_which(seen: dict[str, Any]) -> None:
    unread = seen["unread"]
    assert unread["banner"] == (
        "In the settings this cannot be read: your limit for a day. Nothing new is sent or "
        "charged. Set it again in Settings, or press Resume to go on with the usual one."
    )
    assert unread["asked"] == (
        "Limits of yours could not be read. If you go on, you are asked before one video: never. "
        "Limit for a day: none. 1 video waits and may go on, 2.24 credits."
    )
    assert (unread["sent after a no"], unread["held after a no"]) == (0, ["limits"])
    assert "your limit for a day" in unread["said"][0]


def test_done_in_settings_is_the_word_for_a_lost_limit_as_it_is_shown(
    seen: dict[str, Any],
) -> None:
    again = seen["shown again"]
    lost = ["ask_above_credits", "day_limit_credits"]
    assert again["says"] == (
        "This could not be read: from which price you are asked, your limit for a day. "
        "“Done” sets it as it is shown here."
    )
    assert (again["after looking"], again["held"]) == (lost, ["limits"])
    assert again["shown"] == [20.0, None]
    assert "asked before one video: above 20.00 credits. Limit for a day: none." in again["asked"]
    assert again["after a no"] == lost
    assert (again["unread"], again["kept"]) == ([], [20.0, None])
    assert seen["one lost"] == [[], 20.0]
    assert seen["one lost, set up"] == [[], 20.0]


def test_who_goes_on_without_the_limits_is_not_held_again(seen: dict[str, Any]) -> None:
    assert seen["unread after going on"] == []
