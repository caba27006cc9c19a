"""The witness and the journal together: a job never goes back to before it was sent."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import World, ended, in_state, until
from support.folder_copies import copy_folder

from kling_desktop.engine.book import JobBook
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.testimony import mended_by
from kling_desktop.engine.workers import Workers
from kling_desktop.motion.job import AT_SERVICE, FREE_TO_CANCEL, Job, JobError, JobState, Money
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.store.journal import Journal
from kling_desktop.store.witness import Witness
from kling_desktop.words import Words

S = JobState
REQUEST = MotionRequest(Source(path="/pictures/a.png"), Source(path="/clips/b.mp4"))


def job(state: JobState, attempt: int, task_id: str | None = None) -> Job:
    return Job(
        "job", REQUEST, state, created_at=1.0, updated_at=2.0, position=3, attempt=attempt,
        task_id=task_id,
    )  # fmt: skip


UNSENT = sorted(FREE_TO_CANCEL)  # in one order, whichever process collects the tests
# What the journal says, what the witness says, and what the job is then; None: the journal stands.
INTENT, ACCEPTED = job(S.SUBMITTING, 1), job(S.GENERATING, 1, "t")
BEHIND = [
    *((job(state, 0), INTENT, S.UNKNOWN) for state in (*UNSENT, S.CANCELLED)),
    *((job(state, 0), ACCEPTED, S.GENERATING) for state in (*UNSENT, S.CANCELLED)),
    (None, INTENT, S.UNKNOWN),
    (None, ACCEPTED, S.GENERATING),
    (None, job(S.DOWNLOADING, 1, "t"), S.GENERATING),
    (None, job(S.DONE, 1, "t"), S.DONE),
    (None, job(S.FAILED, 1, "t"), S.FAILED),
    (job(S.SUBMITTING, 1), ACCEPTED, S.GENERATING),
    (job(S.SUBMITTING, 1), job(S.QUEUED, 1), S.QUEUED),  # it provably never arrived
    (job(S.SUBMITTING, 1), job(S.FAILED, 1), S.FAILED),
    (job(S.UNKNOWN, 1), ACCEPTED, S.GENERATING),
    (job(S.GENERATING, 1), ACCEPTED, S.GENERATING),  # its row lost the task
    (job(S.DOWNLOADING, 1), ACCEPTED, S.GENERATING),
    (job(S.QUEUED, 1), INTENT, S.UNKNOWN),
    (job(S.UNKNOWN, 1), job(S.SUBMITTING, 2), S.UNKNOWN),
    (job(S.QUEUED, 1), job(S.GENERATING, 2, "t"), S.GENERATING),
    (job(S.UPLOADING, 0), job(S.CANCELLED, 0), S.CANCELLED),  # a no is never forgotten
    (job(S.UPLOADING, 0), job(S.FAILED, 1), S.FAILED),
]
STANDS = [
    (None, job(S.QUEUED, 1)),  # nothing was sent, and it may have been cancelled since
    (None, job(S.CANCELLED, 1)),
    (None, job(S.FAILED, 1)),
    (job(S.QUEUED, 1), job(S.QUEUED, 1)),
    (job(S.UPLOADING, 1), job(S.QUEUED, 1)),
    (job(S.SUBMITTING, 1), INTENT),
    (job(S.UNKNOWN, 1), INTENT),
    (job(S.UNKNOWN, 1), job(S.QUEUED, 1)),  # the person says it once more
    (job(S.UNKNOWN, 1, "t"), ACCEPTED),
    (job(S.GENERATING, 1, "t"), job(S.UNWATCHED, 1, "t")),  # watched again
    (job(S.DOWNLOADING, 1, "t"), job(S.DONE, 1, "t")),  # fetched again
    (job(S.CANCELLED, 0), job(S.QUEUED, 1)),
    (job(S.UPLOADING, 2), ACCEPTED),  # the witness is the older one
    *((job(state, 2, "t"), ACCEPTED) for state in (S.GENERATING, S.DONE, S.FAILED)),
]


@pytest.mark.parametrize(("journal", "told", "state"), BEHIND)
def test_a_journal_that_is_behind_becomes_what_the_witness_says(
    journal: Job | None, told: Job, state: JobState
) -> None:
    found = mended_by(journal, told)
    assert found is not None
    assert (found.state, found.attempt, found.task_id) == (state, told.attempt, told.task_id)
    if state is S.UNKNOWN:
        assert found.error is not None
        assert found.error.money is Money.MAYBE_CHARGED


@pytest.mark.parametrize(("journal", "told"), STANDS)
def test_a_journal_that_is_not_behind_stands(journal: Job | None, told: Job) -> None:
    assert mended_by(journal, told) is None


@pytest.mark.parametrize("told", [INTENT, ACCEPTED, job(S.DONE, 1, "t")])
@pytest.mark.parametrize("attempt", [0, 1])
@pytest.mark.parametrize("state", UNSENT)
def test_nothing_that_was_sent_is_ever_free_to_be_sent_again(
    told: Job, state: JobState, attempt: int
) -> None:
    found = mended_by(job(state, attempt), told)
    assert found is not None
    assert found.state not in FREE_TO_CANCEL


@pytest.mark.parametrize("state", sorted(AT_SERVICE | {S.SUBMITTING}))
def test_a_damaged_row_gets_the_body_it_was_sent_with_and_nothing_else(state: JobState) -> None:
    damaged = job(state, 1, "t")
    told = replace(INTENT, body_json="{}")
    assert mended_by(damaged, told) == replace(damaged, body_json="{}")
    assert mended_by(job(state, 2, "t"), told) is None


def test_what_was_mended_once_stands(tmp_path: Path) -> None:
    for journal, told, _state in BEHIND:
        found = mended_by(journal, told)
        assert found is not None
        assert mended_by(found, told) is None


# --- real files --------------------------------------------------------------------------------


def opened(folder: Path) -> tuple[JobBook, list[Job]]:
    """The book of a library as the next start reads it."""

    async def read() -> tuple[JobBook, list[Job]]:
        journal, workers = Journal(folder / "journal.sqlite"), Workers()
        book = JobBook(journal, Witness(folder / "witness.jsonl"), workers)
        try:
            await book.open()
            return book, book.all()
        finally:
            workers.halt()
            await workers.close(5)
            journal.close()

    return asyncio.run(read())


def crash_images(world: World, tmp_path: Path, prompt: str = "") -> dict[JobState, Path]:
    """The library's folder as a kill in each state would leave it."""
    images: dict[JobState, Path] = {}
    folder = world.paths.profile("sandbox").folder

    async def story(engine: Engine) -> None:
        def keep(job: Job) -> None:
            if job.state not in images:
                images[job.state] = tmp_path / f"image-{job.state.value}"
                copy_folder(folder, images[job.state])

        engine.book.changed.connect(keep)
        await ended(engine, await world.generate(prompt))

    world.run(story)
    return images


def back_in_time(image: Path, older: Path, target: Path) -> Path:
    """The library at one moment, its journal of an earlier one: as one put back leaves it."""
    shutil.copytree(image, target)
    shutil.copyfile(older / "journal.sqlite", target / "journal.sqlite")
    return target


def test_a_journal_of_any_earlier_moment_knows_again_that_it_was_sent(
    world: World, tmp_path: Path
) -> None:
    images = crash_images(world, tmp_path)
    order = [S.QUEUED, S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE]
    sent = {S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE}
    moments = [state for state in order if state in images]
    for number, (early, late) in enumerate(itertools.combinations(moments, 2)):
        folder = back_in_time(images[late], images[early], tmp_path / f"back-{number}")
        book, (found,) = opened(folder)
        if late in sent:
            assert found.state not in FREE_TO_CANCEL, (early, late)
            assert found.task_id in (None, *world.sandbox.accepted)
            assert found.task_id or found.state in (S.SUBMITTING, S.UNKNOWN)
            assert found.body_json
        assert (book.mended != ()) is (early in FREE_TO_CANCEL and late in sent) or late in sent


def flips(size: int, count: int) -> list[int]:
    return sorted({round(n * (size - 16) / (count - 1)) for n in range(count)})


@pytest.mark.parametrize("moment", [S.SUBMITTING, S.GENERATING, S.DOWNLOADING])
def test_a_journal_that_is_damaged_anywhere_or_gone_forgets_nothing_that_was_sent(
    world: World, tmp_path: Path, moment: JobState
) -> None:
    image = crash_images(world, tmp_path)[moment]
    name = "journal.sqlite"
    content = (image / name).read_bytes()
    damages: list[Callable[[Path], None]] = [lambda file: file.unlink()]
    for at in flips(len(content), 60):
        wrong = content[:at] + os.urandom(16) + content[at + 16 :]
        damages.append(lambda file, wrong=wrong: file.write_bytes(wrong) and None)  # type: ignore[misc]  # its default is bytes
    for number, damage in enumerate(damages):
        folder = tmp_path / f"damaged-{number}"
        shutil.copytree(image, folder)
        damage(folder / name)
        _book, (found,) = opened(folder)
        assert found.state in (S.SUBMITTING, S.UNKNOWN, S.GENERATING, S.DOWNLOADING)
        assert found.body_json
        if moment is not S.SUBMITTING:
            assert found.task_id == world.sandbox.accepted[0]
        shutil.rmtree(folder)


def put_back(world: World, image: Path) -> None:
    folder = world.paths.profile("sandbox").folder
    for part in folder.iterdir():
        if part.name.startswith(("journal", "witness")):
            part.unlink()
    for part in image.iterdir():
        if part.name.startswith(("journal", "witness")):
            shutil.copyfile(part, folder / part.name)


def only(engine: Engine) -> Job:
    (found,) = engine.book.all()
    return found


@pytest.mark.parametrize("moment", [S.SUBMITTING, S.GENERATING])
def test_a_job_of_a_lost_journal_is_looked_for_found_and_saved(
    world: World, tmp_path: Path, moment: JobState
) -> None:
    image = crash_images(world, tmp_path)[moment]
    (image / "journal.sqlite").unlink()
    put_back(world, image)

    async def after(engine: Engine) -> Job:
        assert [error.code for error in engine.book.to_be_said()] == ["jobs_mended"]
        job = await ended(engine, only(engine))
        assert "as the witness knows it" in await engine.report(job.job_id)
        return job

    found = world.run(after)
    assert found.state is S.DONE
    assert world.sandbox.accepted == [found.task_id]
    assert Path(found.result_path or "").read_bytes() == world.result_bytes(found)
    assert found.position == 0
    assert found.submitted_at is not None


def lines_of(image: Path) -> int:
    return (image / "witness.jsonl").read_bytes().count(b"\n")


def test_wherever_its_lines_are_damaged_nothing_is_sent_again(world: World, tmp_path: Path) -> None:
    """With a journal of before besides: then the lines that are left, or the history, know."""
    images = crash_images(world, tmp_path)
    for number in range(lines_of(images[S.DONE])):
        folder = back_in_time(images[S.DONE], images[S.UPLOADING], tmp_path / f"line-{number}")
        file = folder / "witness.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        middle = len(lines[number]) // 2
        lines[number] = lines[number][:middle] + os.urandom(16) + lines[number][middle + 16 :]
        file.write_bytes(b"".join(lines))
        put_back(world, folder)

        async def after(engine: Engine) -> Job:
            return await ended(engine, only(engine))

        assert world.run(after).state is S.DONE
        assert len(world.sandbox.accepted) == 1


def test_a_cancelled_job_stays_cancelled_where_the_journal_is_an_older_one(
    world: World, tmp_path: Path
) -> None:
    folder = world.paths.profile("sandbox").folder
    older, image = tmp_path / "older", tmp_path / "image"

    async def before(engine: Engine) -> None:
        engine.queue.pause()
        job = await world.generate()
        copy_folder(folder, older)
        await engine.runner.cancel_free(job.job_id)
        copy_folder(folder, image)

    world.run(before)
    _book, (found,) = opened(back_in_time(image, older, tmp_path / "back"))
    assert found.state is S.CANCELLED


def test_what_was_let_go_of_by_the_person_is_not_taken_back(world: World) -> None:
    """The intent's line stays open; the person's word after it counts."""
    world.sandbox.faults.add("motion", "hang")

    async def before(engine: Engine) -> None:
        await world.generate()
        await until(engine, lambda: world.count("/kling/motion"))

    async def let_go(engine: Engine) -> None:
        job = await in_state(engine, only(engine), S.UNKNOWN)
        engine.queue.pause()
        assert await engine.book.go(job.job_id, S.QUEUED, task_id=None, image_link=None)

    async def after(engine: Engine) -> Job:
        assert only(engine).state is S.QUEUED
        await engine.resume_queue()
        return await ended(engine, only(engine))

    world.run(before)
    world.run(let_go)
    found = world.run(after)
    assert (found.state, found.attempt) == (S.DONE, 2)
    assert world.sandbox.accepted == [found.task_id]


def test_where_the_witness_cannot_be_written_nothing_is_sent_until_it_can(world: World) -> None:
    file = world.paths.profile("sandbox").witness_file
    failures: list[JobError] = []

    async def story(engine: Engine) -> Job:
        engine.runner.journal_failed.connect(failures.append)
        file.mkdir()
        job = await world.generate()
        await until(engine, lambda: len(failures) >= 2)
        assert world.count("/kling/motion") == 0
        assert engine.book.get(job.job_id).state in FREE_TO_CANCEL
        said = Words().error(failures[0]).sentence
        assert "second record of what is sent cannot be written" in said
        assert str(file.parent) in said
        assert "Unwritable" not in said
        file.rmdir()
        return await ended(engine, job)

    found = world.run(story)
    assert (found.state, found.attempt) == (S.DONE, 1)
    assert world.sandbox.accepted == [found.task_id]


def test_a_witness_that_cannot_be_read_is_said_and_asked_before_anything_is_sent(
    world: World, tmp_path: Path
) -> None:
    images = crash_images(world, tmp_path)
    folder = back_in_time(images[S.GENERATING], images[S.UPLOADING], tmp_path / "back")
    put_back(world, folder)
    file = world.paths.profile("sandbox").witness_file
    world.sandbox.faults.add("tasks", "html", times=None)  # nor does the history help
    aside = file.with_suffix(".aside")
    file.rename(aside)
    file.mkdir()
    failures: list[JobError] = []

    async def story(engine: Engine) -> Job:
        engine.runner.journal_failed.connect(failures.append)
        assert [error.code for error in engine.book.to_be_said()] == ["witness_unusable"]
        await until(engine, lambda: failures)
        assert world.count("/kling/motion") == 1
        file.rmdir()
        aside.rename(file)
        await until(engine, lambda: only(engine).task_id is not None)
        world.sandbox.faults.clear()
        return await ended(engine, only(engine))

    found = world.run(story)
    assert found.state is S.DONE
    assert world.sandbox.accepted == [found.task_id]


def test_without_a_witness_all_is_as_the_journal_says(world: World) -> None:
    """The folder of an older version: a job that was sent there goes on here."""

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> Job:
        assert engine.book.to_be_said() == []
        world.sandbox.finish()
        return await ended(engine, only(engine))

    world.run(before)
    world.paths.profile("sandbox").witness_file.unlink()
    found = world.run(after)
    assert found.state is S.DONE
    assert world.sandbox.accepted == [found.task_id]


def test_both_profiles_have_a_witness_of_their_own(world: World) -> None:
    files = {world.paths.profile(name).witness_file for name in ("account", "sandbox")}
    assert len(files) == 2


def test_a_job_that_was_removed_from_the_library_is_not_brought_back(world: World) -> None:
    async def before(engine: Engine) -> None:
        job = await world.finished()
        await engine.book.remove(job.job_id)

    world.run(before)
    book, found = opened(world.paths.profile("sandbox").folder)
    assert (found, book.mended) == ([], ())


JUNK = ["x", "of the future", b"\x93\xff\x01"]
COLUMNS = ["state", "position", "created_at", "updated_at", "attempt", "data"]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_that_is_no_job_gives_its_place_to_what_the_witness_knows(
    tmp_path: Path, column: str, junk: str | bytes
) -> None:
    """Else a paid video is lost, and made once more. What stood there is kept aside."""
    sent = replace(job(S.GENERATING, 1, "t"), position=0)
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.insert(sent)
        with journal._writing() as connection:
            connection.execute(f"UPDATE jobs SET {column} = ?", (junk,))
    Witness(tmp_path / "witness.jsonl").tell(sent)
    book, (found,) = opened(tmp_path)
    assert (found.state, found.task_id, book.mended) == (S.GENERATING, "t", (sent.job_id,))
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        assert [one.task_id for one in journal.load()] == ["t"]
        assert journal.unreadable == ()
        kept = json.loads(journal.value(f"row of {sent.job_id}") or "")
        assert kept[column] == (junk if isinstance(junk, str) else repr(junk))


@pytest.mark.parametrize("junk", [None, "\x07x\x00y", b"\x93\xff"])
def test_a_running_job_whose_row_lost_the_task_gets_it_from_the_witness(
    tmp_path: Path, junk: str | bytes | None
) -> None:
    sent = replace(job(S.GENERATING, 1, "t"), position=0)
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.insert(sent)
        with journal._writing() as connection:
            connection.execute("UPDATE jobs SET task_id = ?", (junk,))
    Witness(tmp_path / "witness.jsonl").tell(sent)
    book, (found,) = opened(tmp_path)
    assert (found.state, found.task_id, book.mended) == (S.GENERATING, "t", (sent.job_id,))


@pytest.mark.parametrize("junk", [None, "\x07x\x00y"])
def test_a_running_job_whose_row_lost_the_task_is_looked_for(
    world: World, junk: str | None
) -> None:
    """Where no witness knows it either. Else it would wait for nothing, for ever."""

    async def before(engine: Engine) -> None:
        await in_state(engine, await world.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> Job:
        world.sandbox.finish()
        return await ended(engine, only(engine))

    world.run(before)
    profile = world.paths.profile("sandbox")
    profile.witness_file.unlink()
    with (
        closing(Journal(profile.folder / "journal.sqlite")) as journal,
        journal._writing() as connection,
    ):
        connection.execute("UPDATE jobs SET task_id = ?", (junk,))
    found = world.run(after)
    assert found.state is S.DONE
    assert world.sandbox.accepted == [found.task_id]


@pytest.mark.parametrize("told", [None, job(S.QUEUED, 1), job(S.CANCELLED, 1)])
def test_a_row_that_is_no_job_stays_where_the_witness_knows_of_nothing_sent(
    tmp_path: Path, told: Job | None
) -> None:
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.insert(job(S.GENERATING, 1, "t"))
        with journal._writing() as connection:
            connection.execute("UPDATE jobs SET state = 'of the future'")
    if told is not None:
        Witness(tmp_path / "witness.jsonl").tell(told)
    book, found = opened(tmp_path)
    assert (found, book.mended) == ([], ())
    assert book._journal.unreadable == ("job",)


def test_a_removed_row_that_is_no_job_stays_removed(tmp_path: Path) -> None:
    sent = job(S.DONE, 1, "t")
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.insert(sent)
        journal.remove(sent.job_id)
        with journal._writing() as connection:
            connection.execute("UPDATE jobs SET state = 'of the future'")
    Witness(tmp_path / "witness.jsonl").tell(sent)
    book, found = opened(tmp_path)
    assert (found, book.mended) == ([], ())
