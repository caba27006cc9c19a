"""A sandbox, small inputs, and the real engine on them, with a clock that can be set on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_world import World, make_clip, make_picture
from support.kept_workers import keep_workers
from support.rendered_once import render_once
from support.sandboxes import running

from kling_desktop.engine import ledger_rule, poller


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    return make_picture(folder / "astronaut.png"), make_clip(folder / "meadow.mp4")


@pytest.fixture
def world(
    tmp_path: Path, inputs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(poller, "MIN_GAP_S", 0.05)
    monkeypatch.setattr(poller, "AGES_S", ((float("inf"), 0.1),))
    # The engine's own ledger waits, so that the test's looks are the only ones.
    monkeypatch.setattr(ledger_rule, "PAUSES_S", (3600.0,))
    render_once(monkeypatch)
    keep_workers(monkeypatch)
    with running(tmp_path / "sandbox", seconds=0) as sandbox:
        yield World(tmp_path / "home", sandbox, *inputs)
