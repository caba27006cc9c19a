"""What the tests that read the code share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import test_architecture_rules


@pytest.fixture(scope="module", autouse=True)
def _code_read_once() -> Iterator[None]:
    """All rules of one file of tests read the same trees, which nobody needs afterwards."""
    yield
    test_architecture_rules.tree.cache_clear()
