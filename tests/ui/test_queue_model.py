"""The Queue's model under Qt's own model tester."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QAbstractItemModelTester
from queue_library_jobs import NOW, make_job

from kling_desktop.motion.job import JobError, JobState, Progress
from kling_desktop.ui.queue.model import LOOK_ROLE, THUMBNAIL_ROLE, QueueModel


def now() -> float:
    return NOW


@pytest.fixture
def model(qapp: object) -> QueueModel:
    made = QueueModel(now=now)
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(made, mode, made)
    return made


def ids(model: QueueModel) -> list[str]:
    return [model.job_at(row).job_id for row in range(model.rowCount())]


def test_jobs_stand_in_the_order_given(model: QueueModel) -> None:
    model.set_jobs([make_job("b", position=2), make_job("a", position=1)])
    assert ids(model) == ["b", "a"]


def test_a_new_job_goes_behind_those_before_it(model: QueueModel) -> None:
    model.set_jobs([make_job("a", position=1), make_job("c", position=3)])
    model.upsert(make_job("b", position=2))
    assert ids(model) == ["a", "b", "c"]


def test_a_job_whose_position_changed_moves(model: QueueModel) -> None:
    model.set_jobs([make_job("a", position=1), make_job("b", position=2)])
    model.upsert(make_job("a", position=3))
    assert ids(model) == ["b", "a"]


@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.UNWATCHED])
def test_an_ended_job_leaves(model: QueueModel, state: JobState) -> None:
    model.set_jobs([make_job("a"), make_job("b")])
    model.upsert(make_job("a", state))
    assert ids(model) == ["b"]


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_ended_in_vain_stays_until_it_is_put_away(
    model: QueueModel, state: JobState
) -> None:
    """A cancelled one has an error where a command could not send it; else it was the person."""
    failed = make_job("a", state, error=JobError("used_up"))
    model.upsert(failed)
    assert ids(model) == ["a"]
    model.upsert(replace(failed, acknowledged=True))
    assert ids(model) == []


def test_progress_and_thumbnail_of_a_stranger_are_ignored(model: QueueModel) -> None:
    model.set_progress(Progress("nobody", JobState.UPLOADING, 1, 2))
    model.set_thumbnail("nobody", "/t.png")
    assert model.rowCount() == 0


def test_progress_reaches_the_row(model: QueueModel) -> None:
    model.set_jobs([make_job("a", JobState.UPLOADING)])
    model.set_progress(Progress("a", JobState.UPLOADING, 1, 4))
    assert model.index(0, 0).data(LOOK_ROLE).text == "Uploading 25 %"


def test_a_thumbnail_is_kept_by_id(model: QueueModel) -> None:
    model.set_jobs([make_job("a"), make_job("b")])
    model.set_thumbnail("b", "/t.png")
    model.remove("a")
    assert model.index(0, 0).data(THUMBNAIL_ROLE) == "/t.png"


def test_rows_that_the_order_does_not_name_keep_their_place(model: QueueModel) -> None:
    model.set_jobs([make_job(i) for i in ("a", "x", "b", "y", "c")])
    model.arrange(["c", "b", "a", "stranger"])
    assert ids(model) == ["c", "x", "b", "y", "a"]


@given(order=st.permutations(list("abcde")), named=st.sets(st.sampled_from("abcde")))
def test_any_order_can_be_followed(order: list[str], named: set[str]) -> None:
    model = QueueModel(now=now)
    model.set_jobs([make_job(i) for i in "abcde"])
    wanted = [i for i in order if i in named]
    model.arrange(wanted)
    after = ids(model)
    assert [i for i in after if i in named] == wanted
    assert [r for r, i in enumerate(after) if i not in named] == [
        r for r, i in enumerate("abcde") if i not in named
    ]


def test_only_rows_that_follow_the_clock_are_painted_again(model: QueueModel) -> None:
    model.set_jobs([make_job("a"), make_job("b", JobState.GENERATING)])
    touched: list[int] = []
    model.dataChanged.connect(lambda first, _last, _roles: touched.append(first.row()))
    model.tick()
    assert touched == [1]
