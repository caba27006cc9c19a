"""The journal's file or folder goes away under the program: what is known is written again."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from make_journal_fixture import DONE, SENT, WAITING, write

from kling_desktop.motion.job import JobState
from kling_desktop.store.errors import StoreUnwritable
from kling_desktop.store.journal import Journal, JournalLocked, JournalUnwritable, Reason
from kling_desktop.store.journal.rebuild import fresh_file
from kling_desktop.store.lock import FolderLock

S = JobState
MORE = replace(WAITING, job_id="more", position=9)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "library").mkdir()
    return tmp_path / "library" / "journal.sqlite"


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def in_file(file: Path) -> list[str]:
    """What the next start finds, also after a kill: nothing is read through the open journal."""
    copy = file.parent.parent / "as after a kill"
    shutil.copytree(file.parent, copy)
    try:
        with closing(Journal(copy / file.name)) as journal:
            return [job.job_id for job in journal.load()]
    finally:
        shutil.rmtree(copy)


def no_file(file: Path) -> None:
    file.unlink()


def nothing_left(file: Path) -> None:
    for part in list(file.parent.iterdir()):
        part.unlink()


def no_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def moved_away(file: Path) -> None:
    library = file.parent
    library.rename(library.with_name(f"elsewhere {len(names(library.parent))}"))


def emptied_file(file: Path) -> None:
    file.unlink()
    file.touch()


ALL_GONE = [no_file, nothing_left, no_folder, moved_away, emptied_file]


@pytest.mark.parametrize("go_away", ALL_GONE)
def test_what_is_gone_is_written_again_with_all_that_was_in_it(
    file: Path, go_away: Callable[[Path], None]
) -> None:
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        journal.insert(DONE)
        journal.remove(DONE.job_id)
        journal.set_value("user_id", "u")
        go_away(file)
        journal.insert(SENT)
        assert sorted(in_file(file)) == sorted([WAITING.job_id, SENT.job_id])
        after = replace(WAITING, state=S.PREPARING, updated_at=WAITING.updated_at + 1)
        journal.transition(WAITING, after)
        go_away(file)
        journal.see_to_its_place()
        assert journal.value("user_id") == "u"
        assert [job.job_id for job in journal.removed()] == [DONE.job_id]
        assert [event.state for event in journal.events(WAITING.job_id)][-1] is S.PREPARING
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        assert {job.job_id: job.state for job in journal.load()} == {
            WAITING.job_id: S.PREPARING,
            SENT.job_id: SENT.state,
        }
    assert not fresh_file(file).exists()


@pytest.mark.parametrize("go_away", ALL_GONE)
def test_what_went_away_unnoticed_is_written_again_at_the_end(
    file: Path, go_away: Callable[[Path], None]
) -> None:
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        go_away(file)
    assert in_file(file) == [WAITING.job_id]


def test_what_stands_in_the_place_of_the_journal_is_kept_beside_it(
    tmp_path: Path, file: Path
) -> None:
    told: list[Path | None] = []
    with closing(Journal(file)) as journal:
        journal.on_put_back = told.append
        journal.insert(WAITING)
        other = tmp_path / "other.sqlite"
        write(other)
        content = other.read_bytes()
        other.rename(file)
        journal.insert(MORE)
        assert in_file(file) == [WAITING.job_id, MORE.job_id]
        (aside,) = told
        assert aside is not None
        assert aside.read_bytes() == content


def test_the_folder_of_a_disk_that_is_away_is_not_made_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No disk can be pulled out here: what tells one from the other is stood in for."""
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        away = file.parent.rename(file.parent.parent / "away")
        monkeypatch.setattr("kling_desktop.store.journal.place.volume_around", lambda _: "another")
        with pytest.raises(JournalUnwritable) as caught:
            journal.insert(SENT)
        assert caught.value.reason is Reason.MISSING
        assert not file.parent.exists()
        file.parent.mkdir()  # the empty place where the disk is mounted
        with pytest.raises(JournalUnwritable):
            journal.insert(SENT)
        assert names(file.parent) == []
        file.parent.rmdir()
        away.rename(file.parent)
        journal.insert(SENT)
        assert in_file(file) == [WAITING.job_id, SENT.job_id]


def test_a_journal_that_came_back_older_is_told_what_memory_knows(file: Path) -> None:
    """As a share does that was away: what was open on it can be read no more."""
    older = file.parent / "older"
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        journal.insert(SENT)
        shutil.copyfile(file, older)
        now = replace(SENT, state=S.DOWNLOADING, updated_at=SENT.updated_at + 1)
        journal.transition(SENT, now)
        journal.memory = lambda: [WAITING, now, MORE]
        journal._connection.close()  # the share's end of it
        older.rename(file)
        journal.set_value("k", "v")
        assert journal.load() == [WAITING, now, MORE]
        done = replace(now, state=S.DONE, updated_at=now.updated_at + 1)
        journal.transition(now, done)


def test_what_memory_knows_never_takes_the_place_of_something_newer(file: Path) -> None:
    with closing(Journal(file)) as journal:
        now = replace(SENT, state=S.DOWNLOADING, updated_at=SENT.updated_at + 1)
        journal.insert(now)
        journal.memory = lambda: [SENT]
        journal._connection.close()
        shutil.copyfile(file, file.with_suffix(".copy"))
        os.replace(file.with_suffix(".copy"), file)
        journal.set_value("k", "v")
        assert journal.load() == [now]


def cut_to_nothing(file: Path, _older: bytes) -> None:
    os.truncate(file, 0)


def cut_short(file: Path, _older: bytes) -> None:
    os.truncate(file, 5000)


def filled_with_nonsense(file: Path, _older: bytes) -> None:
    file.write_bytes(b"nonsense" * 10_000)


def an_older_copy(file: Path, older: bytes) -> None:
    file.write_bytes(older)


def another_database(file: Path, _older: bytes) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.executescript("DROP TABLE events; DROP TABLE jobs; PRAGMA user_version = 0")


def a_copy_of_a_later_day(file: Path, older: bytes) -> None:
    """Of before the clock was set back, or of a computer whose clock is ahead."""
    file.write_bytes(older)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("UPDATE jobs SET updated_at = updated_at + 86400")


OVERWRITTEN = [
    *(cut_to_nothing, cut_short, filled_with_nonsense, another_database),
    *(an_older_copy, a_copy_of_a_later_day),
]


@pytest.mark.parametrize("overwrite", OVERWRITTEN)
def test_a_file_that_was_overwritten_in_its_place_is_told_what_memory_knows(
    file: Path, overwrite: Callable[[Path, bytes], None]
) -> None:
    """As a sync client does, or whoever puts a copy back: it is the same file as before."""
    told: list[Path | None] = []
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        journal.insert(SENT)
        older = file.read_bytes()
        now = replace(SENT, state=S.DOWNLOADING, updated_at=SENT.updated_at + 1)
        journal.transition(SENT, now)
        journal.insert(MORE)
        journal.memory = lambda: [WAITING, now, MORE]
        journal.on_put_back = told.append
        overwrite(file, older)
        done = replace(now, state=S.DONE, updated_at=now.updated_at + 1)
        journal.transition(now, done)
        assert journal.load() == [WAITING, done, MORE]
        assert len(told) == 1
    with closing(Journal(file)) as journal:
        assert journal.load() == [WAITING, done, MORE]


def test_what_was_removed_stays_so_where_an_older_copy_came(file: Path) -> None:
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        journal.insert(DONE)
        older = file.read_bytes()
        journal.remove(DONE.job_id)
        file.write_bytes(older)
        journal.see_to_its_place()
        assert journal.load() == [WAITING]
        assert journal.removed() == [DONE]


@pytest.mark.skipif(os.name != "posix", reason="pipes have no names in a folder there")
def test_a_pipe_beside_the_file_is_an_error_and_no_wait_for_ever(file: Path) -> None:
    pipe = file.with_name(f"{file.name}-journal")
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        pipe.unlink()
        os.mkfifo(pipe)
        with pytest.raises(JournalUnwritable, match="no plain file"):
            journal.insert(SENT)
        with pytest.raises(JournalUnwritable, match="no plain file"):
            journal.value("user_id")
        pipe.unlink()
        journal.insert(SENT)
        assert journal.load() == [WAITING, SENT]


def test_what_another_program_wrote_beside_costs_no_word(file: Path) -> None:
    told: list[Path | None] = []
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        journal.memory = lambda: [WAITING]
        journal.on_put_back = told.append
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE notes (text)")
        journal.insert(MORE)
        assert journal.load() == [WAITING, MORE]
    assert told == []


def test_where_another_program_took_the_library_nothing_is_written(file: Path) -> None:
    """Whoever removes a lock's file lets a second program in."""
    ours, theirs = FolderLock(file.with_name("lock")), FolderLock(file.with_name("lock"))
    assert ours.acquire()
    with closing(Journal(file, is_still_ours=ours.is_still_ours)) as journal:
        journal.insert(WAITING)
        file.with_name("lock").unlink()
        assert theirs.acquire()
        with pytest.raises(JournalLocked):
            journal.insert(SENT)
        file.unlink()
        with closing(Journal(file)), pytest.raises(JournalLocked):
            journal.insert(SENT)
        theirs.release()
        with pytest.raises(JournalLocked):  # what it knows is older than what the other one did
            journal.insert(SENT)
    assert SENT.job_id not in in_file(file)


def test_why_it_cannot_be_told_whose_it_is_is_said(file: Path) -> None:
    def untold() -> bool:
        raise StoreUnwritable(file, Reason.READ_ONLY)

    with closing(Journal(file, is_still_ours=untold)) as journal:
        with pytest.raises(JournalUnwritable) as caught:
            journal.insert(WAITING)
        assert caught.value.reason is Reason.READ_ONLY


def test_a_late_call_opens_nothing_again(file: Path) -> None:
    journal = Journal(file)
    journal.close()
    with pytest.raises(JournalUnwritable) as caught:
        journal.see_to_its_place()
    assert caught.value.reason is Reason.CLOSED
