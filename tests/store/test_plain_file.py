"""What is opened is a plain file of a sane size, and nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kling_desktop.plain_file import NotPlain, TooLarge, is_odd, plain, read_plain


def test_a_file_is_read_up_to_the_bound_and_not_beyond(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in (b"", b"12", b"123"):
        file.write_bytes(content)
        assert read_plain(file, 3) == content
    with pytest.raises(TooLarge):
        read_plain(file, 2)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "nothing", 3)


def test_a_file_that_tells_no_size_is_bounded_all_the_same() -> None:
    told = Path("/proc/self/maps")
    if not told.exists():
        pytest.skip("no such files on this system")
    assert told.stat().st_size == 0
    with pytest.raises(TooLarge):
        read_plain(told, 10)
    assert b"\n" in read_plain(told, 10_000_000)


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices have no names in a folder there")
@pytest.mark.parametrize("flags", ["rb", "wb", "a+b", "r+b"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_nothing_else_is_opened_for_reading_or_writing(
    tmp_path: Path, kind: str, flags: str
) -> None:
    place = tmp_path / "place"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        place.mkdir()
    with pytest.raises(NotPlain), open(place, flags, opener=plain):
        pass
    assert is_odd(place)


def test_a_file_is_made_and_a_link_to_one_is_one(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    assert not is_odd(file)
    with open(file, "wb", opener=plain) as out:
        out.write(b"content")
    link.symlink_to(file)
    assert (read_plain(link, 10), is_odd(link)) == (b"content", False)
