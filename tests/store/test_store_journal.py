"""The journal on real SQLite: what is written is there, and nothing else is."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.job import Job, JobError, JobState, Money
from kling_desktop.motion.request import Mode, MotionRequest, Source
from kling_desktop.store.journal import (
    JobEvent,
    Journal,
    JournalConflict,
    JournalLocked,
    JournalUnwritable,
    Reason,
)

S = JobState


def a_job(job_id: str = "job-1", **changes: Any) -> Job:
    job = Job(
        job_id=job_id,
        request=MotionRequest(Source(path="/p/astronaut.png"), Source(path="/p/bunny.mp4")),
        state=S.QUEUED,
        created_at=100.0,
        updated_at=100.0,
        position=0,
    )
    return replace(job, **changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    with closing(Journal(file)) as opened:
        yield opened


def test_a_new_journal_is_empty_and_nothing_was_set_aside(journal: Journal) -> None:
    assert journal.load() == []
    assert journal.set_aside is None
    assert journal.next_position() == 0


def test_a_job_is_there_after_a_restart(file: Path) -> None:
    job = a_job(
        image_facts=ImageFacts("png", 1024, 768, 5000),
        video_facts=VideoFacts("mp4", "h264", 1280, 720, 9000, 8.4, 25.0),
        error=JobError("api_error", "fetch failed", Money.MAYBE_CHARGED, values=(("host", "x"),)),
        result_path="/v/\udcff.mp4",
    )
    with closing(Journal(file)) as journal:
        journal.insert(job)
    with closing(Journal(file)) as journal:
        assert journal.load() == [job]


def test_jobs_come_in_the_order_of_their_positions(journal: Journal) -> None:
    for number, position in enumerate((2, 0, 1)):
        journal.insert(a_job(f"job-{number}", position=position))
    assert [job.job_id for job in journal.load()] == ["job-1", "job-2", "job-0"]
    assert journal.next_position() == 3
    journal.reorder({"job-0": 0, "job-1": 1, "job-2": 2, "nobody": 9})
    assert [job.job_id for job in journal.load()] == ["job-0", "job-1", "job-2"]


def test_the_same_id_twice_is_a_conflict(journal: Journal) -> None:
    journal.insert(a_job())
    with pytest.raises(JournalConflict) as caught:
        journal.insert(a_job(updated_at=999.0))
    assert caught.value.job_id == "job-1"
    assert journal.load() == [a_job()]
    assert len(journal.events("job-1")) == 1


def test_a_transition_writes_the_row_and_its_event(journal: Journal) -> None:
    before = a_job()
    after = replace(before, state=S.PREPARING, updated_at=101.0)
    journal.insert(before)
    journal.transition(before, after, note="slot")
    assert journal.load() == [after]
    assert journal.events("job-1") == [
        JobEvent(100.0, S.QUEUED, ""),
        JobEvent(101.0, S.PREPARING, "slot"),
    ]


@pytest.mark.parametrize(
    "change", [{"state": S.UPLOADING}, {"attempt": 2}, {"updated_at": 100.5}, {"job_id": "x"}]
)
def test_a_transition_from_what_the_row_is_not_changes_nothing(
    journal: Journal, change: dict[str, Any]
) -> None:
    journal.insert(a_job())
    believed = a_job(**change)
    with pytest.raises(JournalConflict):
        journal.transition(believed, replace(believed, state=S.FAILED, updated_at=102.0))
    assert journal.load() == [a_job()]
    assert len(journal.events("job-1")) == 1


def test_of_two_transitions_from_the_same_snapshot_one_wins(journal: Journal) -> None:
    """A cancel and the start of the sending, at the same moment, from two threads."""
    journal.insert(a_job())
    start = threading.Barrier(2)
    outcomes: dict[JobState, str] = {}

    def go(state: JobState) -> None:
        start.wait()
        try:
            journal.transition(a_job(), a_job(state=state, updated_at=101.0))
            outcomes[state] = "won"
        except JournalConflict:
            outcomes[state] = "lost"

    threads = [threading.Thread(target=go, args=(s,)) for s in (S.PREPARING, S.CANCELLED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["lost", "won"]
    winner = next(state for state, outcome in outcomes.items() if outcome == "won")
    assert [job.state for job in journal.load()] == [winner]
    assert [event.state for event in journal.events("job-1")] == [S.QUEUED, winner]


def test_many_threads_write_at_once_and_nothing_is_lost(journal: Journal) -> None:
    def fill(worker: int) -> None:
        for number in range(10):
            job = a_job(f"{worker}-{number}")
            journal.insert(job)
            journal.transition(job, replace(job, state=S.PREPARING, updated_at=101.0))

    threads = [threading.Thread(target=fill, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.load()) == 40
    assert {job.state for job in journal.load()} == {S.PREPARING}


def test_a_transition_of_two_jobs_is_a_mistake(journal: Journal) -> None:
    with pytest.raises(ValueError, match="one job"):
        journal.transition(a_job("a"), a_job("b"))


def test_a_stale_snapshot_does_not_bring_back_an_old_position(journal: Journal) -> None:
    before = a_job(position=0)
    journal.insert(before)
    journal.reorder({"job-1": 7})
    journal.transition(before, replace(before, state=S.PREPARING, updated_at=101.0))
    journal.update(replace(before, state=S.PREPARING, updated_at=102.0, looks=1))
    assert [job.position for job in journal.load()] == [7]


def test_a_transition_that_changes_the_position_writes_it(journal: Journal) -> None:
    before = a_job(state=S.PREPARING)
    journal.insert(before)
    journal.transition(before, replace(before, state=S.QUEUED, updated_at=101.0, position=5))
    assert [job.position for job in journal.load()] == [5]


def test_an_update_changes_other_fields_and_logs_only_what_it_is_told(journal: Journal) -> None:
    job = a_job(state=S.GENERATING)
    journal.insert(job)
    journal.update(replace(job, updated_at=101.0, looks=1))
    assert len(journal.events("job-1")) == 1
    journal.update(replace(job, updated_at=102.0, looks=2), note="looked")
    assert journal.events("job-1")[-1] == JobEvent(102.0, S.GENERATING, "looked")
    assert journal.load() == [replace(job, updated_at=102.0, looks=2)]


@pytest.mark.parametrize("change", [{"state": S.FAILED}, {"attempt": 2}, {"job_id": "nobody"}])
def test_an_update_of_another_state_or_attempt_is_a_conflict(
    journal: Journal, change: dict[str, Any]
) -> None:
    journal.insert(a_job())
    with pytest.raises(JournalConflict):
        journal.update(a_job(**change))
    assert journal.load() == [a_job()]


def test_a_removed_job_can_be_taken_back(journal: Journal, file: Path) -> None:
    done = a_job(state=S.DONE)
    journal.insert(done)
    journal.remove("job-1")
    assert journal.load() == []
    assert Journal.read_only(file) == []
    assert journal.next_position() == 1
    with pytest.raises(JournalConflict):
        journal.update(done)
    journal.restore("job-1")
    assert journal.load() == [done]
    with pytest.raises(JournalConflict):
        journal.remove("nobody")


def test_a_done_job_leaves_no_signature_in_the_row(journal: Journal, file: Path) -> None:
    before = a_job(state=S.DOWNLOADING, result_url="https://m.example/a.mp4?Signature=abc")
    journal.insert(before)
    assert journal.load() == [before]
    journal.transition(before, replace(before, state=S.DONE, updated_at=101.0))
    assert [job.result_url for job in journal.load()] == ["https://m.example/a.mp4"]


def test_fields_of_a_newer_version_survive_our_writes(journal: Journal, file: Path) -> None:
    job = a_job()
    journal.insert(job)
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE jobs SET data = json_set(data, '$.rating', 5)")
        other.commit()
    journal.transition(job, replace(job, state=S.PREPARING, updated_at=101.0))
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT data ->> '$.rating' FROM jobs").fetchone() == (5,)


def test_a_row_that_is_no_job_is_named_and_left_alone(journal: Journal, file: Path) -> None:
    journal.insert(a_job("good"))
    journal.insert(a_job("odd"))
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE jobs SET state = 'teleporting' WHERE job_id = 'odd'")
        other.execute("INSERT INTO events VALUES (NULL, 'good', 1.0, 'teleporting', '')")
        other.commit()
    assert [job.job_id for job in journal.load()] == ["good"]
    assert journal.unreadable == ("odd",)
    assert [event.state for event in journal.events("good")] == [S.QUEUED]
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT count(*) FROM jobs").fetchone() == (2,)


def test_odd_text_is_stored_and_no_task_is_asked_for_by_it(
    journal: Journal,
) -> None:
    before = a_job(state=S.SUBMITTING)
    journal.insert(before)
    after = replace(before, state=S.GENERATING, updated_at=101.0, task_id="t\0-\ud800'; DROP")
    journal.transition(before, after, note="\udfff")
    assert journal.load()[0].task_id is None
    journal.set_value("k", "\ud800")
    assert journal.value("k") == "?"


def test_an_upload_is_remembered_for_its_content_and_platform_only(journal: Journal) -> None:
    journal.remember_upload("hash", "https://one", "https://cdn/a.mp4")
    assert journal.remembered_upload("hash", "https://one", not_before=0.0) == "https://cdn/a.mp4"
    assert journal.remembered_upload("hash", "https://two", not_before=0.0) is None
    assert journal.remembered_upload("other", "https://one", not_before=0.0) is None
    assert journal.remembered_upload("hash", "https://one", not_before=1e12) is None
    journal.remember_upload("hash", "https://one", "https://cdn/b.mp4")
    assert journal.remembered_upload("hash", "https://one", not_before=0.0) == "https://cdn/b.mp4"


def test_small_values_survive_a_restart(file: Path) -> None:
    with closing(Journal(file)) as journal:
        assert journal.value("user_id") is None
        journal.set_value("user_id", "one")
        journal.set_value("user_id", "two")
    with closing(Journal(file)) as journal:
        assert journal.value("user_id") == "two"


def test_durations_are_of_done_jobs_of_one_mode_newest_first(journal: Journal) -> None:
    pro = replace(a_job().request, mode=Mode.PRO)
    done = {"state": S.DONE, "submitted_at": 1000.0}
    journal.insert(a_job("old", finished_at=1100.0, **done))
    journal.insert(a_job("new", finished_at=1250.0, **done))
    journal.insert(a_job("pro", finished_at=1300.0, request=pro, **done))
    journal.insert(a_job("failed", state=S.FAILED, submitted_at=1000.0, finished_at=1001.0))
    journal.insert(a_job("clock-set-back", finished_at=900.0, **done))
    journal.insert(a_job("never-sent", state=S.DONE))
    assert journal.generating_durations_s(mode="std") == [250.0, 100.0]
    assert journal.generating_durations_s(mode=Mode.PRO) == [300.0]
    assert journal.generating_durations_s(mode="std", limit=1) == [250.0]


def test_a_running_journal_can_be_read_beside(journal: Journal, file: Path) -> None:
    journal.insert(a_job())
    assert Journal.read_only(file) == [a_job()]


def test_reading_changes_nothing_of_a_closed_journal(file: Path) -> None:
    with closing(Journal(file)) as journal:
        journal.insert(a_job())
    content = file.read_bytes()
    assert Journal.read_only(file) == [a_job()]
    assert file.read_bytes() == content


def test_reading_where_there_is_no_journal_makes_none(tmp_path: Path) -> None:
    assert Journal.read_only(tmp_path / "nowhere" / "journal.sqlite") == []
    (tmp_path / "empty.sqlite").touch()
    assert Journal.read_only(tmp_path / "empty.sqlite") == []
    assert [item.name for item in tmp_path.iterdir()] == ["empty.sqlite"]


def test_a_path_with_marks_of_a_link_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a?b#c%20d é" / "journal.sqlite"
    file.parent.mkdir()
    with closing(Journal(file)) as journal:
        journal.insert(a_job())
    assert Journal.read_only(file) == [a_job()]


def test_every_commit_waits_for_the_disk(journal: Journal) -> None:
    """FULL is 2. Asked of the connection itself, as they are no properties of the file."""
    connection = journal._connection
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "truncate"
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_all_that_was_written_stands_in_the_one_file(
    journal: Journal, file: Path, tmp_path: Path
) -> None:
    """Whoever copies it alone has it all, and nothing of it is mapped memory."""
    journal.insert(a_job("job-1"))
    shutil.copyfile(file, tmp_path / "copy.sqlite")
    assert Journal.read_only(tmp_path / "copy.sqlite") == [a_job("job-1")]
    assert not file.with_name(f"{file.name}-shm").exists()
    assert not file.with_name(f"{file.name}-wal").exists()


def test_who_reads_for_long_makes_a_write_wait_and_loses_nothing(file: Path) -> None:
    with closing(Journal(file, busy_timeout_ms=10)) as journal:
        journal.insert(a_job("job-1"))
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
            with pytest.raises(JournalLocked):
                journal.insert(a_job("job-2"))
            assert Journal.read_only(file) == [a_job("job-1")]
            reader.execute("COMMIT")
        journal.insert(a_job("job-2"))
    assert Journal.read_only(file) == [a_job("job-1"), a_job("job-2")]


def test_a_journal_that_another_program_holds_is_locked(journal: Journal, file: Path) -> None:
    journal.insert(a_job())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalLocked):
            Journal(file, busy_timeout_ms=10)
        other.execute("ROLLBACK")
    journal.insert(a_job("job-2"))


def test_a_late_call_after_close_says_so(file: Path) -> None:
    journal = Journal(file)
    journal.close()
    journal.close()
    with pytest.raises(JournalUnwritable) as caught:
        journal.insert(a_job())
    assert caught.value.reason is Reason.CLOSED
    with pytest.raises(JournalUnwritable):
        journal.load()
