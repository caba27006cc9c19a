"""Shared folders and odd disks offer less: it is lived with, and nothing that worked is called off.

No such disk can be made here: what its system would answer is answered in its place.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from make_journal_fixture import DONE, SENT, WAITING, write
from support.mounts import mounting
from support.waiting import PATIENCE_S

from kling_desktop import durable
from kling_desktop.durable import NOT_OFFERED, Lack, lacking, live_without
from kling_desktop.engine.problems import library_error
from kling_desktop.engine.starting import no_library, start_error
from kling_desktop.moving import copy
from kling_desktop.store import volumes
from kling_desktop.store.errors import HeldElsewhere, JournalUnwritable, StoreUnwritable
from kling_desktop.store.files import write_whole
from kling_desktop.store.journal import Journal, connecting, opening
from kling_desktop.store.lock import FolderLock, LockInfo
from kling_desktop.store.marker import BEGUN_S, _spoil
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.volumes import ROOM_BYTES, Room
from kling_desktop.store.witness import Witness
from kling_desktop.words import Words

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what these disks lack is POSIX")


@pytest.fixture(autouse=True)
def nothing_lacks_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_lacking", set())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def refuse_sync(monkeypatch: pytest.MonkeyPatch, number: int, *, of_folders: bool) -> None:
    usual = os.fsync

    def fsync(file_no: int) -> None:
        if not of_folders or stat.S_ISDIR(os.fstat(file_no).st_mode):
            raise OSError(number, os.strerror(number))
        usual(file_no)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", sorted(NOT_OFFERED))
@pytest.mark.parametrize("of_folders", [True, False])
def test_what_cannot_be_confirmed_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, of_folders: bool
) -> None:
    refuse_sync(monkeypatch, number, of_folders=of_folders)
    write_whole(tmp_path / "small", b"content")
    assert (tmp_path / "small").read_bytes() == b"content"
    Witness(tmp_path / "witness.jsonl").tell(SENT)
    assert list(Witness(tmp_path / "witness.jsonl").read()) == [SENT.job_id]
    copy(tmp_path / "small", tmp_path / "copied")
    assert lacking() == {Lack.SYNC}


def test_a_disk_that_fails_is_not_taken_for_one_that_does_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_sync(monkeypatch, errno.EIO, of_folders=False)
    with pytest.raises(StoreUnwritable):
        write_whole(tmp_path / "small", b"content")
    with pytest.raises(JournalUnwritable):
        Witness(tmp_path / "witness.jsonl").tell(SENT)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        copy(Path(__file__), tmp_path / "copied")
    assert lacking() == frozenset()


def test_what_fails_after_a_file_has_its_name_does_not_make_it_unwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_sync(monkeypatch, errno.EIO, of_folders=True)
    write_whole(tmp_path / "small", b"content")
    assert (tmp_path / "small").read_bytes() == b"content"


FULL = """
import subprocess, sys
from pathlib import Path
from kling_desktop.store.volumes import ROOM_BYTES, Room
place = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
room, filler = Room(place), place / "filler"
for left in (2 * ROOM_BYTES, 4096, 0, 2 * ROOM_BYTES):
    filler.write_bytes(bytes(4 * ROOM_BYTES - left))
    print(room.is_there(), room.is_there())
"""


def test_a_full_disk_is_known_before_anything_is_to_be_written(tmp_path: Path) -> None:
    done = subprocess.run(
        mounting(sys.executable, "-c", FULL, str(tmp_path)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (
        ["True", "True", "False", "False", "False", "False", "True", "True"],
        "",
    )


def test_a_disk_that_always_tells_that_it_is_full_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def takes(folder: Path, size_bytes: int) -> bool:
        tried.append(size_bytes)
        return volumes_takes(folder, size_bytes)

    usage, volumes_takes = shutil.disk_usage(tmp_path), volumes._takes
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=0))
    monkeypatch.setattr(volumes, "_takes", takes)
    room = Room(tmp_path)
    assert room.is_there()
    assert room.is_there()
    assert tried == [ROOM_BYTES]
    assert Room(tmp_path / "gone").is_there()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EINVAL])
def test_a_folder_that_cannot_be_closed_to_others_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def chmod(*_args: object, **_how: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "chmod", chmod)
    paths = DataPaths.at(tmp_path / "data").profile("sandbox")
    paths.create()
    with closing(Journal(paths.journal_file)) as journal:
        journal.insert(WAITING)
    assert lacking() == {Lack.MODES}


HOLD = """
import errno, fcntl, sys
from pathlib import Path
def flock(*_): raise OSError(errno.ENOLCK, "no locks")
fcntl.flock = flock
from kling_desktop.store.lock import FolderLock, LockInfo
from kling_desktop.store.marker import BEGUN_S, _spoil
lock = FolderLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
lock.write_info(LockInfo(4711, "k"))
print("written", flush=True)
sys.stdin.read()
"""


def hold(file: Path) -> subprocess.Popen[str]:
    """Another program that has it."""
    command = [sys.executable, "-c", HOLD, str(file)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    other = subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)
    assert other.stdout is not None
    assert [other.stdout.readline(), other.stdout.readline()] == ["True\n", "written\n"]
    return other


@pytest.mark.parametrize("number", sorted(NOT_OFFERED))
def test_without_locks_two_programs_are_kept_apart_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    import fcntl

    def flock(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with hold(tmp_path / "lock") as other:
        ours = FolderLock(tmp_path / "lock")
        assert ours.acquire() is False
        assert ours.acquire() is False
        assert ours.read_info() == LockInfo(4711, "k")
        other.kill()  # what it leaves is no lock
        other.communicate()
    assert ours.acquire() is True
    assert ours.is_still_ours()
    assert FolderLock(tmp_path / "lock").acquire() is False
    ours.release()
    again = FolderLock(tmp_path / "lock")
    assert again.acquire() is True
    again.release()


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def flock(*_args: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)


def leave(marker: Path, said: bytes, age_s: float = 0.0) -> None:
    marker.write_bytes(said)
    at = marker.stat().st_mtime - age_s
    os.utime(marker, (at, at))


@pytest.mark.usefixtures("no_locks")
def test_what_was_left_half_written_in_the_place_of_a_lock_is_taken_over(tmp_path: Path) -> None:
    left = {"empty": b"", "cut": b"4711\nattic", "garbled": b"\0" * 40, "large": b"4" * 5000}

    def take_over(name: str) -> None:
        (folder := tmp_path / name).mkdir()
        leave(folder / "lock.taken", left[name], BEGUN_S + 1)
        lock = FolderLock(folder / "lock")
        assert lock.acquire() is True
        assert FolderLock(folder / "lock").acquire() is False
        lock.release()
        assert os.listdir(folder) == ["lock"]

    with ThreadPoolExecutor() as pool:  # each is watched for two seconds first
        assert list(pool.map(take_over, left)) == [None] * len(left)


@pytest.mark.usefixtures("no_locks")
def test_what_another_program_begins_to_write_just_now_is_left_to_it(tmp_path: Path) -> None:
    taken = tmp_path / "lock.taken"
    leave(taken, b"")
    assert FolderLock(tmp_path / "lock").acquire() is False
    assert taken.read_bytes() == b""
    leave(taken, b"4711\nattic\n", BEGUN_S + 1)
    _spoil(taken)  # it was empty as we looked
    with pytest.raises(HeldElsewhere):
        FolderLock(tmp_path / "lock").acquire()


@pytest.mark.usefixtures("no_locks")
def test_whoever_stood_still_while_its_lock_was_taken_over_does_not_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making the file and writing into it, as in a computer that slept."""
    usual, others = os.fchmod, []

    def stand_still(descriptor: int, mode: int) -> None:
        monkeypatch.setattr(os, "fchmod", usual)
        leave(tmp_path / "lock.taken", b"", BEGUN_S + 1)
        others.append(hold(tmp_path / "lock"))

    monkeypatch.setattr(os, "fchmod", stand_still)
    assert FolderLock(tmp_path / "lock").acquire() is False
    assert FolderLock(tmp_path / "lock").acquire() is False
    with others[0] as other:
        other.communicate("")


@pytest.mark.usefixtures("no_locks")
@pytest.mark.parametrize("host", ["attic", "attic?pidns-f0000abc"])
def test_whose_lock_it_is_where_only_another_computer_can_tell_is_said_at_once(
    tmp_path: Path, host: str
) -> None:
    taken = tmp_path / "lock.taken"
    leave(taken, f"4711\n{host}\n99\n".encode(), 3600)
    lock = FolderLock(tmp_path / "lock")
    with pytest.raises(HeldElsewhere) as held:
        lock.acquire()
    said = Words().error(library_error(held.value)).sentence
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(taken.stat().st_mtime))
    assert f"attic has this data folder since {since}" in said
    assert f"remove {taken}" in said
    assert start_error(held.value, tmp_path) == no_library(held.value, tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["lock", "lock.taken"]
    taken.unlink()
    assert lock.acquire() is True
    leave(tmp_path / "theirs", b"4711\nattic\n")
    (tmp_path / "theirs").replace(taken)
    assert not lock.is_still_ours()


def test_without_locks_a_journal_is_written_read_beside_and_mended(file: Path) -> None:
    """Also one from a better disk, in the mode that needs them, and its way back there."""
    write(file)
    with closing(Journal(file)) as journal:
        before = journal.load()
    live_without(Lack.LOCKS, "a test")
    with closing(Journal(file)) as journal:
        assert journal.load() == before
        fresh = replace(WAITING, job_id="fresh")
        journal.insert(fresh)
        assert "fresh" in [job.job_id for job in Journal.read_only(file)]
        assert not file.with_name(f"{file.name}-shm").exists()
        file.unlink()
        journal.insert(replace(DONE, job_id="later"))
        assert {"fresh", "later"} <= {job.job_id for job in Journal.read_only(file)}
    content = bytearray(file.read_bytes())
    content[4096:4196] = bytes(100)
    file.write_bytes(content)
    with closing(Journal(file)) as journal:
        assert journal.set_aside is not None
    durable._lacking.clear()
    with closing(Journal(file)) as journal:
        journal.insert(replace(DONE, job_id="back"))


@pytest.mark.parametrize("code", sorted(opening._NO_LOCKS))
def test_a_journal_is_opened_without_the_locks_that_its_disk_has_not(
    file: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    usual = connecting.connect

    def connect(path: Path, how: str = "mode=rwc") -> sqlite3.Connection:
        if connecting.lacks_locks():
            return usual(path, how)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(opening, "connect", connect)
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        assert Journal.read_only(file) == [WAITING]
    assert lacking() == {Lack.LOCKS}


@pytest.mark.parametrize(("number", "level"), [(errno.EINVAL, 0), (errno.EIO, 2)])
def test_sqlite_flushes_no_file_where_none_can_be_flushed(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int, level: int
) -> None:
    """SQLite would take a disk that does less for one that fails. OFF is 0, FULL is 2."""
    refuse_sync(monkeypatch, number, of_folders=False)
    with closing(Journal(file)) as journal:
        assert journal._connection.execute("PRAGMA synchronous").fetchone()[0] == level
    assert lacking() == (set() if level else {Lack.SYNC})


@pytest.mark.parametrize("number", sorted(NOT_OFFERED))
def test_a_disk_with_locks_of_one_kind_alone_is_one_without(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """SQLite takes those of the other kind, and would say that somebody holds the file."""
    import fcntl

    def lockf(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "lockf", lockf)
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        assert Journal.read_only(file) == [WAITING]
    assert lacking() == {Lack.LOCKS}
