"""A video is dropped that tells how it was made: what Remix would set, has set, and Undo."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from support.waiting import until

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from engine_world import make_clip
from saved_home import DRAFT, SavedHome

from kling_desktop.media.helper import MediaHelper
from kling_desktop.motion.request import Draft, Mode, Source
from kling_desktop.ui.compose.offers import Offer

EVIL = "https://evil.example/collect"


@pytest.fixture
def home(qapp: object, tmp_path: Path) -> SavedHome:
    return SavedHome(tmp_path / "home")


@pytest.fixture
def video(tmp_path: Path) -> Callable[..., Path]:
    """A stranger's video, its recipe written as our own are."""
    clip = make_clip(tmp_path / "clip.mp4")

    def make(name: str = "theirs.mp4", **settings: Any) -> Path:
        recipe = {"kling_desktop_recipe": 1, "task_id": "theirs", "settings": settings}
        with MediaHelper(tmp_path / "writing") as media:
            media.write_recipe(str(clip), str(tmp_path / name), json.dumps(recipe))
        return tmp_path / name

    return make


class Window:
    """What a person sees of it, and does."""

    def __init__(self, assembly: Any, engine: Any) -> None:
        self._desk, self._engine = assembly.desk, engine

    @property
    def draft(self) -> Draft:
        draft: Draft = self._engine.drafting.draft
        return draft

    def shown(self) -> Draft:
        """As Compose shows it; it knows no ``fit``."""
        return replace(self._desk.compose.draft(), fit=self.draft.fit)

    def drop(self, path: Path) -> None:
        self._desk.compose.sources_offered.emit(Offer(None, (str(path),)))

    def press(self, label: str) -> None:
        """A button of the notice that is shown."""
        notices = self._desk.window.notices
        QApplication.processEvents()  # buttons join a layout that shows them later
        buttons = [b for b in notices.findChildren(QPushButton) if not b.isHidden()]
        (button,) = [b for b in buttons if b.text() == label]
        button.click()

    async def notice(self, beginning: str) -> str:
        """The text of the notice once it is this one."""
        notices = self._desk.window.notices
        await until(lambda: notices.text.startswith(beginning), QApplication.processEvents)
        text: str = notices.text
        return text


def play(home: SavedHome, story: Callable[[Window], Awaitable[None]]) -> None:
    async def run(assembly: Any, engine: Any) -> None:
        await story(Window(assembly, engine))

    assert home.open(run).errors == []


def test_remix_tells_what_it_would_set_sets_just_that_and_undo_takes_it_back(
    home: SavedHome, video: Callable[..., Path]
) -> None:
    dropped = video(
        mode="std",
        orientation="video",
        prompt="a dancer at dusk",
        callback_url=EVIL,
        image={"url": EVIL},
        video={"url": EVIL},
        watermark=False,
        fit=True,
        keep_sound=["yes"],
    )
    changes = "Quality: Standard, Facing: As in the clip, Description: “a dancer at dusk”"

    async def story(window: Window) -> None:
        window.drop(dropped)
        told = await window.notice("This video was made with Kling Desktop.")
        before = window.draft
        assert before.video == Source(path=str(dropped))
        left_out = "Left out, as it cannot be used here: Keep the clip's sound."
        assert told.endswith(f"Remix would set {changes}. {left_out}")
        assert window.draft == before, "nothing happens before the press"
        window.press("Remix")
        assert await window.notice("Remix has set") == f"Remix has set {changes}. {left_out}"
        after = window.draft
        assert (after.mode, after.prompt) == (Mode.STANDARD, "a dancer at dusk")
        assert after == replace(
            before, mode=after.mode, orientation=after.orientation, prompt=after.prompt
        )
        assert after.callback_url == DRAFT.callback_url
        assert window.shown() == after
        window.press("Undo")
        assert window.draft == before

    play(home, story)


def test_a_recipe_that_is_set_already_offers_nothing(
    home: SavedHome, video: Callable[..., Path]
) -> None:
    async def story(window: Window) -> None:
        window.drop(video(mode=DRAFT.mode.value, prompt=DRAFT.prompt))
        told = await window.notice("This video was made")
        assert told.endswith("Its settings are those in Compose.")

    play(home, story)


def test_a_recipe_of_which_nothing_can_be_used_says_what_it_was(
    home: SavedHome, video: Callable[..., Path]
) -> None:
    async def story(window: Window) -> None:
        window.drop(video(prompt="soft \u202ethgil", model="kling-v1"))
        told = await window.notice("This video was made")
        assert told.endswith("Left out, as it cannot be used here: Description, Model.")
        assert "settings are those" not in told

    play(home, story)


def test_the_button_of_an_older_notice_means_its_own_video(
    home: SavedHome, video: Callable[..., Path]
) -> None:
    first, second = video("a.mp4", prompt="first"), video("b.mp4", prompt="second")

    async def story(window: Window) -> None:
        window.drop(first)
        assert "“first”" in await window.notice("This video was made")
        window.drop(second)
        await until(lambda: window._desk.window.notices._waiting)
        window.press("Remix")
        assert window.draft.prompt == "first"
        assert "“second”" in await window.notice("This video was made")
        window.press("Remix")
        assert window.draft.prompt == "second"

    play(home, story)


def test_undo_of_a_new_draft_brings_everything_back(home: SavedHome) -> None:
    async def story(window: Window) -> None:
        window._desk.window.commands.triggered.emit("new_draft")
        assert window.draft.prompt == ""
        await window.notice("New draft.")
        window.press("Undo")
        assert window.draft == DRAFT
        await until(lambda: window.shown() == DRAFT, QApplication.processEvents)

    play(home, story)
