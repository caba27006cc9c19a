"""Copies of results: each with a work file of its own, whole, or said not to be there."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.mounts import mounting
from support.waiting import PATIENCE_S

from kling_desktop import moving
from kling_desktop.engine import library as library_module
from kling_desktop.engine.failures import CopyFailed
from kling_desktop.engine.library import Library
from kling_desktop.engine.workers import Workers

LONG_NAME = "astronaut × meadow, the same forty letters and more, Standard"
Story = Callable[[Library], Awaitable[None]]


def play(home: Path, story: Story) -> None:
    """Jobs are called as their files."""
    book = SimpleNamespace(get=lambda name: SimpleNamespace(result_path=str(home / name)))

    async def inside() -> None:
        workers = Workers()
        try:
            await story(Library(cast(Any, book), workers, cast(Any, None), home / "begun"))
        finally:
            workers.halt()
            await workers.close(1.0)

    asyncio.run(inside())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode() * 100_000)
    return tmp_path


@pytest.fixture
def in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two copies write their halves in turns."""
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def copy(source: Path, target: Path) -> None:
        data = source.read_bytes()
        with target.open("wb") as file:
            for begin in range(0, len(data), len(data) // 4):
                both.wait()
                file.write(data[begin : begin + len(data) // 4])
                file.flush()
        both.wait()

    monkeypatch.setattr(library_module, "copy", copy)


@pytest.mark.usefixtures("in_turns")
def test_two_copies_at_once_whose_names_begin_alike_are_both_whole(home: Path) -> None:
    async def story(library: Library) -> None:
        names = [f"{LONG_NAME}, take {name}.mp4" for name in "ab"]
        saved = await asyncio.gather(
            *(library.save_as(job, str(home / name)) for job, name in zip("ab", names, strict=True))
        )
        assert [path.name for path in saved] == names
        for job, path in zip("ab", saved, strict=True):
            assert path.read_bytes() == (home / job).read_bytes()

    play(home, story)


@pytest.mark.usefixtures("in_turns")
def test_two_copies_at_once_under_one_name_are_two_files(home: Path) -> None:
    async def story(library: Library) -> None:
        target = home / "take.mp4"
        saved = await asyncio.gather(*(library.save_as(job, str(target)) for job in "ab"))
        assert {path.name for path in saved} == {"take.mp4", "take (2).mp4"}
        for job, path in zip("ab", saved, strict=True):
            assert path.read_bytes() == (home / job).read_bytes()

    play(home, story)


def test_a_file_that_came_there_meanwhile_is_not_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = home / "take.mp4"

    def copy(source: Path, part: Path) -> None:
        target.write_bytes(b"somebody else's")
        moving.copy(source, part)

    monkeypatch.setattr(library_module, "copy", copy)

    async def story(library: Library) -> None:
        assert (await library.save_as("a", str(target))).name == "take (2).mp4"
        assert target.read_bytes() == b"somebody else's"

    play(home, story)


def test_a_copy_that_is_not_what_was_read_is_not_called_saved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that swallows bytes, or where another program writes."""
    target = home / "take.mp4"
    target.write_bytes(b"old")

    def copy(source: Path, part: Path) -> None:
        moving.copy(source, part)
        with part.open("r+b") as file:
            file.write(b"x")

    monkeypatch.setattr(library_module, "copy", copy)

    async def story(library: Library) -> None:
        with pytest.raises(CopyFailed):
            await library.save_as("a", str(target))

    play(home, story)
    assert target.read_bytes() == b"old"
    assert {path.name for path in home.iterdir()} == {"a", "b", "begun", "take.mp4"}
    assert not list((home / "begun").iterdir())


def test_a_target_that_never_answers_keeps_nobody_else_waiting(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def copy(source: Path, part: Path) -> None:
        if source.name == "a":
            let_go.wait()
        moving.copy(source, part)

    monkeypatch.setattr(library_module, "copy", copy)

    async def story(library: Library) -> None:
        stuck = [
            asyncio.create_task(library.save_as("a", str(home / f"{n}.mp4"))) for n in range(40)
        ]
        saved = await library.save_as("b", str(home / "take.mp4"))
        assert saved.read_bytes() == (home / "b").read_bytes()
        assert not any(task.done() for task in stuck)
        let_go.set()
        await asyncio.gather(*stuck)

    play(home, story)


def test_nothing_gets_its_name_in_the_empty_place_of_a_disk_that_went_away(tmp_path: Path) -> None:
    program = Path(__file__).with_name("exports_away_program.py")
    done = subprocess.run(
        [*mounting(sys.executable, str(program)), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    gone = os.strerror(errno.ENODEV)
    assert json.loads(done.stdout) == ["saved", "b.mp4", "saved", "b.gif", gone, gone]
