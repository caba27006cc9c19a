"""Inputs made once, a sandbox, and the engine's world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_world import World, make_clip, make_picture, make_quick
from support.sandboxes import running

from kling_desktop.sandbox import Sandbox


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_picture(tmp_path_factory.mktemp("inputs") / "astronaut.png")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("inputs") / "meadow.mp4")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path / "sandbox") as made:
        yield made


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
