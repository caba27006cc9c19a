"""Held keys and quick clicks, as a real keyboard and mouse send them: one press, one wish."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.desktop import Desktop
from support.driver import Window, open_window
from support.program import SandboxFolder

from kling_desktop.motion.request import Draft, Source
from kling_desktop.store.draft import DraftStore
from kling_desktop.store.paths import DataPaths

pytestmark = pytest.mark.e2e

JOB = "figure × dance, Standard"
IN_A_HURRY = ("--repeat", 3, "--delay", 40)
HELD_S = 2.0  # how long a hand rests on a key: the keyboard repeats it some thirty times


@pytest.fixture
def sandbox(data_dir: Path) -> SandboxFolder:
    return SandboxFolder(data_dir)


@contextmanager
def ready(desktop: Desktop, data_dir: Path, inputs: Path) -> Iterator[Window]:
    """A window in which everything is there for Generate."""
    sources = (Source(path=str(inputs / name)) for name in ("figure.png", "dance.mp4"))
    paths = DataPaths.at(data_dir).profile("sandbox")
    paths.create()
    DraftStore(paths.draft_file).save(Draft(*sources))
    with open_window(desktop, "--sandbox", "--data-dir", data_dir) as window:
        window.wait_until_open()
        window.find("push button", "Generate…", lambda node: node.is_usable)
        desktop.xdotool("windowactivate", "--sync", window.window_id)
        yield window


@contextmanager
def held(window: Window, *keys: str) -> Iterator[None]:
    for key in keys:
        window.desktop.xdotool("keydown", key)
    try:
        time.sleep(HELD_S)
        yield
    finally:
        for key in reversed(keys):
            window.desktop.xdotool("keyup", key)


def test_a_key_that_is_held_pays_once(
    desktop: Desktop, data_dir: Path, inputs: Path, sandbox: SandboxFolder
) -> None:
    with ready(desktop, data_dir, inputs) as window:
        with held(window, "ctrl", "Return"):
            window.item("Library", f"{JOB}, Done")
        assert len(sandbox.tasks()) == 1
        assert window.app.look("push button", "Make another") is None


def test_a_key_that_is_held_does_not_answer_the_question_that_it_raised(
    desktop: Desktop, data_dir: Path, inputs: Path, sandbox: SandboxFolder
) -> None:
    settings = json.loads((data_dir / "settings.json").read_text(encoding="ascii"))
    settings["ask_above_credits"] = 0.5
    (data_dir / "settings.json").write_text(json.dumps(settings), encoding="ascii")
    with ready(desktop, data_dir, inputs) as window:
        with held(window, "ctrl", "Return"):
            yes = window.find("push button", "Generate", lambda node: node.is_usable)
        assert yes.is_usable
        assert sandbox.tasks() == []
        window.desktop.xdotool("mousemove", "--sync", *yes.center(), "click", *IN_A_HURRY, 1)
        window.item("Library", f"{JOB}, Done")
        assert len(sandbox.tasks()) == 1


def test_a_double_click_pays_once_and_asks_nothing(
    desktop: Desktop, data_dir: Path, inputs: Path, sandbox: SandboxFolder
) -> None:
    with ready(desktop, data_dir, inputs) as window:
        at = window.find("push button", "Generate…").center()
        window.desktop.xdotool("mousemove", "--sync", *at, "click", *IN_A_HURRY, 1)
        window.item("Library", f"{JOB}, Done")
        assert len(sandbox.tasks()) == 1
        assert window.app.look("push button", "Make another") is None
