"""What the tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from kling_desktop.ui.hands import Hands, hands


@pytest.fixture
def watching(qapp: QApplication) -> Iterator[Hands]:
    """The program's own hands, as the window has them."""
    hands().watch(qapp)
    yield hands()
    hands().unwatch(qapp)
