"""The screens of tests that need none: as large as real ones, and two of them."""

from __future__ import annotations

import os
from pathlib import Path

# Without it Qt's offscreen platform has one of 800 x 800, into which no window of ours fits.
OFFSCREEN = f"offscreen:configfile={Path(__file__).with_name('screens.json')}"


def use_offscreen() -> None:
    """Before Qt starts; who wants a real screen says so."""
    if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = OFFSCREEN
