"""The real program on a laptop's screen of 1366 x 768, with a window manager's title bar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desktop import Desktop, missing_programs
from support.driver import Window, open_window

pytestmark = pytest.mark.e2e
WIDTH_PX, HEIGHT_PX = 1366, 768
TITLE_BAR_PX = 12  # at least; each theme of the window manager has its own


@pytest.fixture
def window(data_dir: Path) -> Iterator[Window]:
    if missing_programs() and os.environ.get("KLING_E2E") != "required":
        pytest.skip(f"needs {', '.join(missing_programs())}; bash tests/run.sh installs them")
    with (
        Desktop(f"{WIDTH_PX}x{HEIGHT_PX}x24") as desktop,
        open_window(desktop, "--sandbox", "--data-dir", data_dir) as window,
    ):
        window.wait_until_open()
        yield window


def test_all_of_the_window_is_on_the_screen_and_generate_with_it(window: Window) -> None:
    _, top, width, height = window.frame.extents()
    assert width == 1280
    assert 700 < height <= HEIGHT_PX - TITLE_BAR_PX
    _, at, _, high = window.find("push button", "Generate…").extents()
    assert high == 44
    assert at + high < top + height
