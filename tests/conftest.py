"""What all tests share."""

from __future__ import annotations

import os

# Set before any test imports Qt: unit tests of widgets need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
