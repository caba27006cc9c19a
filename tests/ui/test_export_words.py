"""What is said after an export: also of a video that ends early, and of a part that is none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kling_desktop.engine.exporting import ExportFailed
from kling_desktop.ui.presenter.exports import Exports, _sentence


@pytest.mark.parametrize("early", [False, True])
def test_of_a_video_that_ends_early_the_notice_says_so(early: bool) -> None:
    said: list[str] = []
    desk = SimpleNamespace(notice=lambda text, _buttons: said.append(text), show_in_folder=print)
    Exports._say_saved(cast(Any, SimpleNamespace(_desk=desk)), Path("a.gif"), ends_early=early)
    assert said[0].startswith("Saved as a.gif.")
    assert ("ends early" in said[0]) is early


def test_a_part_that_the_video_does_not_have_is_refused_in_words() -> None:
    told = _sentence(ExportFailed("no_such_part", "2.0 of 2.0"), Path("a.gif"))
    assert told.startswith("Nothing was saved: the video has nothing in this part.")
    assert "2.0" not in told
