"""The second witness: lines beside the journal that say what was sent."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.store import witness as witness_module
from kling_desktop.store.errors import JournalUnwritable, Reason
from kling_desktop.store.witness import Witness

S = JobState
FILES = MotionRequest(Source(path="/pictures/a.png"), Source(path="/clips/b.mp4"), prompt="hello")


def job(job_id: str = "a", state: JobState = S.SUBMITTING, **changes: object) -> Job:
    made = Job(job_id, FILES, state, created_at=1.0, updated_at=2.0, position=0, attempt=1)
    return replace(made, **changes)  # type: ignore[arg-type]  # names of its fields


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "witness.jsonl"


def told(file: Path) -> dict[str, Job]:
    return {job_id: each.job for job_id, each in Witness(file).read().items()}


def test_where_there_is_no_file_nothing_is_known(file: Path) -> None:
    assert Witness(file).read() == {}
    assert not file.exists()


def test_the_last_line_of_each_job_counts_and_a_whole_job_can_be_made_of_it(file: Path) -> None:
    witness = Witness(file)
    witness.tell(job("a", image_link="https://cdn.example/a.png", body_json='{"mode": "std"}'))
    witness.tell(job("b"))
    witness.tell(job("a", S.GENERATING, task_id="task", output_path="/videos/\udcff.mp4"))
    assert told(file) == {
        "a": job("a", S.GENERATING, task_id="task", output_path="/videos/\udcff.mp4"),
        "b": job("b"),
    }


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    Witness(file).tell(job())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_links_that_sign_a_video_are_not_in_it(file: Path) -> None:
    Witness(file).tell(job(state=S.UNKNOWN, result_url="https://cdn.example/v.mp4?sign=secret"))
    assert b"secret" not in file.read_bytes()


def test_the_pictures_of_all_attempts_are_remembered_and_when_the_person_let_go(
    file: Path,
) -> None:
    witness = Witness(file)
    first, second = "https://cdn.example/1.png", "https://cdn.example/2.png"
    witness.tell(job(image_link=first))
    witness.tell(job(state=S.UNKNOWN, image_link=first))
    witness.tell(job(state=S.QUEUED, updated_at=77.0))
    witness.tell(job(image_link=second, attempt=2))
    for each in (witness.told["a"], Witness(file).read()["a"]):
        assert each.pictures == {first, second}
        assert each.released_at == 77.0


def test_a_link_that_the_person_gave_is_no_job_s_own_picture(file: Path) -> None:
    linked = replace(FILES, image=Source(url="https://pictures.example/a.png"))
    Witness(file).tell(job(request=linked, image_link="https://pictures.example/a.png"))
    assert Witness(file).read()["a"].pictures == frozenset()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_line_that_is_cut_anywhere_costs_itself_alone_and_the_next_is_whole(
    file: Path, data: st.DataObject
) -> None:
    file.unlink(missing_ok=True)
    witness = Witness(file)
    witness.tell(job("a"))
    whole = file.stat().st_size
    witness.tell(job("b"))
    cut_at = data.draw(st.integers(whole, file.stat().st_size - 2))
    os.truncate(file, cut_at)
    assert told(file) == {"a": job("a")}
    Witness(file).tell(job("c"))
    assert told(file) == {"a": job("a"), "c": job("c")}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_wrong_bytes_cost_the_lines_they_are_in_and_are_never_believed(
    file: Path, data: st.DataObject
) -> None:
    file.unlink(missing_ok=True)
    witness = Witness(file)
    jobs = {name: job(name, task_id=f"task-{name}", state=S.GENERATING) for name in "abcd"}
    for each in jobs.values():
        witness.tell(each)
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + 16] = data.draw(st.binary(min_size=16, max_size=16))[: len(content) - at]
    file.write_bytes(content)
    found = told(file)
    assert all(jobs[name] == each for name, each in found.items())
    assert len(found) >= 2


def test_what_cannot_be_read_is_said_and_not_taken_for_nothing(file: Path) -> None:
    file.mkdir()
    with pytest.raises(JournalUnwritable):
        Witness(file).read()
    with pytest.raises(JournalUnwritable):
        Witness(file).tell(job())


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalUnwritable):
        Witness(tmp_path / "gone" / "witness.jsonl").tell(job())


def test_it_stays_within_its_bound_and_never_drops_what_has_not_ended(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Witness(file)
    witness.tell(job("oldest, unknown", S.UNKNOWN))
    witness.tell(job("done, but fetched again", S.DONE, task_id="t"))
    for number in range(30):
        witness.tell(job(f"done {number}"))
        witness.tell(job(f"done {number}", S.DONE, task_id=f"task-{number}"))
    bound = file.stat().st_size // 3
    monkeypatch.setattr(witness_module, "MAX_BYTES", bound)
    witness.compact({"oldest, unknown", "done, but fetched again"})
    assert file.stat().st_size <= bound
    kept = told(file)
    assert {"oldest, unknown", "done, but fetched again", "done 29"} <= set(kept)
    assert "done 0" not in kept
    assert kept["done 29"].task_id == "task-29"


def test_within_its_bound_it_is_left_alone(file: Path) -> None:
    witness = Witness(file)
    for state in (S.SUBMITTING, S.GENERATING, S.DONE):
        witness.tell(job(state=state))
    before = file.read_bytes()
    witness.compact(set())
    assert file.read_bytes() == before


def test_lines_of_a_newer_version_are_passed_over_and_stay(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Witness(file)
    with monkeypatch.context() as newer:
        newer.setattr(witness_module, "job_to_row", lambda job: {"job_id": job.job_id, "new": 1})
        witness.tell(job("newer"))
    of_it = file.read_bytes()
    for number in range(9):
        witness.tell(job(f"done {number}", S.DONE, task_id=f"task-{number}"))
    monkeypatch.setattr(witness_module, "MAX_BYTES", file.stat().st_size // 3)
    assert "newer" not in told(file)
    witness.compact(set())
    assert file.read_bytes().startswith(of_it)
    assert "done 0" not in told(file)


def test_a_job_that_is_refused_for_days_keeps_its_newest_lines(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Witness(file)
    for attempt in range(1, 201):
        witness.tell(job(attempt=attempt, image_link=f"https://cdn.example/{attempt}.png"))
        witness.tell(job(state=S.QUEUED, attempt=attempt))
    monkeypatch.setattr(witness_module, "MAX_BYTES", 0)
    before = file.stat().st_size
    witness.compact({"a"})
    assert file.stat().st_size < before / 7
    found = Witness(file).read()["a"]
    assert (found.job.state, found.job.attempt) == (S.QUEUED, 200)
    assert "https://cdn.example/200.png" in found.pictures


@pytest.mark.skipif(os.name != "posix", reason="the limit of a file's length is a POSIX one")
def test_on_a_full_disk_it_is_said_and_what_was_there_stays(file: Path) -> None:
    witness = Witness(file)
    witness.tell(job("a"))
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 9, before[1]))
    try:
        with pytest.raises(JournalUnwritable) as raised:
            witness.tell(job("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert raised.value.reason is Reason.DISK_FULL
    assert str(raised.value).count("disk_full") == 1
    assert set(told(file)) == {"a"}
    witness.tell(job("b"))  # it is tried again, and not taken for told
    assert set(told(file)) == {"a", "b"}


@pytest.mark.parametrize(
    ("is_new", "what"), [(True, "the file"), (True, "the folder"), (False, "the file")]
)
def test_a_line_that_was_not_secured_is_not_there(
    file: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool, what: str
) -> None:
    """The caller sends nothing after the error: the next start must not take it for an intent."""
    if not is_new:
        Witness(file).tell(job("a"))
    witness, usual, failed = Witness(file), os.fsync, []

    def fsync(number: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(number).st_mode)
        if not failed and is_folder == (what == "the folder"):
            failed.append(number)
            raise OSError(errno.EIO, "the disk failed")
        usual(number)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(JournalUnwritable):
        witness.tell(job("b"))
    assert failed
    assert set(told(file)) == (set() if is_new else {"a"})
    witness.tell(job("b"))
    assert "b" in told(file)


@pytest.mark.parametrize("lost", ["the file", "its end", "all of its lines"])
def test_what_is_gone_under_the_program_is_told_again_with_the_next_line(
    file: Path, lost: str
) -> None:
    first, second = "https://cdn.example/1.png", "https://cdn.example/2.png"
    Witness(file).tell(job("of an earlier run", image_link=first))
    witness = Witness(file)
    witness.read()
    witness.tell(job("a", image_link=first))
    witness.tell(job("a", S.QUEUED, updated_at=77.0))
    witness.tell(job("a", image_link=second, attempt=2))
    if lost == "the file":
        file.unlink()
    else:
        os.truncate(file, file.stat().st_size // 2 if lost == "its end" else 0)
    for _ in range(2):  # and only once
        witness.tell(job("b"))
        witness.see_to_its_place()
    assert Witness(file).read() == witness.told
    length = file.stat().st_size
    witness.tell(job("b"))
    assert file.stat().st_size == length


def test_what_is_gone_is_told_again_without_a_next_line(file: Path) -> None:
    witness = Witness(file)
    witness.see_to_its_place()
    assert not file.exists()
    witness.tell(job("a"))
    file.unlink()
    witness.see_to_its_place()
    assert told(file) == {"a": job("a")}
    file.unlink()
    witness.tell(job("a"))  # as a step is that is tried again
    assert told(file) == {"a": job("a")}
