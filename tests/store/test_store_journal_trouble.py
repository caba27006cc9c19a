"""The journal when the world fails: kills, damage, full disks, other versions."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from make_journal_fixture import DONE, JOBS, WAITING, write
from support.waiting import PATIENCE_S

from kling_desktop.motion.job import Job, JobState
from kling_desktop.store.journal import (
    Journal,
    JournalDamaged,
    JournalNewer,
    JournalUnwritable,
    Reason,
)
from kling_desktop.store.journal.opening import open_journal, open_to_read
from kling_desktop.store.journal.schema import STEPS

S = JobState
FIXTURES = sorted(Path(__file__).parent.glob("journal-version-*.sqlite"))
PAGE_BYTES = 4096  # SQLite's default
MANY = 300


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def many_jobs() -> list[Job]:
    return [replace(DONE, job_id=f"job-{n:03}", position=n) for n in range(MANY)]


@pytest.fixture
def full_file(file: Path) -> Path:
    with closing(Journal(file)) as journal:
        for job in many_jobs():
            journal.insert(job)
    return file


@contextmanager
def in_wal_mode(file: Path) -> Iterator[Journal]:
    """As earlier versions wrote it: the newest is in a log beside the file."""

    def write_to_log(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")

    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr("kling_desktop.store.journal.opening._write_in_place", write_to_log)
        journal = Journal(file)
    with closing(journal):
        yield journal


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


# --- other versions


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_journal_of_every_earlier_version_opens(fixture: Path, file: Path) -> None:
    file.write_bytes(fixture.read_bytes())
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        assert journal.load() == JOBS
        assert [event.note for event in journal.events("sent")] == ["", "looked"]
        assert journal.value("user_id") == "u"
        base = "https://platform.example"
        assert journal.remembered_upload("hash", base, not_before=0.0) is not None
        journal.restore("removed")
        assert len(journal.load()) == len(JOBS) + 1


def test_there_is_a_fixture_for_every_version() -> None:
    versions = [f"journal-version-{number + 1}.sqlite" for number in range(len(STEPS))]
    assert [fixture.name for fixture in FIXTURES] == versions


def test_the_fixture_of_this_version_is_what_this_version_writes(file: Path) -> None:
    """A change of the tables without a new step would show here."""
    write(file)
    tables = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    with closing(sqlite3.connect(file)) as made, closing(sqlite3.connect(FIXTURES[-1])) as kept:
        assert made.execute(tables).fetchall() == kept.execute(tables).fetchall()


def test_a_journal_from_a_newer_version_is_not_touched(full_file: Path) -> None:
    with closing(sqlite3.connect(full_file)) as other:
        other.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
        other.execute("PRAGMA journal_mode = DELETE")
    content = full_file.read_bytes()
    with pytest.raises(JournalNewer) as caught:
        Journal(full_file)
    assert (caught.value.version, caught.value.known) == (len(STEPS) + 1, len(STEPS))
    with pytest.raises(JournalNewer):
        Journal.read_only(full_file)
    assert full_file.read_bytes() == content
    assert names(full_file.parent) == [full_file.name]


def test_a_newer_version_in_the_log_of_a_killed_program_is_not_touched(
    tmp_path: Path, file: Path
) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    write(file)
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
        for ending in ("", "-wal"):
            name = f"{file.name}{ending}"
            (killed / name).write_bytes((tmp_path / name).read_bytes())
    before = {name: (killed / name).read_bytes() for name in names(killed)}
    with pytest.raises(JournalNewer):
        Journal(killed / file.name)
    assert {name: (killed / name).read_bytes() for name in before} == before


ONE_MORE = (*STEPS, ("ALTER TABLE jobs ADD COLUMN rating INTEGER",))
BROKEN = (*STEPS, ("ALTER TABLE jobs ADD COLUMN rating INTEGER", "NO SUCH STATEMENT"))


def test_before_a_change_of_the_tables_a_copy_is_kept(file: Path) -> None:
    write(file)
    connection, aside = open_journal(file, ONE_MORE)
    with closing(connection):
        assert aside is None
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(ONE_MORE)
        assert "rating" in connection.execute("SELECT * FROM jobs").fetchone().keys()  # noqa: SIM118  # a Row iterates over values
    kept = file.with_name(f"journal.version-{len(STEPS)}.sqlite")
    assert Journal.read_only(kept) == JOBS


def test_a_change_that_fails_leaves_the_journal_as_it_was(file: Path) -> None:
    write(file)
    with pytest.raises(JournalUnwritable):
        open_journal(file, BROKEN)
    with closing(Journal(file)) as journal:
        assert journal.load() == JOBS
    connection, _ = open_journal(file, ONE_MORE)
    connection.close()


def test_an_older_journal_can_be_read_without_changing_it(file: Path) -> None:
    write(file)
    with closing(open_to_read(file, ONE_MORE)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone()[0] == len(JOBS) + 1
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)


# --- damage


@pytest.mark.parametrize(
    "content", [b"this is no database at all, but some text" * 50, b"\0" * 5000, b"x"]
)
def test_what_is_no_database_is_set_aside(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with closing(Journal(file)) as journal:
        assert journal.load() == []
        assert journal.set_aside is not None
        assert journal.set_aside.read_bytes() == content
        assert journal.set_aside.match("journal.damaged-*Z.sqlite")
        journal.insert(WAITING)
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        assert journal.load() == [WAITING]


def test_two_damaged_journals_in_one_second_are_both_kept(file: Path) -> None:
    kept = []
    for content in (b"first " * 1000, b"second " * 1000):
        file.write_bytes(content)
        with closing(Journal(file)) as journal:
            assert journal.set_aside is not None
            kept.append(journal.set_aside)
    assert [path.read_bytes()[:6] for path in kept] == [b"first ", b"second"]


def damage(file: Path, page: int) -> bytes:
    """Overwrite one page (counted from 0) with rubbish; the whole content afterwards."""
    with file.open("r+b") as stream:
        stream.seek(page * PAGE_BYTES)
        stream.write(b"\xa5" * PAGE_BYTES)
    return file.read_bytes()


def pages_of(file: Path, table: str) -> list[int]:
    """The leaf pages of a table, in order of its rows, counted from 0."""
    with closing(sqlite3.connect(file)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()[0]
    page = file.read_bytes()[(root - 1) * PAGE_BYTES : root * PAGE_BYTES]
    assert page[0] == 5, "an inner page of a table"
    cells = int.from_bytes(page[3:5], "big")
    offsets = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
    return [int.from_bytes(page[o : o + 4], "big") - 1 for o in offsets]


@pytest.mark.parametrize("which", [0, -1, "both"])
def test_of_a_damaged_journal_every_readable_job_is_carried_over(
    full_file: Path, which: int | str
) -> None:
    leaves = pages_of(full_file, "jobs")
    assert len(leaves) > 10
    for page in [leaves[0], leaves[-1]] if which == "both" else [leaves[int(which)]]:
        content = damage(full_file, page)
    with closing(Journal(full_file)) as journal:
        assert journal.set_aside is not None
        assert journal.set_aside.read_bytes() == content
        jobs = journal.load()
        assert 0.8 * MANY < len(jobs) < MANY
        assert set(jobs) <= set(many_jobs())
        assert all(journal.events(job.job_id) for job in jobs)
        journal.insert(WAITING)
    assert not [name for name in names(full_file.parent) if "copy" in name or "rebuilt" in name]


def test_a_damaged_row_number_does_not_send_the_rebuild_to_the_end_of_the_world(
    full_file: Path,
) -> None:
    with closing(sqlite3.connect(full_file)) as connection:
        connection.execute("UPDATE jobs SET rowid = 9000000000000000000 WHERE job_id = 'job-299'")
        connection.commit()
    damage(full_file, pages_of(full_file, "jobs")[0])
    with closing(Journal(full_file)) as journal:
        assert journal.set_aside is not None
        assert 0.8 * MANY < len(journal.load()) < MANY


def test_small_values_and_uploads_are_carried_over(file: Path) -> None:
    write(file)
    with closing(Journal(file)) as journal:
        journal.set_value("padding", "x" * 20_000)
        for number in range(50):
            journal.set_value("count", str(number))
    with closing(sqlite3.connect(file)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'events_of_job'"
        ).fetchone()[0]
    damage(file, root - 1)
    with closing(Journal(file)) as journal:
        assert journal.set_aside is not None
        assert journal.load() == JOBS
        assert (journal.value("user_id"), journal.value("count")) == ("u", "49")
        base = "https://platform.example"
        assert journal.remembered_upload("hash", base, not_before=0.0) is not None
        journal.restore("removed")


def test_a_damaged_index_loses_no_job(full_file: Path) -> None:
    with closing(sqlite3.connect(full_file)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_jobs_1'"
        ).fetchone()[0]
    damage(full_file, root - 1)
    with closing(Journal(full_file)) as journal:
        assert journal.set_aside is not None
        assert journal.load() == many_jobs()


def test_a_truncated_journal_keeps_what_is_left(full_file: Path) -> None:
    os.truncate(full_file, full_file.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES)
    with closing(Journal(full_file)) as journal:
        assert journal.set_aside is not None
        assert 0 < len(journal.load()) < MANY


def test_a_database_that_is_no_journal_is_set_aside_with_what_it_holds(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE jobs (boss TEXT)")
        other.execute("CREATE TABLE events (party TEXT)")
        other.execute("INSERT INTO jobs VALUES ('b')")
        other.execute("INSERT INTO events VALUES ('p')")
        other.commit()
    with closing(Journal(file)) as journal:
        assert journal.load() == []
        assert journal.set_aside is not None
        with closing(sqlite3.connect(journal.set_aside)) as other:
            assert other.execute("SELECT * FROM jobs").fetchall() == [("b",)]


def test_what_a_kill_left_in_the_log_is_carried_over_too(tmp_path: Path, file: Path) -> None:
    """The newest commits are still in the side file, while the main one is damaged."""
    with closing(Journal(file)) as journal:
        for job in many_jobs():
            journal.insert(job)
    killed = tmp_path / "killed"
    killed.mkdir()
    with in_wal_mode(file) as earlier:
        earlier.insert(replace(WAITING, position=MANY))
        for name in names(tmp_path):
            if name.startswith("journal.sqlite"):
                (killed / name).write_bytes((tmp_path / name).read_bytes())
    copy = killed / file.name
    content = damage(copy, pages_of(file, "jobs")[0])
    log = (killed / f"{file.name}-wal").read_bytes()
    with closing(Journal(copy)) as journal:
        assert journal.set_aside is not None
        aside = journal.set_aside
        assert aside.read_bytes() == content
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == log
        assert WAITING.job_id in [job.job_id for job in journal.load()]


def test_a_start_that_died_while_rebuilding_is_finished_by_the_next(file: Path) -> None:
    write(file)
    file.rename(file.with_name("journal.sqlite.rebuilt"))
    file.with_name("journal.sqlite-wal").write_bytes(b"a stranger's log")
    with closing(Journal(file)) as journal:
        assert journal.load() == JOBS
    assert any(b"stranger" in item.read_bytes() for item in file.parent.glob("*damaged*-wal"))


def test_reading_a_damaged_journal_says_so_and_leaves_it(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(JournalDamaged):
        Journal.read_only(file)
    assert names(file.parent) == [file.name]


FIRST_START_KILLED = """
import os, signal, sqlite3
connection = sqlite3.connect(file, isolation_level=None)
connection.execute("CREATE TABLE jobs (x)")
connection.execute("DROP TABLE jobs")
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("CREATE TABLE jobs (x)")
for number in range(1000):
    connection.execute("INSERT INTO jobs VALUES (?)", ("x" * 500,))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_first_start_that_was_killed_before_the_log_existed_is_mended(file: Path) -> None:
    with child(FIRST_START_KILLED, file) as process:
        process.wait(timeout=PATIENCE_S)
    assert file.with_name("journal.sqlite-journal").stat().st_size > 0
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        journal.insert(WAITING)
        assert journal.load() == [WAITING]


# --- nothing is left in the file


@pytest.mark.parametrize("emptied", [True, False], ids=["emptied", "gone"])
@pytest.mark.parametrize("sign", ["witness.jsonl", "draft.json", "journal.version-1.sqlite"])
def test_an_empty_journal_beside_an_earlier_runs_files_is_a_damaged_one(
    full_file: Path, sign: str, emptied: bool
) -> None:
    beside = [full_file.with_name(name) for name in ("witness.jsonl", "draft.json")]
    full_file.with_name(sign).write_bytes(b"{}")
    full_file.unlink()
    if emptied:
        full_file.touch()
    with pytest.raises(JournalDamaged):
        Journal.read_only(full_file, beside=beside)
    with closing(Journal(full_file, beside=beside)) as journal:
        assert journal.was_lost
        assert journal.set_aside is not None
        assert journal.load() == []
        journal.insert(WAITING)
    with closing(Journal(full_file, beside=beside)) as journal:
        assert not journal.was_lost
        assert journal.load() == [WAITING]


@pytest.mark.parametrize("left", [b"", None], ids=["emptied", "gone"])
def test_of_a_journal_of_which_only_the_log_is_left_the_log_is_carried_over(
    file: Path, left: bytes | None
) -> None:
    with in_wal_mode(file) as earlier:
        earlier.insert(WAITING)
        earlier.insert(DONE)
        log = file.with_name("journal.sqlite-wal")
        content = log.read_bytes()
    file.unlink()
    log.write_bytes(content)
    if left is not None:
        file.write_bytes(left)
    with closing(Journal(file)) as journal:
        assert journal.was_lost
        assert [job.job_id for job in journal.load()] == [WAITING.job_id, DONE.job_id]
        assert journal.set_aside is not None
        aside = journal.set_aside.with_name(f"{journal.set_aside.name}-wal")
        assert aside.read_bytes() == content


def test_a_first_start_that_was_killed_before_its_first_byte_lost_nothing(file: Path) -> None:
    file.touch()
    assert Journal.read_only(file, beside=[file.with_name("witness.jsonl")]) == []
    with closing(Journal(file, beside=[file.with_name("witness.jsonl")])) as journal:
        assert not journal.was_lost
        assert journal.set_aside is None


KILLED_IN_A_REBUILD = """
import os, signal
from kling_desktop.store.journal import rebuild
rebuild._carry_over = lambda source, target: os.kill(os.getpid(), signal.SIGKILL)
Journal(file, beside=[file.with_name("draft.json")])
"""


def test_a_lost_journal_is_still_said_to_be_lost_after_a_kill_on_the_way(file: Path) -> None:
    file.with_name("draft.json").write_bytes(b"{}")
    with child(KILLED_IN_A_REBUILD, file) as process:
        process.wait(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL
    with closing(Journal(file, beside=[file.with_name("draft.json")])) as journal:
        assert journal.was_lost
        assert journal.load() == []


# --- what cannot be written


def test_a_folder_in_the_place_of_the_journal(file: Path) -> None:
    file.mkdir()
    with pytest.raises(JournalUnwritable):
        Journal(file)
    assert names(file.parent) == [file.name]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JournalUnwritable) as caught:
        Journal(tmp_path / "gone" / "journal.sqlite")
    assert caught.value.reason is Reason.MISSING
    assert names(tmp_path) == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnwritable):
        Journal(tmp_path / "file" / "journal.sqlite")


CHILD_START = """
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from make_journal_fixture import WAITING
from kling_desktop.motion.job import JobState
from kling_desktop.store.journal import Journal, JournalUnwritable
file = Path(sys.argv[1])
"""


def child(script: str, file: Path, arguments: Sequence[str] = ()) -> subprocess.Popen[str]:
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", CHILD_START + script, str(file), str(here), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=here.parents[1],
    )


def run_child(script: str, file: Path) -> str:
    with child(script, file) as process:
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    return output


FULL_DISK = """
import resource
big = "x" * 20_000
with closing(Journal(file)) as journal:
    journal.insert(WAITING)
    size = file.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10_000, size + 10_000))
    after = replace(WAITING, state=JobState.PREPARING, updated_at=1.0, body_json=big)
    for attempt in range(3):
        try:
            journal.transition(WAITING, after)
            print("written")
        except JournalUnwritable as error:
            print("refused", error.reason.value)
    print(journal.load() == [WAITING], len(journal.events("waiting")))
"""


def test_on_a_full_disk_a_write_is_refused_and_not_applied(file: Path) -> None:
    """A limit on the size of files stands for the disk: the system refuses the same call."""
    lines = run_child(FULL_DISK, file).splitlines()
    assert [line.split()[0] for line in lines] == ["refused"] * 3 + ["True"]
    assert lines[-1] == "True 1"
    assert Journal.read_only(file) == [WAITING]


def test_a_database_that_may_not_grow_is_a_full_disk(file: Path) -> None:
    with closing(Journal(file)) as journal:
        journal.insert(WAITING)
        connection = journal._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        big = replace(
            WAITING,
            state=S.PREPARING,
            updated_at=1.0,
            body_json=json.dumps({"prompt": "x" * 50_000}),
        )
        with pytest.raises(JournalUnwritable) as caught:
            journal.transition(WAITING, big)
        assert caught.value.reason is Reason.DISK_FULL
        assert journal.load() == [WAITING]
        assert len(journal.events("waiting")) == 1
        connection.execute("PRAGMA max_page_count = 1000000")
        journal.transition(WAITING, big)
        assert journal.load() == [big]


NO_ROOM_TO_REBUILD = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
try:
    Journal(file)
except JournalUnwritable as error:
    print("refused")
"""


def test_without_room_for_a_rebuild_the_damaged_journal_stays(full_file: Path) -> None:
    content = damage(full_file, pages_of(full_file, "jobs")[0])
    assert run_child(NO_ROOM_TO_REBUILD, full_file) == "refused\n"
    assert full_file.read_bytes() == content
    with closing(Journal(full_file)) as journal:
        assert len(journal.load()) > 0.8 * MANY
        assert journal.set_aside is not None


WITHOUT_RIGHTS = """
import os
if os.geteuid() == 0:
    os.setuid(65534)  # after the imports: this user may not be allowed to read the program
try:
    Journal(file)
except JournalUnwritable as error:
    print(error.reason.value)
print(len(Journal.read_only(file)))
"""


def test_a_journal_without_the_right_to_write_is_refused_at_once() -> None:
    """As root the rights do not bite, so there the child becomes a user without any."""
    folder = Path(tempfile.mkdtemp())  # tmp_path is closed to that user
    file = folder / "journal.sqlite"
    try:
        write(file)
        file.chmod(0o444)
        folder.chmod(0o555)
        assert run_child(WITHOUT_RIGHTS, file).split() == ["read_only", str(len(JOBS))]
    finally:
        folder.chmod(0o755)
        for leftover in folder.iterdir():
            leftover.unlink()
        folder.rmdir()


READ_WITHOUT_RIGHTS = """
import os
if os.geteuid() == 0:
    os.setuid(65534)
print([job.state.value for job in Journal.read_only(file)])
"""
HALFWAY = """
import os, signal
journal = Journal(file)
journal._connection.execute("PRAGMA cache_size = 1")
journal._connection.execute("BEGIN IMMEDIATE")
journal._connection.execute("UPDATE jobs SET state = 'failed', data = hex(randomblob(200000))")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("left", ["a log", "half a write"])
def test_where_nothing_may_be_made_beside_it_a_killed_program_s_journal_is_read_whole(
    left: str,
) -> None:
    folder = Path(tempfile.mkdtemp())
    file, image = folder / "journal.sqlite", folder / "image"
    try:
        with in_wal_mode(file) if left == "a log" else closing(Journal(file)) as journal:
            journal.insert(WAITING)
            after = replace(WAITING, state=S.PREPARING, updated_at=WAITING.updated_at + 1)
            journal.transition(WAITING, after)
            image.mkdir()
            for part in folder.glob("journal.sqlite*"):
                if not part.name.endswith("-shm"):
                    shutil.copyfile(part, image / part.name)
        if left != "a log":
            with child(HALFWAY, image / file.name) as process:
                process.wait(timeout=PATIENCE_S)
            assert (image / "journal.sqlite-journal").stat().st_size
        folder.chmod(0o755)
        for part in image.iterdir():
            part.chmod(0o444)
        image.chmod(0o555)
        assert run_child(READ_WITHOUT_RIGHTS, image / file.name) == "['preparing']\n"
    finally:
        image.chmod(0o755)
        shutil.rmtree(folder)


def test_where_the_event_cannot_be_written_the_row_is_not_either(file: Path) -> None:
    after = replace(WAITING, state=S.PREPARING, updated_at=2000.0)
    with closing(Journal(file)) as journal, closing(sqlite3.connect(file)) as other:
        journal.insert(WAITING)
        other.execute("ALTER TABLE events RENAME TO gone")
        with pytest.raises(JournalUnwritable):
            journal.transition(WAITING, after)
        assert journal.load() == [WAITING]
        other.execute("ALTER TABLE gone RENAME TO events")
        journal.transition(WAITING, after)
        assert [event.state for event in journal.events("waiting")] == [S.QUEUED, S.PREPARING]


# --- kills


KILLED_AT = """
import os, signal
kill_at = int(sys.argv[3])
journal = Journal(file)
journal.insert(WAITING)
count = 0
def die(statement):
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
journal._connection.set_trace_callback(die)
journal.transition(WAITING, replace(WAITING, state=JobState.PREPARING, updated_at=2000.0))
print("written", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
STATEMENTS = 6  # who else wrote, begin, read the old row, write the row and the event, commit


@pytest.mark.parametrize("kill_at", range(1, STATEMENTS + 2))
def test_killed_at_any_statement_a_transition_is_there_whole_or_not_at_all(
    file: Path, kill_at: int
) -> None:
    with child(KILLED_AT, file, arguments=(str(kill_at),)) as process:
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL
    assert (output == "written\n") is (kill_at > STATEMENTS)
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        states = [event.state for event in journal.events("waiting")]
        assert states == ([S.QUEUED, S.PREPARING] if output else [S.QUEUED])
        assert [job.state for job in journal.load()] == states[-1:]


WRITE_FOR_EVER = """
journal = Journal(file)
steps = [JobState.PREPARING, JobState.UPLOADING, JobState.SUBMITTING, JobState.GENERATING]
number = 0
while True:
    number += 1
    job = replace(WAITING, job_id=f"job-{number}", position=number)
    journal.insert(job)
    for step, state in enumerate(steps):
        after = replace(
            job, state=state, updated_at=job.updated_at + 1, looks=step + 1, body_json="x" * 3000
        )
        journal.transition(job, after)
        job = after
    print(number, flush=True)
"""


@pytest.fixture(params=[1, 3, 12])
def killed_after(request: pytest.FixtureRequest, file: Path) -> int:
    """A writer that was killed at some moment after it had reported this many jobs."""
    with child(WRITE_FOR_EVER, file) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < request.param:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)
    return int(request.param)


def test_after_a_kill_there_are_whole_transitions_only(file: Path, killed_after: int) -> None:
    with closing(Journal(file)) as journal:
        assert journal.set_aside is None
        jobs = journal.load()
        assert len(jobs) >= killed_after
        for job in jobs:
            events = journal.events(job.job_id)
            assert events[-1].state is job.state
            assert events[-1].at == job.updated_at
            assert len(events) == job.looks + 1
        reported = jobs[:killed_after]
        assert {job.state for job in reported} == {S.GENERATING}
        journal.insert(replace(WAITING, job_id="after"))
