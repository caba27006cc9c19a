"""The engine's world of ``tests/engine``, for clips and pictures that have to be made to fit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from engine_world import World, make_clip, make_picture, make_quick
from support.sandboxes import running


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that fits, and one clip in three containers."""
    folder = tmp_path_factory.mktemp("inputs")
    make_picture(folder / "astronaut.png")
    make_clip(folder / "meadow.mp4", duration_s=6.0)
    make_clip(folder / "meadow.mkv", duration_s=6.0)
    make_clip(folder / "long.avi", duration_s=34.0)
    return folder


@pytest.fixture
def world(tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A sandbox and short pauses; the clip is an MKV of six seconds."""
    make_quick(monkeypatch)
    with running(tmp_path / "sandbox") as sandbox:
        yield World(tmp_path / "home", sandbox, inputs / "astronaut.png", inputs / "meadow.mkv")
