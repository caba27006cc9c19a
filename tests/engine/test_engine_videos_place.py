"""The person's own folder for videos: seen to be gone, never made anew, seen to be back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from engine_world import World, ended, in_state, is_there, until
from support.mounts import mounting
from support.waiting import PATIENCE_S
from test_engine_fetch_command import SOON_S, Ear, carried_out
from unsaved_jobs import made, unsaved

from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import (
    Command,
    FetchCommand,
    GenerateCommand,
    ResumeCommand,
    Yes,
)
from kling_desktop.engine import videos_place
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.engine.preferences import Preferences
from kling_desktop.engine.steps import fetch, trouble
from kling_desktop.motion.away import Away, Why
from kling_desktop.motion.job import Job, JobState
from kling_desktop.store import volumes
from kling_desktop.store.settings import ChosenDisk, SettingsStore
from kling_desktop.store.volumes import Volume
from kling_desktop.words import Words

S = JobState
NEVER_S = 3600.0
POSTS = "/kling/motion"


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the look at the folder wakes a video that waits."""
    monkeypatch.setattr(videos_place, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(fetch, "RETRY_S", (NEVER_S,))
    monkeypatch.setattr(trouble, "HERE_AGAIN_S", NEVER_S)


def unplug(world: World, kept: Preferences) -> None:
    """Its folder is there, and the disk that was mounted on it is not."""
    world.videos.mkdir(parents=True, exist_ok=True)
    volume = Volume(str(world.videos), "uuid:1234")
    kept.change(videos_disk=ChosenDisk(str(world.videos), volume))


async def away(engine: Engine, why: Why | None) -> None:
    await until(engine, lambda: (a := engine.place.away) == why or (a and a.why is why))


def test_disks_that_come_and_go_are_told_by_what_is_mounted(tmp_path: Path) -> None:
    command = mounting(sys.executable, str(Path(__file__).parent / "mounts_program.py"))
    done = subprocess.run(
        [*command, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "mount point": True,
        "mounted": None,
        "below it": None,
        "chosen before it was mounted": None,
        "learned": True,
        "unplugged": "unplugged",
        "nothing below": "gone",
        "made by somebody": "unplugged",
        "back": None,
        "tells no name": True,
        "another share": "other_disk",
        "nothing was known of it": None,
        "the same share": None,
        "through a link": True,
        "unplugged behind a link": "unplugged",
        "a link led elsewhere": None,
    }


def test_a_device_is_known_by_its_uuid_whatever_its_number_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "2F6B-11C0").symlink_to("/dev/zero")
    (tmp_path / "gone").symlink_to("/dev/no such disk")
    (tmp_path / "aa-bb").symlink_to("/dev/null")
    monkeypatch.setattr(volumes, "_BY_UUID", str(tmp_path))
    assert volumes._uuid_of("/dev/null") == "uuid:aa-bb"
    assert volumes._uuid_of("/dev/zero") == "uuid:2F6B-11C0"
    assert volumes._uuid_of("/dev/full") == ""
    monkeypatch.setattr(volumes, "_BY_UUID", str(tmp_path / "none"))
    assert volumes._uuid_of("/dev/null") == ""


def test_a_disk_that_tells_nothing_of_itself_is_no_reason_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some drivers of memory disks do on Windows."""

    def tells_nothing(_folder: Path) -> Volume:
        raise OSError(1, "Incorrect function")

    monkeypatch.setattr(videos_place, "volume_of", tells_nothing)
    kept = Volume(str(tmp_path / "disk"), "uuid:1234")
    assert videos_place.look_at(tmp_path, kept) == (None, None)
    assert videos_place.look_at(tmp_path / "none", kept) == (Why.GONE, None)


def test_a_folder_that_nobody_chose_is_never_away(world: World) -> None:
    async def story(engine: Engine) -> tuple[Away | None, Job]:
        return await engine.place.look(), await world.finished()

    assert world.run(story)[0] is None
    assert world.videos.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="no such table")
@pytest.mark.parametrize("to", ["the usual folder", "a name that was said"])
def test_in_the_empty_place_of_a_disk_that_is_not_mounted_nothing_is_saved(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """Nobody chose it here: the system knows that a disk belongs there."""
    disk = world.videos if to == "the usual folder" else tmp_path / "disk"
    output = None if to == "the usual folder" else disk / "mine.mp4"
    disk.mkdir(parents=True)
    table = tmp_path / "fstab"
    table.write_text(f"UUID=1-2 {disk} ext4 noauto 0 0\n")
    monkeypatch.setattr(volumes, "_DISKS", str(table))
    monkeypatch.setattr(trouble, "HERE_AGAIN_S", 0.1)
    ear = Ear()

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(output=output), "folder_gone")
        if output is not None:
            assert await carried_out(engine, asked_for(world, output), ear) is Exit.WRONG_INPUT
            assert [result["error"]["code"] for result in ear.results] == ["not_mounted"]
        assert list(disk.iterdir()) == []
        table.write_text("")
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    assert len(list(disk.iterdir())) == 1
    assert world.count(POSTS) == 1


@pytest.mark.usefixtures("watchful")
def test_it_is_seen_that_the_folder_is_back_and_the_video_goes_on(world: World) -> None:
    world.choose_videos()

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(), "folder_gone")
        assert engine.place.away == Away(str(world.videos), Why.GONE)
        assert not is_there(world.videos)
        world.videos.mkdir(parents=True)
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


@pytest.mark.usefixtures("watchful")
def test_in_the_place_of_an_unplugged_disk_nothing_is_saved(world: World) -> None:
    kept = world.choose_videos()
    unplug(world, kept)

    async def story(engine: Engine) -> Job:
        job = await unsaved(engine, await world.generate(), "folder_gone")
        assert Words().failure(job).title == (
            f"The disk or share of the folder {world.videos} is away. The video is paid for."
        )
        assert list(world.videos.iterdir()) == []
        assert await engine.place.make_again() is None  # the person's word
        return await ended(engine, job)

    assert world.run(story).state is S.DONE
    learned = ChosenDisk(str(world.videos), volumes.volume_of(world.videos))
    assert kept.value.videos_disk == learned


@pytest.mark.usefixtures("watchful")
@pytest.mark.parametrize("same", [True, False], ids=["the same again", "another one"])
def test_choosing_a_folder_ends_it_also_the_same_one(world: World, same: bool) -> None:
    kept = world.choose_videos()
    unplug(world, kept)
    other = world.videos if same else world.folder / "other"
    other.mkdir(exist_ok=True)

    async def story(engine: Engine) -> Away | None:
        await away(engine, Why.UNPLUGGED)
        assert await engine.place.choose(str(other)) is None
        return engine.place.away

    assert world.run(story) is None
    again = Preferences(SettingsStore(world.paths.settings_file)).value
    assert again.videos_folder == str(other)
    assert again.videos_disk == ChosenDisk(str(other), volumes.volume_of(other))


def test_what_cannot_be_made_again_says_why_and_stays_as_it_was(world: World) -> None:
    kept = world.choose_videos()
    world.folder.mkdir(exist_ok=True)
    world.videos.write_text("in its place", encoding="ascii")

    async def story(engine: Engine) -> None:
        assert await engine.place.look() == Away(str(world.videos), Why.GONE)
        with pytest.raises(FileExistsError):
            await engine.place.make_again()
        assert engine.place.away is not None

    world.run(story)
    assert kept.value.videos_disk is None
    assert world.videos.read_text(encoding="ascii") == "in its place"


def test_an_older_setting_learns_its_disk_and_writes_no_other_setting(world: World) -> None:
    kept = world.choose_videos()
    world.videos.mkdir(parents=True)
    file = world.paths.settings_file
    other = Preferences(SettingsStore(file))
    other.change(theme="dark")  # another program, meanwhile

    async def story(engine: Engine) -> None:
        await engine.place.look()

    world.run(story)
    learned = ChosenDisk(str(world.videos), volumes.volume_of(world.videos))
    assert kept.value.videos_disk == learned
    again = Preferences(SettingsStore(file)).value
    assert (again.videos_disk, again.theme) == (learned, "dark")


def test_a_share_that_does_not_answer_is_away_and_takes_one_thread(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.choose_videos()
    world.videos.mkdir(parents=True)
    answers, asked = threading.Event(), list[str]()
    look_at = videos_place.look_at

    def dead(folder: Path, kept: Volume | None) -> object:
        asked.append(threading.current_thread().name)
        assert answers.wait(PATIENCE_S)
        return look_at(folder, kept)

    monkeypatch.setattr(videos_place, "look_at", dead)
    monkeypatch.setattr(videos_place, "ANSWERS_WITHIN_S", 0.05)

    async def story(engine: Engine) -> list[str]:
        found = await asyncio.gather(*(engine.place.look() for _ in range(3)))
        again = await engine.place.look()
        assert [*found, again] == [Away(str(world.videos), Why.SILENT)] * 4
        so_far = list(asked)
        answers.set()
        monkeypatch.setattr(videos_place, "ANSWERS_WITHIN_S", PATIENCE_S)
        assert await engine.place.look() is None
        return so_far

    assert len(world.run(story)) == 1


def test_a_closing_program_does_not_wait_for_a_dead_share(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is closed while the look is under way; no thread of a pool is lost to it."""
    world.choose_videos()
    asked, answers = threading.Event(), threading.Event()

    def dead(_folder: Path, _kept: Volume | None) -> object:
        assert threading.current_thread().daemon
        asked.set()
        answers.wait(PATIENCE_S)
        return None, None

    monkeypatch.setattr(videos_place, "look_at", dead)

    async def story(engine: Engine) -> None:
        await engine.workers.call(asked.wait, PATIENCE_S)

    world.run(story)
    assert not answers.is_set()
    answers.set()


@pytest.mark.usefixtures("watchful")
def test_what_came_whole_is_not_forgotten_while_its_disk_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked and named when it is back, and not fetched again."""
    world.choose_videos()
    world.videos.mkdir(parents=True)
    elsewhere = world.folder / "unplugged"

    async def story(engine: Engine) -> Job:
        (job,) = await made(engine, world)
        work = engine.media.verify_video
        at, goes_on = threading.Event(), threading.Event()

        def checked(path: str) -> object:
            at.set()
            assert goes_on.wait(PATIENCE_S)
            return work(path)

        monkeypatch.setattr(engine.media, "verify_video", checked)
        world.sandbox.finish()
        await engine.workers.call(at.wait, PATIENCE_S)
        os.rename(world.videos, elsewhere)
        goes_on.set()
        await away(engine, Why.GONE)
        job = await in_state(engine, job, S.UNSAVED)
        engine.poke()
        job = await unsaved(engine, job, "folder_gone")
        assert job.arrived is not None
        world.sandbox.faults.add("download", "status", times=None, status=503)
        os.rename(elsewhere, world.videos)
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def asked_for(world: World, output: Path | None = None) -> GenerateCommand:
    to = str(output) if output else None
    return GenerateCommand(new_job_id(), world.request(), to, True, 1e6)


@pytest.mark.parametrize("why", [Why.GONE, Why.UNPLUGGED])
def test_generate_sends_nothing_and_ends_with_2(world: World, why: Why) -> None:
    kept = world.choose_videos()
    if why is Why.UNPLUGGED:
        unplug(world, kept)

    ear = Ear()

    async def story(engine: Engine) -> Exit:
        code = await carried_out(engine, asked_for(world), ear)
        assert engine.book.all() == []
        return code

    assert world.run(story, run_queue=False) is Exit.WRONG_INPUT
    (said,) = ear.said
    assert said.startswith(Words().away(Away(str(world.videos), why)) + " Nothing was sent.")
    assert "--output" in said
    assert [result["error"]["code"] for result in ear.results] == ["videos_away"]
    assert world.count(POSTS) == 0
    assert not world.videos.exists() or list(world.videos.iterdir()) == []


def test_generate_with_output_elsewhere_is_not_touched_by_it(world: World, tmp_path: Path) -> None:
    world.choose_videos()
    target = tmp_path / "mine.mp4"

    async def story(engine: Engine) -> Exit:
        return await carried_out(engine, asked_for(world, target), Ear())

    assert world.run(story) is Exit.SAVED
    assert target.is_file()
    assert not world.videos.exists()


def test_resume_sends_nothing_whose_video_could_not_come_and_the_others_go(
    world: World, tmp_path: Path
) -> None:
    world.choose_videos()
    target = tmp_path / "mine.mp4"

    async def waiting(engine: Engine) -> list[Job]:
        engine.queue.only = set()
        return [await world.generate(), await world.generate("x", output=target)]

    kept_back, goes = world.run(waiting, run_queue=False)
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        engine.queue.only = set()  # as a command has it
        return await carried_out(engine, ResumeCommand(), ear)

    assert world.run(story, run_queue=False) is Exit.WRONG_INPUT
    results = {each["job_id"]: each for each in ear.results}
    assert results[goes.job_id]["path"] == str(target)
    assert results[kept_back.job_id]["state"] == "queued"
    assert results[kept_back.job_id]["error"]["code"] == "videos_away_waits"
    assert any(f"The folder {world.videos} is not there. Nothing was sent." in s for s in ear.said)
    assert len(world.sandbox.accepted) == 1
    world.videos.mkdir(parents=True)
    assert world.run(story, run_queue=False) is Exit.SAVED
    assert len(world.sandbox.accepted) == 2


def test_a_yes_to_one_job_sends_nothing_either(world: World) -> None:
    world.choose_videos()

    async def story(engine: Engine) -> Exit:
        engine.queue.only = set()
        job = await world.generate()
        yes = Yes(job.job_id, job.updated_at)
        code = await carried_out(engine, ResumeCommand(send=yes), Ear())
        assert engine.book.get(job.job_id) == job
        return code

    assert world.run(story, run_queue=False) is Exit.WRONG_INPUT
    assert world.count(POSTS) == 0


@pytest.mark.parametrize("command", ["resume", "fetch"])
def test_a_paid_one_ends_with_6_and_says_why(world: World, command: str) -> None:
    world.choose_videos()
    ear = Ear()

    async def story(engine: Engine) -> Exit:
        job = await unsaved(engine, await world.generate(), "folder_gone")
        asked: Command = FetchCommand(job.job_id, patience_s=SOON_S)
        if command == "resume":
            asked = ResumeCommand(patience_s=SOON_S)
        return await carried_out(engine, asked, ear)

    assert world.run(story) is Exit.UNSAVED
    told = f"The folder {world.videos} is not there. The video is paid for. Bring it back, or"
    assert any(told in said for said in ear.said), ear.said
    assert not world.videos.exists()


def test_a_setting_of_a_disk_that_makes_no_sense_is_learned_anew(world: World) -> None:
    world.folder.mkdir(exist_ok=True)
    world.videos.mkdir()
    content = {"videos_folder": str(world.videos), "videos_disk": {"folder": 7}}
    world.paths.settings_file.write_text(json.dumps(content), encoding="ascii")
    kept = Preferences(SettingsStore(world.paths.settings_file))
    world.options["preferences"] = kept
    assert kept.value.videos_disk is None

    async def story(engine: Engine) -> Away | None:
        return await engine.place.look()

    assert world.run(story) is None
    assert kept.value.videos_disk is not None
