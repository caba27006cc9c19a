"""The small parts: names of files, code to copy, reports, looking, polling, events, the Library."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from engine_world import World, contents, ended, in_state, is_there, until
from hypothesis import given, settings
from hypothesis import strategies as st
from support.waiting import PATIENCE_S

from kling_desktop.command.output import job_object
from kling_desktop.engine import lookup, poller
from kling_desktop.engine.code import PLACEHOLDER, as_curl, as_python, links_missing, request_body
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.events import Event
from kling_desktop.engine.library import CopyFailed
from kling_desktop.engine.lookup import is_certain, matches, next_look_s, windows
from kling_desktop.engine.naming import move_new, place, result_stem, safe_stem
from kling_desktop.engine.poller import interval_s
from kling_desktop.engine.problems import job_error
from kling_desktop.engine.service import Hosts
from kling_desktop.engine.workers import Workers
from kling_desktop.motion.job import HoldReason, Job, JobError, JobState, Money
from kling_desktop.motion.limits import FindingCode
from kling_desktop.motion.request import Draft, MotionRequest, Source
from kling_desktop.remote.outcome import TaskState
from kling_desktop.remote.wire import TaskRecord
from kling_desktop.ui.presenter.queueing import detail_rows
from kling_desktop.words import Words

DAY_S = 86_400.0

# --- names -----------------------------------------------------------------------------------

NAME_MAX_BYTES = 255  # ext4, APFS; NTFS has 255 UTF-16 units, which are no more


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_a_name_is_safe_on_every_system(text: str) -> None:
    stem = safe_stem(text)
    assert stem
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', stem)
    assert stem == stem.strip(" .")
    assert not re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)", stem)
    assert len((stem + " (9999).mp4").encode()) <= NAME_MAX_BYTES
    assert not set(stem) & set("\u202e\u2066\u200f")


@given(st.text(max_size=400), st.floats(0, 4e9))
@settings(max_examples=200)
def test_a_result_s_name_ends_with_quality_and_time(title: str, at: float) -> None:
    stem = result_stem(title, "Standard", at)
    assert re.search(r"Standard, \d{4}-\d\d-\d\d \d\d\.\d\d$", stem)
    assert len((stem + " (9999).mp4").encode()) <= NAME_MAX_BYTES


def test_a_file_is_never_put_over_another_one(tmp_path: Path) -> None:
    (tmp_path / "dance.mp4").write_bytes(b"old")
    names = []
    for number in range(3):
        part = tmp_path / ".part"
        part.write_bytes(b"%d" % number)
        names.append(place(part, tmp_path, "dance").name)
    assert names == ["dance (2).mp4", "dance (3).mp4", "dance (4).mp4"]
    assert (tmp_path / "dance.mp4").read_bytes() == b"old"
    with pytest.raises(FileExistsError):
        move_new(tmp_path / "dance (2).mp4", tmp_path / "dance.mp4")
    assert (tmp_path / "dance (2).mp4").read_bytes() == b"0"


def test_a_dangling_link_is_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "dance.mp4").symlink_to(tmp_path / "elsewhere")
    part = tmp_path / ".part"
    part.write_bytes(b"new")
    assert place(part, tmp_path, "dance").name == "dance (2).mp4"
    assert not (tmp_path / "elsewhere").exists()


# --- code to copy ----------------------------------------------------------------------------


def run_code(program: list[str], code: str, token: str) -> dict[str, object]:
    environ = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    answer = subprocess.run(
        [*program, code.replace(PLACEHOLDER, token)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environ,
        check=True,
    )
    return dict(
        json.loads(
            answer.stdout.strip()
            .replace("'", '"')
            .replace("True", "true")
            .replace("False", "false")
        )
    )


@pytest.mark.parametrize("language", ["python", "curl"])
def test_the_copied_code_makes_the_same_request(world: World, language: str) -> None:
    prompt = 'it\'s "raining"; $HOME `ls` \\ and 踊り\nnew line'

    async def story(engine: Engine) -> Job:
        return await in_state(
            engine, await world.generate(prompt, watermark=True), JobState.GENERATING
        )

    job = world.run(story)
    body, address = request_body(job.request, job), world.sandbox.address
    token = world.sandbox.api_token.reveal()
    if language == "python":
        answer = run_code([sys.executable, "-c"], as_python(body, address), token)
    else:
        answer = run_code(["bash", "-c"], as_curl(body, address), token)
    assert answer["task_id"] == world.sandbox.accepted[-1]
    first, second = (json.loads(b) for b in world.bodies("/kling/motion"))
    assert first == second


def test_code_of_a_draft_shows_where_the_links_belong() -> None:
    request = MotionRequest(Source(path="/home/x/me.png"), Source(url="https://a.example/b.mp4"))
    body = request_body(request)
    assert body["image_url"] == "LINK_TO_YOUR_PICTURE"
    assert body["video_url"] == "https://a.example/b.mp4"
    assert links_missing(body) == ("LINK_TO_YOUR_PICTURE",)
    note = Words().links_missing(links_missing(body))
    assert "a public link to your file" in note
    for code in (as_curl(body, "https://api.example", note), as_python(body, "x", note)):
        assert code.startswith(f"# {note}\n")
        assert "/home" not in code
        assert "me.png" not in code
    assert Words().links_missing(()) == ""
    both = request_body(MotionRequest(Source(path="/p.png"), Source(path="/c.mp4")))
    assert links_missing(both) == ("LINK_TO_YOUR_PICTURE", "LINK_TO_YOUR_CLIP")


def test_code_of_what_is_uploaded_has_its_links_before_it_is_sent() -> None:
    request = MotionRequest(Source(path="/p.png"), Source(path="/c.mp4"))
    there = "https://cdn.example/p.png"
    job = Job("j", request, JobState.UPLOADING, 1.0, 1.0, 1, image_link=there)
    body = request_body(request, job)
    assert (body["image_url"], body["video_url"]) == (there, "LINK_TO_YOUR_CLIP")


def test_code_with_a_link_to_be_put_in_is_refused_and_costs_nothing(world: World) -> None:
    body = request_body(MotionRequest(Source(path="/p.png"), Source(path="/c.mp4")))
    token = world.sandbox.api_token.reveal()
    answer = run_code([sys.executable, "-c"], as_python(body, world.sandbox.address), token)
    assert answer["success"] is False
    assert world.sandbox.accepted == []


# --- reports ---------------------------------------------------------------------------------


def test_a_report_has_ids_and_times_and_no_query_and_no_token(world: World) -> None:
    link = "https://a.example/x.mp4?sig=SECRET#SECRET"
    world.sandbox.faults.add("motion", "refuse_json", message=f"cannot fetch {link} now")

    async def story(engine: Engine) -> str:
        job = await world.finished(callback_url="https://user.example/done?key=SECRET")
        return await engine.report(job.job_id)

    text = world.run(story)
    assert "SECRET" not in text
    assert "https://a.example/x.mp4 now" in text
    assert "https://user.example/done" in text
    assert re.search(r"trace_id: [0-9a-f-]{36}", text)
    assert re.search(r"submitted: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    assert "settings_refused" in text
    assert "  submitting" in text


REFUSALS = {
    "[bad settings]": ("settings_refused", "bad_request"),
    "[moderation]": ("forbidden", "forbidden"),
    "[used up]": ("used_up", "used_up"),
    "[token]": ("invalid_token", "invalid_token"),
    "[disabled]": ("disabled", "disabled"),
    "[fetch failed]": ("contact_lost", "api_error"),
    "[fail]": ("service_failed", "api_error"),
}


@pytest.mark.parametrize("word", REFUSALS)
def test_every_no_keeps_its_trace_and_the_services_own_code(world: World, word: str) -> None:
    code, own = REFUSALS[word]

    async def story(engine: Engine) -> tuple[Job, str]:
        job = await world.generate(word)
        if word == "[fail]":
            await in_state(engine, job, JobState.GENERATING)
            world.sandbox.finish()
        job = await until(engine, lambda: j if (j := engine.book.get(job.job_id)).error else None)
        return job, await engine.report(job.job_id)

    job, report = world.run(story)
    assert job.error is not None
    shown = job_object(job)
    assert (shown["error"]["code"], shown["error"]["service_code"]) == (code, own)
    trace_id = shown["trace_id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", trace_id)
    assert shown["error"]["trace_id"] == trace_id
    details = dict(detail_rows(job, 0.0))
    assert (details["trace_id"], details["The service’s code"]) == (trace_id, own)
    assert f"trace_id: {trace_id}" in report
    assert f"service_code: {own}" in report


@pytest.mark.parametrize("shape", ["flat", "data_object", "data_list", "string", "other_names"])
def test_what_the_service_says_of_a_video_is_kept_shown_and_outlives_a_restart(
    world: World, shape: str
) -> None:
    world.sandbox.faults.force_shape(finished=shape)

    async def story(engine: Engine) -> tuple[Job, str]:
        job = await world.finished()
        return job, await engine.report(job.job_id)

    async def again(engine: Engine) -> Job:
        return engine.book.all()[0]

    made, report = world.run(story)
    job = world.run(again)
    assert job.service == made.service
    (task,) = world.sandbox.tasks()
    shown = job_object(job)
    said = shown["service"]
    assert (said["video_id"], said["state"], said["success"]) == (task.video_id, "succeed", True)
    assert shown["state"] == "done"
    if shape != "other_names":  # where neither has its documented name
        assert said["duration"] == pytest.approx(task.duration_s, abs=0.001)
        assert said["video_url"] == job.result_url
        assert "?" not in said["video_url"]
    details = dict(detail_rows(job, 0.0))
    assert (details["video_id"], details["The service’s state"]) == (task.video_id, "succeed")
    assert f"video_id: {task.video_id}" in report


def test_what_an_older_version_kept_of_the_services_words_is_shown_without_a_signature() -> None:
    request = MotionRequest(Source(path="/p.png"), Source(path="/c.mp4"))
    said = "cannot fetch https://a.example/x.mp4?sig=SECRET now"
    error = JobError("service_failed", said, Money.NORMALLY_NOT_CHARGED)
    job = Job("j", request, JobState.FAILED, 1.0, 1.0, 1, error=error)
    shown = f"{detail_rows(job, 0.0)} {job_object(job)}"
    assert "https://a.example/x.mp4 now" in shown
    assert "SECRET" not in shown


@pytest.mark.parametrize("service_is_here", [True, False])
def test_a_job_with_a_callback_that_the_service_cannot_reach_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, service_is_here: bool
) -> None:
    monkeypatch.setattr(Hosts, "is_loopback", property(lambda _hosts: service_is_here))

    async def story(engine: Engine) -> Job:
        draft = Draft.from_request(world.request(callback_url="http://localhost:9/done"))
        engine.drafting.put(draft)
        found = {f.code for f in engine.drafting.judgement.findings}
        assert (FindingCode.CALLBACK_LOCAL in found) is not service_is_here
        return await world.finished("[bad settings]", callback_url="http://localhost:9/done")

    job = world.run(story)
    assert job.error is not None
    assert world.count("/kling/motion") == service_is_here
    if not service_is_here:
        assert "cannot reach this callback address" in Words().error(job.error).title
        assert "Nothing was sent." in Words().error(job.error).title


def test_the_trace_of_a_later_error_stands_beside_that_of_the_task() -> None:
    request = MotionRequest(Source(path="/p.png"), Source(path="/c.mp4"))
    error = job_error("result_host_ill", Money.PAID, trace_id="later")
    job = Job("j", request, JobState.UNSAVED, 1.0, 1.0, 1, trace_id="first", error=error)
    shown = job_object(job)
    assert (shown["trace_id"], shown["error"]["trace_id"]) == ("first", "later")
    details = dict(detail_rows(job, 0.0))
    assert (details["trace_id"], details["trace_id of the error"]) == ("first", "later")


# --- looking for what was lost ---------------------------------------------------------------


def lost_job(**changes: object) -> Job:
    request = MotionRequest(
        Source(url="https://a.example/p.png"), Source(url="https://a.example/c")
    )
    body = {"image_url": "p", "video_url": "c", "mode": "std", "prompt": "x", "async": True}
    fields: dict[str, object] = {
        "job_id": "j",
        "request": request,
        "state": JobState.UNKNOWN,
        "created_at": 1000.0,
        "updated_at": 1000.0,
        "position": 0,
        "submitted_at": 1_000_000.0,
        "body_json": json.dumps(body),
    }
    return Job(**{**fields, **changes})  # type: ignore[arg-type]  # named as the fields are


def record(task_id: str = "t", **request: object) -> TaskRecord:
    sent = {"image_url": "p", "video_url": "c", "mode": "std", "prompt": "x", **request}
    return TaskRecord(task_id, TaskState.RUNNING, request=sent, created_at=1_000_000.0)


def test_looks_come_at_the_promised_times() -> None:
    due, at = [], 0.0
    while (step := next_look_s(at)) is not None:
        due.append(step)
        at = step
    assert due[:5] == [2, 5, 15, 30, 60]
    assert due[5:15] == [60 + 60 * n for n in range(1, 11)]
    assert len(due[15:]) == 24
    assert {b - a for a, b in itertools.pairwise(due[15:])} == {3600}


def test_the_window_allows_for_a_wrong_clock() -> None:
    ((low, high),) = windows(lost_job(clock_skew_s=7200.0), None, None)
    assert low < 1_007_200 < high
    assert high - low < 3600
    assert windows(lost_job(), None, None) == [(1_000_000 - DAY_S, 1_000_000 + DAY_S)]


@pytest.mark.parametrize("skew_s", [-400 * DAY_S, -3 * DAY_S, 3 * DAY_S, 400 * DAY_S])
def test_the_clocks_difference_is_used_however_large_of_then_and_of_now(skew_s: float) -> None:
    """The clock was set between the submission and the look, or it was not: nobody knows."""
    of_then = windows(lost_job(clock_skew_s=skew_s), 1.0, 1_000_060.0 + skew_s)
    of_now = windows(lost_job(), skew_s, 1_000_060.0 + skew_s)
    for found in (of_then, of_now):
        for at in (1_000_000, 1_000_000 + skew_s):
            assert any(low < at < high for low, high in found)


def test_a_clock_that_was_wrong_by_days_and_is_right_again_loses_nothing() -> None:
    """By an earlier run, to which no answer had told the service's time."""
    for wrong_s in (-3 * DAY_S, 3 * DAY_S):
        sent_at = 1_000_000 - wrong_s  # by the clock that is right now, and by the service's
        found = windows(lost_job(), 0.0, sent_at + 60)
        assert any(low < sent_at < high for low, high in found)


def test_a_match_has_the_same_links_and_settings_and_is_not_known() -> None:
    job = lost_job()
    assert matches(job, [record()], set())
    assert not matches(job, [record()], {"t"})
    for other in ({"image_url": "q"}, {"video_url": "q"}, {"mode": "pro"}, {"prompt": "y"}):
        assert not matches(job, [record(**other)], set())
    left_out = TaskRecord("t", TaskState.RUNNING, request={"image_url": "p", "video_url": "c"})
    assert matches(job, [left_out], set())  # the gateway need not repeat everything
    assert not matches(job, [TaskRecord("t", TaskState.RUNNING)], set())
    for damaged in (None, '{"prompt": "x"}'):  # without what was sent, anything would match
        nothing = lost_job(body_json=damaged)
        assert not matches(nothing, [record(), TaskRecord("t", TaskState.RUNNING)], set())


def test_own_links_are_certain_only_within_seconds_of_the_intent() -> None:
    assert not is_certain(lost_job(), record())  # the clocks are not known to agree
    assert is_certain(lost_job(clock_skew_s=1.0), record())
    assert not is_certain(lost_job(clock_skew_s=-600.0), record())
    file = MotionRequest(Source(path="/p.png"), Source(path="/c.mp4"))
    assert is_certain(lost_job(request=file), record())


# --- polling ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ages_s", "usual", "wait_s"),
    [
        ([1.0], None, poller.YOUNG_S),
        ([10 * 60.0], None, 5.0),
        ([30 * 60.0], None, 15.0),
        ([2 * 3600.0], None, 60.0),
        ([30 * 3600.0], None, poller.OLD_S),
        ([30 * 3600.0, 1.0], None, poller.YOUNG_S),  # the youngest job decides
        ([100.0], (90.0, 120.0), poller.NEAR_END_S),  # where the end is usually near
        ([10.0], (90.0, 120.0), poller.YOUNG_S),
        ([], None, poller.OLD_S),
    ],
)
def test_polling_is_dense_near_the_end_and_seldom_with_age(
    ages_s: list[float], usual: tuple[float, float] | None, wait_s: float
) -> None:
    assert interval_s(ages_s, usual) == wait_s


def test_one_request_asks_for_all_running_jobs(world: World) -> None:
    world.jobs_at_once = 3

    async def story(engine: Engine) -> None:
        jobs = [await world.generate("[slow]") for _ in range(3)]
        for job in jobs:
            await in_state(engine, job, JobState.GENERATING)
        asked = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") >= asked + 2)

    world.run(story)
    last = json.loads(world.bodies("/kling/tasks")[-1])
    assert last["action"] == "retrieve_batch"
    assert sorted(last["ids"]) == sorted(world.sandbox.accepted)


def test_a_task_the_service_does_not_know_becomes_unknown_only_after_a_grace(
    world: World,
) -> None:
    async def story(engine: Engine) -> Job:
        job = await in_state(engine, await world.generate("[slow]"), JobState.GENERATING)
        world.sandbox.faults.add("tasks", "wrong_json", times=None, body={"items": []})
        lost = await in_state(engine, job, JobState.UNKNOWN)
        assert lost.task_id == job.task_id  # the id is never forgotten
        world.sandbox.faults.clear()
        world.sandbox.finish()
        return await ended(engine, job)

    assert world.run(story).state is JobState.DONE
    assert world.count("/kling/motion") == 1


# --- events ----------------------------------------------------------------------------------


def test_a_listener_that_fails_stops_no_one(caplog: pytest.LogCaptureFixture) -> None:
    event: Event[int] = Event()
    heard: list[int] = []

    def broken(value: int) -> None:
        raise ValueError("a broken view")

    def once(value: int) -> None:
        event.disconnect(once)
        heard.append(-value)

    for listener in (broken, once, heard.append):
        event.connect(listener)
    with caplog.at_level(logging.ERROR):
        event.emit(1)
        event.emit(2)
    assert heard == [-1, 1, 2]
    assert [r.message for r in caplog.records] == ["a listener failed"] * 2


# --- the Library -----------------------------------------------------------------------------


def test_save_as_makes_a_copy_and_over_itself_changes_nothing(world: World, tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        job = await world.finished()
        path = job.result_path
        data = contents(path)
        await engine.library.save_as(job.job_id, str(path))
        assert contents(path) == data
        target = tmp_path / "chosen.mp4"
        target.write_bytes(b"replaced on the person's wish")
        await engine.library.save_as(job.job_id, str(target))
        assert target.read_bytes() == data
        (tmp_path / "a file").touch()
        for bad in (tmp_path / "missing" / "x.mp4", tmp_path / "a file" / "x.mp4", tmp_path):
            with pytest.raises(CopyFailed):
                await engine.library.save_as(job.job_id, str(bad))

    world.run(story)
    assert not list(tmp_path.glob(".*.part"))


def test_a_disk_that_is_full_leaves_the_old_file_whole(world: World, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # a limit for files, which POSIX has

    async def story(engine: Engine) -> None:
        job = await world.finished()
        target = tmp_path / "chosen.mp4"
        target.write_bytes(b"old")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((job.result_size_bytes or 0) // 2, hard))
        try:
            with pytest.raises(CopyFailed):
                await engine.library.save_as(job.job_id, str(target))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert target.read_bytes() == b"old"

    world.run(story)
    assert not list(tmp_path.glob(".*.part"))


def test_a_deletion_goes_to_the_bin_and_comes_back(world: World, tmp_path: Path) -> None:
    binned = tmp_path / "bin.mp4"

    def discard(path: str) -> str:
        os.rename(path, binned)
        return str(binned)

    async def story(engine: Engine) -> None:
        job = await world.finished()
        data = contents(job.result_path)
        undo = await engine.library.delete(job.job_id, discard)
        assert engine.book.find(job.job_id) is None
        assert not is_there(job.result_path)
        await undo()
        assert engine.book.get(job.job_id) == job
        assert contents(job.result_path) == data

    async def after(engine: Engine) -> None:
        assert len(engine.book.all()) == 1

    world.run(story)
    world.run(after)


def test_a_video_that_was_moved_is_noticed_and_its_poster_falls_back(world: World) -> None:
    async def story(engine: Engine) -> None:
        job = await world.finished()
        assert not await engine.library.is_missing(job)
        first = await engine.library.poster(job.job_id)
        os.unlink(job.result_path or "")
        assert await engine.library.is_missing(job)
        second = await engine.library.poster(job.job_id)
        assert first is not None
        assert second is not None
        assert first != second  # the input's picture

    world.run(story)


# --- the day's limit -------------------------------------------------------------------------


def test_the_day_s_limit_holds_the_queue_also_where_two_start_at_once(world: World) -> None:
    world.options["day_limit_credits"] = lambda: 3.0  # one video of 3.2 s costs 2.24

    async def story(engine: Engine) -> None:
        facts = await engine.workers.media(engine.media.probe_video, str(world.clip))
        for _ in range(2):
            await engine.generate(world.request("[fail]"), None, facts)
        await until(engine, lambda: engine.queue.state.hold is HoldReason.DAY_LIMIT)
        await until(engine, lambda: len(world.sandbox.accepted) == 1)
        assert engine.queue.state.waiting == 1
        engine.waive(engine.spending.today())  # the person's decision, once asked
        await until(engine, lambda: len(world.sandbox.accepted) == 2)

    world.run(story)


def test_the_same_request_is_recognised(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        job = await world.generate("a meadow")
        assert engine.same_as(world.request("a meadow")) == job
        assert engine.same_as(world.request("another")) is None

    world.run(story)


def test_two_unknown_jobs_never_take_the_same_task(world: World) -> None:
    """The person's own links, sent twice, one accepted: one job gets it, the other asks on."""

    async def story(engine: Engine) -> None:
        first = await in_state(engine, await world.generate("[slow]"), JobState.GENERATING)
        image, video = Source(url=first.image_link), Source(url=first.video_link)
        world.sandbox.faults.add("motion", "cut_before")
        world.sandbox.faults.add("motion", "cut_after")
        world.jobs_at_once = 5
        jobs = [await world.generate("[slow]", image=image, video=video) for _ in range(2)]
        await until(
            engine, lambda: all(engine.book.get(j.job_id).looks or _found(engine, j) for j in jobs)
        )
        await until(engine, lambda: any(_found(engine, j) for j in jobs))
        lost = [job for job in jobs if not _found(engine, job)]
        looks = [engine.book.get(job.job_id).looks for job in lost]
        await until(  # whoever found nothing has looked twice more since
            engine,
            lambda: all(
                engine.book.get(job.job_id).looks >= before + 2
                for job, before in zip(lost, looks, strict=True)
            ),
        )
        ids = [engine.book.get(j.job_id).task_id for j in (first, *jobs)]
        given = [i for i in ids if i]
        assert len(given) == len(set(given)) == 2
        assert set(given) == set(world.sandbox.accepted)

    world.run(story)


def _found(engine: Engine, job: Job) -> bool:
    return engine.book.get(job.job_id).task_id is not None


def test_the_promised_looks_are_those_of_the_issue() -> None:
    assert lookup.FIRST_LOOKS_S == (2, 5, 15, 30, 60)


def test_after_the_halt_nothing_begins_any_more(caplog: pytest.LogCaptureFixture) -> None:
    """A write that is finished still tells its listeners, who would use pools that are closed."""

    async def story() -> None:
        workers = Workers()
        began = []

        async def late() -> None:
            began.append(await workers.call(str))

        workers.halt()
        task = workers.spawn(late(), "too late")
        await workers.close(PATIENCE_S)
        assert (task.cancelled(), began) == (True, [])

    asyncio.run(story())
    assert caplog.records == []


def test_writes_that_belong_together_are_all_finished_when_everything_closes() -> None:
    """Their caller is gone by then: a wish that was being taken over through the door."""

    async def story() -> list[str]:
        workers, written = Workers(), list[str]()

        async def both() -> None:
            await workers.write(workers.closing.wait)
            await workers.write(written.append, "the job")

        caller = asyncio.ensure_future(workers.whole(both()))
        await asyncio.sleep(0)
        caller.cancel()
        workers.halt()
        await workers.close(PATIENCE_S)
        return written

    assert asyncio.run(story()) == ["the job"]


# --- the end of what waits -------------------------------------------------------------------


WAITS: dict[str, Callable[[Engine], tuple[asyncio.Event, Coroutine[object, object, None]]]] = {
    "poller": lambda e: (e.poller._poke, e.poller._wait(PATIENCE_S)),
    "connectivity": lambda e: (e.connectivity._poke, e.connectivity._pause(PATIENCE_S)),
    "ledger": lambda e: (e.ledger._poke, e.ledger._wait()),
}


@pytest.mark.parametrize("wait", WAITS)
def test_what_is_woken_and_ended_at_once_ends(world: World, wait: str) -> None:
    """A command that closes as its job ends: a loop that went on would use what is closed."""

    async def story(engine: Engine) -> None:
        for turns in range(4):  # of the loop, between being woken and being cancelled
            poke, waiting = WAITS[wait](engine)
            task = asyncio.ensure_future(waiting)
            await asyncio.sleep(0)
            poke.set()
            for _ in range(turns):
                await asyncio.sleep(0)
            if task.cancel():
                with pytest.raises(asyncio.CancelledError):
                    await task

    world.run(story)
