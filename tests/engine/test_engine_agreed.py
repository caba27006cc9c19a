"""What is sent is what was looked at, priced and agreed to; anything else waits for a yes."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from engine_world import World, ended, held, in_state, make_clip, make_picture, until
from PIL import Image
from support.exporting import exporting

from kling_desktop.engine import account, stamps
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.failures import InputsChanged
from kling_desktop.engine.judging import agreement
from kling_desktop.engine.steps import take_up
from kling_desktop.media.files import content_of
from kling_desktop.motion.agreement import Agreement
from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.input import Blocked, Input, InputState
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState
from kling_desktop.motion.limits import FindingCode
from kling_desktop.motion.request import (
    DEFAULT_MODEL,
    ClipEdit,
    Draft,
    ImageEdit,
    MotionRequest,
    Slot,
    Source,
)
from kling_desktop.store.journal import Journal
from kling_desktop.words import Words

S = JobState
UPLOADS, MOTION, PRICES = "/api/v1/files/", "/kling/motion", "/api/v1/services/kling"


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("long") / "long.mp4", duration_s=29.0)


@pytest.fixture
def own(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with files of its own, which may be written over."""
    monkeypatch.setattr(stamps, "SETTLE_S", 0.2)
    monkeypatch.setattr(take_up, "LOOK_AGAIN_S", 0.05)
    world.picture = shutil.copy(world.picture, tmp_path / "astronaut.png")
    world.clip = shutil.copy(world.clip, tmp_path / "meadow.mp4")
    return world


async def press(engine: Engine, world: World, prompt: str = "", **changes: Any) -> Job:
    """Look at both inputs, show a price, and press Generate."""
    await engine.account.fresh_price()
    request = world.request(prompt, **changes)
    inputs = await look_at(engine, request)
    image, video = inputs[Slot.IMAGE].facts, inputs[Slot.VIDEO].facts
    agreed = priced(engine, request, inputs)
    return await engine.generate(request, image, video, agreed=agreed)


async def look_at(engine: Engine, request: MotionRequest) -> dict[Slot, Input]:
    sources = {Slot.IMAGE: request.image, Slot.VIDEO: request.video}
    look, wish = engine.intake.look_closely, engine.wish(request)
    return {slot: await look(slot, source, wish) for slot, source in sources.items()}


def priced(engine: Engine, request: MotionRequest, inputs: dict[Slot, Input]) -> Agreement:
    video = inputs[Slot.VIDEO].facts
    price = engine.price(request, video.duration_s if isinstance(video, VideoFacts) else None)
    return agreement(inputs, price)


async def looked_at(engine: Engine, request: MotionRequest) -> Agreement:
    return priced(engine, request, await look_at(engine, request))


@asynccontextmanager
async def paused(engine: Engine) -> AsyncIterator[None]:
    """The queue stands still meanwhile, and then goes on."""
    engine.queue.pause()
    yield
    engine.queue.resume()


async def asking(engine: Engine, job: Job) -> Job:
    """The job once it asks; it must not get anywhere else."""
    job = await in_state(engine, job, S.ASKING, S.DONE, S.FAILED)
    assert job.state is S.ASKING, job
    return job


def told(job: Job) -> str:
    assert job.error is not None
    return Words().error(job.error).title


# --- content ---------------------------------------------------------------------------------


def test_a_clip_that_was_overwritten_waits_with_both_figures(own: World, long_clip: Path) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
        return await asking(engine, job)

    job = own.run(story)
    assert own.sandbox.accepted == []
    assert own.count(UPLOADS) == 0
    assert told(job) == (
        "meadow.mp4 changed. The video was 3.2 s · 2.24 credits, it is now 29 s · 20.30 credits. "
        "Nothing was sent."
    )
    assert job.error is not None
    assert Words().difference(job.error)[0] == (
        "Was 3.2 s · 2.24 credits, is now 29 s · 20.30 credits"
    )


def test_while_one_asks_the_slot_is_free_and_it_is_counted(own: World, long_clip: Path) -> None:
    own.jobs_at_once = 1

    async def story(engine: Engine) -> None:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
            other = await press(engine, own, "another")
        await asking(engine, job)
        assert (await ended(engine, other)).state is S.DONE
        state = engine.queue.state
        assert (state.asking, state.running, state.waiting) == (1, 0, 0)
        assert Words().queue_title(state) == "Queue · 1 waiting for you"

    own.run(story)


def test_send_agrees_to_what_the_row_says(own: World, long_clip: Path) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
        await asking(engine, job)
        assert await engine.do(job.job_id, JobAction.SEND)
        assert not await engine.do(job.job_id, JobAction.SEND)  # once
        return await ended(engine, job)

    job = own.run(story)
    assert job.state is S.DONE
    assert len(own.sandbox.accepted) == 1
    assert job.estimate_credits == pytest.approx(20.3)
    assert job.agreed is not None
    assert job.agreed.credits == pytest.approx(20.3)
    assert (job.offered, job.error) == (None, None)


def test_what_changes_after_the_yes_asks_once_more(own: World, long_clip: Path) -> None:
    original = own.clip.read_bytes()

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
        await asking(engine, job)
        async with paused(engine):
            await engine.do(job.job_id, JobAction.SEND)
            own.clip.write_bytes(original)
        return await asking(engine, job)

    job = own.run(story)
    assert own.sandbox.accepted == []
    assert "it is now 3.2 s · 2.24 credits" in told(job)


def test_cancel_out_of_asking_is_free(own: World, long_clip: Path) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
        await asking(engine, job)
        assert await engine.do(job.job_id, JobAction.CANCEL)
        return engine.book.get(job.job_id)

    assert own.run(story).state is S.CANCELLED
    assert own.sandbox.accepted == []


def test_what_asks_survives_a_restart_and_keeps_its_place(own: World, long_clip: Path) -> None:
    async def before(engine: Engine) -> None:
        engine.queue.pause()
        first, _second = await press(engine, own), await press(engine, own, "second")
        shutil.copy(long_clip, own.clip)
        engine.queue.only = {first.job_id}
        engine.queue.resume()
        await asking(engine, first)

    async def after(engine: Engine) -> None:
        first, second = engine.book.all()
        assert (first.state, second.state) == (S.ASKING, S.QUEUED)
        assert engine.queue.state.asking == 1
        assert "29 s · 20.30 credits" in told(first)
        async with paused(engine):
            await engine.do(first.job_id, JobAction.SEND)
            assert engine.queue.state.order[0] == first.job_id
        assert (await ended(engine, first)).state is S.DONE

    own.run(before)
    own.run(after)


def test_another_picture_of_the_same_size_and_time_asks(own: World, tmp_path: Path) -> None:
    before = own.picture.read_bytes()
    other = make_picture(tmp_path / "other.png", (360, 340)).read_bytes()
    length = max(len(before), len(other)) + 100
    own.picture.write_bytes(before.ljust(length, b"\0"))
    times = own.picture.stat()

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            own.picture.write_bytes(other.ljust(length, b"\0"))
            os.utime(own.picture, ns=(times.st_atime_ns, times.st_mtime_ns))
        return await asking(engine, job)

    job = own.run(story)
    assert own.sandbox.accepted == []
    assert told(job) == (
        "astronaut.png changed. The video costs what it did: 3.2 s · 2.24 credits. "
        "Nothing was sent."
    )


def test_a_clip_that_is_still_being_written_is_not_sent(own: World) -> None:
    async def story(engine: Engine) -> Job:
        engine.queue.pause()
        job = await press(engine, own)
        with exporting(own.clip):
            engine.queue.resume()
            return await asking(engine, job)

    job = own.run(story)
    assert told(job) == "meadow.mp4 is still being written. Nothing was sent."
    assert own.sandbox.accepted == []


def test_send_after_the_export_shows_the_figures_and_asks_once_more(
    own: World, long_clip: Path
) -> None:
    test_a_clip_that_is_still_being_written_is_not_sent(own)
    shutil.copy(long_clip, own.clip)

    async def story(engine: Engine) -> Job:
        (job,) = engine.book.all()
        await engine.do(job.job_id, JobAction.SEND)
        await until(engine, lambda: engine.book.get(job.job_id).error)
        return await asking(engine, job)

    assert "it is now 29 s · 20.30 credits" in told(own.run(story))


def test_a_clip_that_is_too_long_now_asks(own: World, tmp_path: Path) -> None:
    """Case 10: 40 s were sent, although 30 s is the most."""
    too_long = make_clip(tmp_path / "40s.mp4", duration_s=40.0)
    # The picture's answer takes a while; meanwhile the clip is replaced.
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        shutil.copy(too_long, own.clip)
        return await asking(engine, job)

    job = own.run(story)
    assert told(job) == "This clip is 40 s. At most 30 s are allowed. Nothing was sent."
    assert own.sandbox.accepted == []


def test_a_clip_that_is_replaced_while_the_picture_uploads_asks(
    own: World, long_clip: Path
) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        shutil.copy(long_clip, own.clip)
        return await asking(engine, job)

    job = own.run(story)
    assert "it is now 29 s · 20.30 credits" in told(job)
    assert own.sandbox.accepted == []


def test_a_clip_that_is_replaced_between_two_tries_asks_and_is_not_remembered(
    own: World, long_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its link was kept under the hash of the first file, and reused for twelve hours."""
    from kling_desktop.engine.steps import upload

    monkeypatch.setattr(upload, "RETRY_AFTER_S", (0.5, 0.5))
    key = content_of(str(own.clip)).sha256
    original = own.clip.read_bytes()

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        own.sandbox.faults.add("files", "status", status=503, after=True)
        await until(engine, lambda: own.count(UPLOADS) == 2)  # the clip's first try
        shutil.copy(long_clip, own.clip)
        return await asking(engine, job)

    own.run(story)
    assert own.sandbox.accepted == []
    journal = Journal(own.paths.profile("sandbox").journal_file)
    assert journal.remembered_upload(key, own.sandbox.address, not_before=0) is None
    journal.close()
    kept = [path.read_bytes() for path in (tmp_path / "sandbox" / "uploads").glob("*/*")]
    assert original in kept
    assert long_clip.read_bytes() not in kept  # the other content never went out whole


def test_the_same_content_is_sent_wherever_its_times_went(own: World) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            own.clip.write_bytes(own.clip.read_bytes())
            os.utime(own.clip, (0, 0))
            own.picture.chmod(0o600)
        return await ended(engine, job)

    assert own.run(story).state is S.DONE


def test_what_was_made_to_fit_is_made_from_the_agreed_content(own: World, tmp_path: Path) -> None:
    """An entry of the cache is known by the whole content, not by size, time and samples."""
    own.picture = make_picture(tmp_path / "portrait.webp", (400, 340), lossless=True)
    first = own.picture.read_bytes()
    middle = len(first) // 2
    other = first[:middle] + bytes([first[middle] ^ 1]) + first[middle + 1 :]
    times = own.picture.stat()

    async def story(engine: Engine) -> Job:
        done = await ended(engine, await press(engine, own))
        assert done.state is S.DONE
        async with paused(engine):
            job = await press(engine, own, "again")
            own.picture.write_bytes(other)
            os.utime(own.picture, ns=(times.st_atime_ns, times.st_mtime_ns))
        return await in_state(engine, job, S.ASKING, S.FAILED, S.DONE)

    assert own.run(story).state in (S.ASKING, S.FAILED)  # asked, or damaged by that one bit
    assert len(own.sandbox.accepted) == 1


def test_a_recipe_names_what_was_sent_and_not_what_lies_there_later(
    own: World, long_clip: Path
) -> None:
    own.options["write_recipe"] = lambda: True
    sent = content_of(str(own.clip)).sha256

    async def story(engine: Engine) -> str | None:
        job = await in_state(engine, await press(engine, own, "[slow]"), S.GENERATING)
        shutil.copy(long_clip, own.clip)
        own.sandbox.finish()
        job = await ended(engine, job)
        return await engine.workers.media(engine.media.read_recipe, job.result_path or "")

    recipe = json.loads(own.run(story) or "")
    assert recipe["video"] == {"name": "meadow.mp4", "sha256": sent}


def test_a_clip_that_is_replaced_while_the_program_is_closed_asks(
    own: World, long_clip: Path
) -> None:
    own.sandbox.faults.add("files", "hang")

    async def before(engine: Engine) -> None:
        await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))

    async def after(engine: Engine) -> Job:
        return await asking(engine, engine.book.all()[0])

    own.run(before)
    shutil.copy(long_clip, own.clip)
    own.run(after)
    assert own.sandbox.accepted == []


# --- links -----------------------------------------------------------------------------------


class _Host(http.server.BaseHTTPRequestHandler):
    """A host of a person's own links; ``served`` is what it gives out."""

    served: ClassVar[dict[str, Any]]

    def do_HEAD(self) -> None:
        if self.served.get("silent"):
            self.connection.close()
            return
        self.send_response(200)
        for name, value in self.served["headers"].items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        if not self.served.get("silent"):
            self.wfile.write(self.served["body"])

    def log_message(self, *_args: object) -> None:
        """Not on the terminal."""


@contextmanager
def host(clip: Path, **headers: str) -> Iterator[tuple[str, dict[str, Any]]]:
    body = clip.read_bytes()
    told = {"Content-Type": "video/mp4", "Content-Length": str(len(body)), **headers}
    served: dict[str, Any] = {"headers": told, "body": body}
    handler = type("Handler", (_Host,), {"served": served})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/meadow.mp4", served
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("ETag", '"one"', '"two"'),
        ("Last-Modified", "Sat, 28 Nov 2026 10:00:00 GMT", "Sat, 28 Nov 2026 11:00:00 GMT"),
        ("Content-Length", "", "70000"),
    ],
)
def test_a_link_whose_content_changed_asks(own: World, name: str, before: str, after: str) -> None:
    with host(own.clip, **({name: before} if before else {})) as (url, served):

        async def story(engine: Engine) -> Job:
            async with paused(engine):
                job = await press(engine, own, video=Source(url=url))
                served["headers"][name] = after
            return await asking(engine, job)

        job = own.run(story)
    assert own.sandbox.accepted == []
    assert told(job) == (
        "meadow.mp4 changed. The video costs what it did: at most 21.00 credits. Nothing was sent."
    )


def test_a_host_that_tells_something_else_at_every_look_is_no_reason_to_ask(own: World) -> None:
    with host(own.clip) as (url, served):
        looks = iter(range(1000))

        class Odd(dict[str, str]):
            def items(self) -> Any:
                return [*super().items(), ("ETag", f'"{next(looks)}"')]

        served["headers"] = Odd(served["headers"])

        async def story(engine: Engine) -> Job:
            job = await press(engine, own, video=Source(url=url))
            return await in_state(engine, job, S.GENERATING, S.FAILED, S.ASKING)

        assert own.run(story).state is S.GENERATING


def test_a_link_that_changes_while_the_picture_uploads_asks(own: World) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)
    with host(own.clip, ETag='"one"') as (url, served):

        async def story(engine: Engine) -> Job:
            job = await press(engine, own, video=Source(url=url))
            await until(engine, lambda: own.count(UPLOADS))
            served["headers"]["ETag"] = '"two"'
            return await asking(engine, job)

        own.run(story)
    assert own.sandbox.accepted == []


def test_a_host_that_does_not_answer_changes_nothing(own: World) -> None:
    with host(own.clip, ETag='"one"') as (url, served):

        async def story(engine: Engine) -> Job:
            async with paused(engine):
                job = await press(engine, own, video=Source(url=url))
                served["silent"] = True
            return await in_state(engine, job, S.GENERATING, S.FAILED, S.ASKING)

        assert own.run(story).state is S.GENERATING


def test_a_yes_to_one_input_is_none_to_a_link_that_could_not_be_asked(
    own: World, tmp_path: Path
) -> None:
    other = make_picture(tmp_path / "other.png", (400, 340)).read_bytes()
    with host(own.clip, ETag='"one"') as (url, served):

        async def story(engine: Engine) -> Job:
            async with paused(engine):
                job = await press(engine, own, video=Source(url=url))
                own.picture.write_bytes(other)
                served["silent"] = True
            job = await asking(engine, job)
            assert "astronaut.png changed." in told(job)
            async with paused(engine):
                await engine.do(job.job_id, JobAction.SEND)
                served["silent"] = False
                served["headers"]["ETag"] = '"two"'
            return await asking(engine, job)

        job = own.run(story)
    assert "meadow.mp4 changed." in told(job)
    assert own.sandbox.accepted == []


# --- an input that is away -------------------------------------------------------------------


def away(path: Path) -> None:
    """As a drive that is not mounted."""
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def no_input_at_all(path: Path) -> None:
    path.write_text("neither a picture nor a clip\n" * 9)


def too_wide(path: Path) -> None:
    """It can be read, and the service would never take it."""
    Image.new("RGB", (2000, 400), "red").save(path)


def put_back(path: Path, kept: Path) -> None:
    if path.is_dir():
        path.rmdir()
    shutil.copy(kept, path)


LOST = (away, a_folder, emptied, no_input_at_all)
CASES = [(lose, slot) for lose in LOST for slot in Slot] + [(too_wide, Slot.IMAGE)]


@pytest.mark.parametrize(("lose", "slot"), CASES, ids=lambda x: getattr(x, "__name__", x))
def test_an_input_that_cannot_be_read_now_waits_and_is_sent_once_it_is_back(
    own: World, tmp_path: Path, lose: Callable[[Path], None], slot: Slot
) -> None:
    path = Path(own.picture if slot is Slot.IMAGE else own.clip)
    kept = Path(shutil.copy(path, tmp_path / "kept"))

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            lose(path)
        asks = await asking(engine, job)
        assert asks.error is not None
        assert asks.offered is None
        assert not asks.ended
        assert asks.error.value("name") == path.name
        assert own.count(UPLOADS) == 0
        put_back(path, kept)
        await engine.do(job.job_id, JobAction.SEND)
        return await ended(engine, job)

    assert own.run(story).state is S.DONE
    assert len(own.sandbox.accepted) == 1


def test_a_clip_that_goes_away_while_it_is_uploaded_waits(own: World) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        own.clip.unlink()
        return await asking(engine, job)

    assert own.run(story).offered is None
    assert own.sandbox.accepted == []


# --- the price -------------------------------------------------------------------------------


def set_price(world: World, factor: float) -> None:
    """The service's price list, with every rate multiplied."""
    world.sandbox.faults.clear()
    with urllib.request.urlopen(world.sandbox.address + PRICES) as answer:
        listed = json.load(answer)
    for api in listed["apis"]:
        for rule in api.get("cost", []):
            rule["consumption"]["*"][0] *= factor
    world.sandbox.faults.add("price", "wrong_json", times=None, body=listed)


@pytest.fixture
def always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was read is old."""
    monkeypatch.setattr(account, "PRICE_IS_FRESH_S", 0.0)


@pytest.mark.usefixtures("always_read")
def test_a_price_that_rose_while_it_waited_asks_with_both_figures(own: World) -> None:
    async def story(engine: Engine) -> Job:
        await engine.account.refresh_price()
        async with paused(engine):
            job = await press(engine, own)
            set_price(own, 1.5)
        return await asking(engine, job)

    job = own.run(story)
    assert own.sandbox.accepted == []
    assert told(job) == (
        "The price rose. The video was 3.2 s · 2.24 credits, it is now 3.2 s · 3.36 credits. "
        "Nothing was sent."
    )


@pytest.mark.usefixtures("always_read")
def test_by_exact_rules_every_hundredth_counts(own: World) -> None:
    async def story(engine: Engine) -> Job:
        await engine.account.refresh_price()
        async with paused(engine):
            job = await press(engine, own)
            set_price(own, 1.005)
        return await asking(engine, job)

    assert "was 3.2 s · 2.24 credits, it is now 3.2 s · 2.25 credits" in told(own.run(story))


@pytest.mark.usefixtures("always_read")
def test_a_lower_price_goes_on_and_is_the_new_estimate(own: World) -> None:
    async def story(engine: Engine) -> Job:
        await engine.account.refresh_price()
        async with paused(engine):
            job = await press(engine, own)
            set_price(own, 0.5)
        return await ended(engine, job)

    job = own.run(story)
    assert job.state is S.DONE
    assert job.estimate_credits == pytest.approx(1.12)


@pytest.mark.usefixtures("always_read")
@pytest.mark.parametrize(("factor", "asks"), [(1.015, False), (1.04, True)])
def test_of_an_estimate_two_percent_more_go_on(own: World, factor: float, asks: bool) -> None:
    """The price list was not there at the press, and was read meanwhile."""
    own.sandbox.faults.add("price", "status", times=None)

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            assert job.agreed is not None
            assert job.agreed.estimated
            set_price(own, factor)
        return await in_state(engine, job, S.ASKING, S.GENERATING)

    assert (own.run(story).state is S.ASKING) is asks


def test_a_price_that_rises_while_it_uploads_asks(own: World) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        await engine.account.refresh_price()
        job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        set_price(own, 2.0)
        await engine.account.refresh_price()
        return await asking(engine, job)

    own.run(story)
    assert own.sandbox.accepted == []


def read_minutes_ago(engine: Engine) -> None:
    read_at = engine.account.state.price_read_at
    assert read_at is not None
    engine.account.state = replace(engine.account.state, price_read_at=read_at - 120)


def test_a_price_that_rose_in_the_last_minutes_asks_at_the_take_up(own: World) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            set_price(own, 1.5)
            read_minutes_ago(engine)
        return await asking(engine, job)

    assert "it is now 3.2 s · 3.36 credits" in told(own.run(story))
    assert own.sandbox.accepted == []


def test_a_price_that_rose_during_a_long_upload_asks_before_it_is_sent(own: World) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        job = await press(engine, own)
        await until(engine, lambda: own.count(UPLOADS))
        set_price(own, 1.5)
        read_minutes_ago(engine)
        return await asking(engine, job)

    assert "it is now 3.2 s · 3.36 credits" in told(own.run(story))
    assert own.sandbox.accepted == []


def test_a_price_list_that_is_fresh_is_not_read_for_each_job(own: World) -> None:
    async def story(engine: Engine) -> None:
        await engine.account.refresh_price()
        for _ in range(2):
            await ended(engine, await press(engine, own))

    own.run(story)
    assert own.count(PRICES) == 1


def test_a_price_list_that_never_comes_changes_nothing(
    own: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "PRICE_WITHIN_S", 0.1)
    own.sandbox.faults.add("price", "hang", times=None)

    async def story(engine: Engine) -> Job:
        return await ended(engine, await press(engine, own))

    assert own.run(story).state is S.DONE


def test_of_a_hidden_length_the_most_it_can_cost_is_compared(own: World) -> None:
    with host(own.clip) as (url, _served):

        async def story(engine: Engine) -> Job:
            await engine.account.refresh_price()
            async with paused(engine):
                job = await press(engine, own, video=Source(url=url))
                assert job.agreed is not None
                assert job.agreed.credits == pytest.approx(21.0)
                assert job.estimate_credits is None
                set_price(own, 1.5)
                await engine.account.refresh_price()
            return await asking(engine, job)

        job = own.run(story)
    assert "was at most 21.00 credits, it is now at most 31.50 credits" in told(job)


def test_the_day_s_limit_is_held_against_what_was_agreed_to_anew(
    own: World, long_clip: Path
) -> None:
    own.options["day_limit_credits"] = lambda: 8.0

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            shutil.copy(long_clip, own.clip)
        await asking(engine, job)
        await engine.do(job.job_id, JobAction.SEND)
        await held(engine, HoldReason.DAY_LIMIT)
        return engine.book.get(job.job_id)

    assert own.run(story).state is S.QUEUED
    assert own.sandbox.accepted == []


@pytest.mark.usefixtures("always_read")
def test_the_day_s_limit_is_held_against_a_price_that_rose_within_what_is_agreed(
    own: World,
) -> None:
    """2.24 were estimated, it is 2.27 now, and the limit lies between them."""
    own.options["day_limit_credits"] = lambda: 2.25
    own.sandbox.faults.add("price", "status", times=None)

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            set_price(own, 1.015)
        await held(engine, HoldReason.DAY_LIMIT)
        return engine.book.get(job.job_id)

    job = own.run(story)
    assert job.state is S.QUEUED
    assert job.estimate_credits == pytest.approx(2.24 * 1.015)
    assert own.sandbox.accepted == []


def test_a_job_of_an_older_version_is_compared_by_its_estimate(own: World) -> None:
    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            assert isinstance(job.video_facts, VideoFacts)
            older = replace(job, agreed=None, estimate_credits=1.0)
            await engine.book.update(job.job_id, agreed=None, estimate_credits=1.0)
            assert engine.book.get(job.job_id).agreed is older.agreed
        return await asking(engine, job)

    job = own.run(story)
    assert "was 3.2 s · ≈ 1.00 credits, it is now 3.2 s · 2.24 credits" in told(job)


def test_what_was_not_known_at_the_press_is_known_from_the_take_up_on(
    own: World, long_clip: Path
) -> None:
    own.sandbox.faults.add("files", "slow", delay_s=0.1, chunk_bytes=4)

    async def story(engine: Engine) -> Job:
        async with paused(engine):
            job = await press(engine, own)
            await engine.book.update(job.job_id, agreed=None)
        await until(engine, lambda: own.count(UPLOADS))
        shutil.copy(long_clip, own.clip)
        return await asking(engine, job)

    own.run(story)
    assert own.sandbox.accepted == []


# --- the same --------------------------------------------------------------------------------


def test_the_same_is_the_same_content_wherever_it_lies(own: World, tmp_path: Path) -> None:
    copied = shutil.copy(own.clip, tmp_path / "copy.mp4")

    async def story(engine: Engine) -> None:
        engine.queue.pause()
        job = await press(engine, own)
        moved = own.request(video=Source(path=str(copied)))
        assert job.agreed is not None
        assert engine.same_as(moved, job.agreed) == job
        assert engine.same_as(moved, job.agreed, but=job.job_id) is None
        assert engine.same_as(moved) is None  # nothing is known of the content: paths count
        assert engine.same_as(own.request(), None) == job
        assert job.agreed.video is not None
        other = replace(job.agreed, video=replace(job.agreed.video, sha256="0" * 64))
        assert engine.same_as(own.request(), other) is None
        assert engine.same_as(replace(moved, prompt="else"), job.agreed) is None

    own.run(story)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"fit": False},
        {"model": DEFAULT_MODEL},
        {"prompt": " a meadow\n"},
        {"video_edit": ClipEdit(start_s=0.0)},
        {"video_edit": ClipEdit(end_s=3.2)},
        {"video_edit": ClipEdit(start_s=0.0, end_s=60.0, crop=(0.0, 0.0, 1.0, 1.0))},
        {"image_edit": ImageEdit(crop=(0.0, 0.0, 1.0, 1.0))},
        {"image_edit": ImageEdit(crop=(0.0005, 0.0, 0.9995, 1.0))},  # nobody sees that
    ],
    ids=str,
)
def test_the_same_is_what_would_be_sent_however_it_is_asked_for(
    own: World, otherwise: dict[str, Any]
) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        plain, other = own.request("a meadow"), replace(own.request("a meadow"), **otherwise)
        job = await engine.generate(plain, None, None, agreed=await looked_at(engine, plain))
        assert engine.same_as(other, await looked_at(engine, other)) == job
        made = await engine.generate(other, None, None, agreed=await looked_at(engine, other))
        assert engine.same_as(plain, job.agreed, but=job.job_id) == made

    own.run(story)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"model": "kling-v3"},
        {"prompt": "a  meadow"},
        {"video_edit": ClipEdit(start_s=0.1)},
        {"video_edit": ClipEdit(end_s=3.1)},
        {"video_edit": ClipEdit(crop=(0.0, 0.0, 1.0, 0.9))},
        {"image_edit": ImageEdit(crop=(0.0, 0.0, 1.0, 0.9))},
        {"keep_sound": False},
    ],
    ids=str,
)
def test_what_would_be_sent_otherwise_is_not_the_same(
    own: World, otherwise: dict[str, Any]
) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        plain, other = own.request("a meadow"), replace(own.request("a meadow"), **otherwise)
        await engine.generate(plain, None, None, agreed=await looked_at(engine, plain))
        assert engine.same_as(other, await looked_at(engine, other)) is None

    own.run(story)


def test_what_was_cancelled_or_failed_free_is_not_the_same_but_what_was_paid_is(
    own: World,
) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        job = await press(engine, own, "[fail]")
        await engine.do(job.job_id, JobAction.CANCEL)
        assert engine.same_as(own.request("[fail]"), job.agreed) is None
        engine.queue.resume()
        failed = await ended(engine, await press(engine, own, "[fail]"))
        assert failed.state is S.FAILED
        assert engine.same_as(own.request("[fail]"), job.agreed) is None
        await engine.book.update(failed.job_id, charged_credits=2.24)  # the ledger says so
        found = engine.same_as(own.request("[fail]"), job.agreed)
        assert found is not None
        assert found.job_id == failed.job_id

    own.run(story)


def test_a_retry_agrees_to_no_more_than_the_first_did(own: World, long_clip: Path) -> None:
    async def story(engine: Engine) -> Job:
        failed = await ended(engine, await press(engine, own, "[fail]"))
        shutil.copy(long_clip, own.clip)
        await engine.do(failed.job_id, JobAction.RETRY)
        retried = engine.book.all()[-1]
        assert retried.agreed == failed.agreed != Agreement()
        return await asking(engine, retried)

    own.run(story)
    assert len(own.sandbox.accepted) == 1


# --- the press -------------------------------------------------------------------------------


async def offer(engine: Engine, world: World) -> None:
    """Both wells filled and looked at, with a price on the button."""
    await engine.account.fresh_price()
    await engine.drafting.offer((str(world.picture), str(world.clip)), None)
    await until(engine, lambda: engine.drafting.judgement.blocked is None)


async def press_button(engine: Engine) -> Agreement:
    request, shown = engine.drafting.request(), engine.drafting.judgement.quote
    assert request is not None
    return await engine.drafting.agree(request, shown)


def at_the_draft(world: World, story: Callable[[Engine], Awaitable[None]]) -> None:
    world.run(story, default_draft=Draft())


def test_a_press_agrees_to_what_was_looked_at_and_to_the_price_that_was_shown(own: World) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        set_price(own, 3.0)
        shown = engine.drafting.judgement.quote
        agreed = await press_button(engine)
        assert shown is not None
        assert (agreed.credits, agreed.estimated) == (shown.credits, shown.estimated)
        for path, stamp in ((own.picture, agreed.image), (own.clip, agreed.video)):
            assert stamp is not None
            assert stamp.sha256 == content_of(str(path)).sha256

    at_the_draft(own, story)


def test_a_press_on_a_clip_that_was_overwritten_sends_nothing_and_shows_its_price(
    own: World, long_clip: Path
) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        shutil.copy(long_clip, own.clip)
        with pytest.raises(InputsChanged) as caught:
            await press_button(engine)
        assert caught.value.names == ("meadow.mp4",)
        await until(engine, lambda: engine.drafting.judgement.blocked is None)
        shown = engine.drafting.judgement.quote
        assert shown is not None
        assert shown.credits == pytest.approx(20.3)
        assert (await press_button(engine)).credits == shown.credits

    at_the_draft(own, story)


def test_a_glance_shows_the_price_of_what_is_there_before_anything_is_pressed(
    own: World, long_clip: Path
) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        await press_button(engine)  # by now both are known
        looked_at = {slot: known.facts for slot, known in engine.drafting.inputs.items()}
        await engine.drafting.glance()
        now = engine.drafting.inputs.items()  # a strip of stills may have come meanwhile
        assert {slot: known.facts for slot, known in now} == looked_at
        assert {known.state for _slot, known in now} == {InputState.READY}
        shutil.copy(long_clip, own.clip)
        await engine.drafting.glance()
        assert engine.drafting.judgement.blocked is Blocked.CHECKING
        await until(engine, lambda: engine.drafting.judgement.blocked is None)
        assert (await press_button(engine)).credits == pytest.approx(20.3)

    at_the_draft(own, story)


def test_a_press_notices_other_content_of_the_same_size_and_time(own: World) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        before, times = own.clip.read_bytes(), own.clip.stat()
        own.clip.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        os.utime(own.clip, ns=(times.st_atime_ns, times.st_mtime_ns))
        with pytest.raises(InputsChanged):
            await press_button(engine)

    at_the_draft(own, story)


def test_a_press_does_not_mind_what_leaves_the_content_alone(own: World) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        await press_button(engine)
        own.clip.chmod(0o600)
        os.utime(own.clip, (0, 0))
        own.picture.write_bytes(own.picture.read_bytes())
        await press_button(engine)

    at_the_draft(own, story)


def test_a_press_on_a_file_that_vanished_sends_nothing(own: World) -> None:
    async def story(engine: Engine) -> None:
        await offer(engine, own)
        own.clip.unlink()
        with pytest.raises(InputsChanged):
            await press_button(engine)
        await until(engine, lambda: engine.drafting.judgement.blocked is Blocked.REFUSED_INPUT)

    at_the_draft(own, story)


def test_a_press_before_a_fresh_file_is_known_waits_for_that(
    own: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "SETTLE_S", 3.0)
    ahead = time.time() + 3600  # of a clock elsewhere: fresh at whatever moment it is looked at

    async def story(engine: Engine) -> None:
        await engine.account.fresh_price()
        os.utime(own.clip, (ahead, ahead))
        await offer(engine, own)
        assert engine.drafting.inputs[Slot.VIDEO].stamp is None  # READY did not wait
        agreed = await press_button(engine)
        assert agreed.video is not None
        assert agreed.video.sha256 == content_of(str(own.clip)).sha256

    at_the_draft(own, story)


def test_an_export_in_progress_is_said_as_such_and_looked_at_when_it_is_done(own: World) -> None:
    def problem(engine: Engine) -> FindingCode | None:
        found = engine.drafting.inputs[Slot.VIDEO].problem
        return None if found is None else found.code

    async def story(engine: Engine) -> None:
        with exporting(own.clip):
            await engine.drafting.offer((str(own.picture), str(own.clip)), None)
            await until(engine, lambda: problem(engine) is FindingCode.FILE_GROWING)
            assert engine.drafting.judgement.blocked is Blocked.BEING_WRITTEN
            assert engine.drafting.request() is None
        await until(engine, lambda: engine.drafting.judgement.blocked is None)
        await press_button(engine)

    at_the_draft(own, story)


def test_an_export_whose_beginning_cannot_be_read_yet_is_no_damaged_file(own: World) -> None:
    """An MP4 has its index at the end: until then it looks damaged."""
    whole = own.clip.read_bytes()
    own.clip.write_bytes(whole[: len(whole) // 2])

    async def story(engine: Engine) -> None:
        with exporting(own.clip):
            await engine.drafting.offer((str(own.clip),), Slot.VIDEO)
            await until(engine, lambda: engine.drafting.inputs[Slot.VIDEO].problem)
            found = engine.drafting.inputs[Slot.VIDEO].problem
            assert found is not None
            assert found.code is FindingCode.FILE_GROWING
        own.clip.write_bytes(whole)
        await until(engine, lambda: engine.drafting.inputs[Slot.VIDEO].state is InputState.READY)

    at_the_draft(own, story)


def test_the_command_line_refuses_what_is_still_being_written(own: World) -> None:
    async def story(engine: Engine) -> None:
        request = own.request()
        with exporting(own.clip):
            value = await engine.intake.look_closely(
                Slot.VIDEO, request.video, engine.wish(request)
            )
        assert value.state is InputState.REFUSED
        assert value.problem is not None
        assert value.problem.code is FindingCode.FILE_GROWING

    own.run(story)
