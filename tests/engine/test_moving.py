"""Renaming and removing in spite of what holds a file open for a moment. Real files."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kling_desktop import moving
from kling_desktop.engine.naming import place


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "PAUSES_S", (0.0,) * 4)


def refuse(patch: pytest.MonkeyPatch, name: str, times: int, number: int) -> list[Any]:
    """The system's call fails so often with this error, then does its work."""
    call: Callable[..., Any] = getattr(os, name)
    met: list[Any] = []

    def refusing(*paths: Any, **more: Any) -> Any:
        if len(met) < times:
            met.append(paths)
            raise OSError(number, os.strerror(number))
        return call(*paths, **more)

    patch.setattr(moving.os, name, refusing)
    return met


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / ".a.part"
    path.write_bytes(b"a video")
    return path


PASSING = [errno.EACCES, errno.EBUSY, errno.EPERM]


@pytest.mark.parametrize("number", PASSING)
def test_what_is_in_use_for_a_moment_gets_its_name(
    made: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    met = refuse(monkeypatch, "replace", 4, number)
    moving.replace(made, made.with_name("a.mp4"))
    assert made.with_name("a.mp4").read_bytes() == b"a video"
    assert len(met) == 4


def test_what_stays_in_use_raises_and_what_cannot_pass_raises_at_once(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = refuse(monkeypatch, "replace", 99, errno.EACCES)
    with pytest.raises(PermissionError):
        moving.replace(made, made.with_name("a.mp4"))
    assert len(met) == 5
    met = refuse(monkeypatch, "replace", 99, errno.EROFS)
    with pytest.raises(OSError, match=re.escape(os.strerror(errno.EROFS))):
        moving.replace(made, made.with_name("a.mp4"))
    assert len(met) == 1


@pytest.mark.parametrize("links", [True, False], ids=["with links", "without"])
def test_a_new_name_never_replaces_and_leaves_no_empty_file(
    made: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        refuse(monkeypatch, "link", 99, errno.EOPNOTSUPP)
    taken, free = made.with_name("taken.mp4"), made.with_name("free.mp4")
    taken.write_bytes(b"dear")
    with pytest.raises(FileExistsError):
        moving.move_new(made, taken)
    refuse(monkeypatch, "replace", 2, errno.EACCES)
    moving.move_new(made, free)
    assert (taken.read_bytes(), free.read_bytes()) == (b"dear", b"a video")
    assert not made.exists()


def test_where_it_fails_for_good_nothing_has_the_name(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "link", 99, errno.EOPNOTSUPP)
    refuse(monkeypatch, "replace", 99, errno.EACCES)
    with pytest.raises(PermissionError):
        moving.move_new(made, made.with_name("a.mp4"))
    assert [p.name for p in made.parent.iterdir()] == [made.name]
    assert made.read_bytes() == b"a video"


def test_where_not_even_the_empty_file_can_be_removed_there_is_one_of_it(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "link", 99, errno.EOPNOTSUPP)
    refuse(monkeypatch, "replace", 99, errno.EACCES)
    refuse(monkeypatch, "unlink", 99, errno.EACCES)
    with pytest.raises(PermissionError):
        place(made, made.parent, "a")
    assert sorted(p.name for p in made.parent.iterdir()) == [made.name, "a.mp4"]
    assert made.read_bytes() == b"a video"


def test_to_another_disk_it_is_copied_whole(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "link", 1, errno.EXDEV)
    moving.move_new(made, made.with_name("a.mp4"))
    assert [p.name for p in made.parent.iterdir()] == ["a.mp4"]
    assert made.with_name("a.mp4").read_bytes() == b"a video"


def test_an_old_name_that_stays_makes_the_new_one_no_less_whole(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "unlink", 99, errno.EACCES)
    moving.move_new(made, made.with_name("a.mp4"))
    assert made.with_name("a.mp4").read_bytes() == b"a video"
    moving.discard(made)  # it stays, and nobody is told
    with pytest.raises(PermissionError):
        moving.remove(made)


def test_what_is_not_there_is_removed(tmp_path: Path) -> None:
    moving.remove(tmp_path / "nothing")
