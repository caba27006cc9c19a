"""The real password store does not answer: the window is there, says so, and goes on by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.atspi import Node, State
from support.desktop import Desktop
from support.driver import Window, connect, open_window
from support.program import Served
from support.waiting import wait_for

pytestmark = pytest.mark.e2e

ACCOUNT_TOKEN = "ACEDATACLOUD_PLATFORM_TOKEN"
LINE, THIS_RUN = "Waiting for GNOME Keyring…", "Use for this run only"


def line(window: Window) -> Node | None:
    """What stands above Generate about the store."""
    return window.app.look("label", LINE, lambda node: node.has(State.SHOWING))


def wait_for_line(window: Window) -> None:
    wait_for(lambda: line(window), "the line", context=window.app.outline)


def wait_until_connected(window: Window) -> None:
    window.wait_until_open()
    wait_for(lambda: line(window) is None, "the end of the line", context=window.app.outline)


def keep_tokens(desktop: Desktop, served: Served, data_dir: Path) -> None:
    """As an earlier run did."""
    with open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window:
        connect(window, served.env[ACCOUNT_TOKEN])
        wait_until_connected(window)
        window.close()


def test_the_line_goes_away_and_all_goes_on_when_the_store_answers(
    desktop: Desktop, served: Served, data_dir: Path
) -> None:
    keep_tokens(desktop, served, data_dir)
    with (
        desktop.silent_keyring(),
        open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window,
    ):
        wait_for_line(window)
        assert window.find("list", "Library")
        desktop.let_keyring_go_on()
        wait_until_connected(window)
        window.close()


def test_a_token_for_this_run_only_works_beside_a_store_that_never_answers(
    desktop: Desktop, served: Served, data_dir: Path
) -> None:
    keep_tokens(desktop, served, data_dir)
    with (
        desktop.silent_keyring(),
        open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window,
    ):
        wait_for_line(window)
        window.press(THIS_RUN)
        connect(window, served.env[ACCOUNT_TOKEN])
        wait_until_connected(window)
        window.close()


def test_a_window_whose_store_never_answers_closes(
    desktop: Desktop, served: Served, data_dir: Path
) -> None:
    with (
        desktop.silent_keyring(),
        open_window(desktop, "--data-dir", data_dir, env=served.addresses) as window,
    ):
        wait_for_line(window)
        window.close()
