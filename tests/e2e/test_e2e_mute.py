"""Another program that hands something over and never answers keeps the window once, not for ever.

What is counted is its questions: Qt waits some seconds for the answer to each.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.desktop import Desktop
from support.driver import PASTE, Window, open_window
from support.processes import Child
from support.waiting import wait_for

pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parents[1] / "support" / "mute_owner.py"
ASKED = "asked for "


@pytest.fixture
def window(desktop: Desktop, data_dir: Path) -> Iterator[Window]:
    with open_window(desktop, "--sandbox", "--data-dir", data_dir) as window:
        window.wait_until_open()
        yield window


@contextmanager
def mute(window: Window, *arguments: str) -> Iterator[Child]:
    command = [sys.executable, str(PROGRAM), *arguments]
    with Child(command, window.desktop.env) as owner:
        owner.wait_for_text("ready")
        yield owner


def asked(owner: Child) -> list[str]:
    return [line.removeprefix(ASKED) for line in owner.out.splitlines() if ASKED in line]


def answers(window: Window) -> None:
    """Its own thread turns: it tells its name."""
    assert window.find("text", "Prompt").name == "Prompt"


def paste(window: Window, role: str, name: str) -> None:
    node = window.find(role, name)
    x, y = node.center()
    xdotool = window.desktop.xdotool
    xdotool("mousemove", x, y, "click", 1)
    xdotool("key", "--clearmodifiers", PASTE)
    answers(window)
    xdotool("click", 3)  # a context menu
    answers(window)
    xdotool("key", "Escape")
    xdotool("click", 2)  # what is selected elsewhere
    answers(window)


@pytest.mark.parametrize("how", ["says nothing", "names what there is"])
def test_a_mute_clipboard_is_asked_once_by_all_fields_together(window: Window, how: str) -> None:
    arguments = ["mute"] if how == "says nothing" else []
    with mute(window, "clipboard", *arguments) as owner:
        window.desktop.xdotool("windowactivate", "--sync", window.window_id)
        for role, name in (
            ("text", "Prompt"),
            ("text", "Reference image"),
            ("text", "Search videos"),
            ("panel", "Motion, empty"),
            ("text", "Prompt"),
        ):
            paste(window, role, name)
        once = ["TARGETS"] if how == "says nothing" else ["TARGETS", "text/uri-list"]
        assert sorted(asked(owner)) == sorted(2 * once)  # of its clipboard, and of its selection
    window.paste_into("Prompt", "another program answers")


def test_a_drag_whose_source_is_mute_is_asked_for_its_files_once(window: Window) -> None:
    x, y = window.find("text", "Prompt").center()
    with mute(window, "drag", f"{x},{y}") as source:
        source.send(signal.SIGUSR1)
        wait_for(lambda: asked(source), "the question", context=source.report)
        answers(window)
        source.send(signal.SIGUSR1)
        answers(window)
        assert asked(source) == ["text/uri-list"]
        source.send(signal.SIGUSR1)
        wait_for(lambda: len(asked(source)) == 2, "the next drag is asked", context=source.report)
        answers(window)
