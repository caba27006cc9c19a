"""A job's way, from Generate to the saved file, and what a person does on the way."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil

from engine_world import World, all_ended, ended, held, in_state, until

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState, Progress
from kling_desktop.motion.request import Mode, Orientation

S = JobState
WAY = [S.QUEUED, S.PREPARING, S.UPLOADING, S.SUBMITTING, S.GENERATING, S.DOWNLOADING, S.DONE]


def states_of(world: World, job: Job) -> list[JobState]:
    """The states in which a job was, without repeats."""
    found: list[JobState] = []
    for job_id, state in world.seen:
        if job_id == job.job_id and (not found or found[-1] is not state):
            found.append(state)
    return found


def test_a_job_goes_through_every_state_and_its_file_is_what_the_service_made(
    world: World,
) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished("a meadow at dawn", mode=Mode.PRO)

    job = world.run(story)
    assert job.state is S.DONE
    assert states_of(world, job) == WAY
    saved = world.videos / (job.result_path or "").rpartition("/")[2]
    assert saved.read_bytes() == world.result_bytes(job)
    assert job.result_size_bytes == saved.stat().st_size
    assert saved.name.startswith("astronaut × meadow, ")
    assert world.sandbox.accepted == [job.task_id]
    assert [p.name for p in world.videos.iterdir()] == [saved.name]  # no part is left


def test_what_is_sent_is_what_was_asked_for(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished(
            "rain, no umbrella",
            mode=Mode.PRO,
            orientation=Orientation.IMAGE,
            keep_sound=False,
            model="kling-v3",
            watermark=True,
        )

    job = world.run(story)
    (body,) = map(json.loads, world.bodies("/kling/motion"))
    links = {name: body.pop(name) for name in ("image_url", "video_url")}
    assert body == {
        "prompt": "rain, no umbrella",
        "mode": "pro",
        "character_orientation": "image",
        "keep_original_sound": "no",
        "model_name": "kling-v3",
        "watermark_info": {"enabled": True},
        "async": True,
    }
    assert links == {"image_url": job.image_link, "video_url": job.video_link}


def test_two_run_at_once_and_the_rest_wait_in_order(world: World) -> None:
    most = 0

    async def story(engine: Engine) -> list[Job]:
        def count(_job: Job) -> None:
            nonlocal most
            most = max(most, engine.queue.state.running)

        engine.book.changed.connect(count)
        jobs = [await world.generate(f"number {n}") for n in range(4)]
        return await all_ended(engine, jobs)

    jobs = world.run(story)
    assert most == 2
    sent = [json.loads(body)["prompt"] for body in world.bodies("/kling/motion")]
    assert set(sent[:2]) == {"number 0", "number 1"}
    assert set(sent[2:]) == {"number 2", "number 3"}
    assert {j.state for j in jobs} == {S.DONE}
    assert len(world.sandbox.accepted) == 4


def test_the_same_files_give_names_of_their_own(world: World) -> None:
    async def story(engine: Engine) -> list[Job]:
        return await all_ended(engine, [await world.generate() for _ in range(3)])

    jobs = world.run(story)
    assert len({j.result_path for j in jobs}) == 3
    for job in jobs:
        assert job.result_path is not None
        with open(job.result_path, "rb") as file:
            assert file.read() == world.result_bytes(job)


def test_the_clip_is_uploaded_once_and_the_picture_for_each_job(world: World) -> None:
    async def story(engine: Engine) -> list[Job]:
        return [await world.finished() for _ in range(2)]

    first, second = world.run(story)
    assert first.video_link == second.video_link
    assert first.image_link != second.image_link
    assert world.count("/api/v1/files/") == 3


def clear_uploads(world: World) -> None:
    """As the vendor does one day, though the links are remembered here."""
    for folder in (world.sandbox._folder / "uploads").iterdir():
        shutil.rmtree(folder)


def test_a_clip_that_the_service_has_cleared_is_sent_anew(world: World) -> None:
    async def story(engine: Engine) -> list[Job]:
        first = await world.finished()
        clear_uploads(world)
        return [first, await world.finished("another")]

    first, second = world.run(story)
    assert (first.state, second.state) == (S.DONE, S.DONE)
    assert first.video_link != second.video_link
    assert world.count("/api/v1/files/") == 4


def test_a_picture_that_was_cleared_while_its_job_waited_is_sent_anew(world: World) -> None:
    async def story(engine: Engine) -> Job:
        busy = {"status": 429, "code": "too_many_requests"}
        world.sandbox.faults.add("motion", "refuse_json", None, **busy)
        job = await world.generate()
        await until(engine, lambda: (e := engine.book.get(job.job_id).error) and e.code)
        clear_uploads(world)
        world.sandbox.faults.clear()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def test_a_clip_of_a_job_that_failed_at_the_service_is_sent_anew(world: World) -> None:
    """Whatever kept it from being fetched there, the next job does not meet it again."""

    async def story(engine: Engine) -> list[Job]:
        failed = await in_state(engine, await world.generate("[fail]"), S.GENERATING)
        world.sandbox.finish()
        failed = await ended(engine, failed)
        return [failed, await world.finished("another")]

    failed, done = world.run(story)
    assert (failed.state, done.state) == (S.FAILED, S.DONE)
    assert failed.video_link != done.video_link
    assert world.count("/api/v1/files/") == 4


def test_a_paused_queue_sends_nothing_and_goes_on_in_the_order_it_was_given(world: World) -> None:
    world.jobs_at_once = 1

    async def story(engine: Engine) -> list[Job]:
        engine.queue.pause()
        a, b, c = [await world.generate(name) for name in "abc"]
        await engine.queue.move(c.job_id, 0)
        await engine.do(a.job_id, JobAction.MOVE_DOWN)
        assert engine.queue.state.order == (c.job_id, b.job_id, a.job_id)
        assert world.sandbox.requests == []
        engine.queue.resume()
        return await all_ended(engine, [a, b, c])

    world.run(story)
    assert [json.loads(b)["prompt"] for b in world.bodies("/kling/motion")] == ["c", "b", "a"]


def test_a_pause_and_the_order_survive_a_restart(world: World) -> None:
    world.jobs_at_once = 1

    async def before(engine: Engine) -> None:
        engine.queue.pause()
        jobs = [await world.generate(name) for name in "abc"]
        await engine.queue.move_by(jobs[0].job_id, 2)

    async def after(engine: Engine) -> None:
        assert engine.queue.state.hold is HoldReason.PAUSED
        assert [j.request.prompt for j in engine.book.all()] == ["b", "c", "a"]
        assert world.sandbox.requests == []
        await engine.resume_queue()
        await all_ended(engine, engine.book.all())

    world.run(before)
    world.run(after)
    assert [json.loads(b)["prompt"] for b in world.bodies("/kling/motion")] == ["b", "c", "a"]


def test_moving_past_the_ends_or_a_job_that_runs_changes_nothing(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        a, b = [await world.generate(name) for name in "ab"]
        await engine.do(a.job_id, JobAction.MOVE_UP)
        await engine.do(b.job_id, JobAction.MOVE_DOWN)
        await engine.queue.move("no such job", 0)
        assert engine.queue.state.order == (a.job_id, b.job_id)

    world.run(story)


def test_cancel_before_sending_costs_nothing(world: World) -> None:
    async def story(engine: Engine) -> Job:
        engine.queue.pause()
        job = await world.generate()
        assert await engine.do(job.job_id, JobAction.CANCEL)
        engine.queue.resume()
        other = await world.finished("the next one")
        assert other.state is S.DONE
        return engine.book.get(job.job_id)

    job = world.run(story)
    assert job.state is S.CANCELLED
    assert len(world.sandbox.accepted) == 1  # the other one's


def test_cancel_in_the_middle_of_an_upload_costs_nothing(world: World) -> None:
    world.sandbox.faults.add("files", "hang")

    async def story(engine: Engine) -> Job:
        job = await world.generate()
        await until(engine, lambda: world.count("/api/v1/files/"))
        assert await engine.do(job.job_id, JobAction.CANCEL)
        assert (await world.finished("the next one")).state is S.DONE
        return engine.book.get(job.job_id)

    assert world.run(story).state is S.CANCELLED
    assert len(world.sandbox.accepted) == 1


def test_a_cancel_while_the_queue_starts_the_job_does_not_stall_the_rest(world: World) -> None:
    """The pump has chosen the job, and the cancel is through the door first."""
    world.jobs_at_once = 1

    async def story(engine: Engine) -> list[Job]:
        engine.queue.pause()
        first, second = await world.generate("first"), await world.generate("second")
        cancel = asyncio.ensure_future(engine.do(first.job_id, JobAction.CANCEL))
        await asyncio.sleep(0)  # the cancel is at the door
        engine.queue.resume()
        await cancel
        return [engine.book.get(first.job_id), await ended(engine, second)]

    first, second = world.run(story)
    assert (first.state, second.state) == (S.CANCELLED, S.DONE)


def test_after_sending_there_is_no_free_cancel(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await world.generate("[slow]")
        await in_state(engine, job, S.GENERATING)
        assert not await engine.do(job.job_id, JobAction.CANCEL)
        assert engine.book.get(job.job_id).state is S.GENERATING

    world.run(story)


def test_stop_watching_and_watch_again_brings_the_video(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await world.generate("[slow]")
        job = await in_state(engine, job, S.GENERATING)
        assert await engine.do(job.job_id, JobAction.STOP_WATCHING)
        assert engine.book.get(job.job_id).state is S.UNWATCHED
        world.sandbox.finish()
        assert await engine.do(job.job_id, JobAction.WATCH_AGAIN)
        return await ended(engine, job)

    job = world.run(story)
    assert job.state is S.DONE
    assert len(world.sandbox.accepted) == 1


def test_stopping_to_watch_outlives_a_restart(world: World) -> None:
    async def before(engine: Engine) -> Job:
        job = await world.generate("[slow]")
        await in_state(engine, job, S.GENERATING)
        await engine.do(job.job_id, JobAction.STOP_WATCHING)
        return job

    async def after(engine: Engine) -> Job:
        asked = world.count("/kling/tasks")
        (job,) = engine.book.all()
        assert job.state is S.UNWATCHED
        await in_state(engine, await world.generate("[slow] another"), S.GENERATING)
        await until(engine, lambda: world.count("/kling/tasks") >= asked + 3)
        for body in world.bodies("/kling/tasks")[asked:]:
            assert str(job.task_id).encode() not in body
        world.sandbox.finish()
        await engine.do(job.job_id, JobAction.WATCH_AGAIN)
        return await ended(engine, job)

    world.run(before)
    assert world.run(after).state is S.DONE


def test_retry_is_a_new_job_and_the_failed_one_is_put_away(world: World) -> None:
    async def story(engine: Engine) -> tuple[Job, Job]:
        failed = await world.finished("[bad settings]")
        assert await engine.do(failed.job_id, JobAction.RETRY)
        new = next(j for j in engine.book.all() if j.job_id != failed.job_id)
        return engine.book.get(failed.job_id), await ended(engine, new)

    failed, new = world.run(story)
    assert (failed.state, failed.acknowledged) == (S.FAILED, True)
    assert new.request == failed.request
    assert new.state is S.FAILED  # the words in the prompt are still there
    assert world.sandbox.accepted == []


def test_a_failure_at_the_service_says_so_and_is_normally_free(world: World) -> None:
    async def story(engine: Engine) -> Job:
        return await world.finished("[fail]")

    job = world.run(story)
    assert job.state is S.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.money.value) == ("service_failed", "normally_not_charged")
    assert job.error.value("service_code") == "api_error"
    assert job.trace_id
    assert job.task_id


def test_fetch_again_keeps_the_old_file_and_brings_the_same_bytes(world: World) -> None:
    async def story(engine: Engine) -> tuple[Job, Job]:
        first = await world.finished()
        assert await engine.do(first.job_id, JobAction.FETCH_AGAIN)
        await in_state(engine, first, S.DOWNLOADING)
        again = await ended(engine, first)
        return first, again

    first, again = world.run(story)
    assert first.result_path != again.result_path
    for path in (first.result_path, again.result_path):
        assert path is not None
        with open(path, "rb") as file:
            assert file.read() == world.result_bytes(again)
    assert len(world.sandbox.accepted) == 1


def test_a_wished_name_is_used_but_never_over_another_file(world: World) -> None:
    target = world.folder / "mine.mp4"
    world.folder.mkdir()
    target.write_bytes(b"something dear")

    async def story(engine: Engine) -> Job:
        return await ended(engine, await world.generate(output=target))

    job = world.run(story)
    assert target.read_bytes() == b"something dear"
    assert job.result_path == str(world.folder / "mine (2).mp4")


def test_uploads_and_downloads_tell_their_progress(world: World) -> None:
    heard: list[Progress] = []

    async def story(engine: Engine) -> Job:
        engine.progress.connect(heard.append)
        return await world.finished()

    job = world.run(story)
    # The clip is decoded first, where nothing kept says that it is whole.
    assert {p.state for p in heard} - {S.PREPARING} == {S.UPLOADING, S.DOWNLOADING}
    last = [p for p in heard if p.state is S.DOWNLOADING][-1]
    assert (last.done_bytes, last.total_bytes) == (job.result_size_bytes, job.result_size_bytes)


def test_the_end_of_a_job_is_told_once(world: World) -> None:
    told: list[Job] = []

    async def story(engine: Engine) -> Job:
        engine.finished.connect(told.append)
        job = await world.finished()
        await engine.library.set_favourite(job.job_id, True)
        return job

    job = world.run(story)
    assert [(j.job_id, j.state) for j in told] == [(job.job_id, S.DONE)]


def test_what_is_not_possible_any_more_is_answered_with_no(world: World) -> None:
    async def story(engine: Engine) -> None:
        done = await world.finished()
        for action in (JobAction.CANCEL, JobAction.STOP_WATCHING, JobAction.SEND_AGAIN):
            assert not await engine.do(done.job_id, action)
        assert not await engine.do("no such job", JobAction.CANCEL)
        assert engine.book.get(done.job_id).state is S.DONE

    world.run(story)


def test_a_busy_service_is_asked_again_by_itself_after_the_time_it_names(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await world.generate("[busy]")
        waiting = await until(
            engine,
            lambda: (
                j if (j := engine.book.get(job.job_id)).state is S.QUEUED and j.not_before else None
            ),
        )
        assert waiting.error is not None
        assert waiting.error.code == "too_many_requests"
        assert waiting.error.money.value == "not_charged"
        return await ended(engine, job)

    job = world.run(story)
    assert job.state is S.DONE
    assert job.attempt == 3
    assert len(world.sandbox.accepted) == 1
    times = [r.at for r in world.sandbox.requests if r.path == "/kling/motion"]
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(times))
    links = {json.loads(b)["image_url"] for b in world.bodies("/kling/motion")}
    assert len(links) == 1  # it never arrived, so the picture's link is still its own


def test_offline_holds_the_queue_and_goes_on_by_itself(world: World) -> None:
    async def story(engine: Engine) -> Job:
        world.sandbox.stop()
        job = await world.generate()
        assert await held(engine, HoldReason.OFFLINE)
        waiting = await in_state(engine, job, S.QUEUED)
        assert waiting.error is not None
        assert (waiting.error.code, waiting.error.money.value) == ("unreachable", "not_charged")
        assert waiting.error.value("met") == "refused"
        await asyncio.to_thread(world.sandbox.start)
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    assert len(world.sandbox.accepted) == 1
