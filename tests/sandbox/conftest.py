"""A running sandbox and a client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from sandbox_client import Client, make_clip, make_picture
from support.sandboxes import running

from kling_desktop.sandbox import Sandbox


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_picture(tmp_path_factory.mktemp("inputs") / "person.png")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("inputs") / "dance.mp4")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path / "sandbox", seconds=0) as made:
        yield made


@pytest.fixture
def slow_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Tasks stay running until ``finish()``."""
    with running(tmp_path / "sandbox", seconds=3600) as made:
        yield made


@pytest.fixture
def connect(picture: Path, clip: Path) -> Iterator[Callable[[Sandbox], Client]]:
    """Makes a client of a running sandbox, with both inputs uploaded."""
    with requests.Session() as session:
        session.trust_env = False  # no proxies between us and loopback

        def make(sandbox: Sandbox) -> Client:
            client = Client(sandbox, session)
            client.image_url, client.video_url = client.upload(picture), client.upload(clip)
            return client

        yield make


@pytest.fixture
def client(sandbox: Sandbox, connect: Callable[[Sandbox], Client]) -> Client:
    return connect(sandbox)


@pytest.fixture
def slow_client(slow_sandbox: Sandbox, connect: Callable[[Sandbox], Client]) -> Client:
    return connect(slow_sandbox)
