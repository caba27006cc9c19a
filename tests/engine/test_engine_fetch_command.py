"""What the commands make of a video that is paid for and not here: exit code 6, and fetching."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, contents, ended, in_state, is_there, until

from kling_desktop import moving
from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import Command, FetchCommand, GenerateCommand, ResumeCommand
from kling_desktop.command.handover import carry_out
from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.problems import job_error
from kling_desktop.motion.job import Job, JobAction, JobState, Money, Progress

S = JobState


class Ear:
    """Hears what a command says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.results: list[dict[str, Any]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def on_progress(self, progress: Progress) -> None: ...
    def on_elapsed(self, job: Job, now: float) -> None: ...
    def close(self) -> None: ...

    def result(self, value: dict[str, Any]) -> None:
        self.results.append(value)


SOON_S = 0.3  # instead of five minutes without a byte


async def carried_out(engine: Engine, command: Command, ear: Ear) -> Exit:
    return await carry_out(engine, command, ear, patient=False)


async def not_handed_out(engine: Engine, world: World, **values: Any) -> Job:
    job = await in_state(engine, await world.generate("[slow]"), S.GENERATING)
    await world.rendered()
    values = {"status": 503, **values}
    world.sandbox.faults.add("download", "status", times=None, **values)
    world.sandbox.finish()
    return await in_state(engine, job, S.UNSAVED)


async def given_up(engine: Engine, world: World) -> Job:
    """As an earlier version left it: paid for, and marked as failed."""
    job = await not_handed_out(engine, world)
    error = job_error("bad_result_link", Money.PAID)
    await engine.book.go(job.job_id, S.FAILED, error=error)
    return engine.book.get(job.job_id)


def test_generate_ends_with_6_and_says_what_goes_on_with_it(world: World) -> None:
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        request = world.request("[slow]")
        asked = GenerateCommand(new_job_id(), request, None, True, 1e6, SOON_S)
        running = asyncio.ensure_future(carried_out(engine, asked, ear))
        await until(engine, lambda: engine.book.find(asked.job_id))
        await in_state(engine, engine.book.get(asked.job_id), S.GENERATING)
        await world.rendered()
        world.sandbox.faults.add("download", "status", times=None, status=503)
        world.sandbox.finish()
        return await running

    assert world.run(story) is Exit.UNSAVED
    (result,) = ear.results
    assert (result["state"], result["error"]["money"]) == ("unsaved", "paid")
    assert "`kling-desktop resume` goes on with it." in ear.said


def test_resume_ends_with_6_and_the_next_one_saves_it(world: World) -> None:
    async def before(engine: Engine) -> None:
        await not_handed_out(engine, world)

    async def resume(engine: Engine) -> tuple[Exit, Ear]:
        ear, jobs = Ear(), engine.book.all()
        job_ids = tuple(j.job_id for j in jobs if not j.ended or j.is_owed)
        command = ResumeCommand(job_ids, patience_s=patience_s)
        return await carried_out(engine, command, ear), ear

    world.run(before)
    patience_s = SOON_S
    code, ear = world.run(resume, run_queue=False)
    assert (code, ear.results[0]["state"]) == (Exit.UNSAVED, "unsaved")
    world.sandbox.faults.clear()
    patience_s = PATIENCE_S
    code, ear = world.run(resume, run_queue=False)
    assert (code, ear.results[0]["state"]) == (Exit.SAVED, "done")
    assert len(world.sandbox.accepted) == 1


def test_resume_takes_along_what_an_earlier_version_gave_up_though_it_was_paid(
    world: World,
) -> None:
    async def before(engine: Engine) -> None:
        await given_up(engine, world)

    async def resume(engine: Engine) -> tuple[Exit, Ear]:
        ear = Ear()
        return await carried_out(engine, ResumeCommand(), ear), ear

    world.run(before)
    world.sandbox.faults.clear()
    code, ear = world.run(resume, run_queue=False)
    assert code is Exit.SAVED
    assert is_there(ear.results[0]["path"])
    assert len(world.sandbox.accepted) == 1


def test_what_the_person_put_away_is_not_taken_along(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await given_up(engine, world)
        assert job.is_owed
        assert not replace(job, acknowledged=True).is_owed
        assert not replace(job, task_id=None).is_owed
        assert not replace(job, error=job_error("used_up")).is_owed

    world.run(story)


def test_gone_for_good_is_6_too_and_never_3(world: World) -> None:
    async def story(engine: Engine) -> tuple[Exit, Ear]:
        ear = Ear()
        job = await not_handed_out(engine, world, status=404)
        await engine.book.update(job.job_id, gone_days=(1, 2))
        await ended(engine, job)
        return await carried_out(engine, ResumeCommand(), ear), ear

    code, ear = world.run(story)
    assert (code, ear.results[0]["error"]["code"]) == (Exit.UNSAVED, "result_gone")


def test_fetch_is_the_twin_of_fetch_again_and_saves_where_it_is_told(
    world: World, tmp_path: Path
) -> None:
    target = tmp_path / "mine.mp4"

    async def story(engine: Engine) -> tuple[Exit, Ear]:
        ear = Ear()
        job = await given_up(engine, world)
        world.sandbox.faults.clear()
        command = FetchCommand(job.job_id, str(target))
        code = await carried_out(engine, command, ear)
        again = await carried_out(engine, replace(command), ear)  # its holder went after that
        assert (again, ear.results[1]) == (code, ear.results[0])
        return code, ear

    code, ear = world.run(story)
    assert (code, ear.results[0]["path"]) == (Exit.SAVED, str(target))
    assert target.read_bytes() == world.sandbox.result_file(world.sandbox.accepted[0]).read_bytes()


def test_one_that_waits_goes_where_fetch_says(world: World, tmp_path: Path) -> None:
    """Its folder is away: another one is named, and it is there."""
    world.choose_videos()
    target = tmp_path / "mine.mp4"

    async def story(engine: Engine) -> Exit:
        job = await world.generate()
        await until(engine, lambda: (e := engine.book.get(job.job_id).error) and e.code)
        assert engine.book.get(job.job_id).state is S.UNSAVED
        return await carried_out(engine, FetchCommand(job.job_id, str(target)), Ear())

    assert world.run(story) is Exit.SAVED
    assert target.exists()
    assert not world.videos.exists()


def test_fetch_ends_with_6_where_no_byte_comes(world: World) -> None:
    async def story(engine: Engine) -> Exit:
        job = await not_handed_out(engine, world)
        return await carried_out(engine, FetchCommand(job.job_id, patience_s=SOON_S), Ear())

    assert world.run(story) is Exit.UNSAVED


def test_where_output_cannot_be_written_is_found_out_by_writing_and_nothing_is_left(
    world: World, tmp_path: Path
) -> None:
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"dear")
    bad = [tmp_path / "no folder" / "a.mp4", taken, tmp_path / ("a" * 300 + ".mp4")]
    if Path("/proc/self").exists():
        bad.append(Path("/proc/self/a.mp4"))  # writable by its mode, and takes no file

    async def story(engine: Engine) -> list[Exit]:
        asked = [
            GenerateCommand(new_job_id(), world.request(), str(path), True, 1e6) for path in bad
        ]
        codes = [await carried_out(engine, each, Ear()) for each in asked]
        good = GenerateCommand(new_job_id(), world.request(), str(tmp_path / "b.mp4"), True, 1e6)
        return [*codes, await carried_out(engine, good, Ear())]

    *refused, saved = world.run(story)
    assert set(refused) == {Exit.WRONG_INPUT}
    assert saved is Exit.SAVED
    assert len(world.sandbox.accepted) == 1
    assert contents(taken) == b"dear"
    assert sorted(p.name for p in tmp_path.glob("*.mp4")) == ["b.mp4", "taken.mp4"]


def test_two_that_are_told_different_places_both_find_it_there(
    world: World, tmp_path: Path
) -> None:
    targets = [tmp_path / "a.mp4", tmp_path / "b.mp4"]

    async def story(engine: Engine) -> list[Exit]:
        job = await given_up(engine, world)
        world.sandbox.faults.clear()
        asked = [FetchCommand(job.job_id, str(target)) for target in targets]
        return list(await asyncio.gather(*(carried_out(engine, c, Ear()) for c in asked)))

    assert world.run(story) == [Exit.SAVED, Exit.SAVED]
    (made,) = {target.read_bytes() for target in targets}
    assert made == world.sandbox.result_file(world.sandbox.accepted[0]).read_bytes()


def test_one_that_the_person_stopped_watching_is_fetched(world: World) -> None:
    async def story(engine: Engine) -> Exit:
        job = await not_handed_out(engine, world)
        assert await engine.do(job.job_id, JobAction.STOP_WATCHING)
        world.sandbox.faults.clear()
        return await carried_out(engine, FetchCommand(job.job_id), Ear())

    assert world.run(story) is Exit.SAVED


def test_what_is_here_already_is_said_to_stay(world: World) -> None:
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        done = await world.finished()
        world.sandbox.faults.add("download", "status", times=None, status=503)
        return await carried_out(engine, FetchCommand(done.job_id), ear)

    assert world.run(story) is Exit.UNSAVED
    assert "already stays as it is" in ear.said[-1]
    (result,) = ear.results
    assert is_there(result["path"])
    assert "by itself" not in result["error"]["message"]


def test_a_name_that_stays_taken_by_the_try_is_refused_before_anything_is_sent(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PAUSES_S", (0.0,))

    def held(path: object, *_more: object) -> None:
        raise PermissionError(errno.EACCES, "in use")

    async def story(engine: Engine) -> Exit:
        monkeypatch.setattr(moving.os, "unlink", held)
        try:
            output = str(tmp_path / "a.mp4")
            asked = GenerateCommand(new_job_id(), world.request(), output, True, 1e6)
            return await carried_out(engine, asked, Ear())
        finally:
            monkeypatch.undo()

    assert world.run(story) is Exit.WRONG_INPUT
    assert world.sandbox.accepted == []


def test_what_had_come_already_is_not_left_where_it_was_to_go_before(
    world: World, tmp_path: Path
) -> None:
    target = tmp_path / "mine.mp4"

    async def story(engine: Engine) -> Exit:
        job = await in_state(engine, await world.generate("[slow]"), S.GENERATING)
        await world.rendered()
        world.sandbox.faults.add("download", "cut_middle", times=None)
        world.sandbox.finish()
        await in_state(engine, job, S.UNSAVED)
        assert sorted(p.suffix for p in world.videos.iterdir()) == [".meta", ".part"]
        world.sandbox.faults.clear()
        return await carried_out(engine, FetchCommand(job.job_id, str(target)), Ear())

    assert world.run(story) is Exit.SAVED
    assert contents(target) == world.sandbox.result_file(world.sandbox.accepted[0]).read_bytes()
    assert list(world.videos.iterdir()) == []
