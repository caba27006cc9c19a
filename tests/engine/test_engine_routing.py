"""What keeps a file that is handed over from being read is said as that, not of its content."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.media import make_picture

from kling_desktop import plain_file
from kling_desktop.engine.routing import route
from kling_desktop.engine.steps import saving
from kling_desktop.media.errors import MediaError
from kling_desktop.media.files import content_of
from kling_desktop.motion.limits import FindingCode as C
from kling_desktop.motion.request import Slot, Source
from kling_desktop.words import Words


class Windows(PermissionError):
    """As Windows raises it: with a number of its own."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EACCES, "refused")
        self.winerror = winerror


REASONS: dict[str, tuple[OSError, C]] = {
    "refused": (PermissionError(errno.EACCES, "refused"), C.FILE_REFUSED),
    "refused by Windows": (Windows(5), C.FILE_REFUSED),
    "held by another program": (Windows(32), C.FILE_IN_USE),
    "a part of it is held": (Windows(33), C.FILE_IN_USE),
    "its disk is ill": (OSError(errno.EIO, "ill"), C.FILE_UNREADABLE),
}


@pytest.fixture(params=sorted(REASONS))
def code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[C]:
    """What is to be said; the system opens nothing, and gives the reason."""
    error, code = REASONS[request.param]

    def refuse(*_: object, **__: object) -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(plain_file.os, "open", refuse)
        yield code


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "dance.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    return path


@pytest.mark.parametrize("slot", [None, *Slot])
def test_a_file_that_cannot_be_opened_is_told_by_its_reason(
    clip: Path, slot: Slot | None, code: C
) -> None:
    problem = route((str(clip),), slot).problem
    assert problem is not None
    assert problem.code is code


def test_reading_all_of_it_tells_the_same(clip: Path, code: C) -> None:
    with pytest.raises(MediaError) as caught:
        content_of(str(clip))
    assert f"file_{caught.value.code}" == code


def test_a_paid_video_that_cannot_be_read_just_now_is_not_taken_for_a_damaged_one(
    clip: Path, code: C
) -> None:
    with pytest.raises(MediaError) as caught:
        content_of(str(clip))
    assert caught.value.code in saving._UNCHECKED


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_lies_in_a_folder_that_is_refused_is_not_said_to_be_missing(
    clip: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0)
    try:
        problem = route((str(clip),), None).problem
    finally:
        tmp_path.chmod(0o700)
    assert problem is not None
    assert problem.code is C.FILE_REFUSED


@pytest.mark.parametrize(("name", "slot"), [("dance.mp4", Slot.VIDEO), ("face.jpg", Slot.IMAGE)])
def test_a_file_whose_beginning_is_not_written_yet_is_taken_by_its_name(
    tmp_path: Path, name: str, slot: Slot
) -> None:
    (tmp_path / name).write_bytes(bytes(100_000))
    ((found, source),) = route((str(tmp_path / name),), None).slots
    assert (found, source.name) == (slot, name)


def test_what_is_neither_is_still_said_to_be_neither(tmp_path: Path) -> None:
    for name, text in (("notes.mp4", b"notes"), ("zeros.bin", bytes(100))):
        (tmp_path / name).write_bytes(text)
        problem = route((str(tmp_path / name),), None).problem
        assert problem is not None
        assert problem.code is C.NOT_A_VIDEO


def test_what_finds_no_well_any_more_is_told(tmp_path: Path) -> None:
    pictures = [make_picture(tmp_path / f"{name}.png") for name in "abc"]
    verdict = route(tuple(map(str, pictures)), None)
    assert verdict.slots == ((Slot.IMAGE, Source(path=str(pictures[0]))),)
    assert [source.name for source in verdict.left] == ["b.png", "c.png"]
    said = Words().left_aside([source.name for source in verdict.left])
    assert said == "2 files were not taken: a video is made of one picture and one clip."
