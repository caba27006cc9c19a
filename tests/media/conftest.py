from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from media_makers import large_png

from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.media.helper import MediaHelper


@pytest.fixture(scope="session")
def shared_helper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaHelper]:
    """One helper for every test that leaves it whole: that also tests its reuse."""
    with MediaHelper(tmp_path_factory.mktemp("media-cache")) as helper:
        yield helper


@pytest.fixture
def own_helper(tmp_path: Path) -> Iterator[MediaHelper]:
    """A helper of the test's own, to be hurt, with its cache in ``tmp_path / "cache"``."""
    with MediaHelper(tmp_path / "cache") as helper:
        yield helper


@pytest.fixture(scope="session")
def slow_picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A picture within the limits that takes long to fit."""
    return str(large_png(tmp_path_factory.mktemp("slow") / "slow.png", 10_000))


@pytest.fixture
def code_of():
    """Call and return the MediaError's code."""

    def call(function, *args, **kwargs) -> MediaCode:
        with pytest.raises(MediaError) as caught:
            function(*args, **kwargs)
        return caught.value.code

    return call
