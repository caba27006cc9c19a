"""The engine's world, for the tests about money."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engine"))

from engine_world import World, make_clip, make_picture, make_quick

from kling_desktop.sandbox import Sandbox


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_picture(tmp_path_factory.mktemp("inputs") / "astronaut.png")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("inputs") / "meadow.mp4")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path / "sandbox", seconds=0.3)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def world(
    tmp_path: Path,
    sandbox: Sandbox,
    picture: Path,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A world whose pauses are short."""
    make_quick(monkeypatch)
    return World(tmp_path / "home", sandbox, picture, clip)
