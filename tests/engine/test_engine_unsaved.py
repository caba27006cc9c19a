"""Paid, not saved yet: whatever keeps a paid video from coming is waited for."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, ended, in_state, until
from unsaved_jobs import check_saved, fetches, made, spoilt, unsaved

from kling_desktop import moving
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Service
from kling_desktop.engine.steps import fetch
from kling_desktop.motion.account import ConnectResult, TokenCheck, TokenOutcome
from kling_desktop.motion.job import RUNNING, Job, JobAction, JobState, Money, actions_for
from kling_desktop.motion.request import Source
from kling_desktop.remote import partfile

S = JobState
DAY_S = 86_400.0
LINK = Source(url="https://example.com/a.mp4")


def test_videos_that_cannot_be_fetched_take_no_slot_from_the_jobs_behind_them(
    world: World,
) -> None:
    """Two waited for a host that was dead, and the queue stood still for ever."""

    async def story(engine: Engine) -> list[Job]:
        jobs = await made(engine, world, 2)
        world.sandbox.faults.add("download", "cut_before", times=None)
        world.sandbox.finish()
        for job in jobs:
            await unsaved(engine, job, "result_cut")
        assert (engine.queue.state.running, engine.queue.state.unsaved) == (0, 2)
        behind = await world.generate("[slow] of links", image=LINK, video=LINK)
        await in_state(engine, behind, S.SUBMITTING, S.GENERATING, S.FAILED)
        world.sandbox.faults.clear()
        return [await ended(engine, job) for job in jobs]

    assert {j.state for j in world.run(story)} == {S.DONE}
    assert S.UNSAVED not in RUNNING


def test_it_is_downloading_again_as_soon_as_bytes_come(world: World) -> None:

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        world.sandbox.faults.clear()
        return await ended(engine, job)

    job = world.run(story)
    check_saved(world, job)
    seen = [state for _, state in world.seen]
    assert seen.index(S.UNSAVED) > seen.index(S.DOWNLOADING)


def test_a_person_may_stop_watching_it_and_watch_it_again(world: World) -> None:
    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        assert await engine.do(job.job_id, JobAction.STOP_WATCHING)
        assert engine.book.get(job.job_id).state is S.UNWATCHED
        world.sandbox.faults.clear()
        assert await engine.do(job.job_id, JobAction.WATCH_AGAIN)
        return await ended(engine, job)

    check_saved(world, world.run(story))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried again by the clock: what is, something else made."""
    monkeypatch.setattr(fetch, "RETRY_S", (3600.0,))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("how", ["fetch again", "online", "poked", "token"])
def test_what_it_may_have_waited_for_is_answered_at_once(world: World, how: str) -> None:
    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        world.sandbox.faults.clear()
        if how == "fetch again":
            assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        elif how == "online":
            engine.connectivity.not_reached()
        elif how == "token":
            good = TokenCheck(TokenOutcome.ACCEPTED)
            engine.account.accepted.emit(ConnectResult(good, good))
        else:
            engine.poke()  # as the window does where the videos folder was changed
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_pause_that_the_host_asks_for_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = []
    wait = fetch.is_set_within

    async def note(event: asyncio.Event, seconds: float) -> bool:
        paused.append(seconds)
        return await wait(event, seconds)

    monkeypatch.setattr(fetch, "is_set_within", note)

    async def story(engine: Engine) -> None:
        headers = {"Retry-After": "3600"}
        job = await spoilt(engine, world, status=503, headers=headers)
        await unsaved(engine, job, "result_host_ill")
        await until(engine, lambda: paused)

    world.run(story)
    assert paused == [3600.0]
    assert len(fetches(world)) == 1


def test_a_pause_that_the_host_asks_for_is_no_longer_than_the_person_s_patience(
    world: World,
) -> None:
    async def story(engine: Engine) -> Job:
        headers = {"Retry-After": "3600"}
        job = await spoilt(engine, world, status=503, headers=headers)
        await unsaved(engine, job, "result_host_ill")
        world.sandbox.faults.clear()
        assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_host_that_is_dead_is_no_sign_that_the_service_is(world: World) -> None:
    """Its jobs wait; the queue is not held, for the service itself answers."""

    async def story(engine: Engine) -> None:
        job = await unsaved(engine, await spoilt(engine, world, status=503), "result_host_ill")
        dead = "http://127.0.0.1:9/results/a.mp4"
        record = {"id": job.task_id, "response": {"video_url": dead}, "finished_at": 1.8e9}
        world.sandbox.faults.add("tasks", "wrong_json", None, body=record)
        await engine.book.update(job.job_id, result_url=dead)
        held = []
        engine.queue.changed.connect(lambda state: held.extend(state.holds))
        await unsaved(engine, job, "result_unreachable")
        await in_state(engine, await world.generate("[slow] another"), S.GENERATING)
        assert held == []

    world.run(story)


def test_only_on_three_days_is_it_believed_that_a_video_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the service's calendar: this computer's clock may be set a day ahead at every look."""
    now = 1_800_000_000.0
    ours = itertools.count(now, DAY_S)
    world.options["clock"] = lambda: float(next(ours))
    monkeypatch.setattr(Service, "time_there", lambda _self: now)

    async def tries(engine: Engine, job: Job, days: int) -> Job:
        waits = await until(
            engine,
            lambda: j if len((j := engine.book.get(job.job_id)).gone_days) == days else None,
        )
        so_far = len(fetches(world))
        await until(engine, lambda: len(fetches(world)) > so_far + 6)  # a day has many tries
        assert engine.book.get(job.job_id).gone_days == waits.gone_days
        return await unsaved(engine, job, "result_not_there")

    async def first(engine: Engine) -> Job:
        return await tries(engine, await spoilt(engine, world, status=404), 1)

    async def second(engine: Engine) -> Job:
        (job,) = engine.book.all()
        return await tries(engine, job, 2)

    async def third(engine: Engine) -> Job:
        (job,) = engine.book.all()
        return await ended(engine, job)

    async def again(engine: Engine) -> Job:
        (job,) = engine.book.all()
        assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        still = await ended(engine, job)  # the record and its link were asked once more
        assert (still.state, still.gone_days) == (S.FAILED, job.gone_days)
        world.sandbox.faults.clear()
        assert await engine.do(job.job_id, JobAction.FETCH_AGAIN)
        return await ended(engine, job)

    world.run(first)
    now += DAY_S
    world.run(second)
    now += DAY_S
    gone = world.run(third)
    assert (gone.state, gone.error and gone.error.code) == (S.FAILED, "result_gone")
    assert gone.error is not None
    assert gone.error.money is Money.PAID
    assert actions_for(gone)[0] is JobAction.FETCH_AGAIN
    check_saved(world, world.run(again))


@pytest.mark.parametrize("status", [401, 403])
def test_a_link_that_is_refused_is_no_video_that_is_gone(world: World, status: int) -> None:
    async def story(engine: Engine) -> None:
        job = await unsaved(
            engine, await spoilt(engine, world, status=status), "result_link_refused"
        )
        await until(engine, lambda: len(fetches(world)) > 8)
        assert engine.book.get(job.job_id).gone_days == ()

    world.run(story)


def test_a_day_on_which_the_record_was_not_read_does_not_count(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await spoilt(engine, world, status=404)
        await in_state(engine, job, S.UNSAVED)
        world.sandbox.faults.add("tasks", "refuse_json", None, status=401, code="invalid_token")
        days = (await unsaved(engine, job, "invalid_token")).gone_days
        asked = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > asked + 4)
        assert engine.book.get(job.job_id).gone_days == days
        assert engine.queue.state.hold is None

    world.run(story)


def test_a_full_disk_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    usage, full = shutil.disk_usage, True

    def tell(path: str) -> Any:
        found = usage(path)
        return found._replace(free=7) if full else found

    monkeypatch.setattr(partfile.shutil, "disk_usage", tell)

    async def story(engine: Engine) -> Job:
        nonlocal full
        job = await unsaved(engine, await world.generate(), "no_room")
        full = False
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_folder_of_the_persons_own_that_is_away_is_waited_for_and_never_made_anew(
    world: World,
) -> None:
    world.choose_videos()

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(), "folder_gone")
        assert not world.videos.exists()
        world.videos.mkdir()
        return await ended(engine, job)

    check_saved(world, world.run(story))


def test_a_folder_that_cannot_be_made_is_waited_for(world: World) -> None:
    world.folder.mkdir()
    world.videos.write_text("in its place", encoding="ascii")

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(), "unwritable")
        world.videos.unlink()
        return await ended(engine, job)

    check_saved(world, world.run(story))


class Held:
    """A virus scanner that has each new file open, and lets go after some tries."""

    def __init__(self, patch: pytest.MonkeyPatch, *calls: str) -> None:
        self.refusals = 0
        self.left = 10**9
        for name in calls:
            patch.setattr(moving.os, name, self._guarded(getattr(os, name)))

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Any, *rest: Any, **more: Any) -> Any:
            mine = Path(path).parent.name == "videos" and str(path).endswith(".part")
            if mine and self.left > 0:
                self.left -= 1
                self.refusals += 1
                raise PermissionError(errno.EACCES, "in use by another program")
            return call(path, *rest, **more)

        return guarded


@pytest.fixture
def quick_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "PAUSES_S", (0.0,) * 6)


@pytest.mark.usefixtures("quick_moves")
def test_a_moment_in_which_the_file_is_in_use_is_sat_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, "link", "replace")
    held.left = 6

    async def story(engine: Engine) -> Job:
        return await world.finished()

    check_saved(world, world.run(story))
    assert held.refusals == 6
    assert S.UNSAVED not in [state for _, state in world.seen]


@pytest.mark.usefixtures("quick_moves")
def test_a_video_that_does_not_get_its_name_waits_and_is_not_fetched_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, "link", "replace")

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(), "unwritable_here")
        so_far = held.refusals
        await until(engine, lambda: held.refusals > so_far + 20)
        assert [p.suffix for p in world.videos.iterdir()].count(".mp4") == 0
        held.left = 0
        return await ended(engine, job)

    check_saved(world, world.run(story))
    assert len(fetches(world)) == 1


@pytest.mark.usefixtures("quick_moves")
def test_a_part_that_cannot_be_removed_makes_no_video_less_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Held(monkeypatch, "unlink")

    async def story(engine: Engine) -> Job:
        return await world.finished()

    check_saved(world, world.run(story))
