"""Inputs made once, a sandbox, and the engine's world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from engine_world import World, make_clip, make_picture, make_quick
from keyring.backends import null
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


@contextmanager
def without_store() -> Iterator[None]:
    """A system without a password store: tokens are kept for this run."""
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def no_store() -> Iterator[None]:
    with without_store():
        yield
