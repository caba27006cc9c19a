"""One program for a data folder, between real processes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kling_desktop.store.errors import StoreUnwritable
from kling_desktop.store.lock import FolderLock, LockInfo

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from kling_desktop.store.lock import FolderLock, LockInfo
lock = FolderLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
lock.write_info(LockInfo(4711, "k"))
print("written", flush=True)
sys.stdin.read()
"""


def start_holder(file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["True\n", "written\n"]
    return process


def test_a_second_program_is_refused_and_can_reach_the_first(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with start_holder(file) as first:
        second = FolderLock(file)
        assert second.acquire() is False
        assert second.read_info() == LockInfo(4711, "k")
        second.release()
        assert second.acquire() is False, "releasing what one never had changes nothing"
        assert second.read_info() is not None
        first.communicate("")
    assert second.acquire() is True
    second.release()


def test_a_killed_program_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with start_holder(file) as first:
        first.kill()
        first.communicate()
    lock = FolderLock(file)
    assert lock.acquire() is True
    lock.release()


def test_the_info_goes_with_the_lock(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "lock")
    assert lock.acquire() is True
    assert lock.acquire() is True
    lock.write_info(LockInfo(1, "k"))
    assert stat.S_IMODE((tmp_path / "lock.json").stat().st_mode) == 0o600
    assert lock.read_info() == LockInfo(1, "k")
    lock.release()
    assert lock.read_info() is None
    lock.release()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b'{"port": 1}',
        b'{"port": "1", "key": "k"}',
        b'{"port": 65536, "key": "k"}',
        b'{"port": true, "key": "k"}',
        b'{"port": 1, "key": ["k"]}',
    ],
)
def test_info_that_makes_no_sense_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock.json").write_bytes(content)
    assert FolderLock(tmp_path / "lock").read_info() is None


def test_a_folder_that_is_not_writable_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    with pytest.raises(StoreUnwritable):
        FolderLock(tmp_path / "folder" / "lock").acquire()


def test_what_a_killed_holder_wrote_is_forgotten_by_the_next_one(tmp_path: Path) -> None:
    killed = FolderLock(tmp_path / "app.lock")
    killed.write_info(LockInfo(4711, "k"))
    after = FolderLock(tmp_path / "app.lock")
    assert after.acquire()
    assert after.read_info() is None
    after.release()


@pytest.mark.parametrize("kind", ["folder", "link", "loop"])
def test_what_is_no_lock_is_set_aside_and_the_lock_is_taken_by_one(
    tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "lock"
    if kind == "folder":
        (file / "inside").mkdir(parents=True)
    else:
        file.symlink_to(file if kind == "loop" else tmp_path / "elsewhere")
        (tmp_path / "elsewhere").write_bytes(b"theirs")
    holder = start_holder(file)
    try:
        assert not FolderLock(file).acquire()
        assert os.path.lexists(tmp_path / "lock.damaged")
        if kind == "link":
            assert (tmp_path / "elsewhere").read_bytes() == b"theirs"
    finally:
        holder.communicate()
    assert FolderLock(file).acquire()


def test_a_lock_that_another_program_holds_is_never_moved(tmp_path: Path) -> None:
    """Two starts meet something odd; the slower one finds the lock of the faster one."""
    file = tmp_path / "lock"
    holder = start_holder(file)
    try:
        FolderLock(file)._put_odd_aside()
        assert not FolderLock(file).acquire()
    finally:
        holder.communicate()


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = FolderLock(file)
    assert lock.acquire()
    lock.write_info(LockInfo(4711, "k"))
    for removed in (file, tmp_path / "lock.json"):
        removed.unlink()
    assert lock.is_still_ours()
    assert FolderLock(file).acquire() is False
    assert FolderLock(file).read_info() == LockInfo(4711, "k")
    lock.release()
    assert FolderLock(file).acquire()


def test_a_lock_that_another_program_took_is_never_ours_again(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    lock = FolderLock(file)
    assert lock.acquire()
    file.unlink()
    with start_holder(file) as other:
        assert not lock.is_still_ours()
        assert FolderLock(file).read_info() == LockInfo(4711, "k")
        other.communicate("")
    assert not lock.is_still_ours()


def test_a_folder_that_takes_no_lock_any_more_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    lock = FolderLock(folder / "lock")
    assert lock.acquire()
    folder.rename(tmp_path / "away")
    folder.touch()
    with pytest.raises(StoreUnwritable):
        lock.is_still_ours()
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert lock.is_still_ours()
    assert FolderLock(folder / "lock").acquire() is False
