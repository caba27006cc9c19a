"""The draft in the making: routing, checking, findings, price, links, and what survives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import av
import pytest
from engine_world import World, contents, in_state, is_there, make_clip, make_picture, until
from PIL import Image

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.input import Blocked, Input, InputState
from kling_desktop.motion.job import JobState
from kling_desktop.motion.limits import FindingCode as C
from kling_desktop.motion.limits import Mend
from kling_desktop.motion.mending import mended
from kling_desktop.motion.request import Draft, Mode, Orientation, Slot, Source
from kling_desktop.words import Words

SIDEWAYS = 6  # EXIF: turn 90° clockwise to see it upright
PNG, MP4 = b"\x89PNG not really", b"not really a video"


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("inputs") / "long.mp4", duration_s=12.0)


@pytest.fixture
def links() -> Iterator[str]:
    """A little web server: its paths say what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0]
            kinds = {"/page": "text/html", "/a.png": "image/png", "/empty.mp4": "video/mp4"}
            if name == "/missing.png" or (name == "/no-head.mp4" and self.command == "HEAD"):
                self.send_error(404 if name == "/missing.png" else 405)
                return
            body = {"/page": b"<html>hi</html>", "/a.png": PNG, "/empty.mp4": b""}.get(name, MP4)
            self.send_response(200)
            self.send_header("Content-Type", kinds.get(name, "video/mp4"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def looked_at(engine: Engine, *slots: Slot) -> None:
    wanted = slots or tuple(Slot)
    over = (InputState.READY, InputState.REFUSED)
    await until(engine, lambda: all(engine.drafting.inputs[s].state in over for s in wanted))


def codes(engine: Engine) -> list[C]:
    return [f.code for f in engine.drafting.judgement.findings]


def draft_story(world: World, story: Callable[[Engine], object]) -> None:
    world.run(story, default_draft=Draft())  # type: ignore[arg-type]  # stories are coroutines


def test_two_files_go_to_the_wells_of_their_kinds_whatever_their_order(world: World) -> None:
    async def story(engine: Engine) -> None:
        assert engine.drafting.judgement.blocked is Blocked.NO_INPUTS
        verdict = await engine.drafting.offer((str(world.clip), str(world.picture)), None)
        assert verdict.problem is None
        await until(engine, lambda: engine.drafting.judgement.blocked is Blocked.CHECKING)
        await looked_at(engine)
        image, video = (engine.drafting.inputs[s] for s in Slot)
        assert isinstance(image.facts, ImageFacts)
        assert isinstance(video.facts, VideoFacts)
        assert image.thumbnail_path is not None
        assert is_there(image.thumbnail_path)
        assert engine.drafting.judgement.blocked is None
        request = engine.drafting.request()
        assert request is not None
        assert request.image.path == str(world.picture)

    draft_story(world, story)


def test_a_wrong_kind_is_told_and_the_well_keeps_what_it_had(world: World) -> None:
    async def story(engine: Engine) -> None:
        await engine.drafting.offer((str(world.picture),), Slot.IMAGE)
        await looked_at(engine, Slot.IMAGE)
        verdict = await engine.drafting.offer((str(world.clip),), Slot.IMAGE)
        assert verdict.problem is not None
        assert verdict.problem.code is C.PICTURE_IS_VIDEO
        assert engine.drafting.inputs[Slot.IMAGE].state is InputState.READY
        empty = await engine.drafting.offer((str(world.picture),), Slot.VIDEO)
        assert empty.problem is not None
        assert engine.drafting.inputs[Slot.VIDEO].state is InputState.REFUSED
        assert engine.drafting.judgement.blocked is Blocked.REFUSED_INPUT

    draft_story(world, story)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: p / "gone.png", C.FILE_MISSING),
        (lambda p: p, C.FILE_IS_DIRECTORY),
        (lambda p: _write(p / "empty.png", b""), C.FILE_EMPTY),
        (lambda p: _write(p / "notes.txt", b"hello there"), C.NOT_A_PICTURE),
    ],
)
def test_what_is_no_picture_says_why(
    world: World, tmp_path: Path, make: Callable[[Path], Path], code: C
) -> None:
    path = make(tmp_path)

    async def story(engine: Engine) -> None:
        verdict = await engine.drafting.offer((str(path),), Slot.IMAGE)
        assert verdict.problem is not None
        assert verdict.problem.code is code

    draft_story(world, story)


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_damaged_picture_is_refused_after_the_look(world: World, tmp_path: Path) -> None:
    broken = _write(tmp_path / "broken.png", world.picture.read_bytes()[:200])

    async def story(engine: Engine) -> None:
        await engine.drafting.offer((str(broken),), Slot.IMAGE)
        await looked_at(engine, Slot.IMAGE)
        value = engine.drafting.inputs[Slot.IMAGE]
        assert value.state is InputState.REFUSED
        assert value.problem is not None
        assert value.problem.code is C.FILE_DAMAGED

    draft_story(world, story)


def test_a_newer_choice_cancels_the_look_at_the_older(world: World, tmp_path: Path) -> None:
    other = make_picture(tmp_path / "other.png", (400, 500))
    shown: list[Input] = []

    async def story(engine: Engine) -> None:
        engine.drafting.input_changed.connect(shown.append)
        await engine.drafting.offer((str(world.picture),), Slot.IMAGE)
        await engine.drafting.offer((str(other),), Slot.IMAGE)
        await looked_at(engine, Slot.IMAGE)
        assert engine.drafting.inputs[Slot.IMAGE].source == Source(path=str(other))

    draft_story(world, story)
    ready = [v.source.name for v in shown if v.state is InputState.READY and v.source]
    assert ready == ["other.png"]


def test_facing_changes_the_limit_of_the_clip_at_once(world: World, long_clip: Path) -> None:
    async def story(engine: Engine) -> None:
        drafting = engine.drafting
        await drafting.offer((str(world.picture), str(long_clip)), None)
        await looked_at(engine)
        assert drafting.judgement.blocked is None
        drafting.edit(replace(drafting.draft, orientation=Orientation.IMAGE))
        assert C.VIDEO_LONG_FOR_IMAGE in codes(engine)
        assert drafting.judgement.blocked is Blocked.FINDINGS
        assert drafting.request() is None
        drafting.edit(replace(drafting.draft, orientation=Orientation.VIDEO))
        assert drafting.judgement.blocked is None

    draft_story(world, story)


def test_removing_an_input_blocks_and_says_which_is_missing(world: World) -> None:
    async def story(engine: Engine) -> None:
        await engine.drafting.offer((str(world.picture), str(world.clip)), None)
        await looked_at(engine)
        engine.drafting.remove(Slot.VIDEO)
        assert engine.drafting.judgement.blocked is Blocked.NO_VIDEO
        assert engine.drafting.judgement.quote is None

    draft_story(world, story)


def test_the_draft_survives_a_restart_and_its_files_are_looked_at_again(world: World) -> None:
    async def before(engine: Engine) -> None:
        drafting = engine.drafting
        await drafting.offer((str(world.picture), str(world.clip)), None)
        drafting.edit(replace(drafting.draft, prompt="at dusk", mode=Mode.PRO, keep_sound=False))
        await drafting.save()

    async def after(engine: Engine) -> None:
        draft = engine.drafting.draft
        assert (draft.prompt, draft.mode, draft.keep_sound) == ("at dusk", Mode.PRO, False)
        await looked_at(engine)
        assert engine.drafting.judgement.blocked is None

    draft_story(world, before)
    draft_story(world, after)


def test_a_draft_whose_file_went_away_says_so_after_a_restart(world: World, tmp_path: Path) -> None:
    gone = make_picture(tmp_path / "gone.png")

    async def before(engine: Engine) -> None:
        await engine.drafting.offer((str(gone),), Slot.IMAGE)
        await engine.drafting.save()

    async def after(engine: Engine) -> None:
        await looked_at(engine, Slot.IMAGE)
        problem = engine.drafting.inputs[Slot.IMAGE].problem
        assert problem is not None
        assert problem.code is C.FILE_MISSING

    draft_story(world, before)
    gone.unlink()
    draft_story(world, after)


def test_the_price_is_an_estimate_until_the_rules_were_read_and_then_the_service_s(
    world: World,
) -> None:
    world.sandbox.faults.add("price", "html", times=1)

    async def story(engine: Engine) -> None:
        drafting = engine.drafting
        await drafting.offer((str(world.picture), str(world.clip)), None)
        await looked_at(engine)
        drafting.edit(replace(drafting.draft, mode=Mode.PRO))
        first = drafting.judgement.quote
        assert first is not None
        assert first.credits == pytest.approx(1.12 * 3.2, abs=0.2)
        assert (first.estimated, engine.account.state.price_read_at) == (True, None)
        await engine.account.refresh_price()
        drafting.judge()
        second = drafting.judgement.quote
        assert second is not None
        assert not second.estimated
        assert engine.account.state.price_read_at is not None

    draft_story(world, story)


def test_a_price_that_the_balance_meets_to_the_millionth_warns_of_nothing(world: World) -> None:
    world.sandbox.set_balance(3.584)

    async def story(engine: Engine) -> None:
        await engine.account.refresh()
        await engine.drafting.offer((str(world.picture), str(world.clip)), None)
        engine.drafting.edit(replace(engine.drafting.draft, mode=Mode.PRO))
        await looked_at(engine)
        price, balance = engine.drafting.judgement.quote, engine.account.state.balance_credits
        assert price is not None
        assert price.credits > (balance or 0)  # by a hair: the price is 1.12 * 3.2
        assert C.BALANCE_LOW not in codes(engine)

    draft_story(world, story)


def test_a_price_above_the_balance_warns_before_not_after(world: World) -> None:
    world.sandbox.set_balance(0.5)

    async def story(engine: Engine) -> None:
        await engine.account.refresh()
        await engine.drafting.offer((str(world.picture), str(world.clip)), None)
        await looked_at(engine)
        assert C.BALANCE_LOW in codes(engine)
        assert engine.drafting.judgement.blocked is None  # a warning: the person decides

    draft_story(world, story)


def test_a_pasted_picture_gets_a_file_of_its_own(world: World) -> None:
    data = BytesIO()
    Image.new("RGB", (400, 400), "#336699").save(data, "PNG")

    async def story(engine: Engine) -> None:
        await engine.drafting.offer_picture(data.getvalue())
        await looked_at(engine, Slot.IMAGE)
        source = engine.drafting.draft.image
        assert source is not None
        assert contents(source.path) == data.getvalue()
        assert engine.drafting.inputs[Slot.IMAGE].state is InputState.READY

    draft_story(world, story)


@pytest.mark.parametrize(
    ("path", "slot", "state", "code"),
    [
        ("/a.png?sig=1", Slot.IMAGE, InputState.READY, None),
        ("/b.mp4", Slot.VIDEO, InputState.READY, None),
        ("/no-head.mp4", Slot.VIDEO, InputState.READY, None),
        ("/missing.png", Slot.IMAGE, InputState.REFUSED, C.LINK_NOT_FOUND),
        ("/page", Slot.IMAGE, InputState.REFUSED, C.LINK_NOT_MEDIA),
        ("/empty.mp4", Slot.VIDEO, InputState.REFUSED, C.LINK_EMPTY),
    ],
)
def test_links_are_looked_at_without_being_loaded(
    world: World, links: str, path: str, slot: Slot, state: InputState, code: C | None
) -> None:
    async def story(engine: Engine) -> None:
        await engine.drafting.offer((links + path,), slot)
        await looked_at(engine, slot)
        value = engine.drafting.inputs[slot]
        assert value.state is state
        assert (value.problem.code if value.problem else None) is code
        if state is InputState.READY:
            assert isinstance(value.facts, LinkFacts)
            assert value.facts.size_bytes == len(PNG if slot is Slot.IMAGE else MP4)

    draft_story(world, story)


def test_a_link_that_nobody_answers_is_a_warning_not_a_no(world: World, links: str) -> None:
    async def story(engine: Engine) -> None:
        await engine.drafting.offer(("http://127.0.0.1:9/b.mp4",), Slot.VIDEO)
        await looked_at(engine, Slot.VIDEO)
        value = engine.drafting.inputs[Slot.VIDEO]
        assert value.state is InputState.READY
        assert value.warning is not None
        assert value.warning.code is C.LINK_UNREACHABLE
        assert value.warning.value("met") == "refused"
        assert Words().finding(value.warning).text == (
            "127.0.0.1 refused the connection. A firewall may be why, or the service is away for "
            "a moment. The service may still reach this link."
        )

    draft_story(world, story)


def test_a_link_without_an_ending_goes_to_the_first_empty_well(world: World, links: str) -> None:
    async def story(engine: Engine) -> None:
        await engine.drafting.offer((str(world.picture),), None)
        await looked_at(engine, Slot.IMAGE)
        verdict = await engine.drafting.verdict((links + "/clip",), None)
        assert [slot for slot, _ in verdict.slots] == [Slot.VIDEO]

    draft_story(world, story)


@pytest.mark.parametrize("text", ["ftp://a.example/x.png", "javascript://x", ""])
def test_other_schemes_are_no_input(world: World, text: str) -> None:
    async def story(engine: Engine) -> None:
        verdict = await engine.drafting.offer((text,), Slot.IMAGE)
        assert verdict.problem is not None
        assert verdict.problem.code is C.LINK_NOT_HTTP

    draft_story(world, story)


@pytest.mark.parametrize(
    ("name", "options", "size", "ending"),
    [
        ("person.webp", {}, (340, 420), "jpg"),
        ("person.heic", {}, (340, 420), "jpg"),
        ("person.bmp", {}, (340, 420), "jpg"),
        ("turned.jpg", {"exif": SIDEWAYS}, (420, 340), "jpg"),
    ],
)
def test_pictures_of_other_kinds_are_converted_on_the_way(
    world: World,
    tmp_path: Path,
    name: str,
    options: dict[str, int],
    size: tuple[int, int],
    ending: str,
) -> None:
    """From the file to what the service got: upright, in a format it takes."""
    saved: dict[str, object] = {}
    if options:
        exif = Image.Exif()
        exif[0x0112] = options["exif"]
        saved["exif"] = exif.tobytes()
    if name.endswith("heic"):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    world.picture = make_picture(tmp_path / name, (340, 420), **saved)
    before = world.picture.read_bytes()

    async def story(engine: Engine) -> str:
        job = await in_state(engine, await world.generate("[fail]"), JobState.GENERATING)
        return job.image_link or ""

    link = world.run(story)
    upload_id = link.split("/cdn/")[1].split("/")[0]
    sent = world.folder.parent / "sandbox" / "uploads" / upload_id / "data"
    with Image.open(sent) as picture:
        assert picture.format in ("JPEG", "PNG")
        assert picture.size == size
        assert not picture.getexif().get(0x0112)
    assert "person" not in link  # the file's own name stays here
    assert "turned" not in link
    assert world.picture.read_bytes() == before


def test_a_damaged_clip_offers_the_part_that_is_whole(world: World, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration_s=5.0)
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        stored = [(p.pts, p.pos, p.size) for p in container.demux(video=0) if p.size]
        base = float(container.streams.video[0].time_base)
    for _pts, pos, size in (one for one in stored if one[0] * base >= 4):
        data[pos : pos + size] = bytes(size)
    clip.write_bytes(data)

    async def story(engine: Engine) -> None:
        drafting = engine.drafting
        await drafting.offer((str(world.picture), str(clip)), None)
        await looked_at(engine)
        problem = drafting.inputs[Slot.VIDEO].problem
        assert problem is not None
        assert (problem.code, problem.mend) == (C.FILE_DAMAGED_FROM, Mend.USE_PART)
        assert problem.value("at_s") == pytest.approx(4.0, abs=0.001)
        assert drafting.judgement.blocked is Blocked.REFUSED_INPUT
        drafting.edit(mended(drafting.draft, problem))
        assert drafting.judgement.blocked is Blocked.CHECKING
        await until(engine, lambda: not drafting.inputs[Slot.VIDEO].unchecked)
        value = drafting.inputs[Slot.VIDEO]
        assert value.state is InputState.READY
        assert isinstance(value.facts, VideoFacts)
        assert value.facts.duration_s == pytest.approx(4.0, abs=0.001)

    draft_story(world, story)
