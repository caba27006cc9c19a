"""Inputs and shells for the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Listener, Shell, with_tokens
from side_by_side import Folder
from support.media import make_clip, make_picture
from support.program import serve_sandbox


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inputs") / "figure.png"
    make_picture(path)
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inputs") / "dance.mp4"
    make_clip(path)
    return path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Without tokens."""
    return Shell.at(tmp_path)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def account(shell: Shell, listener: Listener) -> Shell:
    """With both tokens in the environment, for a service that only counts connections."""
    shell.more.update(with_tokens(listener.address))
    return shell


@pytest.fixture
def folder(shell: Shell, tmp_path: Path, picture: Path, clip: Path) -> Iterator[Folder]:
    """A data folder, and a service in a process of its own."""
    served = serve_sandbox(shell.env, tmp_path / "server")
    with served.child:
        yield Folder(shell.env, shell.data_dir, (picture, clip), served, tmp_path / "server")
