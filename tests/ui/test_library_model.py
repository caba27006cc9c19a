"""The Library's model: order, filters, search, files to drag out."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from queue_library_jobs import NOW, make_done, make_job, make_request

from kling_desktop.motion.job import JobError, JobState
from kling_desktop.motion.request import Mode
from kling_desktop.ui.library.delegate import list_line
from kling_desktop.ui.library.entry import Filter, make_entry
from kling_desktop.ui.library.model import LibraryModel


@pytest.fixture
def model(qapp: object) -> LibraryModel:
    made = LibraryModel()
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(made, mode, made)
    return made


def ids(model: LibraryModel) -> list[str]:
    return [model.job_at(row).job_id for row in range(model.rowCount())]


def test_the_newest_comes_first(model: LibraryModel) -> None:
    model.set_jobs([make_done("old", 500), make_done("new", 5), make_done("middle", 50)])
    assert ids(model) == ["new", "middle", "old"]


def test_unfinished_jobs_are_left_to_the_queue(model: LibraryModel) -> None:
    states = (JobState.GENERATING, JobState.UNSAVED, JobState.DONE, JobState.FAILED)
    model.set_jobs([make_job(state.value, state) for state in states])
    assert sorted(ids(model)) == ["done", "failed"]


def test_a_finished_job_comes_to_its_place(model: LibraryModel) -> None:
    model.set_jobs([make_done("a", 10), make_done("c", 30)])
    model.upsert(make_done("b", 20))
    assert ids(model) == ["a", "b", "c"]


def test_a_job_that_is_fetched_again_leaves_and_comes_back(model: LibraryModel) -> None:
    model.set_jobs([make_done("a")])
    model.upsert(make_job("a", JobState.DOWNLOADING))
    assert ids(model) == []
    model.upsert(make_done("a"))
    assert ids(model) == ["a"]


def test_a_video_that_ends_early_says_so_in_its_row(model: LibraryModel) -> None:
    model.set_jobs([make_done("a", result_ends_early=True), make_done("b", 90)])
    lines = [list_line(make_entry(model.job_at(row)), missing=False) for row in range(2)]
    assert ["ends early" in line for line in lines] == [True, False]
    spoken = [
        model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleDescriptionRole)
        for row in range(2)
    ]
    assert ["ends early" in text for text in spoken] == [True, False]


def test_a_video_without_the_copy_that_was_asked_for_says_so_in_its_row(
    model: LibraryModel,
) -> None:
    request = replace(make_done("a").request, watermark=True)
    model.set_jobs(
        [
            make_done("given up", request=request),
            make_done("there", 90, request=request, marked_path="/a, watermarked.mp4"),
            make_done("fetched", 80, request=request, marked_url="https://a/b.mp4"),
            make_done("not asked for", 70),
        ]
    )
    lines = [list_line(make_entry(model.job_at(row)), missing=False) for row in range(4)]
    said = "without its watermarked copy"
    assert [said in line for line in lines] == [True, False, False, False]
    spoken = [
        model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleDescriptionRole)
        for row in range(4)
    ]
    assert [said in text for text in spoken] == [True, False, False, False]


def test_an_update_in_place_does_not_move_the_row(model: LibraryModel) -> None:
    model.set_jobs([make_done("a", 10), make_done("b", 20)])
    removed: list[int] = []
    model.rowsRemoved.connect(lambda _parent, first, _last: removed.append(first))
    model.upsert(replace(make_done("b", 20), favourite=True))
    assert removed == []
    assert model.job_at(1).favourite


@pytest.mark.parametrize(
    "text",
    [
        "ASTRONAUT",
        "evening LIGHT",
        "light evening",
        "kling-v3",
        "pro",
        "task-x",
        "bunny",
        "straße",
        "STRASSE",
    ],
)
def test_search_finds_title_prompt_model_mode_and_task(model: LibraryModel, text: str) -> None:
    request = make_request(
        "astronaut", "bunny", Mode.PRO, prompt="Evening light, Straße", model="kling-v3"
    )
    model.set_jobs(
        [make_done("x", request=request), make_done("y", request=make_request("a", "b"))]
    )
    model.set_search(text)
    assert ids(model) == ["x"]


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["ガンダム", "がんだむ", "ｶﾞﾝﾀﾞﾑ", "é"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_found_however_its_marks_are_stored_or_typed(
    model: LibraryModel, stored: str, typed: str, form: str
) -> None:
    title = unicodedata.normalize(stored, "ガンダム がんだむ É")
    request = make_request(title, "clip")
    model.set_jobs(
        [make_done("x", request=request), make_done("y", request=make_request("カンタム", "e"))]
    )
    model.set_search(unicodedata.normalize(form, typed))
    assert ids(model) == ["x"]


def test_every_word_must_be_found(model: LibraryModel) -> None:
    model.set_jobs([make_done("x")])
    model.set_search("astronaut zebra")
    assert ids(model) == []
    model.set_search("   ")
    assert ids(model) == ["x"]


def test_filters_show_favourites_and_failures(model: LibraryModel) -> None:
    failed = make_job("f", JobState.FAILED, created_at=NOW)
    by_command = make_job("c", JobState.CANCELLED, error=JobError("used_up"), created_at=NOW - 1)
    model.set_jobs([make_done("a"), make_done("h", favourite=True), failed, by_command])
    model.set_filter(Filter.FAVOURITES)
    assert ids(model) == ["h"]
    model.set_filter(Filter.FAILED)
    assert ids(model) == ["f", "c"]


def test_a_favourite_that_is_none_any_more_leaves_the_filter(model: LibraryModel) -> None:
    job = make_done("h", favourite=True)
    model.set_jobs([job])
    model.set_filter(Filter.FAVOURITES)
    model.upsert(replace(job, favourite=False))
    assert ids(model) == []
    assert model.total == 1


def test_only_jobs_with_a_file_can_be_dragged(model: LibraryModel) -> None:
    model.set_jobs([make_done("a", 1), make_done("m", 2), make_job("f", JobState.FAILED)])
    model.set_missing("m", True)
    draggable = [
        job_id
        for row, job_id in enumerate(ids(model))
        if model.flags(model.index(row, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    ]
    assert draggable == ["a"]


def test_dragging_carries_the_files_as_links_in_order(model: LibraryModel, tmp_path: Path) -> None:
    names = ["宇宙 飛行士.mp4", 'quote"s & #hash.mp4']
    jobs = [make_done(str(n), n, result_path=str(tmp_path / name)) for n, name in enumerate(names)]
    model.set_jobs(jobs)
    data = model.mimeData([model.index(1, 0), model.index(0, 0)])
    assert data.hasFormat("text/uri-list")
    assert [url.toLocalFile() for url in data.urls()] == [str(tmp_path / n) for n in names]
    assert model.supportedDragActions() == Qt.DropAction.CopyAction


def test_a_file_that_is_back_is_not_missing_any_more(model: LibraryModel) -> None:
    model.set_jobs([make_done("a")])
    model.set_missing("a", True)
    assert not model.has_file("a")
    model.set_missing("a", False)
    assert model.has_file("a")


@given(
    ops=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 5), st.booleans(), st.booleans()),
        max_size=25,
    )
)
def test_any_series_of_updates_leaves_what_a_fresh_fill_would_show(
    ops: list[tuple[str, int, bool, bool]],
) -> None:
    model, known = LibraryModel(), {}
    model.set_filter(Filter.FAVOURITES)
    for job_id, ago, favourite, removed in ops:
        if removed:
            model.remove(job_id)
            known.pop(job_id, None)
        else:
            known[job_id] = make_done(job_id, ago, favourite=favourite)
            model.upsert(known[job_id])
    fresh = LibraryModel()
    fresh.set_filter(Filter.FAVOURITES)
    fresh.set_jobs(list(known.values()))
    assert ids(model) == ids(fresh)
    assert all(model.index_of(i).row() == row for row, i in enumerate(ids(model)))


def test_the_time_of_a_failed_job_without_an_end_is_its_making(model: LibraryModel) -> None:
    never = make_job("n", JobState.FAILED, created_at=NOW - 30)
    model.set_jobs([make_done("a", 10), never, make_done("b", 50)])
    assert ids(model) == ["a", "n", "b"]
